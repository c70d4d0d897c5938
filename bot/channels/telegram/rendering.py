"""A message as Telegram shows it: HTML within 4096 UTF-16 units a part, choices as an inline keyboard. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from storage.outbox import Offer

MOST_TEXT = 4096
MOST_CAPTION = 1024
MOST_LABEL = 40
"""Longer labels are cut off on a telephone: they are written out in the text and numbered instead."""
PAGE = 24
"""Choices on one page; more are turned over."""
SHORT, ROW = 8, 3
"""Labels so short stand side by side, so many in a row."""
CONTACT = "b/contact/"
"""Choices that begin so ask for the telephone number, which only a reply keyboard can."""
CHOSEN, TURNED = "c", "p"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Key:
    """One button: what it says and what it sends."""

    label: str
    data: str


Keyboard = list[list[Key]]


@dataclass(frozen=True, slots=True)
class Shown:
    """The parts of the text as HTML, and what stands below the last of them.

    `asks` has labels of a reply keyboard, the first of which hands over the telephone number.
    """

    parts: tuple[str, ...]
    keyboard: Keyboard
    asks: tuple[str, ...] = ()


def shown(message: int, text: str, choices: Sequence[Offer], page: int = 0) -> Shown:
    """The whole message; `message` is its id in the ledger, by which presses find what they meant."""
    open_ones = [(number, label) for number, (label, _, enabled) in enumerate(choices) if enabled]
    if any(value.startswith(CONTACT) for _, value, enabled in choices if enabled):
        first = sorted(open_ones, key=lambda one: not choices[one[0]][1].startswith(CONTACT))
        return Shown(tuple(map(html, split(text or "…"))), [], tuple(label for _, label in first))
    long = {number: label for number, label in open_ones if units(label) > MOST_LABEL}
    if long:
        lines = [f"{number + 1}. {label}" for number, label in open_ones]
        text = "\n".join((text, "", *lines))
        open_ones = [(number, f"{number + 1}. {_cut(label)}") for number, label in open_ones]
    return Shown(tuple(map(html, split(text or "…"))), keyboard(message, open_ones, page))


def keyboard(message: int, choices: Sequence[tuple[int, str]], page: int = 0) -> Keyboard:
    """Short labels side by side, the others below each other, long lists in pages."""
    pages = max(1, -(-len(choices) // PAGE))
    page %= pages
    rows: Keyboard = []
    for number, label in choices[page * PAGE : (page + 1) * PAGE]:
        key = Key(label, chosen(message, number))
        fits = rows and len(rows[-1]) < ROW and all(units(k.label) <= SHORT for k in (*rows[-1], key))
        if fits:
            rows[-1].append(key)
        else:
            rows.append([key])
    if pages > 1:
        turn = [Key("‹", turned(message, page - 1)), Key(f"{page + 1}/{pages}", turned(message, page))]
        rows.append([*turn, Key("›", turned(message, page + 1))])
    return rows


def chosen(message: int, number: int) -> str:
    return f"{CHOSEN}{_base36(message)}.{number}"


def turned(message: int, page: int) -> str:
    return f"{TURNED}{_base36(message)}.{page}"


def meant(data: str) -> tuple[str, int, int] | None:
    """What a press sends, back again: kind, message, number; None for what we never sent."""
    kind, (message, dot, number) = data[:1], data[1:].partition(".")
    if kind not in (CHOSEN, TURNED) or not dot or not 0 < len(message) <= 13:
        return None
    if not set(message) <= set(_DIGITS) or not number.lstrip("-").isascii() or len(number) > 6:
        return None
    try:
        return kind, int(message, 36), int(number)
    except ValueError:
        return None


def split(text: str, most: int = MOST_TEXT) -> list[str]:
    """Parts of at most so many UTF-16 units, cut at a line's end, else at a space, else between two characters."""
    if not text.strip():
        return ["…"]
    parts = []
    while units(text) > most:
        end = _fits(text, most)
        cut = max(text.rfind("\n", 1, end + 1), 0) or max(text.rfind(" ", 1, end + 1), 0)
        cut = cut if cut > end // 2 else end
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    if text or not parts:
        parts.append(text)
    return [part for part in parts if part] or ["…"]


def units(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text) + sum(c > "\uffff" for c in text)


def html(text: str) -> str:
    return escape(text, quote=False)


def _fits(text: str, most: int) -> int:
    """How many characters have at most so many units; flags, families and accents are not torn apart."""
    used = end = 0
    for character in text:
        used += 2 if character > "\uffff" else 1
        if used > most:
            break
        end += 1
    while end > 1 and end < len(text) and (_joins(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return end


def _joins(character: str) -> bool:
    return character in "\u200d\ufe0f" or "\u0300" <= character <= "\u036f" or "\U0001f3fb" <= character <= "\U0001f3ff"


def _cut(label: str) -> str:
    return label if units(label) <= MOST_LABEL else label[: _fits(label, MOST_LABEL - 1)] + "…"


def _base36(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits
