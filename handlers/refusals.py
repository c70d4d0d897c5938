"""What a refusal says: every code of the rules as a warm sentence that names what to do instead."""

from datetime import datetime

from bot.dialogue.text import Text, _
from domain.decision import Refused
from domain.refusals import Why
from handlers.office import UNKNOWN_RECORD, Office
from handlers.wording import moment

DONE_WORDS = {
    "issue": _("派单"),
    "accept": _("接单"),
    "decline": _("拒接"),
    "transfer": _("转派"),
    "reassign": _("转派"),
    "done": _("完成"),
    "pass_review": _("审核通过"),
    "return_order": _("退回"),
    "acknowledge": _("知悉"),
    "instruct": _("批示"),
    "archive": _("归档"),
    "verdict": _("评价"),
    "record_verdict": _("记录回访"),
    "withdraw": _("撤回"),
    "answer_time": _("答复"),
    "mark_urgent": _("标为紧急"),
    "pass_on": _("转告"),
    "order_visit": _("安排上门"),
    "approve_binding": _("批准"),
    "call_done": _("记录致电"),
    "take_over": _("接班"),
    "thread_end": _("结束"),
    "about_staff": _("标记被投诉人"),
    "about_site_manager": _("标记投诉主任"),
    "compensation": _("标记赔偿"),
    "special": _("报特殊信息"),
    "complete": _("补全"),
    "accept_visit": _("接单"),
    "visit_done": _("完成上门"),
}

_SENTENCES: dict[str, Text] = {
    Why.STALE_STEP: _("这个按钮已经过时了，下面是最新情况。"),
    Why.WRONG_STATE: _("现在不需要这一步了，下面是最新情况。"),
    Why.NOT_YOURS: _("这件事由别的同事处理。需要帮忙请联系前台。"),
    Why.NOT_ALLOWED: _("您没有这项操作的权限。需要的话请回复“人工”，前台会帮您。"),
    Why.OWN_WORK: _("自己处理的事项需由他人审核，已留给代理人或上级。"),
    Why.REASON_MISSING: _("请写明原因，一句话就行。"),
    Why.WORDS_MISSING: _("电话或上门回访要有文字记录，请写下业户的原话。"),
    Why.MEASURE_MISSING: _("请写明采取了什么措施。"),
    Why.INSTRUCTION_MISSING: _("请写下批示内容。"),
    Why.TEXT_MISSING: _("请写几个字再发。"),
    Why.BAD_WINDOW: _("结束时间要晚于开始时间，请再说一次，比如“明天下午三点到五点”。"),
    Why.SAME_DEPARTMENT: _("这个部门已经在处理了，请选别的部门。"),
    Why.OTHER_DEPARTMENT: _("请选本部门的同事；要换部门请用“转派”。"),
    Why.INCOMPLETE: _("还有必填项没写，请补全再提交。"),
    Why.NOT_YET: _("这个时间还没到，请写已经过去的时间。"),
    Why.TOO_LONG_AGO: _("太久以前了，请写最近一次的时间。"),
    Why.UNFINISHED: _("这条投诉还没填完整，请先致电业户补全，再派单。"),
    Why.NO_CARD: _("这条投诉没有档案卡。"),
    Why.NO_VISIT: _("这条投诉没有安排上门。"),
    Why.NO_HIGHER_LEVEL: _("已经到最高一级，没有可再上报的人了。"),
    Why.HAS_IT_IN_HAND: _("这位同事正在处理这张工单，请先转派给别人，再标记。"),
    Why.NOT_RAISED: _("这一步还没有上报，暂时不需要处理。"),
    UNKNOWN_RECORD: _("没有找到这条记录。回复“帮助”看看可以做什么。"),
    "no_assignee": _("这个部门现在没有人当班，请选别的部门，或回复“人工”找主管。"),
    "already_asked": _("这套房的绑定申请已经提交，前台确认后马上告诉您。"),
    "already_bound": _("您已经绑定这套房了。"),
    "unknown_unit": _("没有找到这套房，请按“3-1-201”的样子再写一次。"),
}


async def explained(refused: Refused, office: Office, site: str) -> Text:
    """The sentence for this refusal; times in the site's zone, people by name."""
    zone = office.zone(site)
    data = refused.data
    match refused.code:
        case Why.ALREADY:
            return _("{name}已于 {at} {what}，不用再处理了。").format(
                name=await office.name(data.get("by")),
                at=moment(datetime.fromisoformat(data["at"]), zone, office.now) if data.get("at") else "",
                what=DONE_WORDS.get(str(data.get("what")), _("处理")),
            )
        case Why.URGE_COOLDOWN:
            return _("刚催过了，师傅已经收到。{at}之后可以再催；也可以回复“人工”找前台。").format(
                at=moment(datetime.fromisoformat(data["until"]), zone, office.now)
            )
        case Why.IN_THE_PAST:
            return _("这个时间已经过了，请换一个，比如“明天上午”。")
        case Why.AFTER_OLD_TIME:
            return _("原来约定的时间已过，不能再顺延。请先处理，或致电业户说明。")
        case Why.TOO_SOON:
            return _("两次联系要隔开一些，{at}之后再联系。").format(
                at=moment(datetime.fromisoformat(data["until"]), zone, office.now)
            )
        case Why.ENOUGH_ATTEMPTS:
            return _("已联系 {count} 次，请客服主管确认。").format(count=int(data.get("count", 0)))
        case Why.MORE_ATTEMPTS:
            return _("才联系了 {count} 次，要 {needed} 次、两种方式都试过才能确认联系不上。").format(
                count=int(data.get("count", 0)), needed=int(data.get("needed", 0))
            )
    return _SENTENCES.get(refused.code, _("现在不能这样操作，下面是最新情况。"))
