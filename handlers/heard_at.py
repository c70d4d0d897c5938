"""When something was heard, in people's words: 20 分钟前, 上午 9:30, 昨晚八点. Always a time that has passed."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.dialogue.numerals import fold, number
from bot.dialogue.text import Text, _
from domain import duty_log
from domain.decision import Refused
from domain.refusals import Why

_NUMERAL = r"[0-9]+|[零〇一二两三四五六七八九十百]+"
_NOW = re.compile(r"(就在)?(刚才|刚刚|刚|现在|just now|now)")
_TERM = re.compile(
    rf"(?P<count>半|{_NUMERAL})\s*个?(?P<half>半)?\s*"
    r"(?P<unit>分钟|分|minutes?|mins?|小时|钟头|hours?|hrs?|h\b|天|days?)(?P<more>半)?"
)
_AGO = re.compile(r"\s*(多|左右)?\s*(以前|之前|前|ago)\s*")
_DAYS = {"今": 0, "today": 0, "昨": 1, "yesterday": 1, "前天": 2, "前晚": 2}
_CLOCK = re.compile(
    r"(?P<day>今天|今早|今晚|今|昨天|昨晚|昨|前天|前晚|today|yesterday)?\s*(的|at)?\s*"
    r"(?P<part>凌晨|早上|早晨|上午|早|中午|下午|傍晚|晚上|夜里|晚)?\s*"
    rf"(?P<hour>{_NUMERAL})\s*(?P<mark>[:点时])?\s*(?P<minute>{_NUMERAL}|半|一刻|三刻)?\s*分?\s*"
    r"(?P<english>am|pm)?\s*(左右|多)?\s*"
)
_EVENING = frozenset({"下午", "傍晚", "晚上", "夜里", "晚", "pm", "今晚", "昨晚", "前晚"})
_MORNING = frozenset({"凌晨", "早上", "早晨", "上午", "早", "am", "今早"})
_NOON = frozenset({"下午", "pm"})
_QUARTERS = {"半": 30, "一刻": 15, "三刻": 45}
_HOUR, _MINUTE, _DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


def read(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment that the text names, which may lie in the future (to be refused); None where it names none."""
    words = fold(text).strip().rstrip("。.!")
    if _NOW.fullmatch(words):
        return now
    return _ago(words, now) or _clock(words, now, zone)


def problem(text: str, now: datetime, zone: ZoneInfo) -> Text | None:
    """Why this cannot be when it was heard, or None."""
    at = read(text, now, zone)
    if at is None:
        return _("请写什么时候听到的，比如“20分钟前”“上午9:30”“昨晚八点”。")
    try:
        duty_log.heard(at, now)
    except Refused as refused:
        if refused.code == Why.NOT_YET:
            return _("这个时间还没到，请写业户当时跟您说的时间。")
        return _("太久以前了，请按业户最近一次说的时间填写。")
    return None


def _ago(words: str, now: datetime) -> datetime | None:
    place, span = 0, timedelta(0)
    while match := _TERM.match(words, place):
        counted = 0.5 if match["count"] == "半" else number(match["count"])
        if counted is None:
            return None
        unit = _unit(match["unit"])
        span += counted * unit + (unit / 2 if match["half"] or match["more"] else timedelta(0))
        place = match.end() + len(re.match(r"\s*零?", words[match.end() :])[0])  # type: ignore[index]
    if not place or not _AGO.fullmatch(words, place) or span > 400 * _DAY:
        return None
    return now - span


def _unit(word: str) -> timedelta:
    if word.startswith(("分", "min")):
        return _MINUTE
    return _DAY if word.startswith(("天", "day")) else _HOUR


def _clock(words: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    match = _CLOCK.fullmatch(words)
    if match is None or not (match["mark"] or match["english"]):
        return None
    hour, minute = number(match["hour"]), _minute(match["minute"])
    if hour is None or minute is None or hour > 24 or minute > 59:
        return None
    today, days = now.astimezone(zone).date(), _days_back(match["day"] or "")
    moments = [
        datetime.combine(today - days + h // 24 * _DAY, time(h % 24, minute), tzinfo=zone).astimezone(now.tzinfo)
        for h in _hours(hour, {match["day"], match["part"], match["english"]})
    ]
    passed = [moment for moment in moments if moment <= now]
    return max(passed) if passed else min(moments)


def _hours(hour: int, said: set[str | None]) -> tuple[int, ...]:
    """Which hours of the day may be meant: 3 点 is night or afternoon unless something more was said."""
    if hour > 12 or (hour == 12 and not said & _EVENING) or said & _MORNING or "中午" in said:
        return (hour + 12,) if "中午" in said and hour < 10 else (hour,)
    if said & _EVENING:
        return (12 if hour == 12 and said & _NOON else hour + 12,)
    return (hour, hour + 12)


def _minute(text: str | None) -> int | None:
    return 0 if text is None else _QUARTERS.get(text, number(text))


def _days_back(word: str) -> timedelta:
    return next((days * _DAY for start, days in _DAYS.items() if word.startswith(start)), timedelta(0))
