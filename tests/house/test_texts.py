"""What English readers read: a complete catalogue, and no Chinese word of the bot's own in any story."""

import importlib.util
import re
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot import talk
from bot.dialogue.message import Reply
from bot.dialogue.text import Text, _, join, kept, listed, render, restored
from domain.people import Person
from handlers import office
from storage.outbox import OutboxMessage, rendered
from tests.house_under_test import House
from tests.stories.play import Player, Story
from tests.stories.stages import DeskStage
from tests.stories.test_stories import start, stories

ROOT = Path(__file__).parents[2]
CHINESE = re.compile(r"[\u3400-\u9fff]+|[\u3000-\u303f\uff00-\uffef]")
WRITERS = ("；未完成原因：", "；预计：")
"""A progress report is on record as its writer reads it."""


@pytest.fixture
def catalogue() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_texts", ROOT / "docs" / "texts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_text_has_its_english(catalogue: ModuleType) -> None:
    assert catalogue.problems(catalogue.catalogue()) == []


def test_the_compiled_catalogue_is_that_of_the_sources(catalogue: ModuleType) -> None:
    po, mo = catalogue.written(catalogue.catalogue())
    assert (po, mo) == (catalogue.PO.read_bytes(), catalogue.MO.read_bytes())


def test_other_placeholders_are_a_problem(catalogue: ModuleType) -> None:
    made = catalogue.catalogue()
    made.get("{hours} 小时").string = "{minutes} h"
    assert len(catalogue.problems(made)) == 1


def test_a_text_is_rendered_in_the_readers_language() -> None:
    text = _("还剩 {span}").format(span=_("{hours} 小时").format(hours=3))
    assert (render(text, "zh"), render(text, "en")) == ("还剩 3 小时", "3 h left")


def test_a_list_is_written_as_the_reader_writes_lists() -> None:
    both = listed([_("前台"), "Li"])
    assert (render(both, "zh"), render(both, "en")) == ("前台、Li", "front desk, Li")


def test_a_text_on_record_is_read_in_the_readers_language() -> None:
    text = join(
        _("还剩 {span}").format(span=_("{hours} 小时").format(hours=3)), "a {brace}", Text("电梯", english="Lift")
    )
    assert render(restored(kept(text)), "en") == render(text, "en") == "3 h left\na {brace}\nLift"


@pytest.mark.parametrize("words", ["", "漏水", "{", "5", '{"text": 1}', "null"])
def test_own_words_on_record_stay_as_they_are(words: str) -> None:
    assert restored(words) == words


class Listener(DeskStage):
    """The desk, with the words that people typed."""

    def __init__(self, house: House) -> None:
        super().__init__(house, rebuild=False)
        self.typed: list[str] = []

    async def say(self, person: str, *, text: str = "", press: str = "", message: int = 0, photos: int = 0) -> None:
        self.typed.append(text)
        await super().say(person, text=text, press=press, message=message, photos=photos)


async def names(house: House) -> list[str]:
    async with house.app.db.read(house.clock.now()) as reading:
        people, sites = await reading.people.everybody(), await reading.people.sites()
    return [*(person.name for person in people), *(site.name for site in sites)]


def chinese_left(texts: Iterable[str], known: Iterable[str]) -> list[str]:
    """The texts with Chinese that is neither a name nor anybody's own words."""
    allowed = list(known)

    def foreign(text: str) -> bool:
        for words in WRITERS:
            text = text.replace(words, " ")
        return any(all(run not in own for own in allowed) for run in CHINESE.findall(text))

    return [text for text in texts if foreign(text)]


def in_english(reply: Reply) -> list[str]:
    return [render(reply.text, "en"), *(render(choice.label, "en") for choice in reply.choices)]


@pytest.mark.parametrize("story", stories())
async def test_no_story_has_a_chinese_word_of_ours_in_english(
    story: Story, tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def heard(reply: Reply, person: Person, **how: Any) -> OutboxMessage:
        said.extend(in_english(reply))
        return rendered(reply, person, **how)

    monkeypatch.setattr(office, "rendered", heard)
    monkeypatch.setattr(talk, "rendered", heard)
    house = await House.open(tmp_path, template, start(story), **story.config)
    stage = Listener(house)
    try:
        await Player(stage).play(story)
        known = [*await names(house), *stage.typed]
    finally:
        await house.close()
    assert said
    assert chinese_left(said, known) == []


WORKED = (
    {"who": "front_desk", "sees": "New complaint", "picks": "Issue to the engineering department"},
    {"who": "handler", "sees": "New work order", "picks": "Accept"},
    {"who": "handler", "sees": ["Accepted. Done by", "12 h left (today 22:00)"]},
    {"advance": "12h"},
    {"who": "handler", "sees": "12 h have passed and it is not done", "picks": "Progress"},
    {"who": "handler", "says": "belt ordered"},
    {"who": "handler", "says": "no belt in store"},
    {"who": "handler", "says": "tomorrow"},
    {"who": "front_desk", "sees": "why unfinished: no belt in store", "picks": "Pass on to the resident"},
    {"advance": "12h"},
    {"who": "cs_supervisor", "sees": "Please acknowledge", "picks": "Acknowledge"},
    {"who": "cs_head", "sees": "For instruction", "picks": "Instruct"},
    {"who": "cs_head", "says": "borrow one"},
    {"who": "cs_head", "says": "skip"},
    {"who": "handler", "sees": "Instruction: borrow one", "picks": "Done"},
    {"who": "handler", "picks": "Equipment failure"},
    {"who": "handler", "says": "belt replaced"},
    {"who": "handler", "says": "skip"},
    {"who": "handler", "picks": "Confirm"},
    {"who": "engineering_head", "sees": "cause: Equipment failure", "picks": "Pass review"},
)
CLOSED = ({"who": "cs_supervisor", "sees": "please review and archive", "picks": "Archive"},)


async def test_a_whole_complaint_in_english(tmp_path: Path, template: Path) -> None:
    """A lessee and the staff of the site, all of whom read English and type the English labels."""
    house = await House.open(tmp_path, template)
    stage = Listener(house)
    people = await stage.people()
    lessee = next(str(p["id"]) for p in people if p["language"] == "en")
    readers = [
        lessee,
        *(str(p["id"]) for p in people if p["role"] not in ("owner", "lessee", "agent", "family_member")),
    ]
    async with house.app.db.begin(house.clock.now()) as work:
        for reader in readers:
            await work.people.set_language(reader, "en")
    try:
        for text in ("I want to complain: lift broken", "Lift", "public area", "skip", "normal", "skip", "confirm"):
            await stage.say(lessee, text=text)
        await Player(stage, "label").play(story_of(WORKED))
        await stage.say(lessee, text="Satisfied")
        await Player(stage, "label").play(story_of(CLOSED))
        for text in ("help", "status", "/nothing", "what is this?"):
            await stage.say(lessee, text=text)
        async with house.app.db.read(house.clock.now()) as reading:
            lists = [await reading.console.list(reader) for reader in readers]
        known = await names(house)
    finally:
        await house.close()
    read = [m for messages in lists for m in messages if m.sender == "bot"]
    shown = [text for m in read for text in (m.text, *(label for label, _value, _enabled in m.choices))]
    assert any("is closed, thank you" in text for text in shown)
    assert len(read) > 30
    assert chinese_left(shown, known) == []


def story_of(steps: Iterable[dict[str, Any]]) -> Story:
    return Story("an English complaint", [], "", [dict(step) for step in steps], {})
