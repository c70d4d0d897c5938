"""Call tasks 人工致电任务 (§11 no. 3): whom a person has to call, with the number and the text to say."""

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat
from bot.dialogue.message import Choice, Reply, act
from bot.dialogue.press import Press
from bot.dialogue.text import Text, _, join
from domain.complaint import Complaint
from domain.decision import Event, Refused
from domain.powers import Action, roles_of
from domain.refusals import Why
from handlers.notices import Notices
from handlers.office import UNKNOWN_RECORD, Office
from handlers.wording import heading, moment, shortened
from storage.calls import CallTask

book = Book()
notices = Notices()

PER_PAGE = 5
UNFINISHED = "unfinished_complaint"
"""Reason of the task that an abandoned complaint leaves behind (D-10)."""


class CallDesk:
    """Open call tasks of the site, and what the calls brought."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def open_tasks(self) -> list[CallTask]:
        return await self.office.work.calls.open_of_site(self.office.person.site)

    async def task(self, number: str) -> CallTask:
        """The task, still open. Raises Refused: UNKNOWN_RECORD for another site's, ALREADY for one that is done."""
        task = await self.office.work.calls.get(number)
        if task is None or self.office.person.site not in ("", task.site):
            raise Refused(UNKNOWN_RECORD)
        if task.state != "open":
            at = task.done_at.isoformat() if task.done_at else None
            raise Refused(Why.ALREADY, what="call_done", by=task.done_by, at=at)
        return task

    async def done(self, number: str, outcome: str) -> CallTask:
        """Record what the call brought; it is part of the matter's story."""
        task = await self.task(number)
        office = self.office
        if not await office.work.calls.close(number, outcome, office.person.id):
            raise Refused(Why.ALREADY, what="call_done", by=None, at=None)
        told = Event("call.done", "A-3", {"task": number, "by": office.person.id, "outcome": outcome})
        office.work.events.append(
            task.matter or number, told, site=task.site, by=office.person.id, at=office.now, channel=office.channel
        )
        return task


@book.button("calls", who=roles_of(Action.CALLBACKS), commands=("/calls",), phrases=("致电任务",), title=_("致电任务"))
async def calls(press: Press, desk: CallDesk) -> Reply:
    """Whom to call, the longest waiting first, with number and text."""
    tasks = await desk.open_tasks()
    paging = press.on is not None and bool(press.step)
    if not tasks:
        return Reply(_("没有要打的电话。"), edit=paging)
    pages = -(-len(tasks) // PER_PAGE)
    number = min(max(int(press.step) if press.step.isdigit() else 1, 1), pages)
    shown = tasks[(number - 1) * PER_PAGE : number * PER_PAGE]
    lines = [await _line(index, task, desk.office) for index, task in enumerate(shown, 1)]
    choices = [choice for index, task in enumerate(shown, 1) for choice in _after_the_call(index, task)]
    if number > 1:
        choices.append(act(_("上一页"), "calls", "", str(number - 1)))
    if number < pages:
        choices.append(act(_("下一页"), "calls", "", str(number + 1)))
    title = _("要打的电话（{count} 个）").format(count=len(tasks))
    return Reply(join(title, *lines), choices=tuple(choices), edit=paging)


@book.conversation("call_done", who=roles_of(Action.CALLBACKS))
async def call_done(chat: Chat, desk: CallDesk) -> Reply | None:
    """Mark a call as made, with what was said."""
    await desk.task(chat.subject)
    outcome = await chat.text("outcome", _("电话里怎么说的？没接通也请写明。"), at_most=1000)
    task = await desk.done(chat.subject, outcome)
    left = len(await desk.open_tasks())
    choices = (act(_("致电任务"), "calls"),) if left else ()
    further = (act(_("打开投诉"), "open", task.matter),) if (task.matter or "").startswith("TS") and task.matter else ()
    return Reply(_("已记下通话。还有 {left} 个电话要打。").format(left=left), choices=(*further, *choices))


def _after_the_call(index: int, task: CallTask) -> tuple[Choice, ...]:
    """What the call brought; an unfinished complaint is completed right away."""
    called = act(_("{index} 已致电").format(index=index), "call_done", task.number)
    if task.reason != UNFINISHED or not task.matter:
        return (called,)
    return act(_("{index} 补全投诉").format(index=index), Action.COMPLETE, task.matter), called


async def _line(index: int, task: CallTask, office: Office) -> Text:
    return _("{index}. {name} {phone}　{at}\n{text}").format(
        index=index,
        name=await office.name(task.person) if task.person else "",
        phone=task.phone or _("（没有电话）"),
        at=moment(task.at, office.zone(task.site), office.now),
        text=task.text,
    )


@notices.on("complaint.unfinished")
async def call_back(_event: Event, complaint: Complaint, office: Office) -> None:
    """An abandoned complaint is completed by phone: nothing of it is lost (D-10)."""
    resident = await office.work.people.get(complaint.complainant)
    text = _("{heading}\n业户没填完：{details}\n请问清情况后补全。").format(
        heading=heading(complaint, office.rules(complaint.site)), details=shortened(complaint.details, 200)
    )
    office.work.calls.add(
        CallTask(
            number=await office.work.numbers.next("ZD", office.today(complaint.site)),
            site=complaint.site,
            person=complaint.complainant,
            phone=resident.phone if resident else "",
            text=str(text),
            reason=UNFINISHED,
            matter=complaint.number,
            at=office.now,
        )
    )
