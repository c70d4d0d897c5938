"""What a conversation sees: questions, recorded reads, writes that happen once.

A conversation is a plain async function that runs again from its first line on every message, over the answers
recorded so far. It stops at the first question without an answer by `Waiting`, which no `except Exception` catches.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bot.dialogue.answers import Answers, Undo
from bot.dialogue.message import Attachment, Reply, Said
from bot.dialogue.questions.album import Album
from bot.dialogue.questions.choose import Choose, ChooseMany, Option
from bot.dialogue.questions.summary import Summary
from bot.dialogue.questions.typed import Check, Number, Words
from bot.dialogue.questions.when import When
from bot.dialogue.state import Entry
from bot.dialogue.text import Text, render
from bot.dialogue.window import Window, from_json
from domain.people import Person

__all__ = ["Chat", "Context", "Option", "Reask", "Reply"]


class Context(Protocol):
    """What desks are made of; the engine only watches how many writes went through it."""

    @property
    def writes(self) -> int: ...


class Reask(Exception):
    """A use case refused: ask that question again, with this reason."""

    def __init__(self, key: str, text: Text | str) -> None:
        super().__init__(key)
        self.key = key
        self.text = text


class Chat:
    """One replay of one draft, as its script sees it."""

    def __init__(self, answers: Answers, person: Person, context: Context, *, now: datetime, zone: ZoneInfo) -> None:
        draft = answers.draft
        self.person = person
        self.now = now
        self.zone = zone
        self.language = person.language
        self.subject = draft.subject
        self.step = draft.step
        self.opening: Said = draft.opening
        self.written = 0
        """How many writes went through `once`; the guard allows these."""
        self._answers = answers
        self._context = context
        self._confirms = 0

    @property
    def early(self) -> tuple[Attachment, ...]:
        """Files that came before any question asked for them; the next photos or files question takes them in."""
        return self._answers.draft.early

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
        return await self._answers.ask(
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
        return await self._answers.ask(question) or ()

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
        return await self._answers.ask(question) or ""

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
        found: int | None = await self._answers.ask(question)
        return found

    async def window(
        self, key: str, text: Text | str, *, label: Text | str | None = None, optional: bool = True
    ) -> Window | None:
        """A time to come by, read from words like 明天下午三点后 and echoed for confirmation."""
        question = When(key=key, text=text, label=label, optional=optional, zone=self.zone)
        found: Window | None = await self._answers.ask(question)
        return found

    async def confirm(self, text: Text | str, *keys: str) -> None:
        """Show the answers under `keys` (all labelled ones if none is named) until the person confirms them."""
        self._confirms += 1
        key = "confirm" if self._confirms == 1 else f"confirm{self._confirms}"
        items = self._answers.items(keys)
        shown = "\n".join(f"{item.key}:{render(item.label, 'zh')}:{render(item.shown, 'zh')}" for item in items)
        digest = hashlib.sha256(f"{render(text, 'zh')}\n{shown}".encode(errors="surrogatepass")).hexdigest()[:16]
        await self._answers.ask(Summary(key=key, text=text, items=items, digest=digest))

    async def fact(self, key: str, read: Callable[[], Awaitable[Any]]) -> Any:
        """The JSON result of a read that decides a branch: read once, then replayed."""
        entry = self._answers.meet(key, "fact") or self._answers.record(key, Entry("fact", await read()))
        return entry.answer

    async def once(self, key: str, use_case: Callable[[], Awaitable[Any]], undo: Undo | None = None) -> Any:
        """Change the world in the middle of a conversation: `use_case` runs once, its JSON result is replayed.

        `undo(result)` runs when the person goes back behind it, cancels, or lets the draft expire.
        """
        entry = self._answers.meet(key, "once")
        if entry is None:
            before = self._context.writes
            entry = self._answers.record(key, Entry("once", await use_case()))
            self.written += self._context.writes - before
        self._answers.undoable(key, undo)
        return entry.answer

    async def say(self, key: str, text: Text | str) -> None:
        """Say something on the way, once; it leaves with the question or reply that follows."""
        if self._answers.meet(key, "say") is None:
            self._answers.record(key, Entry("say", True))
            self._answers.notes.append(text)

    def answer(self, key: str, default: Any = None) -> Any:
        """What was recorded under the key, without asking, for `on_expiry`.

        A choice gives its code, photos their attachments, a window its Window.
        """
        entry = self._answers.draft.log.get(key)
        if entry is None or entry.answer is None:
            return default
        if entry.kind == Album.kind:
            return tuple(Attachment.from_json(file) for file in entry.answer)
        return from_json(entry.answer) if entry.kind == When.kind else entry.answer

    async def _album(
        self, key: str, text: Text | str, label: Text | str | None, optional: bool, at_most: int, images: bool
    ) -> tuple[Attachment, ...]:
        question = Album(
            key=key, text=text, label=label, optional=optional, at_most=at_most, images=images, early=self.early
        )
        return await self._answers.ask(question) or ()


def _options(options: Sequence[Option] | Sequence[str]) -> tuple[Option, ...]:
    return tuple(option if isinstance(option, Option) else Option(option, option) for option in options)
