"""Who hears what of a callback: the resident is asked, the front desk calls, the cs supervisor reviews (CP-4.2.6)."""

from bot.dialogue.message import Reply, act
from bot.dialogue.text import Text, _, join
from domain import callback
from domain.complaint import Complaint, ComplaintState, Verdict, WorkOrder
from domain.decision import Event
from domain.powers import Action
from handlers.audience import archivists, cs_supervisors, front_desk, head, in_charge, others
from handlers.callback_sheet import (
    CHANNELS,
    VERDICTS,
    in_hand,
    result,
    sheet_buttons,
    sheet_text,
    verdict_buttons,
)
from handlers.notices import Notices
from handlers.office import Office
from handlers.orders import order_buttons
from handlers.queue import QueueDesk
from handlers.records import button, photos
from handlers.wording import heading

notices = Notices()


def _slot(complaint: Complaint) -> str:
    return f"callback:{complaint.number}:{in_hand(complaint).step}"


@notices.on("callback.due")
async def tell_due(_event: Event, complaint: Complaint, office: Office) -> None:
    """The front desk has it to call; the resident is asked in chat at once, which counts as an attempt (§11 no. 9)."""
    text = await sheet_text(complaint, in_hand(complaint), office)
    ping = Reply(text, sheet_buttons(complaint), slot=_slot(complaint))
    await office.tell(await front_desk(complaint, office), ping, matter=complaint.number)
    asked = others(office, (complaint.complainant,))
    if asked:
        await office.tell(asked, await _question(complaint, office), matter=complaint.number)
    if await office.work.people.channel_of(complaint.complainant):
        rules, step = office.rules(complaint.site), in_hand(complaint).step
        await office.apply(callback.attempt(complaint, step, None, "chat", "asked", office.now, rules))


async def _question(complaint: Complaint, office: Office) -> Reply:
    if complaint.state is ComplaintState.WITHDRAWN:
        text = _("您撤回了 {number}，想问一下：事情解决了吗？对我们满意吗？").format(number=complaint.number)
    else:
        text = _("{number} 处理好了：{result}\n请问您满意吗？").format(
            number=complaint.number, result=result(complaint)
        )
    media = tuple(photo for order in complaint.counting_orders for photo in order.photos)
    return Reply(text, verdict_buttons(complaint), await photos(media, office), slot=_slot(complaint))


@notices.on("callback.attempt")
async def tell_attempt(event: Event, complaint: Complaint, office: Office) -> None:
    """After the last try the cs supervisor decides."""
    if not event.data["exhausted"]:
        return
    count = int(event.data["count"])
    text = join(
        _("已联系 {count} 次没有回应，请确认").format(count=count),
        heading(complaint, office.rules(complaint.site)),
    )
    choices = (button(Action.UNREACHABLE, complaint), *sheet_buttons(complaint))
    supervisors = others(office, await cs_supervisors(complaint, office))
    await office.tell(supervisors, Reply(text, choices), matter=complaint.number)


@notices.on("callback.verdict")
async def tell_verdict(event: Event, complaint: Complaint, office: Office) -> None:
    """The pings are spent; who is satisfied leaves the review to the cs supervisor (CP-4.2.6f)."""
    verdict, title = Verdict(event.data["verdict"]), heading(complaint, office.rules(complaint.site))
    said = _("{channel}回访：{verdict}").format(channel=CHANNELS[event.data["channel"]], verdict=VERDICTS[verdict])
    words = str(event.data["words"])
    spent = Reply(join(title, said), slot=_slot(complaint), edit=True)
    await office.tell(await front_desk(complaint, office), spent, matter=complaint.number)
    await _close_question(verdict, complaint, office)
    if verdict is Verdict.SATISFIED:
        review = Reply(
            join(_("回访完成，请审核归档"), title, said, _("业户原话：{words}").format(words=words) if words else None),
            (button(Action.ARCHIVE, complaint), button(Action.RETURN_TO_WORK, complaint)),
            slot=f"archive:{complaint.number}:{in_hand(complaint).step}",
        )
        await office.tell(await archivists(complaint, office), review, matter=complaint.number)


async def _close_question(verdict: Verdict, complaint: Complaint, office: Office) -> None:
    """The question in chat loses its buttons; the press on 满意 has replaced it already."""
    asked = any(attempt.channel == "chat" and attempt.outcome == "asked" for attempt in in_hand(complaint).attempts)
    own = office.actor is not None and office.actor.id == complaint.complainant
    if asked and not (own and verdict is Verdict.SATISFIED):
        text = _("{number} 的回访已记录：{verdict}。谢谢您。").format(
            number=complaint.number, verdict=VERDICTS[verdict]
        )
        await office.tell(complaint.complainant, Reply(text, slot=_slot(complaint), edit=True), matter=complaint.number)


@notices.on("callback.unreachable")
async def tell_unreachable(event: Event, complaint: Complaint, office: Office) -> None:
    """No more calls; the resident's question stays open, an answer still counts."""
    text = _("{heading}\n{name}已确认联系不上，不用再打。").format(
        heading=heading(complaint, office.rules(complaint.site)), name=await office.name(event.data["by"])
    )
    spent = Reply(text, slot=_slot(complaint), edit=True)
    await office.tell(await front_desk(complaint, office), spent, matter=complaint.number)


@notices.on("complaint.reopened")
async def tell_reopened(event: Event, complaint: Complaint, office: Office) -> None:
    """Handler, head and front desk read why it came back (CP-4.2.6c)."""
    last = complaint.callback
    unhappy = last is not None and last.verdict is Verdict.NOT_SATISFIED
    text = join(
        _("业户不满意，重新处理") if unhappy else _("复核退回，重新处理"),
        heading(complaint, office.rules(complaint.site)),
        _("业户说：{words}").format(words=event.data["words"])
        if unhappy and event.data["words"]
        else str(event.data["words"]) or None,
    )
    told: set[str] = set()
    for order in complaint.open_orders:
        told |= await _tell_department(order, text, complaint, office, told)
    for person in await office.work.people.all(others(office, await front_desk(complaint, office))):
        if person.id not in told:
            await _tell_desk(person.id, text, complaint, office)


async def _tell_department(
    order: WorkOrder, text: Text, complaint: Complaint, office: Office, told: set[str]
) -> set[str]:
    """The handler works on; the head follows in person (CP-4.3.1)."""
    handlers = set(others(office, in_charge(order))) - told
    work = Reply(text, order_buttons(complaint, order), lane="urgent")
    await office.tell(sorted(handlers), work, matter=complaint.number)
    leading = set(others(office, (await head(order, complaint, office),))) - told - handlers
    follow = Reply(
        text, (button(Action.TRANSFER, complaint, order), act(_("查看"), "open", complaint.number)), lane="urgent"
    )
    await office.tell(sorted(leading), follow, matter=complaint.number)
    return handlers | leading


async def _tell_desk(person_id: str, text: Text, complaint: Complaint, office: Office) -> None:
    """Where no order is left (it had been withdrawn) the front desk has it to issue."""
    if not complaint.to_issue:
        reply = Reply(text, (act(_("查看"), "open", complaint.number),), lane="urgent")
    else:
        person = await office.work.people.get(person_id)
        choices = await QueueDesk(office).issue_buttons(complaint, person) if person else ()
        reply = Reply(text, choices, slot=f"queue:{complaint.number}:{complaint.step}", lane="urgent")
    await office.tell(person_id, reply, matter=complaint.number)
