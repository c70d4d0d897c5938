from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogue.window import Window, WindowProblem, describe, from_json, parse_window, to_json

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
HERE = Path(__file__).parent


def lines(name: str) -> list[str]:
    written = (HERE / name).read_text("utf-8").splitlines()
    return [line for line in written if line and not line.startswith("#")]


def said(result: Window | WindowProblem) -> str:
    if isinstance(result, WindowProblem):
        return result.value
    start, end = result.start.astimezone(SHANGHAI), result.end.astimezone(SHANGHAI)
    return f"{start:%m-%d %H:%M} {end:%m-%d %H:%M}" + (" ?" if result.guessed else "")


@pytest.mark.parametrize("line", lines("window_phrases.txt"))
def test_phrases(line: str) -> None:
    text, expected = line.split(" | ")
    assert said(parse_window(text, NOW, SHANGHAI)) == expected


@pytest.mark.parametrize("text", lines("window_stories.txt"))
def test_stories_and_numbers_are_no_dates(text: str) -> None:
    assert parse_window(text, NOW, SHANGHAI) is WindowProblem.NONE_FOUND


DAYS = {
    "明天": 1, "明儿": 1, "后天": 2, "大后天": 3, "周六": 5, "星期天": 6, "这周五": 4, "下周三": 9, "下下周三": 16, "25号": 2,
    "12月3日": 10, "元旦": 39,
}  # fmt: skip
TIMES = {
    "上午": (8 * 60, 12 * 60), "下午": (13 * 60, 18 * 60), "晚上": (18 * 60, 21 * 60), "上午9点": (540, 600),
    "上午十点半": (630, 690), "中午12点": (720, 780), "下午两点": (840, 900), "下午3点半": (930, 990), "三点": (900, 960),
    "15:30": (930, 990), "下午3点到5点": (900, 1020), "晚上七点后": (1140, 1260),
}  # fmt: skip


@pytest.mark.parametrize(("day", "time"), list(product(DAYS, TIMES)))
def test_every_day_goes_with_every_time(day: str, time: str) -> None:
    window = parse_window(f"{day}{time}", NOW, SHANGHAI)
    midnight = NOW.replace(hour=0) + timedelta(days=DAYS[day])
    opening, closing = TIMES[time]
    assert isinstance(window, Window)
    assert (window.start, window.end) == (midnight + timedelta(minutes=opening), midnight + timedelta(minutes=closing))
    assert window.guessed is (time == "三点")


def at(text: str, now: str) -> str:
    return said(parse_window(text, datetime.fromisoformat(now).replace(tzinfo=SHANGHAI), SHANGHAI))


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("下午", "2026-11-23 18:30", "11-24 13:00 11-24 18:00 ?"),
        ("下午", "2026-11-23 15:20", "11-23 15:20 11-23 18:00"),
        ("今天", "2026-11-23 19:00", "11-23 19:00 11-23 21:00 ?"),
        ("三点", "2026-11-23 16:00", "11-24 15:00 11-24 16:00 ?"),
        ("周末", "2026-11-29 12:00", "11-29 12:00 11-29 18:00"),
        ("周末", "2026-11-29 20:00", "12-05 09:00 12-06 18:00 ?"),
        ("周三下午", "2026-11-25 19:00", "12-02 13:00 12-02 18:00 ?"),
        ("3号上午", "2026-12-03 13:00", "01-03 08:00 01-03 12:00 ?"),
        ("31号", "2026-11-23 10:00", "12-31 09:00 12-31 18:00"),
        ("月底", "2026-12-30 10:00", "12-30 10:00 12-31 18:00"),
        ("元旦上午", "2027-01-01 09:00", "01-01 09:00 01-01 12:00"),
        ("下个月3号下午2点", "2026-12-23 10:00", "01-03 14:00 01-03 15:00"),
        ("明天上午", "2026-12-31 23:30", "01-01 08:00 01-01 12:00"),
        ("今晚", "2026-11-23 21:30", "past"),
        ("这周一", "2026-11-25 10:00", "past"),
        ("2月29号", "2028-02-01 10:00", "02-29 09:00 02-29 18:00"),
        ("下周三", "2026-11-29 10:00", "12-02 09:00 12-02 18:00"),
    ],
)
def test_other_days_to_ask_on(text: str, now: str, expected: str) -> None:
    assert at(text, now) == expected


def test_farthest_days_is_the_callers() -> None:
    assert parse_window("下周三", NOW, SHANGHAI, farthest_days=5) is WindowProblem.TOO_FAR
    assert isinstance(parse_window("90天后", NOW, SHANGHAI, farthest_days=100), Window)


def test_the_zone_decides_what_today_is() -> None:
    late = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # already Tuesday in Shanghai
    window = parse_window("明天上午10点", late, SHANGHAI)
    assert isinstance(window, Window)
    assert window.start == datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
    assert window.start.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "chinese", "english"),
    [
        ("明天下午三点到五点", "11月24日(周二) 15:00–17:00（明天下午）", "Tue 24 Nov 15:00–17:00 (tomorrow afternoon)"),
        ("今天", "11月23日(周一) 10:00–18:00（今天）", "Mon 23 Nov 10:00–18:00 (today)"),
        ("下周三上午", "12月2日(周三) 08:00–12:00", "Wed 2 Dec 08:00–12:00"),
        ("元旦上午", "2027年1月1日(周五) 08:00–12:00", "Fri 1 Jan 2027 08:00–12:00"),
        ("周末", "11月28日(周六) 09:00 – 11月29日(周日) 18:00", "Sat 28 Nov 09:00 – Sun 29 Nov 18:00"),
        ("今晚11点", "11月23日(周一) 23:00–24:00（今天晚上）", "Mon 23 Nov 23:00–24:00 (tonight)"),
        ("后天中午", "11月25日(周三) 12:00–14:00（后天中午）", "Wed 25 Nov 12:00–14:00"),
    ],
)
def test_describe(text: str, chinese: str, english: str) -> None:
    window = parse_window(text, NOW, SHANGHAI)
    assert isinstance(window, Window)
    assert describe(window, SHANGHAI, NOW, "zh-CN") == chinese
    assert describe(window, SHANGHAI, NOW, "en") == english


moments = st.integers(0, 16 * 366 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, 0, 0, 30, tzinfo=UTC) + timedelta(minutes=minutes)
)
WORDS = [
    "明天", "今天", "后天", "周三", "下周", "周末", "月底", "25号", "12月3日", "12/3", "2026-12-01", "元旦",
    "上午", "下午", "晚上", "凌晨",
    "三点", "3点", "半", "15:30", "3pm", "到", "-", "或", "、", "，", "以后", "前", "后", "内",
    "两小时", "三天", "在家", "可以", "不行",
    "12-3-501", "3栋", "tomorrow", "fri", "from ", " to ", "after ", "between ", " and ", "in 2 hours", "随时", "差一刻", "七八点",
    "每天", "昨天", " ", "下个月", "1", "十", "点", "号", "日", "月", "周", "dec 3", "24:00", "国庆", "一",
]  # fmt: skip
phrases = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(WORDS), max_size=12).map("".join),
    st.text("0123456789一二三十点号月日周上下午到-/:. 后前内天半个", max_size=40),
)


@settings(max_examples=600, deadline=None)
@given(phrases, moments, st.sampled_from(["Asia/Shanghai", "America/New_York", "Pacific/Apia"]))
def test_a_window_is_always_ahead_and_within_reach(text: str, now: datetime, zone: str) -> None:
    window = parse_window(text, now, ZoneInfo(zone))
    if isinstance(window, Window):
        assert now <= window.start < window.end <= now + timedelta(days=60, minutes=1)
        assert window.start.tzinfo is UTC
        assert window.end.tzinfo is UTC
        assert from_json(to_json(window)) == window


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 59 * 24 * 60),
    st.integers(1, 2 * 24 * 60),
    st.integers(0, 365 * 24 * 60),
    st.sampled_from(["zh", "en"]),
)
def test_what_is_described_reads_back_as_itself(later: int, length: int, shift: int, language: str) -> None:
    now = (NOW + timedelta(minutes=shift)).astimezone(UTC)
    start = now + timedelta(minutes=later)
    window = Window(start, min(start + timedelta(minutes=length), now + timedelta(days=60)))
    assert parse_window(describe(window, SHANGHAI, now, language), now, SHANGHAI) == window


@pytest.mark.parametrize(
    "piece", [*WORDS, "12-3-501，", "明天下午三点到", "0", "﷽", "第三", "a1", "一个", "星期三三点、"]
)
def test_long_texts_come_back(piece: str) -> None:
    text = piece * (8_000 // len(piece))
    result = parse_window(text, NOW, SHANGHAI)
    assert isinstance(result, (Window, WindowProblem))
    assert parse_window(text + "x" * 5_000, NOW, SHANGHAI) in (result, WindowProblem.NONE_FOUND)
