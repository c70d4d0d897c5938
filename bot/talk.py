"""One message, or one wake-up, through the dialogue engine: the person's state before and after, the reply posted."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from bot.dialogue import engine
from bot.dialogue.book import Book
from bot.dialogue.chat import Context
from bot.dialogue.engine import Turn, Wake
from bot.dialogue.message import Attachment, Choice, Reply, Said
from bot.dialogue.state import State
from domain.decision import Promise
from domain.people import Person
from domain.rules import Rules
from storage.deadlines import DeadlineRow
from storage.inbox import InboxRow
from storage.outbox import rendered
from storage.work import Work

C = TypeVar("C", bound=Context)
RulesOf = Callable[[str], Rules]

DRAFT = "draft"
"""The kind under which the wake-ups of a chat stand among the deadlines; their subject is the chat's id."""


class Talk(Generic[C]):
    """The dialogue of one house: its book, what its use cases reach, the rules of each site.

    `intercept` hears a message before the dialogue does (a relayed thread); None: it was dealt with.
    """

    def __init__(
        self,
        book: Book,
        context_for: Callable[[Work, Person, str, datetime], C],
        rules_of: RulesOf,
        intercept: Callable[[C, Person, Said, State], Awaitable[Said | None]] | None = None,
    ) -> None:
        self._book = book
        self._context_for = context_for
        self._rules_of = rules_of
        self._intercept = intercept

    async def answer(self, work: Work, row: InboxRow, now: datetime) -> None:
        """Handle one inbox message within `work`; its sender must be known."""
        person = await work.people.get(row.person) if row.person else None
        if person is None:
            return
        state = await work.conversations.load(row.chat, person.id)
        before = _wanted(engine.wakes(state, self._rules_of(person.site)))
        context = self._context_for(work, person, row.channel, now)
        said: Said | None = _said(row)
        if self._intercept is not None and said is not None:
            said = await self._intercept(context, person, said, state)
        if said is None:
            return
        rules = self._rules_of(person.site)
        turn = await engine.turn(
            self._book,
            state,
            said,
            person,
            _always(context),
            now=now,
            zone=rules.zone,
            rules=rules,
            offered=lambda: self._offered(work, person),
        )
        self._keep(work, row.chat, person, turn, said)
        if _wanted(turn.wakes) != before:
            self._promise(work, row.chat, person, turn.wakes)

    async def wake(self, work: Work, deadline: DeadlineRow, now: datetime) -> None:
        """Nudge, expire, or close the album of a draft. One that was touched since is looked at again later:
        deadlines are moved when they fall due, not at every message."""
        chat = int(deadline.subject)
        owner = await work.conversations.owner(chat)
        person = await work.people.get(owner) if owner else None
        if person is None:
            return
        state = await work.conversations.load(chat, person.id)
        rules = self._rules_of(person.site)
        context = self._context_for(work, person, "time", now)
        turn = await engine.wake(
            self._book,
            state,
            deadline.what,
            deadline.step,
            person,
            _always(context),
            now=now,
            zone=rules.zone,
            rules=rules,
        )
        self._keep(work, chat, person, turn, None)
        self._promise(work, chat, person, turn.wakes)

    def post(self, work: Work, reply: Reply, person: Person, target: str | None = None) -> None:
        work.outbox.post(rendered(reply, person, target=target))

    async def _offered(self, work: Work, person: Person) -> Sequence[Choice]:
        return [Choice(label, value) for label, value in await work.outbox.last_offered(person.id)]

    def _keep(self, work: Work, chat: int, person: Person, turn: Turn, said: Said | None) -> None:
        work.conversations.save(chat, person.id, turn.state)
        for ended in turn.finished:
            work.conversations.keep_draft(chat, person.id, ended.draft, ended.state)
        for reply in turn.replies:
            self.post(work, reply, person, target=said.on if said is not None and reply.edit else None)

    def _promise(self, work: Work, chat: int, person: Person, wanted: Sequence[Wake]) -> None:
        promises = [Promise(wake.kind, wake.step, "D-10", wake.due_at) for wake in wanted]
        work.deadlines.reconcile(DRAFT, str(chat), promises, person.site, keep=False)


def _said(row: InboxRow) -> Said:
    payload = row.payload
    return Said(
        id=row.message_id,
        at=row.at,
        text=str(payload.get("text") or ""),
        press=payload.get("press"),
        on=payload.get("on"),
        files=tuple(Attachment.from_json(file) for file in payload.get("files", ())),
    )


def _wanted(wakes: Sequence[Wake]) -> frozenset[tuple[str, str]]:
    return frozenset((wake.kind, wake.step) for wake in wakes)


def _always(context: Context) -> Callable[[], Awaitable[Context]]:
    async def given() -> Context:
        return context

    return given
