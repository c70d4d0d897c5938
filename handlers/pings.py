"""Pings of the ladder (§2) and its two alarms (§11 no. 8): what they say, to whom, with which buttons."""

from collections.abc import Iterable
from datetime import timedelta

from bot.dialogue.message import Choice, Reply, act
from bot.dialogue.text import Text, _, join, listed
from domain import authority, limits, routing
from domain.complaint import Complaint, EscalationStep
from domain.decision import Event
from domain.glossary import Department, Level, Role
from domain.ladder import hidden_from
from domain.people import Person
from domain.powers import HEADS, Action
from domain.rules import Rules
from handlers.audience import front_desk, supervisors_of
from handlers.notices import Notices
from handlers.office import Office
from handlers.queue import QueueDesk
from handlers.records import LABELS, button, order_for
from handlers.wording import LEVELS, heading, moment, span

notices = Notices()

REASONS: dict[str, Text] = {
    "card": _("首报 {card_hours} 小时未完成，已开档案卡"),
    "agreed": _("约定时间已过，仍未完成，已开档案卡"),
    "not_issued": _("超过 {unassigned} 分钟无人派单"),
    "not_accepted": _("超过 {unassigned} 分钟无人接单"),
    "not_acknowledged": _("上一级 {ack} 分钟未知悉"),
    "not_instructed": _("上一级已知悉，{instruct}后仍未解决"),
    "instruction_missed": _("批示期限已过，仍未完成"),
    "review_overdue": _("审核超时（完成后 {ack} 分钟）"),
    "callback_overdue": _("回访超时"),
    "archive_overdue": _("归档超时"),
    "reply_missed": _("每日进度漏报（连续 {missed} 次）"),
    "by_hand": _("主动上报"),
    "urged": _("业户第 {urged} 次催单"),
    "reopened": _("退回重办，仍未完成"),
    "compensation": _("涉及经济赔偿"),
    "about_site_manager": _("投诉针对管理处主任"),
    "special": _("特殊或紧急信息"),
}
PASSED_ON = frozenset({"not_acknowledged", "not_instructed", "instruction_missed"})
"""Reasons that say why it climbed, not what it is about."""

REMEDIES: dict[str, tuple[Action, ...]] = {
    "not_issued": (Action.ISSUE, Action.COMPLETE),
    "not_accepted": (Action.TRANSFER,),
    "review_overdue": (Action.PASS_REVIEW, Action.RETURN_ORDER),
    "callback_overdue": (Action.ATTEMPT, Action.RECORD_VERDICT),
    "archive_overdue": (Action.ARCHIVE, Action.RETURN_TO_WORK),
}
"""What would settle the matter at once, offered beside [知悉]."""


@notices.on("escalation.step", "escalation.ping")
async def tell_step(event: Event, complaint: Complaint, office: Office) -> None:
    """One message a step to those who must answer, and a short word to those in copy; at night nobody is woken."""
    step = complaint.escalation.steps[int(event.data["step"]) - 1]
    if event.kind == "escalation.step" and not event.data["pinged"]:
        return
    rules = office.rules(complaint.site)
    again = event.kind == "escalation.ping" and not _waited_for_morning(step, rules)
    text = await _ping_text(step, complaint, office, words=str(event.data.get("words") or ""), again=again)
    for person in await office.work.people.all(step.holders):
        choices = await _choices(step, complaint, person, office)
        reply = Reply(text, choices=choices, slot=slot_of(complaint, step), lane="urgent")
        await office.tell(person.id, reply, matter=complaint.number)
    noted = () if step.acknowledged_at is not None else (answer_button(Action.ACKNOWLEDGE, complaint, step),)
    shared = Reply(text, choices=noted, slot=slot_of(complaint, step), lane="urgent")
    await office.tell(supervisors_of(complaint), shared, matter=complaint.number)
    if not again:
        await _tell_copies(step, complaint, office)


@notices.on("alarm.not_issued")
async def alarm_not_issued(_event: Event, complaint: Complaint, office: Office) -> None:
    """T1 is over and nobody issued: the front desk on shift once more, beside L2 (§11 no. 8)."""
    rules = office.rules(complaint.site)
    minutes = rules.escalation.unassigned_minutes
    text = _("⚠ 已 {minutes} 分钟没有派单，已报客服主管，请马上派\n{heading}").format(
        minutes=minutes, heading=heading(complaint, rules)
    )
    slot = f"queue:{complaint.number}:{complaint.step}"
    for person in await office.work.people.all(await front_desk(complaint, office)):
        choices = await QueueDesk(office).issue_buttons(complaint, person)
        await office.tell(person.id, Reply(text, choices=choices, slot=slot, lane="urgent"), matter=complaint.number)


@notices.on("alarm.not_accepted")
async def alarm_not_accepted(event: Event, complaint: Complaint, office: Office) -> None:
    """Nobody accepted: the front desk can transfer it or issue it anew (§11 no. 8)."""
    rules = office.rules(complaint.site)
    order = complaint.order(str(event.data["order"]))
    text = _("⚠ 已 {minutes} 分钟没有接单（{names}），已报客服主管，请联系本人或转派\n{heading}").format(
        minutes=rules.escalation.unassigned_minutes,
        names=await names_of(order.assigned, office),
        heading=heading(complaint, rules),
    )
    for person in await office.work.people.all(await front_desk(complaint, office)):
        transfer = authority.may(person, Action.TRANSFER, complaint, order)
        choices = (button(Action.TRANSFER, complaint, order),) if transfer else ()
        reply = Reply(text, choices=(*choices, open_button(complaint)), lane="urgent")
        await office.tell(person.id, reply, matter=complaint.number)


async def responsible_heads(complaint: Complaint, office: Office) -> tuple[str, ...]:
    """The heads of the departments at work on it and of cs, but for anybody it is about (CP-4.3.1)."""
    roster, today = await office.roster(complaint.site), office.today(complaint.site)
    departments = dict.fromkeys((*(o.department for o in complaint.counting_orders), Department.CS))
    heads = [head for department in departments for head in routing.heads_of(department, roster, today)]
    return tuple(dict.fromkeys(head.id for head in heads if not hidden_from(head, complaint)))


def slot_of(complaint: Complaint, step: EscalationStep) -> str:
    return f"step:{complaint.number}:{step.step}"


def answer_button(action: Action, complaint: Complaint, step: EscalationStep) -> Choice:
    return act(LABELS[action], action, complaint.number, str(step.step))


def open_button(complaint: Complaint) -> Choice:
    return act(_("查看"), "open", complaint.number)


def _waited_for_morning(step: EscalationStep, rules: Rules) -> bool:
    """Whether this ping is the first one, held back by the quiet hours, and no repetition."""
    return step.ping_at > step.at and step.ping_at == limits.awake(step.at, rules)


async def _choices(step: EscalationStep, complaint: Complaint, person: Person, office: Office) -> tuple[Choice, ...]:
    order = order_for(complaint, person)
    now_possible = {*authority.actions(person, complaint)}
    if order is not None:
        now_possible |= {*authority.actions(person, complaint, order)}
    found = [answer_button(Action.ACKNOWLEDGE, complaint, step)] if step.acknowledged_at is None else []
    if step.level >= Level.L3:
        found.append(answer_button(Action.INSTRUCT, complaint, step))
    if Action.ESCALATE in now_possible and step.level < Level.L6:
        found.append(button(Action.ESCALATE, complaint))
    remedies = REMEDIES.get(_root(step, complaint).reason, ())
    if Action.ISSUE in remedies and Action.ISSUE in now_possible:
        found += (await QueueDesk(office).issue_buttons(complaint, person))[:2]
        remedies = ()
    found += [button(action, complaint, order) for action in remedies if action in now_possible]
    return (*found, open_button(complaint))


async def _ping_text(step: EscalationStep, complaint: Complaint, office: Office, *, words: str, again: bool) -> Text:
    rules, now = office.rules(complaint.site), office.now
    title = _("请{level}批示") if step.level >= Level.L3 else _("请{level}知悉并督办")
    root = _root(step, complaint)
    answer_by = (step.pinged_at or now) + timedelta(minutes=rules.escalation.ack_minutes)
    otherwise = (
        _("请在 {due} 前点“知悉”，否则报上一级。")
        if step.level < Level.L6
        else _("请在 {due} 前点“知悉”，否则会再次提醒。")
    )
    return join(
        _("再次提醒") if again else None,
        title.format(level=LEVELS[step.level]),
        heading(complaint, rules),
        _("原因：{why}").format(why=_why(step.reason, complaint, rules)),
        _("起因：{why}").format(why=_why(root.reason, complaint, rules)) if step.reason in PASSED_ON else None,
        _("说明：{words}").format(words=words) if words else None,
        _("首报：{at}，已过 {span}").format(
            at=moment(complaint.first_report_at, rules.zone, now), span=span(now - complaint.first_report_at)
        ),
        await _told_before(step, complaint, office),
        _("档案卡：{number}").format(number=complaint.card.number) if complaint.card else None,
        otherwise.format(due=moment(answer_by, rules.zone, now)) if step.acknowledged_at is None else None,
    )


def _root(step: EscalationStep, complaint: Complaint) -> EscalationStep:
    """The first line of the ladder about the same thing."""
    same = (s for s in complaint.escalation.steps if (s.cause, s.subject) == (step.cause, step.subject))
    return next(same, step)


def _why(reason: str, complaint: Complaint, rules: Rules) -> Text:
    if reason == "card" and any(order.agreed for order in complaint.open_orders):
        reason = "agreed"
    wording = REASONS.get(reason, _("需要关注"))
    return wording.format(
        card_hours=rules.complaint.card_hours,
        unassigned=rules.escalation.unassigned_minutes,
        ack=rules.escalation.ack_minutes,
        instruct=span(timedelta(minutes=rules.escalation.instruct_minutes)),
        missed=complaint.card.missed_running if complaint.card else 0,
        urged=len(complaint.urged),
    )


def _copied_why(step: EscalationStep, complaint: Complaint, rules: Rules) -> Text:
    """What it is about, and where it climbed, why."""
    why, root = _why(step.reason, complaint, rules), _root(step, complaint)
    if step.reason not in PASSED_ON:
        return why
    return _("{root}，{why}").format(root=_why(root.reason, complaint, rules), why=why)


async def _told_before(step: EscalationStep, complaint: Complaint, office: Office) -> Text | None:
    root = _root(step, complaint)
    earlier = [
        s
        for s in complaint.escalation.steps
        if (s.cause, s.subject) == (root.cause, root.subject) and s.level < step.level and s.at < step.at
    ]
    if not earlier:
        return None
    lines = [
        _("{level}{names}（{state}）").format(
            level=LEVELS[s.level],
            names=await names_of(s.holders, office),
            state=_("已批示") if s.instructed_at else _("已知悉") if s.acknowledged_at else _("未知悉"),
        )
        for s in earlier
    ]
    return _("此前已报：{list}").format(list=listed(lines))


async def _tell_copies(step: EscalationStep, complaint: Complaint, office: Office) -> None:
    """Short and without a ping; whoever was pinged about the same thing in the same moment needs no copy."""
    rules = office.rules(complaint.site)
    pinged = {p for s in complaint.escalation.steps if s.at == step.at and s.pinged_at for p in s.holders}
    text = _("知会：{heading}\n{why}，已报{level}（{names}）").format(
        heading=heading(complaint, rules),
        why=_copied_why(step, complaint, rules),
        level=LEVELS[step.level],
        names=await names_of(step.holders, office) or _("暂无人在岗"),
    )
    for person in await office.work.people.all(p for p in step.copies if p not in pinged):
        head = person.role in (*HEADS, Role.MGMT_REP) and not _noted(person, step, complaint)
        choices = [answer_button(Action.ACKNOWLEDGE, complaint, step)] if head else []
        # One copy per matter and cause, kept up to date in place: a night's climb is one line, not six.
        copy = Reply(
            join(text, _("请亲自跟进本部门的处理。")) if head else text,
            choices=(*choices, open_button(complaint)),
            slot=f"copy:{complaint.number}:{step.cause}:{step.subject}",
            edit=True,
        )
        await office.tell(person.id, copy, matter=complaint.number)


def _noted(person: Person, step: EscalationStep, complaint: Complaint) -> bool:
    """Whether this person has said, on any line about the same thing, that they follow it."""
    same = (s for s in complaint.escalation.steps if (s.cause, s.subject) == (step.cause, step.subject))
    return any(person.id in (s.acknowledged_by, *s.noted_by) for s in same)


async def names_of(people: Iterable[str], office: Office) -> Text | str:
    return listed([await office.name(person) for person in people])
