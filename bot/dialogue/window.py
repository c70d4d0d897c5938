"""A window is when a visit suits a person: read from Chinese or simple English text, and said back for confirmation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from bot.dialogue import window_words as words
from bot.dialogue.window_days import Until
from bot.dialogue.window_times import MIDNIGHT, VISIT, Span, read
from bot.dialogue.window_tokens import Past, Token, clusters, is_answer, is_refused, scan, stands_alone

LONGEST_TEXT = 8_000


@dataclass(frozen=True, slots=True)
class Window:
    start: datetime  # aware, UTC
    end: datetime  # aware, UTC, after start
    guessed: bool = False  # something was assumed (明天三点 → 15:00): ask, do not only echo


class WindowProblem(StrEnum):
    NONE_FOUND = "none_found"
    PAST = "past"
    TOO_FAR = "too_far"
    AMBIGUOUS = "ambiguous"
    BACKWARDS = "backwards"


def parse_window(text: str, now: datetime, zone: ZoneInfo, *, farthest_days: int = 60) -> Window | WindowProblem:
    """The window that a text offers, never before `now` nor more than `farthest_days` after it.

    A story that merely mentions a time ("楼上3点还在装修", "昨晚漏水", room and phone numbers) offers none.
    """
    text = words.readable(text[:LONGEST_TEXT])
    today = now.astimezone(zone).date()
    tokens = scan(text, today)
    begin = _next_minute(now)
    farthest = now + timedelta(days=farthest_days)
    if not tokens:
        return _without_time(text, begin, farthest)
    chosen = _chosen(text, tokens, today)
    if isinstance(chosen, WindowProblem):
        return chosen
    for token in chosen:
        if isinstance(token.value, Until):
            return _counted(token.value, begin, farthest)
    reading = read(chosen, today)
    if reading.backwards:
        return WindowProblem.BACKWARDS
    if not reading.spans:
        return WindowProblem.AMBIGUOUS
    return _first_to_come(reading.spans, begin, farthest, zone)


def _next_minute(now: datetime) -> datetime:
    now = now.astimezone(UTC)
    whole = now.replace(second=0, microsecond=0)
    return whole if whole == now else whole + timedelta(minutes=1)


def _without_time(text: str, begin: datetime, farthest: datetime) -> Window | WindowProblem:
    if not words.is_filler(words.NOW.sub("", text)):
        return WindowProblem.NONE_FOUND
    if words.NOW.search(text):
        return Window(begin, min(begin + timedelta(hours=2), farthest))
    if words.ANYTIME.search(text):
        return Window(begin, min(begin + timedelta(days=7), farthest))
    return WindowProblem.NONE_FOUND


def _chosen(text: str, tokens: list[Token], today: date) -> list[Token] | WindowProblem:
    alone = stands_alone(text, tokens)
    for cluster in clusters(text, tokens):
        past = any(isinstance(token.value, Past) for token in cluster)
        if alone and past:
            return WindowProblem.PAST
        if not past and not is_refused(text, cluster) and (alone or is_answer(text, cluster, today)):
            return cluster
    return WindowProblem.NONE_FOUND


def _counted(until: Until, begin: datetime, farthest: datetime) -> Window | WindowProblem:
    start = begin + until.after
    end = start + (until.within or timedelta(minutes=VISIT))
    return Window(start, end) if end <= farthest else WindowProblem.TOO_FAR


def _first_to_come(spans: list[Span], begin: datetime, farthest: datetime, zone: ZoneInfo) -> Window | WindowProblem:
    for span in spans:
        start, end = _moment(span.first, span.start, zone), _moment(span.last, span.end, zone)
        over = start < begin if span.from_clock else end <= begin
        if over:
            continue
        start = max(start, begin)
        if start >= farthest:
            return WindowProblem.TOO_FAR
        end = min(end, farthest)
        return Window(start, end, span.guessed) if start < end else WindowProblem.BACKWARDS
    return WindowProblem.PAST


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    days, minute = divmod(minute, MIDNIGHT)
    at = time(minute // 60, minute % 60)
    return datetime.combine(day + timedelta(days=days), at, tzinfo=zone).astimezone(UTC)


# ------------------------------------------------------------------------------------------------------ saying it

_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NEAR = {"zh": ("今天", "明天", "后天", "大后天"), "en": ("today", "tomorrow")}
_IDIOMS = {"today morning": "this morning", "today afternoon": "this afternoon", "today evening": "tonight"}
_PARTS_SAID = (
    (0, 6, "凌晨", "night"),
    (6, 9, "早上", "morning"),
    (6, 12, "上午", "morning"),
    (12, 14, "中午", "noon"),
    (12, 18, "下午", "afternoon"),
    (18, 24, "晚上", "evening"),
)


def describe(window: Window, zone: ZoneInfo, now: datetime, language: str) -> str:
    """The window in words that read back as itself.

    For example 11月24日(周二) 15:00–17:00（明天下午）, or Tue 24 Nov 15:00–17:00 (tomorrow afternoon).
    """
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    today = now.astimezone(zone).date()
    chinese = language.startswith("zh")
    closing, last = f"{end:%H:%M}", end.date()
    if closing == "00:00" and last > start.date():
        closing, last = "24:00", last - timedelta(days=1)
    opening = f"{_day_said(start.date(), today, chinese)} {start:%H:%M}"
    if last != start.date():
        return f"{opening} – {_day_said(last, today, chinese)} {closing}"
    near = _near_said(start, start.hour * 60 + start.minute, end, today, chinese)
    said = f"{opening}–{closing}"
    if not near:
        return said
    return f"{said}（{near}）" if chinese else f"{said} ({near})"


def _day_said(day: date, today: date, chinese: bool) -> str:
    other_year = day.year != today.year
    if chinese:
        year = f"{day.year}年" if other_year else ""
        return f"{year}{day.month}月{day.day}日(周{_WEEKDAYS_ZH[day.weekday()]})"
    year = f" {day.year}" if other_year else ""
    return f"{_WEEKDAYS_EN[day.weekday()]} {day.day} {_MONTHS_EN[day.month - 1]}{year}"


def _near_said(start: datetime, opening: int, end: datetime, today: date, chinese: bool) -> str:
    days, near = (start.date() - today).days, _NEAR["zh" if chinese else "en"]
    if not 0 <= days < len(near):
        return ""
    closing = opening + int((end - start).total_seconds() // 60)
    for first, last, zh, en in _PARTS_SAID:
        if first * 60 <= opening and closing <= last * 60:
            said = f"{near[days]}{zh}" if chinese else f"{near[days]} {en}"
            return _IDIOMS.get(said, said)
    return near[days]


def to_json(window: Window) -> dict[str, Any]:
    return {"start": window.start.isoformat(), "end": window.end.isoformat(), "guessed": window.guessed}


def from_json(data: Mapping[str, Any]) -> Window:
    """Raises KeyError or ValueError for data that to_json did not write."""
    start, end = (datetime.fromisoformat(data[name]).astimezone(UTC) for name in ("start", "end"))
    return Window(start, end, bool(data["guessed"]))
