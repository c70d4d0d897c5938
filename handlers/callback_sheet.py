"""A callback to be made, as the caller and the resident see it."""

from bot.dialogue.message import Choice, Reply, act
from bot.dialogue.text import Text, _, join
from domain.complaint import Callback, Complaint, ComplaintState, Verdict
from domain.decision import Refused
from domain.powers import Action
from domain.refusals import Why
from handlers.office import Office
from handlers.records import button
from handlers.wording import due, heading, kind_name, phone_of, shortened

MOST_LISTED = 8
VERDICTS = {Verdict.SATISFIED: _("满意"), Verdict.NOT_SATISFIED: _("不满意")}
CHANNELS = {"phone": _("电话"), "visit": _("上门"), "chat": _("聊天")}


def in_hand(complaint: Complaint) -> Callback:
    """The callback of this round. Raises Refused where there is none."""
    if complaint.callback is None:
        raise Refused(Why.WRONG_STATE, state=str(complaint.state), what=str(Action.ATTEMPT))
    return complaint.callback


def sheet_buttons(complaint: Complaint) -> tuple[Choice, ...]:
    """Reached, not reached, or a visit instead."""
    return (
        button(Action.RECORD_VERDICT, complaint),
        button(Action.ATTEMPT, complaint),
        button(Action.ORDER_VISIT, complaint),
    )


def verdict_buttons(complaint: Complaint) -> tuple[Choice, ...]:
    """The resident's two answers."""
    step = str(in_hand(complaint).step)
    return (
        act(VERDICTS[Verdict.SATISFIED], "satisfied", complaint.number, step),
        act(VERDICTS[Verdict.NOT_SATISFIED], "not_satisfied", complaint.number, step),
    )


def result(complaint: Complaint) -> str:
    """What was done, by all departments that counted."""
    return " / ".join(order.measure for order in complaint.counting_orders if order.measure)


async def sheet_text(complaint: Complaint, coming: Callback, office: Office) -> Text:
    rules = office.rules(complaint.site)
    resident = await office.work.people.get(complaint.complainant)
    withdrawn = complaint.state is ComplaintState.WITHDRAWN
    done = result(complaint)
    calls = len([attempt for attempt in coming.attempts if attempt.outcome == "no_answer"])
    return join(
        _("待回访（业户已撤回）") if withdrawn else _("待回访"),
        heading(complaint, rules),
        shortened(complaint.details, 120),
        _("{name} {phone}").format(name=resident.name, phone=phone_of(resident)) if resident else None,
        _("处理结果：{text}").format(text=shortened(done, 200)) if done else None,
        _("撤回原因：{text}").format(text=complaint.withdrawn_reason) if complaint.withdrawn_reason else None,
        _("已联系 {count} 次没接通").format(count=calls) if calls else None,
        _("回访时限：{due}").format(due=due(coming.due_at, rules.zone, office.now)),
    )


async def call_list(complaints: tuple[Complaint, ...], office: Office) -> Reply:
    """The most urgent callbacks, each with name and phone; a button opens each."""
    lines: list[Text] = []
    for index, complaint in enumerate(complaints[:MOST_LISTED], 1):
        rules = office.rules(complaint.site)
        resident = await office.work.people.get(complaint.complainant)
        lines.append(
            _("{index}. {place} · {kind} · {name} {phone}\n{due}").format(
                index=index,
                place=complaint.place,
                kind=kind_name(complaint.kind, rules),
                name=resident.name if resident else "",
                phone=phone_of(resident) if resident else "",
                due=due(in_hand(complaint).due_at, rules.zone, office.now),
            )
        )
    more = len(complaints) - len(lines)
    rest = _("还有 {count} 条，回访完上面的再看。").format(count=more) if more else None
    choices = tuple(act(complaint.place, "call", complaint.number) for complaint in complaints[:MOST_LISTED])
    title = _("待回访 {count} 条，最急的在前").format(count=len(complaints))
    return Reply(join(title, *lines, rest), choices)


async def sheet(complaint: Complaint, office: Office) -> Reply:
    """What the caller needs before the call: the resident's phone is shown here and in the list, nowhere else."""
    return Reply(await sheet_text(complaint, in_hand(complaint), office), sheet_buttons(complaint))
