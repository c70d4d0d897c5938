"""One complaint as one message: what this viewer may know of it, what is due, and the buttons they may press now."""

from datetime import datetime, timedelta

from bot.dialogue.message import Attachment, Choice, Reply, act
from bot.dialogue.text import Text, _, join
from domain import authority, call_task, limits
from domain.complaint import Agreement, Complaint, EscalationStep, WorkOrder
from domain.glossary import Department, Level
from domain.people import Person
from domain.powers import Action
from handlers.office import Office
from handlers.wording import (
    CARD_STATES,
    DEPARTMENTS,
    ORDER_STATES,
    STATES,
    between,
    due,
    heading,
    moment,
    on_record,
    shortened,
)

LABELS: dict[Action, Text] = {
    Action.ISSUE: _("派单"),
    Action.CLOSE_DECLINED: _("不再派单"),
    Action.COMPLETE: _("补全投诉"),
    Action.ACKNOWLEDGE: _("知悉"),
    Action.INSTRUCT: _("批示"),
    Action.ACCEPT: _("接单"),
    Action.DONE: _("完成"),
    Action.PASS_REVIEW: _("审核通过"),
    Action.ARCHIVE: _("归档"),
    Action.VERDICT: _("评价"),
    Action.ANSWER_TIME: _("答复上门时间"),
    Action.ANSWER: _("回答"),
    Action.RECORD_VERDICT: _("接通"),
    Action.ATTEMPT: _("未接"),
    Action.ACCEPT_VISIT: _("接受上门"),
    Action.VISIT_DONE: _("完成上门"),
    Action.UNREACHABLE: _("确认联系不上"),
    Action.PROGRESS: _("进度"),
    Action.PROPOSE_TIME: _("约定时间"),
    Action.RETURN_ORDER: _("退回"),
    Action.RETURN_TO_WORK: _("退回"),
    Action.TRANSFER: _("转派"),
    Action.DECLINE: _("拒接"),
    Action.ASK: _("问业户"),
    Action.ORDER_VISIT: _("安排上门"),
    Action.NOTE_REASON: _("填写原因"),
    Action.LOG_TIME: _("登记约定时间"),
    Action.ISSUE_ALSO: _("加派部门"),
    Action.MARK_URGENT: _("标为紧急"),
    Action.ESCALATE: _("上报"),
    Action.URGE: _("催单"),
    Action.ADD: _("补充"),
    Action.WITHDRAW: _("撤回"),
}
"""The actions that have a button, in the order in which the buttons stand."""

ON_THE_ORDER = frozenset(
    {
        Action.ACCEPT,
        Action.DECLINE,
        Action.TRANSFER,
        Action.DONE,
        Action.PROGRESS,
        Action.PROPOSE_TIME,
        Action.LOG_TIME,
        Action.PASS_REVIEW,
        Action.RETURN_ORDER,
    }
)
SPECIAL_CASES = frozenset({Action.COMPENSATION, Action.ABOUT_SITE_MANAGER, Action.ABOUT_STAFF, Action.SPECIAL})
"""One button leads to all of them: they are rare."""
ON_THE_CALLBACK = frozenset(
    {
        Action.VERDICT,
        Action.ATTEMPT,
        Action.RECORD_VERDICT,
        Action.UNREACHABLE,
        Action.ORDER_VISIT,
        Action.ACCEPT_VISIT,
        Action.VISIT_DONE,
    }
)


def button(
    action: Action, complaint: Complaint, order: WorkOrder | None = None, viewer: Person | None = None
) -> Choice:
    """The button for this action, with the subject and the step that it belongs to."""
    label = LABELS[action]
    if action is Action.ANSWER_TIME:
        asked = next(o for o in complaint.open_orders if o.proposed and o.proposed.state is Agreement.PROPOSED)
        return act(label, action, asked.number, str(asked.proposed.step if asked.proposed else 0))
    if action in ON_THE_ORDER and order is not None:
        return act(label, action, order.number, str(order.step))
    if action in ON_THE_CALLBACK and complaint.callback is not None:
        return act(label, action, complaint.number, str(complaint.callback.step))
    if action in (Action.ACKNOWLEDGE, Action.INSTRUCT):
        return act(label, action, complaint.number, str(_own_step(action, complaint, viewer)))
    return act(label, action, complaint.number, str(complaint.step))


def issue_choices(complaint: Complaint) -> tuple[Choice, ...]:
    """Issue to the proposed department in one press, unless it has an order already, or choose another."""
    proposed, step = complaint.proposed or Department.CS, str(complaint.step)
    choose = act(_("选其他部门"), "issue_to", complaint.number, step)
    if any(order.department is proposed for order in complaint.counting_orders):
        return (choose,)
    label = _("派单给{department}").format(department=DEPARTMENTS[proposed])
    return act(label, Action.ISSUE, complaint.number, step), choose


def _own_step(action: Action, complaint: Complaint, viewer: Person | None) -> int:
    """The latest escalation step that this person is still to acknowledge, or may instruct."""
    steps = complaint.escalation.steps
    mine = [s for s in steps if viewer is not None and viewer.id in (*s.holders, *s.copies) and s.ended_at is None]
    if action is Action.INSTRUCT:
        fitting = [s for s in mine if viewer and viewer.id in s.holders and s.level >= Level.L3]
    else:
        fitting = [s for s in mine if viewer and _unanswered(s, viewer)]
    found = fitting or mine or list(steps)
    return found[-1].step if found else 0


def _unanswered(step: EscalationStep, viewer: Person) -> bool:
    return step.acknowledged_at is None if viewer.id in step.holders else viewer.id not in step.noted_by


async def buttons(
    complaint: Complaint, viewer: Person, office: Office, order: WorkOrder | None = None
) -> tuple[Choice, ...]:
    """What this person may press on it now, the most likely first; `order` defaults to the one that concerns them."""
    order = order or order_for(complaint, viewer)
    acting_for = await office.acting_for(viewer, complaint.site)
    allowed = set(authority.actions(viewer, complaint, acting_for=acting_for))
    if order is not None:
        allowed |= set(authority.actions(viewer, complaint, order, acting_for=acting_for))
    rules = office.rules(complaint.site)
    if complaint.urged and office.now < complaint.urged[-1] + timedelta(hours=rules.urge.cooldown_hours):
        allowed.discard(Action.URGE)
    found: list[Choice] = []
    for action in LABELS:
        if action in allowed:
            single = (button(action, complaint, order, viewer),)
            found += issue_choices(complaint) if action is Action.ISSUE else single
    if allowed & SPECIAL_CASES:
        found.append(act(_("特殊情况"), "special_case", complaint.number, str(complaint.step)))
    return tuple(found)


async def record(complaint: Complaint, viewer: Person, office: Office, *, above: Text | None = None) -> Reply:
    """The whole complaint for this viewer, with `above` as its first line."""
    order = order_for(complaint, viewer)
    text = await (_for_resident(complaint, office) if viewer.resident else _for_staff(complaint, order, viewer, office))
    return Reply(
        join(above, text, sep="\n\n"),
        choices=await buttons(complaint, viewer, office, order),
        attachments=await photos(complaint.photos, office),
    )


async def photos(media: tuple[str, ...], office: Office) -> tuple[Attachment, ...]:
    """Stored photos as attachments; those erased since are left out."""
    rows = await office.work.media.get_many(media) if media else {}
    return tuple(Attachment(m, rows[m].name, rows[m].type) for m in media if m in rows)


def order_for(complaint: Complaint, viewer: Person) -> WorkOrder | None:
    """The work order that concerns this viewer: the one they hold, their department's, or the latest that counts."""
    orders = complaint.counting_orders
    mine = [o for o in orders if viewer.id in (o.handler, *o.assigned)]
    theirs = [o for o in orders if o.department is viewer.department]
    found = mine or theirs or list(orders)
    return found[-1] if found else None


async def _for_resident(complaint: Complaint, office: Office) -> Text:
    rules, now = office.rules(complaint.site), office.now
    lines: list[Text | str] = [heading(complaint, rules), shortened(complaint.details), _now(complaint)]
    if (asked := _asked_at(complaint)) is not None:
        lines.append(_("在等您回答：{at}问的").format(at=moment(asked, rules.zone, now)))
    for order in complaint.counting_orders:
        who = await office.name(order.handler) if order.handler else None
        department = DEPARTMENTS[order.department]
        lines.append(
            _("{department}（{name}）：{state}").format(
                department=department, name=who, state=ORDER_STATES[order.state]
            )
            if who
            else _("{department}：{state}").format(department=department, state=ORDER_STATES[order.state])
        )
        if order.open:
            lines.append(_("完成时限：{due}").format(due=due(limits.resolve_by(order, rules), rules.zone, now)))
        if order.progress and order.open:
            lines.append(_("最新进度：{text}").format(text=shortened(order.progress[-1].text)))
        if order.measure and not order.open:
            lines.append(_("处理结果：{text}").format(text=shortened(order.measure)))
    return join(*lines)


def _now(complaint: Complaint) -> Text:
    return _("现在：{state}").format(state=STATES[complaint.state])


def _asked_at(complaint: Complaint) -> datetime | None:
    """Since when the complainant has been asked something about the handling and has not answered."""
    waiting = [q.at for q in call_task.questions(complaint) if q.asked is not call_task.Asked.CALLBACK]
    return min(waiting, default=None)


async def _for_staff(complaint: Complaint, order: WorkOrder | None, viewer: Person, office: Office) -> Text:
    rules, now = office.rules(complaint.site), office.now
    hidden = complaint.about == viewer.id
    lines: list[Text | str] = [
        heading(complaint, rules),
        on_record(complaint.details) if not hidden else _("（内容保密）"),
        _("🔒 业户要求保密，请勿外传") if complaint.confidential else "",
        _("业户：{name} · 首报：{at}").format(
            name=await office.name(complaint.complainant), at=moment(complaint.first_report_at, rules.zone, now)
        ),
        _now(complaint),
    ]
    if (asked := _asked_at(complaint)) is not None:
        # No clause stops a clock for it (decision 0011).
        lines.append(_("等业户回答：{at}问的，时限照常走").format(at=moment(asked, rules.zone, now)))
    if complaint.contact_from and complaint.contact_until:
        lines.append(
            _("方便时间：{when}").format(when=between(complaint.contact_from, complaint.contact_until, rules.zone, now))
        )
    if order is not None:
        lines += await _order_lines(order, office, complaint)
    if complaint.card is not None:
        card = complaint.card
        lines.append(_("档案卡 {number}：{state}").format(number=card.number, state=CARD_STATES[card.state]))
        if card.instruction:
            lines.append(_("批示：{text}").format(text=card.instruction))
    lines += [_("{name}补充：{text}").format(name=await office.name(n.by), text=n.text) for n in complaint.notes[-2:]]
    return join(*lines)


async def _order_lines(order: WorkOrder, office: Office, complaint: Complaint) -> list[Text | str]:
    rules, now = office.rules(complaint.site), office.now
    holder = await office.name(order.handler) if order.handler else None
    state = ORDER_STATES[order.state]
    lines: list[Text | str] = [
        _("工单 {number} · {department} · {state}").format(
            number=order.number, department=DEPARTMENTS[order.department], state=state
        )
    ]
    if holder:
        lines.append(_("处理人：{name}").format(name=holder))
    if order.open:
        lines.append(_("完成时限：{due}").format(due=due(limits.resolve_by(order, rules), rules.zone, now)))
    if order.returned_reason and order.open:
        lines.append(_("退回原因：{text}").format(text=order.returned_reason))
    if order.progress:
        lines.append(_("最新进度：{text}").format(text=order.progress[-1].text))
    if order.measure and not order.open:
        lines.append(_("原因：{cause} · 措施：{measure}").format(cause=on_record(order.cause), measure=order.measure))
    return lines
