"""`huiyin privacy` from the shell's side: exit codes, one clear line, files written."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import cli
from tests.house_under_test import House
from tests.stories.play import Player, Story
from tests.stories.stages import DeskStage

STORY = Path(__file__).parents[1] / "stories" / "happy_path_with_photo.yml"


@pytest.fixture
def lived(tmp_path: Path, template: Path) -> tuple[list[str], str]:
    """A house whose first owner has had a complaint handled; the --config option and that owner's number."""

    async def live() -> str:
        house = await House.open(tmp_path, template)
        await Player(DeskStage(house, rebuild=False)).play(Story.read(STORY))
        async with house.app.db.read(house.clock.now()) as work:
            [filed] = await work.complaints.latest(None)
            person = await work.people.get(filed.complainant)
        await house.close()
        assert person is not None
        return person.phone

    return ["--config", str(tmp_path / "config.toml")], asyncio.run(live())


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["privacy", *words])
    return result.exit_code, result.output


def test_export_hold_erase_and_readers(lived: tuple[list[str], str], tmp_path: Path) -> None:
    config, phone = lived
    code, said = run("export", phone, str(tmp_path / "out"), *config)
    assert code == 0, said
    data = json.loads((tmp_path / "out" / "data.json").read_text(encoding="utf-8"))
    assert len(data["complaints"]) == 1
    assert [file for file in (tmp_path / "out").iterdir() if file.suffix == ".jpg"]
    code, said = run("export", phone, str(tmp_path / "out"), *config)
    assert (code, "exists" in said) == (2, True)

    code, said = run("readers", phone, *config)
    assert (code, "phone" in said) == (0, True)

    assert run("hold", phone, "--reason", "仲裁", *config)[0] == 0
    code, said = run("erase", phone, "--reason", "本人要求", "--yes", *config)
    assert (code, "仲裁" in said) == (2, True)
    assert run("release", phone, *config)[0] == 0
    assert run("release", phone, *config)[0] == 2
    code, said = run("erase", phone, "--reason", "本人要求", "--yes", *config)
    assert (code, "complaints 1" in said) == (0, True), said
    code, said = run("export", phone, str(tmp_path / "again"), *config)
    assert (code, "没有这个人" in said) == (2, True)


def test_an_open_complaint_is_finished_first(tmp_path: Path, template: Path) -> None:
    async def live() -> str:
        house = await House.open(tmp_path, template)
        stage = DeskStage(house, rebuild=False)
        owner = next(str(p["id"]) for p in await stage.people() if p["role"] == "owner")
        await Player(stage).play(Story("", [], "", [{"who": "owner", "complains": "家里厨房漏水了"}], {}))
        async with house.app.db.read(house.clock.now()) as work:
            person = await work.people.get(owner)
        await house.close()
        assert person is not None
        return person.phone

    phone = asyncio.run(live())
    code, said = run("erase", phone, "--reason", "x", "--yes", "--config", str(tmp_path / "config.toml"))
    assert (code, "TS2026" in said) == (2, True)


def test_a_number_of_nobody(lived: tuple[list[str], str]) -> None:
    code, said = run("readers", "19999999999", *lived[0])
    assert (code, "没有这个人" in said) == (2, True)
