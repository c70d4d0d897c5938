"""From a cluster of time words to the spans it may mean, likeliest first. Minutes count from a day's midnight."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from bot.dialogue.window_days import Day
from bot.dialogue.window_tokens import Join, Token
from bot.dialogue.window_words import DAYTIME, Bound, Clock, Part

VISIT = 60
NOON, MIDNIGHT = 12 * 60, 24 * 60


@dataclass(slots=True)
class Group:
    """The words of one end of a range, or of one alternative."""

    join: Join = Join.BESIDE
    day: Day | None = None
    part: Part | None = None
    clock: Clock | None = None
    bound: Bound | None = None


@dataclass(frozen=True, slots=True)
class Span:
    first: date
    start: int
    last: date
    end: int
    guessed: bool = False
    from_clock: bool = False  # a visit at a stated time cannot be cut short to begin now
    from_now: bool = False


@dataclass(slots=True)
class Reading:
    """`spans` in order of likelihood: the first that is not over is meant. None of them: the words contradict."""

    spans: list[Span] = field(default_factory=list)
    backwards: bool = False


def read(cluster: list[Token], today: date) -> Reading:
    groups = _groups(cluster)
    if len(groups) == 1:
        return Reading(_single(groups[0], today))
    if all(group.clock is None and group.part is None for group in groups):
        return _days(groups)
    if len(groups) == 2 and groups[1].join is Join.RANGE:
        return _range(groups[0], groups[1], today)
    return Reading(_alternatives(groups, today))


def _groups(cluster: list[Token]) -> list[Group]:
    groups = [Group()]
    for token in cluster:
        group = groups[-1]
        if token.join is not Join.BESIDE or not _fits(group, token):
            group = Group(token.join if token.join is Join.RANGE else Join.OTHER)
            groups.append(group)
        match token.value:
            case Day() as day:
                trailing = group.clock is not None or group.part is not None
                group.day = day if group.day is None or group.day.weekday_only else group.day
                if trailing and len(groups) > 1:  # 3-5pm tomorrow: the day said last holds for both ends
                    for earlier in groups:
                        earlier.day = earlier.day or day
            case Part() as part:
                group.part = part
            case Clock() as clock:
                group.clock = clock
            case _:
                continue
        group.bound = token.bound or group.bound
    return groups


def _fits(group: Group, token: Token) -> bool:
    match token.value:
        case Day() as day:
            return group.day is None or _same(group.day, day)
        case Part() as part:
            return group.part is None or group.part == part
        case Clock():
            return group.clock is None
        case _:
            return True


def _same(one: Day, other: Day) -> bool:
    if (one.first, one.last) == (other.first, other.last):
        return True
    loose = one.weekday_only or other.weekday_only
    return loose and one.first == one.last and one.first.weekday() == other.first.weekday()


def minutes(clock: Clock, half: str) -> tuple[int, bool]:
    """The minute that a clock names in a half of the day, and whether that was guessed. 1 to 6 is rather PM."""
    hour, guessed = clock.hour, False
    half = "" if clock.literal else clock.half or half
    if half == "am" and hour == 12:
        hour = 0 if clock.half else 12
    elif (half == "pm" and hour < 12) or (half == "noon" and hour <= 3) or (half == "night" and 5 <= hour < 12):
        hour += 12
    elif half == "night" and (hour == 12 or hour <= 4):
        hour, guessed = (24 if hour == 12 else hour + 24), hour != 12
    elif half == "" and not clock.literal and hour <= 8:
        hour, guessed = (hour + 12 if hour <= 6 else hour), True
    return hour * 60 + clock.minute, guessed


def _today(today: date) -> Day:
    """The day of a time without one: today, or tomorrow once it is over."""
    return Day(today, today, again=today + timedelta(days=1))


def _single(group: Group, today: date) -> list[Span]:
    day = group.day or _today(today)
    repeated = [day.first] + ([day.again] if day.again else [])
    spans: list[Span] = []
    for round_, first in enumerate(repeated):
        guessed = round_ > 0
        last = first + (day.last - day.first)
        if group.clock:
            found = _clock_spans(group.clock, group, first, may_shift=not guessed)
            spans += [replace(span, guessed=span.guessed or guessed) for span in found]
        elif group.part:
            spans.append(_part_span(group.part, group.bound, first, guessed or last > first))
        elif group.bound is Bound.BEFORE:
            spans.append(Span(today, 0, last, DAYTIME.end, guessed=True))
        elif group.bound is Bound.AFTER:
            spans.append(Span(first, DAYTIME.start, first + timedelta(days=7), DAYTIME.end, guessed=True))
        else:
            spans.append(Span(first, DAYTIME.start, last, DAYTIME.end, guessed))
            if first == last == today:  # "今天" said in the evening
                spans.append(Span(today, DAYTIME.end, today, 21 * 60, guessed=True))
                spans.append(Span(today, 21 * 60, today, MIDNIGHT, guessed=True))
    return spans


def _clock_spans(clock: Clock, group: Group, day: date, *, may_shift: bool) -> list[Span]:
    minute, guessed = minutes(clock, group.part.half if group.part else "")
    starts = [(minute, guessed)]
    latest_hour = 11 if group.day else 9
    if may_shift and _undecided(group) and minute < NOON and clock.hour <= latest_hour:
        starts.append((minute + NOON, True))
    spans = []
    for at, guess in starts:
        if group.bound is Bound.AFTER:
            spans.append(Span(day, at, day, _close(at, group.part), guess))
        elif group.bound is Bound.BEFORE:
            spans.append(Span(day, _open(at, group.part), day, at, guess))
        else:
            spans.append(Span(day, at, day, at + VISIT, guess, from_clock=True))
    return spans


def _close(start: int, part: Part | None) -> int:
    ends = [part.end] if part else []
    return next((end for end in [*ends, DAYTIME.end, 21 * 60, MIDNIGHT] if end - start >= VISIT), start + VISIT)


def _open(end: int, part: Part | None) -> int:
    starts = [part.start] if part else []
    return next((start for start in [*starts, DAYTIME.start, 7 * 60, 0] if end - start >= VISIT), end - VISIT)


def _part_span(part: Part, bound: Bound | None, day: date, guessed: bool) -> Span:
    if bound is Bound.AFTER:
        return Span(day, part.start, day, max(part.end, DAYTIME.end), guessed)
    if bound is Bound.BEFORE:
        return Span(day, _open(part.start, None), day, part.start, guessed)
    return Span(day, part.start, day, part.end, guessed)


def _days(groups: list[Group]) -> Reading:
    days = [group.day for group in groups if group.day]
    if len(days) < len(groups):
        return Reading()
    first, last = days[0], days[-1]
    end = last.last
    if last.weekday_only and end < first.first:
        end += timedelta(days=7)
    if end < first.first:
        return Reading(backwards=groups[-1].join is Join.RANGE)
    return Reading([Span(first.first, DAYTIME.start, end, DAYTIME.end)])


def _range(left: Group, right: Group, today: date) -> Reading:
    """明天下午三点到五点: the end takes over day and half of the start, or the start the half of the end (3-5pm)."""
    right_alone_timed = left.clock is None and left.part is None and right.day is not None
    right_alone_day = left.day is None and right.clock is None and right.part is None
    if right_alone_timed or right_alone_day:  # 周一到周五晚上 is five evenings, not one window
        return Reading()
    day = left.day or _today(today)
    later = right.day.first - day.first if right.day else timedelta()
    offset = later.days * MIDNIGHT
    for start, start_guessed in _starts(left, right):
        for end, end_guessed in _ends(left, right):
            if start < end + offset:
                guessed = start_guessed or end_guessed
                spans = [Span(day.first, start, day.first + later, end, guessed)]
                if _undecided(left) and _undecided(right) and end <= NOON and not offset:
                    spans.append(Span(day.first, start + NOON, day.first, end + NOON, guessed=True))
                if day.again:
                    spans.append(Span(day.again, start, day.again + later, end, guessed=True))
                return Reading(spans)
    return Reading(backwards=True)


def _undecided(group: Group) -> bool:
    return bool(group.clock and not group.clock.literal and not group.clock.half and not group.part)


def _half(group: Group) -> str:
    return (group.clock.half if group.clock else "") or (group.part.half if group.part else "")


def _starts(left: Group, right: Group) -> list[tuple[int, bool]]:
    if left.clock is None:
        return [(left.part.start if left.part else DAYTIME.start, False)]
    own = minutes(left.clock, _half(left))
    if _undecided(left) and _half(right):
        return [minutes(left.clock, _half(right)), own]
    return [own]


def _ends(left: Group, right: Group) -> list[tuple[int, bool]]:
    if right.clock is None:
        return [(right.part.end if right.part else DAYTIME.end, False)]
    if not _undecided(right):
        minute, guessed = minutes(right.clock, _half(right))
        overnight = [(minute + MIDNIGHT, True)] if minute <= 6 * 60 and right.day is None else []
        return [(minute, guessed), *overnight]
    as_left = [minutes(right.clock, _half(left))] if _half(left) else []
    own = minutes(right.clock, "")
    decided = bool(as_left) or _clock_is_sure(left)
    afternoon = [(own[0] + NOON, not decided)] if own[0] < NOON else []
    return [*as_left, (own[0], own[1] and not decided), *afternoon]


def _clock_is_sure(group: Group) -> bool:
    return group.clock is not None and not minutes(group.clock, _half(group))[1]


def _alternatives(groups: list[Group], today: date) -> list[Span]:
    """上午或下午 is one span of the day; times on several days, or far apart, are for the person to choose from."""
    days = [group.day for group in groups if group.day]
    if any(not _same(days[0], day) for day in days[1:]):
        return []
    found: list[Span] = []
    half = ""
    for group in groups:
        part = group.part
        if group.clock and part is None and half:
            part = Part(0, 0, half)
        half = _half(group) or half
        found.append(
            _single(Group(day=days[0] if days else None, part=part, clock=group.clock, bound=group.bound), today)[0]
        )
    start, end = min(span.start for span in found), max(span.end for span in found)
    if any(span.from_clock for span in found) and end - start > 3 * 60:
        return []
    day = days[0] if days else _today(today)
    guessed = any(span.from_clock for span in found)
    spans = [Span(day.first, start, day.first, end, guessed)]
    return spans + ([Span(day.again, start, day.again, end, guessed=True)] if day.again else [])
