"""What a conversation sees: questions, recorded reads, writes that happen once.

A conversation is a plain async function that runs again from its first line on every message, over the answers
recorded so far. It stops at the first question without an answer by `Waiting`, which no `except Exception` catches.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bot.dialogue.message import Attachment, Reply, Said
from bot.dialogue.questions.album import Album
from bot.dialogue.questions.choose import Choose, ChooseMany, Option
from bot.dialogue.questions.question import SKIP, Answer, Heard, Json, Outcome, Question
from bot.dialogue.questions.summary import Item, Summary
from bot.dialogue.questions.typed import Check, Number, Words
from bot.dialogue.questions.when import When
from bot.dialogue.state import Draft, Entry
from bot.dialogue.text import Text, _, render
from bot.dialogue.window import Window, from_json
from bot.dialogue.words import SKIP as SKIP_WORDS
from bot.dialogue.words import means
from domain.people import Person

__all__ = ["Chat", "Context", "Option", "Reask", "Reply", "Waiting", "WroteEarly"]

Undo = Callable[[Any], Awaitable[None]]


class Context(Protocol):
    """What desks are made of; the engine only watches how many writes went through it."""

    @property
    def writes(self) -> int: ...


class Waiting(BaseException):
    """The script has reached a question that has no answer yet."""

    def __init__(self, question: Question, outcome: Outcome | None) -> None:
        self.question = question
        self.outcome = outcome


class Reask(Exception):
    """A use case refused: ask that question again, with this reason."""

    def __init__(self, key: str, text: Text | str) -> None:
        super().__init__(key)
        self.key = key
        self.text = text


class WroteEarly(Exception):
    """A suspended conversation has written otherwise than by `once`: the write would be repeated on every replay."""


class Chat:
    """One replay of one draft. The engine makes it; a script only calls the methods up to `once`."""

    def __init__(
        self,
        draft: Draft,
        person: Person,
        context: Context,
        *,
        now: datetime,
        zone: ZoneInfo,
        heard: Heard | None = None,
    ) -> None:
        self.person = person
        self.now = now
        self.zone = zone
        self.language = person.language
        self.subject = draft.subject
        self.step = draft.step
        self.opening: Said = draft.opening
        self.draft = draft
        self.heard = heard
        self.notes: list[Text | str] = []
        self.visited: dict[str, Question | None] = {}
        self.undos: dict[str, Undo] = {}
        self.dropped = False
        self.written = 0
        self._context = context
        self._confirms = 0

    async def choose(
        self,
        key: str,
        text: Text | str,
        options: Sequence[Option] | Sequence[str],
        *,
        label: Text | str | None = None,
        skip_if_single: bool = False,
        proposed: str | None = None,
        optional: bool = False,
    ) -> Any:
        """The value of the option chosen (its code where it has none), or None where skipped.

        `proposed` is the code of a guess, shown first and accepted by 对.
        """
        return await self._ask(
            Choose(
                key=key,
                text=text,
                label=label,
                optional=optional,
                options=_options(options),
                skip_if_single=skip_if_single,
                proposed=proposed,
            )
        )

    async def choose_many(
        self,
        key: str,
        text: Text | str,
        options: Sequence[Option] | Sequence[str],
        *,
        label: Text | str | None = None,
        at_least: int = 1,
        at_most: int | None = None,
        optional: bool = False,
    ) -> tuple[Any, ...]:
        """The values of the options chosen, in the order of the options; empty where skipped."""
        question = ChooseMany(
            key=key,
            text=text,
            label=label,
            optional=optional,
            options=_options(options),
            at_least=at_least,
            at_most=at_most,
        )
        return await self._ask(question) or ()

    async def text(
        self,
        key: str,
        text: Text | str,
        *,
        label: Text | str | None = None,
        at_least: int = 1,
        at_most: int = 2000,
        optional: bool = False,
        taken: Said | str | None = None,
        check: Check | None = None,
    ) -> str:
        """What was typed, stripped; empty where skipped.

        `taken` answers it unasked if it is long enough; `check` (plain or async) returns the reason of a refusal.
        """
        words = taken.text if isinstance(taken, Said) else taken or ""
        question = Words(
            key=key,
            text=text,
            label=label,
            optional=optional,
            at_least=at_least,
            at_most=at_most,
            taken=words,
            check=check,
        )
        return await self._ask(question) or ""

    async def photos(
        self, key: str, text: Text | str, *, label: Text | str | None = None, optional: bool = True, at_most: int = 9
    ) -> tuple[Attachment, ...]:
        """Photos, from several messages; those that came before this question are in already."""
        return await self._album(key, text, label, optional, at_most, images=True)

    async def files(
        self, key: str, text: Text | str, *, label: Text | str | None = None, optional: bool = True, at_most: int = 9
    ) -> tuple[Attachment, ...]:
        """Files of any type, from several messages."""
        return await self._album(key, text, label, optional, at_most, images=False)

    async def number(
        self,
        key: str,
        text: Text | str,
        *,
        lowest: int = 0,
        highest: int,
        label: Text | str | None = None,
        optional: bool = False,
    ) -> int | None:
        """A whole number from `lowest` to `highest`, or None where skipped."""
        question = Number(key=key, text=text, label=label, optional=optional, lowest=lowest, highest=highest)
        found: int | None = await self._ask(question)
        return found

    async def window(
        self, key: str, text: Text | str, *, label: Text | str | None = None, optional: bool = True
    ) -> Window | None:
        """A time to come by, read from words like 明天下午三点后 and echoed for confirmation."""
        question = When(key=key, text=text, label=label, optional=optional, zone=self.zone, language=self.language)
        found: Window | None = await self._ask(question)
        return found

    async def confirm(self, text: Text | str, *keys: str) -> None:
        """Show the answers under `keys` (all labelled ones if none is named) until the person confirms them."""
        self._confirms += 1
        key = "confirm" if self._confirms == 1 else f"confirm{self._confirms}"
        items = tuple(self._items(keys))
        shown = "\n".join(f"{item.key}:{render(item.label, 'zh')}:{render(item.shown, 'zh')}" for item in items)
        digest = hashlib.sha256(f"{render(text, 'zh')}\n{shown}".encode()).hexdigest()[:16]
        await self._ask(Summary(key=key, text=text, items=items, digest=digest))

    async def fact(self, key: str, read: Callable[[], Awaitable[Any]]) -> Any:
        """The JSON result of a read that decides a branch: read once, then replayed."""
        entry = self._visit(key, "fact")
        if entry is None:
            entry = self.draft.log[key] = Entry("fact", await read())
        return entry.answer

    async def once(self, key: str, use_case: Callable[[], Awaitable[Any]], undo: Undo | None = None) -> Any:
        """Change the world in the middle of a conversation: `use_case` runs once, its JSON result is replayed.

        `undo(result)` runs when the person goes back behind it, cancels, or lets the draft expire.
        """
        entry = self._visit(key, "once")
        if entry is None:
            before = self._context.writes
            entry = self.draft.log[key] = Entry("once", await use_case())
            self.written += self._context.writes - before
        if undo is not None:
            self.undos[key] = undo
        return entry.answer

    async def say(self, key: str, text: Text | str) -> None:
        """Say something on the way, once; it leaves with the question or reply that follows."""
        if self._visit(key, "say") is None:
            self.draft.log[key] = Entry("say", True)
            self.notes.append(text)

    def answer(self, key: str, default: Any = None) -> Any:
        """A recorded answer without asking, for `on_expiry`: the code of a choice, text, number, Window, attachments."""
        entry = self.draft.log.get(key)
        if entry is None or entry.answer is None:
            return default
        if entry.kind == Album.kind:
            return tuple(Attachment.from_json(file) for file in entry.answer)
        return from_json(entry.answer) if entry.kind == When.kind else entry.answer

    async def _album(
        self, key: str, text: Text | str, label: Text | str | None, optional: bool, at_most: int, images: bool
    ) -> tuple[Attachment, ...]:
        early = tuple(file for file in self.draft.early if not images or file.type.startswith("image/"))
        question = Album(
            key=key, text=text, label=label, optional=optional, at_most=at_most, images=images, early=early[:at_most]
        )
        return await self._ask(question) or ()

    async def _ask(self, question: Question) -> Any:
        """The recorded answer, or the one just heard; raises Waiting if there is neither."""
        key, draft = question.key, self.draft
        entry = self._visit(key, question.kind, question)
        if entry is not None:
            return self._value(question, entry.answer)
        unasked = question.unasked() if draft.reopened != key else None
        if unasked is not None:
            draft.log[key] = Entry(question.kind, unasked[0], auto=unasked[1])
            return self._value(question, unasked[0])
        if self.heard is None or draft.pending is None or draft.pending.key != key:
            raise Waiting(question, None)
        heard, self.heard = self.heard, None
        outcome = await self._read(question, heard, draft.pending.partial)
        if not isinstance(outcome, Answer):
            raise Waiting(question, outcome)
        draft.log[key] = Entry(question.kind, outcome.value)
        draft.pending = draft.reopened = draft.replaced = None
        if isinstance(question, Album):
            draft.early = ()
        return self._value(question, outcome.value)

    async def _read(self, question: Question, heard: Heard, partial: Json) -> Outcome:
        skipped = heard.code == SKIP or (heard.code is None and not heard.files and means(heard.text, SKIP_WORDS))
        if question.optional and skipped and (heard.code == SKIP or not partial):
            return Answer(None)
        return await question.read(heard, partial)

    def _visit(self, key: str, kind: str, question: Question | None = None) -> Entry | None:
        """The entry under the key if it still serves; what does not is dropped."""
        if key in self.visited:
            raise RuntimeError(f"the conversation {self.draft.name!r} uses the key {key!r} twice")
        self.visited[key] = question
        entry = self.draft.log.get(key)
        if entry is None:
            return None
        if entry.kind == kind and (question is None or _serves(question, entry)):
            entry.recheck = False
            return entry
        del self.draft.log[key]
        self.dropped = True
        return None

    def _value(self, question: Question, answer: Json) -> Any:
        return None if answer is None else question.value(answer)

    def _items(self, keys: Sequence[str]) -> list[Item]:
        named = keys or [key for key, question in self.visited.items() if question and question.label is not None]
        items: list[Item] = []
        for key in named:
            question = self.visited[key]
            if question is None:
                raise RuntimeError(f"{key!r} is not a question before this confirm of {self.draft.name!r}")
            answer = self.draft.log[key].answer
            label = question.text if question.label is None else question.label
            items.append(Item(key, label, _("未填") if answer is None else question.display(answer)))
        return items


def _serves(question: Question, entry: Entry) -> bool:
    if isinstance(question, Summary):
        return question.fits(entry.answer)
    if entry.answer is None:
        return question.optional or not entry.recheck
    return question.fits(entry.answer) if entry.recheck else question.usable(entry.answer)


def _options(options: Sequence[Option] | Sequence[str]) -> tuple[Option, ...]:
    return tuple(option if isinstance(option, Option) else Option(option, option) for option in options)
