"""Call tasks 人工致电任务 (§11 no. 3, D-43): whom a person has to call, the text to say, and what came of it."""

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Choice, Reply, act
from bot.dialogue.press import Press, Start
from bot.dialogue.text import Text, _, join, restored
from domain import agreed_time, call_task, callback, filing
from domain.call_task import Asked
from domain.complaint import Complaint
from domain.decision import Event, Refused
from domain.powers import Action, roles_of
from domain.refusals import Why
from handlers.audience import desk_of, others
from handlers.call_notices import UNFINISHED, kind_of, notices, number_of, ping_buttons, slot_of, step_of
from handlers.office import UNKNOWN_RECORD, Office
from handlers.orders import own_words
from handlers.wording import moment
from storage.calls import CallTask

__all__ = ["book", "notices"]

book = Book()

PER_PAGE = 5


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

    async def matter(self, task: CallTask) -> Complaint:
        """The complaint that the call is about, for whoever may see it. Raises Refused."""
        complaint, _order = await self.office.opened(task.matter or "", Action.VIEW)
        return complaint

    async def done(self, number: str, outcome: str) -> CallTask:
        """Record what the call brought; it is part of the matter's story."""
        task = await self.task(number)
        if not await self.office.work.calls.close(number, outcome, self.office.person.id):
            raise Refused(Why.ALREADY, what="call_done", by=None, at=None)
        self._note(task, "call.done", outcome)
        await self._spend(task, _("{name}已致电").format(name=self.office.person.name))
        return task

    async def answered(self, number: str, words: str) -> CallTask:
        """The resident's answer by phone, written into the complaint as theirs."""
        task = await self.task(number)
        complaint = await self.matter(task)
        told = filing.answer(complaint, complaint.complainant, _phoned(words), (), self.office.now)
        await self.done(number, words)
        await self.office.apply(told)
        return task

    async def time_answered(self, number: str, agreed: bool) -> CallTask:
        """Yes or no to a proposed time; agreed by phone and logged with the name (D-12)."""
        task, office = await self.task(number), self.office
        complaint = await self.matter(task)
        order, _sign, step = step_of(task.reason).partition("/")
        proposed = complaint.order(order).proposed
        by, rules = office.person.id, office.rules(complaint.site)
        if agreed and proposed is not None:
            whom = await office.name(complaint.complainant)
            start, until = proposed.start, proposed.until
            told = agreed_time.log_agreed_time(complaint, order, by, start, until, office.now, rules, whom)
        else:
            told = agreed_time.answer_time(complaint, order, by, False, office.now, int(step), rules)
        await self.done(number, str(_("同意") if agreed else _("不同意")))
        await office.apply(told)
        return task

    async def missed(self, number: str) -> CallTask:
        """Nobody answered: the try is on record and the task stays; at a callback it is an attempt (§11 no. 9)."""
        task, office = await self.task(number), self.office
        if kind_of(task.reason) == Asked.CALLBACK:
            complaint, _order = await office.opened(task.matter or "", Action.ATTEMPT)
            by, rules, step = office.person.id, office.rules(complaint.site), int(step_of(task.reason))
            await office.apply(callback.attempt(complaint, step, by, "phone", "no_answer", office.now, rules))
        at = office.now.astimezone(office.zone(task.site))
        office.work.calls.tried(number, f"\n{at:%m-%d %H:%M} {office.person.name}")
        self._note(task, "call.missed", "")
        return task

    async def _spend(self, task: CallTask, word: Text) -> None:
        """The colleagues' ping loses its buttons."""
        people = others(self.office, await desk_of(task.site, self.office))
        spent = Reply(join(word, restored(task.text)), slot=slot_of(task.number), edit=True)
        await self.office.tell(people, spent, matter=task.matter)

    def _note(self, task: CallTask, kind: str, outcome: str) -> None:
        office, by = self.office, self.office.person.id
        told = Event(kind, call_task.CLAUSE, {"task": task.number, "by": by, "outcome": outcome})
        subject = task.matter or task.number
        office.work.events.append(subject, told, site=task.site, by=by, at=office.now, channel=office.channel)


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
    choices: list[Choice] = []
    for index, task in enumerate(shown, 1):
        choices.append(act(_("{index} 接通").format(index=index), "call_through", task.number))
        choices.append(act(_("{index} 未接").format(index=index), "call_missed", task.number))
    if number > 1:
        choices.append(act(_("上一页"), "calls", "", str(number - 1)))
    if number < pages:
        choices.append(act(_("下一页"), "calls", "", str(number + 1)))
    title = _("要打的电话（{count} 个）").format(count=len(tasks))
    return Reply(join(title, *lines), choices=tuple(choices), edit=paging)


@book.button("call_through", who=roles_of(Action.CALLBACKS))
async def call_through(press: Press, desk: CallDesk) -> Reply | Start | None:
    """Somebody answered: on to the record that this call is for."""
    task = await desk.task(press.subject)
    complaint = await desk.matter(task) if task.matter else None
    if complaint is not None and kind_of(task.reason) == Asked.CALLBACK:
        return press.start("record_verdict", complaint.number, step_of(task.reason))
    if complaint is not None and task.reason == UNFINISHED and complaint.unfinished:
        return press.start("complete", complaint.number, str(complaint.step))
    return press.start("call_done", task.number)


@book.button("call_missed", who=roles_of(Action.CALLBACKS))
async def call_missed(press: Press, desk: CallDesk) -> Reply:
    task = await desk.missed(press.subject)
    text = join(_("已记下没接通，过一会儿再打；任务还在“致电任务”里。"), restored(task.text))
    return Reply(text, choices=ping_buttons(task.number))


@book.conversation("call_done", who=roles_of(Action.CALLBACKS))
async def call_done(chat: Chat, desk: CallDesk) -> Reply | None:
    """What was said; an answer goes into the complaint as if the resident had written it."""
    task = await desk.task(chat.subject)
    asked = kind_of(task.reason)
    if asked == Asked.TIME:
        said: str = await chat.choose(
            "said", _("业户同意这个时间吗？"), [Option("yes", _("同意")), Option("no", _("不同意"))]
        )
        await desk.time_answered(chat.subject, said == "yes")
    else:
        question = _("业户怎么回答的？") if asked == Asked.QUESTION else _("电话里怎么说的？")
        words = await chat.text("outcome", question, at_most=1000, check=own_words)
        await (desk.answered if asked == Asked.QUESTION else desk.done)(chat.subject, words)
    left = len(await desk.open_tasks())
    more = (act(_("致电任务"), "calls"),) if left else ()
    opening = (act(_("打开投诉"), "open", task.matter),) if task.matter and task.matter.startswith("TS") else ()
    return Reply(_("已记下通话。还有 {left} 个电话要打。").format(left=left), choices=(*opening, *more))


async def _line(index: int, task: CallTask, office: Office) -> Text:
    return join(
        _("{index}. {name} {phone} · {at}").format(
            index=index,
            name=await office.name(task.person) if task.person else "",
            phone=number_of(task),
            at=moment(task.at, office.zone(task.site), office.now),
        ),
        restored(task.text),
        _("此前未接通：{tries}").format(tries=task.outcome.strip()) if task.outcome else None,
    )


def _phoned(words: str) -> str:
    return f"☎ {words}"
