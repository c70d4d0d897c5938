"""人工: a thread with the front desk. What is typed in it goes to a person and back; the bot is silent meanwhile."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Attachment, Choice, Reply, Said, act
from bot.dialogue.press import Press
from bot.dialogue.state import State
from bot.dialogue.text import Text, _, join, listed, render
from domain import routing
from domain.decision import Event, Promise, Refused
from domain.glossary import Role
from domain.people import Person
from domain.powers import DESK
from domain.refusals import Why
from handlers.notices import Notices
from handlers.office import UNKNOWN_RECORD, Office
from handlers.wording import ROLES, moment, on_record, phone_of, shortened
from storage.deadlines import DeadlineRow
from storage.threads import Thread

book = Book()
notices = Notices()

UNANSWERED, IDLE = "unanswered", "idle"
CLAUSE = "CP-4.1.1b"
_END = re.compile(r"\s*(结束|结束对话|退出|end|quit)\s*[。.!！]?\s*", re.IGNORECASE)


class ThreadDesk:
    """Threads between somebody who asks for a person and those who answer."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def begin(self, words: str) -> tuple[Thread, bool]:
        """The acting person's thread, opened if there was none, with `words` said in it; True where it is new."""
        office, person = self.office, self.office.person
        known = office.work.threads
        live = await known.of_resident(person.id)
        if live is not None and not words:
            words = str(_("（又找了一次人工）"))
        thread = live or await known.open(person.id, await self._site())
        if live is None:
            self._note(thread, "thread.opened", {})
        if words:
            self._said(thread, words, ())
        if live is None or words:
            await self._tell_desk(thread, words, (), opening=live is None)
        await self.promise(thread)
        return thread, live is None

    async def said(self, thread: Thread, said: Said) -> None:
        """Pass on what the resident typed or sent."""
        self._said(thread, said.text.strip(), said.files)
        await self._tell_desk(thread, said.text.strip(), said.files, opening=False)
        await self.promise(thread)

    async def answerable(self, subject: str) -> Thread:
        """The thread, not closed, that the acting person may answer. Raises Refused."""
        thread = await self._open(subject)
        person = self.office.person
        if person.id == thread.resident or person.role not in DESK or person.site not in ("", thread.site):
            raise Refused(Why.NOT_ALLOWED)
        return thread

    async def reply(self, subject: str, text: Text | str) -> Thread:
        """Answer in the thread; the first to answer takes it, a colleague may still help."""
        office, thread = self.office, await self.answerable(subject)
        person = office.person
        first = await office.work.threads.take(thread.id, person.id)
        self._said(thread, render(text, "zh"), ())
        told = _("{role}{name}：{text}").format(role=_role(person), name=_called(person), text=text)
        await office.tell(thread.resident, Reply(told), matter=thread.subject)
        if first:
            await self._settle(thread, _("已由{name}接待").format(name=person.name))
        await self.promise(thread)
        return thread

    async def end(self, subject: str) -> Thread:
        """Close it; either side may. The resident is back with the bot."""
        office, thread = self.office, await self._open(subject)
        if office.person.id != thread.resident:
            await self.answerable(subject)
        await self.close(thread, office.person.id, "")
        return thread

    async def close(self, thread: Thread, by: str | None, reason: str) -> None:
        """`by` None: it fell silent. Everybody concerned is told once."""
        office = self.office
        if not await office.work.threads.close(thread.id, by, reason):
            return
        self._note(thread, "thread.closed", {"reason": reason})
        office.work.deadlines.reconcile("thread", thread.subject, (), thread.site)
        if by != thread.resident:
            text = _("对话先到这里，我回来了。有事直接说，需要时再回复“人工”。")
            if reason == IDLE:
                text = _("有一会儿没有消息，对话先结束了。有事直接说，需要时再回复“人工”。")
            await office.tell(thread.resident, Reply(text), matter=thread.subject)
        name = await office.name(thread.resident)
        await self._settle(thread, _("与{name}的对话已结束").format(name=name), but=by)

    async def promise(self, thread: Thread) -> None:
        """What is owed now: an answer while the resident spoke last, an end to a silence otherwise."""
        office = self.office
        rules = office.rules(thread.site).thread
        waiting = await self.waiting_since(thread)
        if waiting is None:
            idle = office.now + timedelta(minutes=rules.idle_minutes)
            owed = Promise(IDLE, "", CLAUSE, idle)
        else:
            rows = await office.work.deadlines.of("thread", thread.subject)
            told = [r.settled_at or r.due_at for r in rows if r.what == UNANSWERED and r.state == "done"]
            again = timedelta(minutes=office.rules(thread.site).escalation.ack_minutes)
            later = [at + again for at in told if at > waiting]
            due_at = max(later, default=waiting + timedelta(minutes=rules.unanswered_minutes))
            owed = Promise(UNANSWERED, "", CLAUSE, due_at)
        office.work.deadlines.reconcile("thread", thread.subject, (owed,), thread.site)

    async def alarm(self, thread: Thread) -> None:
        """Nobody has answered: the cs supervisor can, and is asked again until somebody does."""
        office = self.office
        since = await self.waiting_since(thread)
        if since is None:
            return
        zone = office.zone(thread.site)
        text = join(
            _("⚠ 人工对话还没有人回复（{at}起）").format(at=moment(since, zone, office.now)),
            await self._who(thread),
            await self._last_words(thread),
        )
        roster, today = await office.roster(thread.site), office.today(thread.site)
        supervisors = routing.on_shift(Role.CS_SUPERVISOR, roster, today) or routing.on_shift(
            Role.CS_HEAD, roster, today
        )
        told = Reply(text, choices=_buttons(thread), slot=_slot(thread), lane="urgent")
        people = [p.id for p in supervisors if p.id != thread.resident]
        await office.tell(people, told, matter=thread.subject)
        self._note(thread, "thread.unanswered", {"since": since.isoformat(), "told": people})

    async def _open(self, subject: str) -> Thread:
        thread = await self.office.work.threads.get(int(subject)) if subject.isdigit() else None
        if thread is None or (
            self.office.person.id != thread.resident and self.office.person.site not in ("", thread.site)
        ):
            raise Refused(UNKNOWN_RECORD)
        if thread.state == "closed":
            at = thread.closed_at.isoformat() if thread.closed_at else None
            raise Refused(Why.ALREADY, what="thread_end", by=thread.closed_by, at=at)
        return thread

    async def _site(self) -> str:
        """The person's own site; people of the company turn to the front desk of the first."""
        if self.office.person.site:
            return self.office.person.site
        return (await self.office.work.people.sites())[0].id

    async def _answerers(self, thread: Thread) -> tuple[Person, ...]:
        """The one who took it while on duty; else the front desk on shift, for staff the cs supervisor with it."""
        office = self.office
        roster, today = await office.roster(thread.site), office.today(thread.site)
        taker = roster.person(thread.taken_by) if thread.taken_by else None
        if taker is not None and taker.duty and not taker.on_leave(today):
            return (taker,)
        asker = await office.work.people.get(thread.resident)
        roles = [Role.FRONT_DESK] if asker is None or asker.resident else [Role.CS_SUPERVISOR, Role.FRONT_DESK]
        found = [person for role in roles for person in routing.on_shift(role, roster, today)]
        return tuple(person for person in dict.fromkeys(found) if person.id != thread.resident)

    async def _tell_desk(self, thread: Thread, words: str, files: Sequence[Attachment], *, opening: bool) -> None:
        title = _("业户找人工") if self.office.person.resident else _("同事找人工")
        text = join(
            title if opening else None,
            await self._who(thread),
            on_record(words) or (None if files else _("（还没有说内容）")),
        )
        reply = Reply(
            text,
            choices=_buttons(thread),
            attachments=tuple(files),
            slot=_slot(thread),
            lane="urgent" if opening else "reply",
        )
        people = [person.id for person in await self._answerers(thread)]
        await self.office.tell(people, reply, matter=thread.subject)

    async def _settle(self, thread: Thread, word: Text, *, but: str | None = None) -> None:
        """The others' messages of this thread lose their buttons."""
        office = self.office
        roster, today = await office.roster(thread.site), office.today(thread.site)
        desk = [p.id for role in (Role.FRONT_DESK, Role.CS_SUPERVISOR) for p in routing.on_shift(role, roster, today)]
        actor = office.actor.id if office.actor else None
        people = [p for p in (*desk, thread.taken_by) if p not in (actor, but, thread.resident)]
        reply = Reply(join(word, await self._who(thread)), slot=_slot(thread), edit=True)
        await office.tell(people, reply, matter=thread.subject)

    async def _who(self, thread: Thread) -> Text:
        person = await self.office.work.people.get(thread.resident)
        if person is None:
            return _("（已离开）")
        place = listed(unit.label for unit in person.units[:3]) or ROLES.get(person.role, _("员工"))
        return _("{name} · {place} · {phone}").format(name=person.name, place=place, phone=phone_of(person))

    async def waiting_since(self, thread: Thread) -> datetime | None:
        """Since when the resident waits for an answer; None where the desk spoke last."""
        since: datetime | None = thread.opened_at
        for message in await self.office.work.threads.messages(thread.id):
            if message.by != thread.resident:
                since = None
            elif since is None:
                since = message.at
        return since

    async def _last_words(self, thread: Thread) -> Text | str:
        messages = await self.office.work.threads.messages(thread.id)
        return shortened(messages[-1].text, 200) if messages else ""

    def _said(self, thread: Thread, text: str, files: Sequence[Attachment]) -> None:
        by = self.office.person.id
        self.office.work.threads.say(thread.id, by, text, [file.to_json() for file in files])
        self.office.work.media.link([file.media for file in files], thread.subject)
        self._note(thread, "thread.said", {"text": text, "files": [file.media for file in files]})

    def _note(self, thread: Thread, kind: str, data: dict[str, str | list[str]]) -> None:
        office = self.office
        by = office.actor.id if office.actor else None
        event = Event(kind, CLAUSE, {**data, "by": by})
        office.work.events.append(thread.subject, event, site=thread.site, by=by, at=office.now, channel=office.channel)


@book.button(
    "human",
    who=frozenset(Role),
    commands=("/human",),
    phrases=("人工", "human"),
    title=_("人工"),
    anywhere=True,
    quiet=True,
)
async def human(press: Press, desk: ThreadDesk) -> Reply:
    """A thread with the front desk, from wherever one is."""
    thread, new = await desk.begin(press.text.strip())
    end = (act(_("结束对话"), "thread_end", str(thread.id)),)
    if not new:
        return Reply(_("前台已经在线，直接说就行，对方马上能看到。"), choices=end)
    return Reply(_("已转前台。请直接说，前台会看到每一句话并回复您；说完回复“结束”。"), choices=end)


@book.conversation("thread_reply", who=DESK)
async def thread_reply(chat: Chat, desk: ThreadDesk) -> Reply | None:
    """Answer in the thread."""
    thread = await desk.answerable(chat.subject)
    name = await desk.office.name(thread.resident)
    text = await chat.text("text", _("回复{name}：").format(name=name), at_most=1000)
    await desk.reply(chat.subject, text)
    return Reply(_("已发给{name}。").format(name=name), choices=_buttons(thread))


PHRASES = {
    "welcome": _("您好，这里是物业前台，很高兴为您服务。"),
    "checking": _("您反映的情况我们记下了，马上为您核实，请稍等。"),
    "arranged": _("已经安排同事处理，有进展第一时间告诉您。"),
    "sorry": _("给您带来不便，非常抱歉，我们会尽快解决。"),
    "thanks": _("感谢您的反馈，还有其他可以帮您的吗？"),
}
"""The front desk's standard phrases 标准用语 (CP-4.1.1b)."""


@book.conversation("thread_phrase", who=DESK)
async def thread_phrase(chat: Chat, desk: ThreadDesk) -> Reply | None:
    """One of the standard phrases 标准用语 (CP-4.1.1b), in one press."""
    thread = await desk.answerable(chat.subject)
    chosen = await chat.choose("phrase", _("用哪一句？"), [Option(code, text) for code, text in PHRASES.items()])
    await desk.reply(chat.subject, PHRASES[chosen])
    name = await desk.office.name(thread.resident)
    return Reply(_("已发给{name}。").format(name=name), choices=_buttons(thread))


@book.button("thread_end", who=frozenset(Role))
async def thread_end(press: Press, desk: ThreadDesk) -> Reply:
    """End the thread and return to the bot."""
    thread = await desk.end(press.subject)
    return _ended(press.person, thread, edit=press.on is not None and press.person.id != thread.resident)


async def intercept(office: Office, person: Person, said: Said, state: State) -> Said | None:
    """None where the message went to the front desk; otherwise what the dialogue is to hear.

    Presses, commands and the word that calls a person stay with the bot. What was typed is meant for the front desk
    unless a question was answered since the person spoke there last.
    """
    text = said.text.strip()
    if said.press is not None or text.startswith(("/", "／")) or text.casefold() in ("人工", "human"):
        return said
    thread = await office.work.threads.of_resident(person.id) if text or said.files else None
    if thread is None:
        return said
    if state.active is not None and state.active.touched_at > await _spoke_at(thread, office):
        return said
    if _END.fullmatch(said.text) and not said.files:
        return replace(said, text="", press=act(_("结束"), "thread_end", str(thread.id)).value)
    await ThreadDesk(office).said(thread, said)
    return None


async def _spoke_at(thread: Thread, office: Office) -> datetime:
    """When the one who asked for a person turned to the front desk last."""
    own = (m.at for m in await office.work.threads.messages(thread.id) if m.by == thread.resident)
    return max(own, default=thread.opened_at)


async def keep(office: Office, row: DeadlineRow) -> None:
    """A promise of a thread fell due: ask the cs supervisor, or end the silence. Does nothing for a closed one."""
    thread = await office.work.threads.get(int(row.subject.rpartition("-")[2]))
    if thread is None or thread.state == "closed":
        return
    desk = ThreadDesk(office)
    waiting = await desk.waiting_since(thread)
    if row.what == IDLE and waiting is None:
        await desk.close(thread, None, IDLE)
        return
    if row.what == UNANSWERED:
        await desk.alarm(thread)
    await desk.promise(thread)


def _ended(person: Person, thread: Thread, *, edit: bool) -> Reply:
    if person.id == thread.resident:
        return Reply(_("对话已结束。有事直接说，需要时再回复“人工”。"))
    return Reply(_("对话已结束，业户已回到自助服务。"), edit=edit)


def _buttons(thread: Thread) -> tuple[Choice, ...]:
    return (
        act(_("回复"), "thread_reply", str(thread.id)),
        act(_("标准用语"), "thread_phrase", str(thread.id)),
        act(_("结束"), "thread_end", str(thread.id)),
    )


def _slot(thread: Thread) -> str:
    return f"thread:{thread.id}"


def _role(person: Person) -> Text:
    return ROLES.get(person.role, _("员工"))


def _called(person: Person) -> str:
    """What a resident calls a member of staff: the first of several words, a Chinese name whole."""
    return person.name.split()[0] if person.name.split() else person.name
