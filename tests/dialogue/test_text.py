"""Texts: lazy, nested, translated from a compiled catalogue, Chinese where that lacks something."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo

from bot.dialogue import text as texts
from bot.dialogue.message import Choice, act
from bot.dialogue.text import Text, _, join, render
from bot.dialogue.words import CANCEL, SKIP, means, naming


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    english = Catalog(locale="en")
    english.add("电梯", "Lift")
    english.add("是“{kind}”吗？", "Is it “{kind}”?")
    with (folder / "huiyin.mo").open("wb") as file:
        write_mo(file, english)
    monkeypatch.setattr(texts, "CATALOGUES", tmp_path)
    texts._catalogue.cache_clear()
    yield
    texts._catalogue.cache_clear()


@pytest.mark.usefixtures("catalogue")
def test_texts_and_the_texts_in_them_are_translated() -> None:
    asked = _("是“{kind}”吗？").format(kind=_("电梯"))
    assert render(asked, "zh") == "是“电梯”吗？"
    assert render(asked, "en") == "Is it “Lift”?"
    assert render(join(asked, _("电梯"), sep=" / "), "en") == "Is it “Lift”? / Lift"


@pytest.mark.usefixtures("catalogue")
def test_what_the_catalogue_lacks_stays_chinese() -> None:
    assert render(_("水电"), "en") == "水电"
    assert render(_("电梯"), "fr") == "电梯"


@pytest.mark.usefixtures("catalogue")
def test_a_label_is_understood_in_both_languages() -> None:
    labels: list[Text | str] = [_("水电"), _("电梯")]
    assert naming("lift", labels) == naming("电梯", labels) == [1]


def test_braces_that_people_type_are_no_parameters() -> None:
    assert render(_("“{said}”").format(said="{n} {"), "zh") == "“{n} {”"
    assert render(join("{a}", _("{"), sep="{}"), "zh") == "{a}{}{"


def test_join_leaves_out_what_is_empty() -> None:
    assert render(join("甲", None, "", "乙"), "zh") == "甲\n乙"
    assert render(join(None, ""), "zh") == ""


def test_an_action_button_names_action_subject_and_step() -> None:
    assert act("接单", "accept", "GD1", "2") == Choice("接单", "b/accept/GD1/2")


@pytest.mark.parametrize(
    ("said", "loose", "meant"),
    [("取消！", False, True), ("帮我取消吧", False, False), ("帮我取消吧", True, True), ("别取消", True, False)],
)
def test_words_may_be_wrapped_where_no_free_text_is_asked(said: str, loose: bool, meant: bool) -> None:
    assert means(said, CANCEL, loose) is meant


def test_a_word_is_a_whole_word() -> None:
    assert not means("没有电", SKIP)
