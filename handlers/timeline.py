"""The story of one complaint, read from its events: what happened, who did it, by which clause, what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.dialogue.text import Text, _, listed
from domain import clocks
from domain.complaint import Complaint
from domain.glossary import Department, Level
from domain.people import Person
from handlers.clauses import title
from handlers.office import Office
from handlers.wording import DEPARTMENTS, LEVELS, STATES, kind_name, moment, place_name, remaining, shortened
from storage.events import EventRow


@dataclass(frozen=True, slots=True)
class Happened:
    at: datetime
    text: Text
    clause: str
    clause_title: Text | None


@dataclass(frozen=True, slots=True)
class Due:
    what: Text
    due_at: datetime
    in_words: Text
    clause: str
    clause_title: Text | None


@dataclass(frozen=True, slots=True)
class Story:
    number: str
    title: Text
    state: Text
    fields: Sequence[tuple[Text, Text | str]]
    happened: Sequence[Happened]
    due: Sequence[Due]


PROMISES: dict[str, Text] = {
    "not_issued": _("派单"),
    "not_accepted": _("接单"),
    "reminder": _("提醒处理人"),
    "resolve": _("处理完成"),
    "progress": _("反馈进度"),
    "card": _("开档案卡并逐级上报"),
    "reply_reminder": _("提醒每日进度"),
    "daily_reply": _("每日进度回复"),
    "climb": _("未答复则报上一级"),
    "ping": _("静默时段结束后通知"),
    "resume": _("恢复上报"),
    "urged": _("催单报客服主管"),
    "review": _("部门负责人审核"),
    "callback": _("回访"),
    "visit": _("上门回访"),
    "archive": _("审核归档"),
}

EVENTS: dict[str, Text] = {
    "complaint.received": _("{who}提交投诉"),
    "complaint.unfinished": _("投诉未填完，转前台致电补全"),
    "complaint.completed": _("{who}补全投诉"),
    "complaint.marked_urgent": _("{who}标为紧急"),
    "complaint.about": _("{who}标记被投诉的同事，此后对其保密"),
    "complaint.question": _("{who}问业户：{text}"),
    "complaint.answer": _("{who}回答：{text}"),
    "complaint.addition": _("{who}补充：{text}"),
    "complaint.urged": _("{who}催单（第 {count} 次）"),
    "complaint.withdrawn": _("{who}撤回投诉"),
    "complaint.reopened": _("重新处理（第 {count} 次）：{words}"),
    "complaint.archived": _("{who}审核归档"),
    "complaint.returned": _("{who}退回重办：{reason}"),
    "order.issued": _("{who}派单给{department}：{assigned}"),
    "order.accepted": _("{who}接单"),
    "order.declined": _("{who}拒接：{reason}"),
    "order.transferred": _("{who}转派给{department}：{reason}"),
    "order.reassigned": _("{who}转给{assigned}：{reason}"),
    "order.time_proposed": _("{who}提议上门时间"),
    "order.time_agreed": _("{who}同意约定时间"),
    "order.time_refused": _("{who}不同意约定时间"),
    "order.progress": _("{who}反馈进度：{text}"),
    "order.progress_missed": _("二十四小时未反馈进度，已记录"),
    "order.reminder": _("已提醒处理人（第 {hours} 小时）"),
    "order.overdue": _("超过十二小时未完成，已通知前台、负责人和业户"),
    "order.done": _("{who}完成：{measure}"),
    "order.review_passed": _("{who}审核通过"),
    "order.returned": _("{who}退回：{reason}"),
    "callback.due": _("待回访"),
    "callback.attempt": _("联系业户（{outcome}）"),
    "callback.verdict": _("{who}记录回访：{verdict} {words}"),
    "callback.unreachable": _("{who}确认联系不上"),
    "callback.overdue": _("回访超时"),
    "review.overdue": _("审核超时"),
    "archive.overdue": _("归档超时"),
    "alarm.not_issued": _("无人派单，告警"),
    "alarm.not_accepted": _("无人接单，告警"),
    "card.opened": _("开档案卡 {card}"),
    "card.reason_noted": _("{who}填写未完成原因：{reason}"),
    "card.reply_reminder": _("提醒部门回复今日进度"),
    "card.reply_missed": _("部门漏报今日进度"),
    "call.opened": _("转人工致电"),
    "call.missed": _("{who}致电未接通"),
    "call.done": _("{who}致电：{outcome}"),
    "call.closed": _("已有答复，致电任务结束"),
    "escalation.step": _("上报{level}：{holders}"),
    "escalation.ping": _("已通知{level}：{holders}"),
    "escalation.acknowledged": _("{who}知悉"),
    "escalation.instructed": _("{who}批示：{text}"),
}

VALUES: dict[str, Text] = {
    "satisfied": _("满意"),
    "not_satisfied": _("不满意"),
    "asked": _("已在聊天中询问"),
    "no_answer": _("未接"),
}


async def story(complaint: Complaint, viewer: Person, office: Office, events: Sequence[EventRow]) -> Story:
    """The timeline as this viewer may read it; residents see what concerns them, never the ladder inside."""
    rules, now = office.rules(complaint.site), office.now
    shown = [row for row in events if not viewer.resident or _for_resident(row)]
    people = {p for row in shown for p in _people(row)} | {complaint.complainant}
    await office.work.people.preload(people)
    names = {p: await office.name(p) for p in people}
    promises = [
        p
        for p in clocks.promises(complaint, rules)
        if not viewer.resident or p.kind in ("resolve", "callback", "visit")
    ]
    return Story(
        number=complaint.number,
        title=_("{place} · {kind}").format(place=place_name(complaint), kind=kind_name(complaint.kind, rules)),
        state=STATES[complaint.state],
        fields=(
            (_("业户"), names[complaint.complainant]),
            (_("类别"), kind_name(complaint.kind, rules)),
            (_("首报"), moment(complaint.first_report_at, rules.zone, now)),
            (_("情况"), shortened(complaint.details, 120)),
        ),
        happened=[Happened(row.at, _told(row, names), row.clause, title(row.clause)) for row in shown],
        due=[
            Due(PROMISES.get(p.kind, _("处理")), p.due_at, remaining(p.due_at, now), p.clause, title(p.clause))
            for p in promises
        ],
    )


def _for_resident(row: EventRow) -> bool:
    return not row.kind.startswith(("escalation.", "alarm.", "card.", "review.", "archive.", "order.reminder"))


def _people(row: EventRow) -> list[str]:
    listed = [p for key in ("assigned", "holders") for p in row.data.get(key, ())]
    return [p for p in (row.by, row.data.get("by"), *listed) if p]


def _told(row: EventRow, names: dict[str, str]) -> Text:
    data = row.data
    values: dict[str, Text | str | int] = {
        key: VALUES.get(value, shortened(value, 80)) if isinstance(value, str) else value
        for key, value in data.items()
        if isinstance(value, str | int)
    }
    for key in ("text", "reason", "words", "measure", "card", "outcome", "verdict", "count", "hours"):
        values.setdefault(key, "")
    values["who"] = names.get(row.by or "", _("系统"))
    values["department"] = DEPARTMENTS[Department(data["department"])] if data.get("department") else ""
    values["level"] = LEVELS[Level(data["level"])] if data.get("level") else ""
    for key in ("assigned", "holders"):
        values[key] = listed(names.get(p, "") for p in data.get(key, ()))
    if row.kind == "escalation.step" and not data.get("pinged", True):
        return _("上报{level}：{holders}（静默时段，结束后通知）").format(**values)
    return EVENTS.get(row.kind, _("{who}更新")).format(**values)
