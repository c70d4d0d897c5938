"""The days people name: 明天, 下下周三, 25号, 月底, 元旦, 三天后, Fri. Each rule reads its match against today's date.

No lunar dates: a guess at 春节 would be worse than asking.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.dialogue.numerals import number
from bot.dialogue.window_words import ZH


@dataclass(frozen=True, slots=True)
class Day:
    first: date
    last: date
    again: date | None = None  # the first day of the next repetition, where the words fix no week or month
    certain: bool = False  # can only speak of the future: 明天, 下周三, 三天后
    weekday_only: bool = False  # 周三: gives way to the full date beside it


@dataclass(frozen=True, slots=True)
class Until:
    """From now on: 半小时内 (`after` 0), 两小时后 (`after` its minutes, `within` None)."""

    after: timedelta
    within: timedelta | None


Reader = Callable[[re.Match[str], date], Day | Until | None]

_N = rf"(?P<n>[0-9]{{1,3}}|[{ZH}]{{1,3}}|半|几|an?|half an)"
_MONTH = r"(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DATE = (
    r"(?P<day>3[01]|[12][0-9]|0?[1-9]|三十一?|二十[一二三四五六七八九]?|十[一二三四五六七八九]?|[一二三四五六七八九])"
)
_NOT_BEFORE = rf"(?:(?<=[周期拜][一二三四五六日天])|(?<![0-9{ZH}第百./:周期拜-]))"
_NOT_A_THING = (  # 3号 is no day in 3号楼, 3号电梯, 3号车位
    r"(?!楼|栋|幢|座|单元|门|电梯|梯|车|位|院|房|室|厂|店|铺|线|机|井|表|岗|库|桩|馆|厅|地块|公|仓|柜|路|坑|口|出"
    r"|泵|摄|监|闸|窗|码|垃圾|消防|充)"
)
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6} | {str(n + 1): n for n in range(6)}
_ENGLISH_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_ENGLISH_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH_EN = rf"(?<![a-z])(?P<name>{'|'.join(_ENGLISH_MONTHS)})[a-z]{{0,6}}\.?"
_NUMBERED_DAY = r"(?<![0-9])(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?"
_HOLIDAYS = {"元旦": (1, 1, 1), "圣诞": (12, 25, 25), "平安夜": (12, 24, 24), "国庆": (10, 1, 7), "五一": (5, 1, 5)}


def _in_days(count: int, span: int = 1) -> Reader:
    def read(_: re.Match[str], today: date) -> Day:
        first = today + timedelta(days=count)
        return Day(first, first + timedelta(days=span - 1), certain=count > 0)

    return read


def _number(match: re.Match[str], name: str) -> int:
    return number(match[name]) or 0


def _date(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1] else None


def _month_after(today: date, months: int) -> tuple[int, int]:
    years, month = divmod(today.month - 1 + months, 12)
    return today.year + years, month + 1


def _full_date(match: re.Match[str], _: date) -> Day | None:
    name = match.groupdict().get("name")
    month = _ENGLISH_MONTHS.index(name) + 1 if name else _number(match, "month")
    found = _date(_number(match, "year"), month, _number(match, "day"))
    return Day(found, found, certain=True) if found else None


def _next_year(match: re.Match[str], today: date) -> Day | None:
    found = _date(today.year + 1, _number(match, "month"), _number(match, "day"))
    return Day(found, found, certain=True) if found else None


def _yearless(today: date, month: int, first: int, last: int, since: timedelta = timedelta(days=60)) -> Day | None:
    """This year's, or next year's once it is over by more than 60 days: 11月20日 on the 23rd is past, 3月1日 is not."""
    for year in (today.year, today.year + 1):
        start, end = _date(year, month, first), _date(year, month, last)
        if start and end and end >= today - since:
            return Day(start, end, certain=start > today)
    return None


def _month_and_day(match: re.Match[str], today: date) -> Day | None:
    found = match.groupdict()
    month = _ENGLISH_MONTHS.index(found["name"]) + 1 if found.get("name") else _number(match, "month")
    last = _number(match, "last") if found.get("last") else _number(match, "day")
    return _yearless(today, month, _number(match, "day"), last)


def _holiday(match: re.Match[str], today: date) -> Day | None:
    return _yearless(today, *_HOLIDAYS[match["holiday"]], since=timedelta())


def _day_of_month(match: re.Match[str], today: date) -> Day | None:
    named = match.groupdict()
    first, last = _number(match, "day"), _number(match, "last") if named.get("last") else _number(match, "day")
    which = (named.get("which") or "").rstrip("个月")
    found = list(_each_month(today, first, last))
    if which in ("下", "下下"):
        wanted = _month_after(today, len(which))
        return next((replace(day, certain=True) for day in found if (day.first.year, day.first.month) == wanted), None)
    if which:
        return next((day for day in found if (day.first.year, day.first.month) == (today.year, today.month)), None)
    coming = [day for day in found if day.last >= today]
    if not coming:
        return None
    return replace(coming[0], again=coming[1].first if len(coming) > 1 and first == last else None)


def _each_month(today: date, first: int, last: int) -> Iterator[Day]:
    for months in range(4):
        start, end = (_date(*_month_after(today, months), day) for day in (first, last))
        if start and end:
            yield Day(start, end)


def _part_of_month(match: re.Match[str], today: date) -> Day:
    which, part = (match["which"] or "").rstrip("个"), match["part"]
    months = len(which) if which.startswith("下") else 0
    year, month = _month_after(today, months)
    if not which and today.day > {"初": 5, "中": 16}.get(part, 31):
        year, month = _month_after(today, 1)
    length = monthrange(year, month)[1]
    first, last = {"底": (length - 2, length), "末": (length - 2, length), "初": (1, 5), "中": (14, 16)}[part]
    return Day(date(year, month, first), date(year, month, last))


def _whole_next_month(_: re.Match[str], today: date) -> Day:
    year, month = _month_after(today, 1)
    return Day(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def _end_of_year(_: re.Match[str], today: date) -> Day:
    return Day(date(today.year, 12, 29), date(today.year, 12, 31))


def _weekday(match: re.Match[str], today: date) -> Day:
    which, name = (match["which"] or "").rstrip("个 "), match["weekday"]
    weekday = _WEEKDAYS[name] if name in _WEEKDAYS else _ENGLISH_DAYS.index(name)
    monday = today - timedelta(days=today.weekday())
    if which in ("这", "本", "this"):
        found = monday + timedelta(days=weekday)
        return Day(found, found)
    if which:
        found = monday + timedelta(days=weekday + 7 * (2 if which == "下下" else 1))
        return Day(found, found, certain=True)
    found = today + timedelta(days=(weekday - today.weekday()) % 7)
    return Day(found, found, again=found + timedelta(days=7), weekday_only=True)


def _weekend(match: re.Match[str], today: date) -> Day:
    which = match["which"] or ""
    saturday = today + timedelta(days=5 - today.weekday())
    weeks = which.count("下") + which.count("next")
    first = saturday + timedelta(weeks=weeks)
    return Day(first, first + timedelta(days=1), again=None if which else first + timedelta(days=7), certain=weeks > 0)


def _whole_week(match: re.Match[str], today: date) -> Day:
    weeks = match["which"].count("下") + match["which"].count("next")
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)
    return Day(monday, monday + timedelta(days=6), certain=weeks > 0)


def _later(match: re.Match[str], today: date) -> Day | Until | None:
    unit, when = match["unit"], match.groupdict().get("when", "后")
    text = match["n"]
    count: float = {"半": 0.5, "half an": 0.5, "几": 3, "a": 1, "an": 1}.get(text) or number(text) or 0
    count += 0.5 if match["and_half"] else 0
    if not count:
        return None
    minutes = {"分": 1, "刻": 15, "小": 60, "钟": 60, "mi": 1, "ho": 60}.get(unit[0] if unit[0] > "z" else unit[:2])
    within = "内" in when or when.startswith("within")
    if minutes:
        length = timedelta(minutes=count * minutes)
        return Until(timedelta(), length) if within else Until(length, None)
    days = int(count * {"天": 1, "日": 1, "周": 7, "星": 7, "礼": 7, "月": 30, "d": 1, "w": 7, "m": 30}[unit[0]])
    first = today + timedelta(days=days)
    return Day(today if within else first, first, certain=not within)


_AFTER_WORDS = r"(?P<when>以后|之后|过后|后(?![天面门])|以内|之内|内)"
_AMOUNT = rf"(?<![0-9{ZH}.:]){_N}个?(?P<and_half>半)?(?:多|来)?(?P<unit>小时|钟头|分钟|刻钟|天|日|周|星期|礼拜|月)"
_AMOUNT_EN = r"(?P<n>[0-9]{1,3}|half an|an?)(?P<and_half> and a half)? (?P<unit>minute|min|hour|day|week|month)"
_FIGURES = rf"{_NOT_BEFORE}(?P<month>1[0-2]|0?[1-9])(?:/)(?P<day>3[01]|[12][0-9]|0?[1-9])"
_BEFORE_A_TIME = r"(?=[\s号日]{0,2}(?:上午|下午|早|晚|中午|傍晚|[0-9]{1,2}[点:]))"
_WEEK = r"(?:周|星期|礼拜)"
_WEEKEND = rf"周末|(?:星期|礼拜)末|双休日?|{_WEEK}六[、和到至-]?{_WEEK}?[日天]"
_ON_WEEKDAY = rf"(?<![上{ZH}每几半0-9]){_WEEK}(?P<weekday>[一二三四五六日天]|[1-6](?![0-9点:]))"
_ON_WEEKDAY_EN = rf"(?P<weekday>{'|'.join(_ENGLISH_DAYS)})(?:day|s|sday|nesday|r|rs|rsday|urday)?"

_RULES: list[tuple[str, Reader]] = [
    (rf"(?:再?过)?{_AMOUNT}(?:左右)?的?(?:时间)?{_AFTER_WORDS}", _later),
    (rf"再?过{_AMOUNT}", _later),
    (rf"(?<![a-z])(?P<when>within|in) {_AMOUNT_EN}s?(?![a-z])", _later),
    (r"(?P<year>20[0-9]{2})[-/.年](?P<month>[0-9]{1,2})[-/.月](?P<day>[0-9]{1,2})(?![0-9])[日号]?", _full_date),
    (rf"{_NUMBERED_DAY} (?:of )?{_MONTH_EN},? (?P<year>20[0-9]{{2}})", _full_date),
    (rf"明年{_MONTH}月{_DATE}[日号]?", _next_year),
    (rf"{_NOT_BEFORE}{_MONTH}月{_DATE}[日号]?(?:-|到|至){_DATE.replace('day', 'last')}[日号]", _month_and_day),
    (rf"{_NOT_BEFORE}{_MONTH}月份?{_DATE}(?:[日号]{_NOT_A_THING}|(?![0-9{ZH}个次天元块岁年栋楼层]))", _month_and_day),
    (rf"(?P<which>下下个?月|下个?月|这个?月|本月|当月)的?{_DATE}[日号]{_NOT_A_THING}", _day_of_month),
    (r"(?P<which>下下个?|下个?|这个?|本)?月(?P<part>[底末初中])(?!午)", _part_of_month),
    (r"下个?月(?![0-9])", _whole_next_month),
    (r"年底", _end_of_year),
    (rf"{_FIGURES}(?![0-9/])", _month_and_day),
    (rf"{_FIGURES.replace('(?:/)', '[.]')}{_BEFORE_A_TIME}[号日]?", _month_and_day),  # 12.3下午, but no price
    (rf"(?P<holiday>{'|'.join(_HOLIDAYS)})(?:节|当天|那天|假期)?(?!路|小区|街|厂)", _holiday),
    (rf"{_NOT_BEFORE}{_DATE}[日号]?(?:-|到|至){_DATE.replace('day', 'last')}[日号]{_NOT_A_THING}", _day_of_month),
    (rf"{_NOT_BEFORE}{_DATE}[日号]{_NOT_A_THING}", _day_of_month),
    (rf"(?P<which>下下?个?|这个?|本)?(?:{_WEEKEND})", _weekend),
    (rf"(?P<which>下下个?|下个?|这个?|本)?{_ON_WEEKDAY}", _weekday),
    (r"(?P<which>下下个?|下个?|这个?|本)(?:周|星期|礼拜)(?:内|之内|里)?(?!末|岁)", _whole_week),
    (r"大后天", _in_days(3)),
    (r"(?<![最以之然今随])后(?:天|日|儿(?!子|女))|day after tomorrow", _in_days(2)),
    (r"(?<![说证声透])明(?:天|日|儿个?|(?=[早晚晨]))|(?<![a-z])(?:tomorrow|tmrw?|tomo)(?![a-z])", _in_days(1)),
    (
        r"今(?:天|日|儿个?|(?=[早晚晨夜]))|(?<![a-z])(?:today|this(?= (?:morning|afternoon|evening)))(?![a-z])",
        _in_days(0),
    ),
    (r"这[两几]天|最?近几天", _in_days(0, 3)),
    (rf"{_MONTH_EN} {_NUMBERED_DAY}(?![0-9:a-z])", _month_and_day),
    (rf"{_NUMBERED_DAY} (?:of )?{_MONTH_EN}(?![a-z])", _month_and_day),
    (r"(?<![a-z])(?P<which>next |this )?weekend(?![a-z])", _weekend),
    (rf"(?<![a-z])(?P<which>next |this )?{_ON_WEEKDAY_EN}(?![a-z])", _weekday),
    (r"(?<![a-z])(?P<which>next |this )week(?![a-z])", _whole_week),
]
RULES = [(re.compile(pattern), reader) for pattern, reader in _RULES]
