"""The book of everything that can be said or pressed: conversations and buttons, one book per handler file."""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from bot.dialogue.chat import Chat
from bot.dialogue.message import Reply
from bot.dialogue.press import Press, Start
from bot.dialogue.text import Text
from domain.glossary import Role

Script = Callable[[Chat, Any], Awaitable[Reply | None]]
Handler = Callable[[Press, Any], Awaitable[Reply | Start | None]]
S = TypeVar("S", bound=Callable[..., Any])
H = TypeVar("H", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """How a conversation or a button is reached: by name (a press), by command, by phrase, from the menu (title)."""

    name: str
    who: frozenset[Role]
    commands: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    title: Text | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation(Entrance):
    version: int
    script: Script
    desk: Callable[[Any], Any]
    takes_files: bool = False
    """A photo sent out of the blue offers to start this conversation."""
    on_expiry: Script | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Button(Entrance):
    handler: Handler
    desk: Callable[[Any], Any]
    anywhere: bool = False
    """A global word: works in the middle of any conversation, which then goes on."""
    quiet: bool = False
    """The pending question is not repeated behind the answer: somebody else speaks now."""


class Book:
    """Conversations and buttons by name; a name is unique in the merged book."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.buttons: dict[str, Button] = {}

    def conversation(
        self,
        name: str,
        *,
        version: int = 1,
        who: Iterable[Role],
        commands: Iterable[str] = (),
        phrases: Iterable[str] = (),
        title: Text | str | None = None,
        takes_files: bool = False,
        on_expiry: Script | None = None,
    ) -> Callable[[S], S]:
        """Register `async def script(chat, desk) -> Reply | None`; raise the version when its questions change."""

        def register(script: S) -> S:
            entry = Conversation(
                name=name,
                version=version,
                who=frozenset(who),
                commands=tuple(commands),
                phrases=tuple(phrases),
                title=title,
                script=script,
                desk=_desk_of(script),
                takes_files=takes_files,
                on_expiry=on_expiry,
            )
            self._add(self.conversations, entry)
            return script

        return register

    def button(
        self,
        action: str,
        *,
        who: Iterable[Role],
        commands: Iterable[str] = (),
        phrases: Iterable[str] = (),
        title: Text | str | None = None,
        anywhere: bool = False,
        quiet: bool = False,
    ) -> Callable[[H], H]:
        """Register `async def handler(press, desk) -> Reply | Start | None`."""

        def register(handler: H) -> H:
            entry = Button(
                name=action,
                who=frozenset(who),
                commands=tuple(commands),
                phrases=tuple(phrases),
                title=title,
                handler=handler,
                desk=_desk_of(handler),
                anywhere=anywhere,
                quiet=quiet,
            )
            self._add(self.buttons, entry)
            return handler

        return register

    @staticmethod
    def merge(*books: "Book") -> "Book":
        """One book of several.

        Raises ValueError when two entries share a name.
        """
        merged = Book()
        for book in books:
            for conversation in book.conversations.values():
                merged._add(merged.conversations, conversation)
            for button in book.buttons.values():
                merged._add(merged.buttons, button)
        return merged

    def entrances(self) -> Iterable[Entrance]:
        yield from self.conversations.values()
        yield from self.buttons.values()

    def entrance(self, name: str) -> Entrance | None:
        return self.conversations.get(name) or self.buttons.get(name)

    def _add(self, shelf: dict[str, Any], entry: Entrance) -> None:
        if self.entrance(entry.name) is not None:
            raise ValueError(f"the book already has {entry.name!r}")
        shelf[entry.name] = entry


def _desk_of(function: Callable[..., Any]) -> Callable[[Any], Any]:
    """The class that the second parameter is annotated with, so that a script says itself what it needs."""
    second = list(inspect.signature(function).parameters)[1]
    desk: Any = get_type_hints(function).get(second)
    if not isinstance(desk, type) or desk is Any:
        raise TypeError(f"{function.__qualname__}: annotate {second!r} with the class of its desk")
    return desk
