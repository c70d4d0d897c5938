"""From a text to the one cluster of time words that is meant as an answer, not as part of a story."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from bot.dialogue import window_words as words
from bot.dialogue.window_days import RULES, Day, Until
from bot.dialogue.window_words import Clock, Part

_CLAUSE_END = re.compile(r"[,。;!?\n]")


class Past(Enum):
    """昨晚, 上周三, two hours ago."""

    PAST = "past"


class Join(Enum):
    BESIDE = "beside"
    RANGE = "range"
    OTHER = "other"


Value = Day | Until | Part | Clock | Past


@dataclass(frozen=True, slots=True)
class Token:
    start: int
    end: int
    value: Value
    bound: words.Bound | None = None
    join: Join = Join.BESIDE  # to the token before it


def scan(text: str, today: date) -> list[Token]:
    """All time words of a readable text, in their order, with 以后/以前 taken into the word they belong to."""
    tokens: list[Token] = []

    def claim(pattern: re.Pattern[str], mark: str, read: Callable[[re.Match[str]], Value | None]) -> None:
        def take(match: re.Match[str]) -> str:
            value = read(match)
            if value is None:
                return match[0]
            tokens.append(Token(match.start(), match.end(), value))
            return mark * len(match[0])

        nonlocal text
        text = pattern.sub(take, text)

    claim(words.PAST, words.CLAIMED, lambda _: Past.PAST)
    for pattern, reader in RULES:
        claim(pattern, words.CLAIMED, lambda match, reader=reader: reader(match, today))  # type: ignore[misc]
    for pattern, part in words.PARTS:
        claim(pattern, words.CLAIMED, lambda _, part=part: part)  # type: ignore[misc]
    for pattern in words.CLOCKS:
        claim(pattern, words.CLOCK, words.read_clock)
    return [_bounded(token, text) for token in sorted(tokens, key=lambda token: token.start)]


def _bounded(token: Token, text: str) -> Token:
    before = text[max(0, token.start - 8) : token.start]
    for bound, suffix, prefix in (
        (words.Bound.AFTER, words.AFTER, words.AFTER_EN),
        (words.Bound.BEFORE, words.BEFORE, words.BEFORE_EN),
    ):
        if found := suffix.match(text, token.end):
            return Token(token.start, found.end(), token.value, bound)
        if prefix.search(before):
            return Token(token.start, token.end, token.value, bound)
    return token


def clusters(text: str, tokens: list[Token]) -> list[list[Token]]:
    """Tokens with nothing but filler between them stand together."""
    found: list[list[Token]] = []
    for token in tokens:
        if not found:
            found.append([token])
            continue
        last = found[-1][-1]
        gap = text[last.end : token.start]
        if len(gap) > 40 or not words.is_filler(gap) or words.REFUSAL.match(text, last.end):
            found.append([token])
        else:
            found[-1].append(Token(token.start, token.end, token.value, token.bound, _join(last, token, gap)))
    return found


def _join(last: Token, token: Token, gap: str) -> Join:
    if words.RANGE_JOIN.fullmatch(gap.strip()):
        return Join.RANGE
    if isinstance(last.value, Clock) and isinstance(token.value, Clock) and not gap:
        return Join.RANGE
    return Join.OTHER if words.OTHER_JOIN.search(gap) else Join.BESIDE


def stands_alone(text: str, tokens: list[Token]) -> bool:
    """Whether the whole text is nothing but a time and the words around it."""
    return words.is_filler(without(text, tokens))


def without(text: str, tokens: list[Token]) -> str:
    rest, position = [], 0
    for token in tokens:
        rest.append(text[position : token.start])
        position = token.end
    return " ".join([*rest, text[position:]])


def is_refused(text: str, cluster: list[Token]) -> bool:
    """明天不行, 除了周三."""
    start = cluster[0].start
    return bool(words.REFUSAL.match(text, cluster[-1].end) or words.EXCEPTION.search(text[max(0, start - 8) : start]))


def is_answer(text: str, cluster: list[Token], today: date) -> bool:
    """Whether a cluster amid other words offers a time: "我周六下午在家，厨房漏水" does, "周六下午漏水" does not."""
    start, end = cluster[0].start, cluster[-1].end
    clause_start = max(
        (m.end() for m in _CLAUSE_END.finditer(text, max(0, start - 60), start)), default=max(0, start - 60)
    )
    clause_end = _CLAUSE_END.search(text, end, end + 60)
    around = text[clause_start:start] + " " + text[end : clause_end.start() if clause_end else end + 60]
    days = [token.value for token in cluster if isinstance(token.value, Day)]
    timed = any(isinstance(token.value, (Part, Clock)) for token in cluster)
    if words.AT_HOME.search(around) and words.is_filler(around):
        return len(cluster) > 1 or any(day.first > today for day in days)
    return timed and any(day.certain for day in days) and not words.TOLD.search(around)
