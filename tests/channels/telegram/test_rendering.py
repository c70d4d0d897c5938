"""Texts and keyboards within Telegram's limits, nothing lost, nothing torn apart."""

from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.rendering import CHOSEN, PAGE, TURNED, chosen, meant, shown, split, turned, units

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300)


@given(TEXT, st.integers(10, 50))
def test_parts_fit_and_hold_everything_but_blanks(text: str, most: int) -> None:
    parts = split(text, most)
    assert all(0 < units(part) <= most for part in parts)
    assert "".join("".join(parts).split()) == ("".join(text.split()) or "…")


def test_families_and_accents_stay_whole() -> None:
    assert split("a" * 9 + "👨‍👩‍👧", 12) == ["a" * 9, "👨‍👩‍👧"]
    assert split("a" * 9 + "e\u0301", 10) == ["a" * 9, "e\u0301"]


def test_markup_is_said_and_not_meant() -> None:
    (part,) = shown(1, "<b>1 & 2</b>", []).parts
    assert part == "&lt;b&gt;1 &amp; 2&lt;/b&gt;"
    assert unescape(part) == "<b>1 & 2</b>"


@given(st.integers(0, 2**62), st.integers(0, 99_999))
def test_what_a_press_sends_comes_back(message: int, number: int) -> None:
    assert meant(chosen(message, number)) == (CHOSEN, message, number)
    assert meant(turned(message, number)) == (TURNED, message, number)
    assert len(chosen(message, number).encode()) <= 64


@given(st.text(max_size=70))
def test_what_we_never_sent_is_nothing_or_well_formed(data: str) -> None:
    found = meant(data)
    assert found is None or (found[0] in (CHOSEN, TURNED) and found[1] >= 0)


def test_long_labels_are_written_out_and_numbered() -> None:
    label = "物业工程维护部二十四小时值班电话转接当值主管并同时通知客户服务中心前台以及夜间巡逻安保班组长处理"
    content = shown(1, "选哪一个？", [(label, "q/1", True), ("不选", "q/2", True)])
    assert label in content.parts[0]
    labels = [key.label for row in content.keyboard for key in row]
    assert labels[0].startswith("1. ")
    assert labels[1] == "2. 不选"


def test_long_lists_are_turned_over_and_no_choice_is_lost() -> None:
    choices = [(f"第 {n} 个选项", f"q/{n}", True) for n in range(PAGE * 2 + 3)]
    pages = [shown(9, "选", choices, page).keyboard for page in range(3)]
    found = {key.data for keyboard in pages for row in keyboard for key in row if key.data.startswith(CHOSEN)}
    assert found == {chosen(9, n) for n in range(len(choices))}
    assert all(sum(map(len, keyboard)) <= 100 for keyboard in pages)


def test_what_cannot_be_pressed_is_not_shown() -> None:
    assert shown(1, "x", [("a", "q/1", False)]).keyboard == []
