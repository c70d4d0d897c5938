import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.numerals import choice_number, number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", 2), ("２", 2), ("二", 2), ("两", 2), ("兩", 2), ("②", 2), ("2️⃣", 2), (" 7 ", 7), ("零", 0), ("〇", 0),
        ("十", 10), ("十二", 12), ("二十", 20), ("二十三", 23), ("一百", 100), ("一百零五", 105), ("一百五", 150),
        ("一百一十五", 115), ("一百零十", 110), ("两千零二十六", 2026), ("１２", 12), ("⑩", 10), ("007", 7),
    ],
)  # fmt: skip
def test_reads_numbers(text: str, expected: int) -> None:
    assert number(text) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "二三", "2栋", "一个", "abc", "十百", "百", "一百零", "-1", "1.5", "零零", "1" * 10, "点"]
)
def test_reads_nothing_else(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2", "２", "二", "两", "②", "2.", "2、", "2。", "2)", "2）", "（2）", "[2]",
        "选2", "选二", "選2", "我选2", "选择2", "选第二个", "回复2", "回復2", "回2", "第二个", "第2项", "第二",
        "要2", "要第二个",
        "#2", "option 2", "number 2", "no. 2", " 2 ", "第二个吧", "选2号", "2️⃣", "⒉",
    ],
)  # fmt: skip
def test_accepts_a_choice(text: str) -> None:
    assert choice_number(text, 5) == 2


@pytest.mark.parametrize(
    "text",
    [
        "2栋", "12-3-501", "13800138000", "2单元", "二楼", "2号", "2号楼", "2个", "两个人", "2点", "2026-12-01", "1/2",
        "2次", "2 3",
        "电梯2坏了", "我家2", "第二天", "2.5", "二十", "6", "0", "零", "-2", "", "选", "第", "好的",
    ],
)  # fmt: skip
def test_refuses_texts_that_only_contain_a_number(text: str) -> None:
    assert choice_number(text, 5) is None


@given(st.text(max_size=200), st.integers(0, 30))
def test_never_raises_and_stays_within_the_count(text: str, count: int) -> None:
    chosen = choice_number(text, count)
    assert chosen is None or 1 <= chosen <= count


@given(st.integers(1, 99))
def test_every_small_number_is_read_in_chinese(value: int) -> None:
    tens, ones = divmod(value, 10)
    digits = "零一二三四五六七八九"
    written = ("" if tens == 0 else "十" if tens == 1 else digits[tens] + "十") + (digits[ones] if ones else "")
    assert number(written) == value
    assert choice_number(f"选{written}", 99) == value
