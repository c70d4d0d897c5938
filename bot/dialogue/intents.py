"""What a person may want to begin: commands, and phrases in what they write."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.dialogue.book import Book, Button, Entrance
from bot.dialogue.message import Choice, act
from bot.dialogue.text import Text, _, join
from bot.dialogue.words import means, plain
from domain.glossary import Role

HUMAN = "人工"
_COMMAND = re.compile(r"\s*[/／]\s*([A-Za-z][A-Za-z_]*)(?:@\w+)?(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Intent:
    """An entrance and the rest of the text; `whole` when the text was nothing but its command or phrase."""

    entrance: Entrance
    tail: str = ""

    @property
    def whole(self) -> bool:
        return not self.tail


def entrances(book: Book, role: Role) -> Iterator[Entrance]:
    return (entrance for entrance in book.entrances() if role in entrance.who)


def is_command(text: str) -> bool:
    return _COMMAND.fullmatch(text) is not None


def command(book: Book, role: Role, text: str) -> Intent | None:
    """The entrance of "/complain 电梯坏了"."""
    match = _COMMAND.fullmatch(text)
    if match is None:
        return None
    for entrance in entrances(book, role):
        if match[1].casefold() in _commands(entrance):
            return Intent(entrance, (match[2] or "").strip())
    return None


def phrase(book: Book, role: Role, text: str) -> Intent | None:
    """The entrance with the longest phrase in the text, and the text without it; a bare command is a phrase too."""
    said = plain(text)
    best: tuple[int, Intent] | None = None
    for entrance in entrances(book, role):
        if said in _commands(entrance):
            return Intent(entrance)
        for words in entrance.phrases:
            found = text.casefold().find(words.casefold())
            if found >= 0 and (best is None or len(words) > best[0]):
                best = len(words), Intent(entrance, _rest(text, found, len(words)))
    return best[1] if best else None


def anywhere(book: Book, role: Role, text: str, loose: bool) -> Button | None:
    """The button that this global word presses (人工, 进度)."""
    for button in book.buttons.values():
        if button.anywhere and role in button.who:
            words = {plain(words) for words in button.phrases} | _commands(button)
            if means(text, frozenset(words), loose):
                return button
    return None


def human(book: Book, role: Role) -> Choice | None:
    """The button to the front desk, where the book has one for this role."""
    for button in book.buttons.values():
        if role in button.who and HUMAN in button.phrases:
            return act(button.title or _("人工"), button.name)
    return None


def menu(book: Book, role: Role) -> tuple[Choice, ...]:
    """What this role can begin, in the order of the book."""
    return tuple(act(entrance.title, entrance.name) for entrance in entrances(book, role) if entrance.title)


def help_text(book: Book, role: Role) -> Text:
    lines: list[Text | str] = []
    for entrance in entrances(book, role):
        if entrance.title:
            command = Text("  /{name}").format(name=entrance.commands[0].lstrip("/")) if entrance.commands else ""
            lines.append(Text("· {title}{command}").format(title=entrance.title, command=command))
    words = _("随时可以回复：返回、取消、重来、帮助、人工、进度。")
    return join(_("我可以帮您："), *lines, words) if lines else words


def _commands(entrance: Entrance) -> set[str]:
    return {name.lstrip("/").casefold() for name in entrance.commands}


def _rest(text: str, found: int, length: int) -> str:
    before, after = text[:found].strip(" ,，。：:;；!！、\n"), text[found + length :].strip(" ,，。：:;；!！、\n")
    return "，".join(part for part in (before, after) if part)
