"""Messages that no channel carries to their person become calls, so that nobody is silently missed (§11 no. 3)."""

from bot.dialogue.text import _
from domain.complaint import Complaint
from handlers.audience import cs_supervisors, front_desk
from handlers.call_notices import open_task, promise
from handlers.office import Office
from handlers.wording import shortened
from storage.ledger import Sendable

REASON = "undelivered"


async def undelivered(office: Office, message: Sendable) -> None:
    """Called in the transaction that gives the message up. What was only for information needs no call."""
    complaint = await office.work.complaints.get(message.matter) if message.matter else None
    if complaint is None or complaint.closed:
        return
    if complaint.complainant == message.person:
        await promise(complaint, office, reachable=False)
    elif message.lane == "urgent":
        await _call_colleague(message, complaint, office)


async def _call_colleague(message: Sendable, complaint: Complaint, office: Office) -> None:
    """One open task for a person and a matter: the front desk reads out what could not be sent."""
    reason = f"{REASON}:{message.person}:"
    known = await office.work.calls.of_matter(complaint.number)
    if any(task.reason.startswith(reason) and task.state == "open" for task in known):
        return
    callers = set(await front_desk(complaint, office)) - {message.person}
    if not callers:
        callers = set(await cs_supervisors(complaint, office)) - {message.person}
    text = _("请电话告知：{text}").format(text=shortened(message.text, 300))
    why = _("同事收不到消息，请致电")
    reason += str(message.id)
    await open_task(complaint, message.person, reason, text, office, ping=why, callers=sorted(callers))
