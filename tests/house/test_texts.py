"""What English readers read: a complete catalogue, and a whole complaint without a Chinese word of the bot's own."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from bot.dialogue.text import _, render
from tests.house_under_test import House
from tests.stories.play import Player, Story
from tests.stories.stages import DeskStage

ROOT = Path(__file__).parents[2]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


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


WORKED = (
    {"who": "front_desk", "sees": "新投诉", "picks": "派单给工程维护部"},
    {"who": "handler", "sees": "新工单", "picks": "接单"},
    {"advance": "12h"},
    {"who": "handler", "picks": "完成"},
    {"who": "handler", "picks": "设备故障"},
    {"who": "handler", "says": "belt replaced"},
    {"who": "handler", "says": "跳过"},
    {"who": "handler", "picks": "确认"},
    {"who": "engineering_head", "sees": "belt replaced", "picks": "审核通过"},
    {"who": "english", "sees": "Are you satisfied", "picks": "Satisfied"},
    {"who": "cs_supervisor", "sees": "归档", "picks": "归档"},
    {"who": "english", "sees": "is closed"},
    {"who": "english", "says": "help"},
    {"who": "english", "says": "status"},
)


async def test_an_english_speaking_lessee_reads_no_chinese_of_ours(tmp_path: Path, template: Path) -> None:
    house = await House.open(tmp_path, template)
    stage = DeskStage(house, rebuild=False)
    lessee = next(str(p["id"]) for p in await stage.people() if p["language"] == "en")
    try:
        for text in ("I want to complain: lift broken", "Lift", "public area", "skip", "normal", "skip", "confirm"):
            await stage.say(lessee, text=text)
        await Player(stage).play(Story("an English complaint", [], "", [dict(step) for step in WORKED], {}))
        async with house.app.db.read(house.clock.now()) as reading:
            names = {letter for person in await reading.people.everybody() for letter in person.name}
            said = [m for m in await reading.console.list(lessee) if m.sender == "bot"]
    finally:
        await house.close()
    left = [m.text for m in said if set(CHINESE.findall(m.text)) - names]
    labels = [label for m in said for label, _value, _enabled in m.choices if CHINESE.search(label)]
    assert len(said) > 12
    assert (left, labels) == ([], [])
