"""Every story on every stage: rebuilt between all steps, answered by press, number and label, and through HTTP."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import select

from bot.web import make_web
from storage.media import MediaStore
from storage.tables.messages import outbox
from tests.house_under_test import House, seeded_postgres
from tests.postgres import OwnPostgres
from tests.stories.play import Player, Story
from tests.stories.stages import DeskStage, HttpStage

TYPED = ("happy_path_with_photo", "declined_then_transferred", "nobody_accepts", "withdrawn")
"""Stories that are also played by typing the number or the label of each choice; `make soak` types all of them."""
SOAK = os.environ.get("HUIYIN_SOAK") == "1"
FILES = sorted(Path(__file__).parent.glob("*.yml"))


def stories() -> list[object]:
    """Each story with its clauses as marks."""
    read = [(file, Story.read(file)) for file in FILES]
    return [pytest.param(story, id=file.stem, marks=_clauses(story)) for file, story in read]


def ways() -> list[object]:
    """Each story with each way of choosing: pressed always, typed for some."""
    found = []
    for file in FILES:
        story = Story.read(file)
        for way in ("press", "number", "label"):
            soak = [] if way == "press" or file.stem in TYPED else [pytest.mark.soak]
            found.append(pytest.param(story, way, id=f"{file.stem}-{way}", marks=[*_clauses(story), *soak]))
    return found


def _clauses(story: Story) -> list[pytest.MarkDecorator]:
    return [pytest.mark.clause(clause) for clause in story.clauses]


def start(story: Story) -> datetime:
    return datetime.fromisoformat(story.starts_at).replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


@pytest.mark.parametrize(("story", "answers_by"), ways())
async def test_story_with_the_engine_rebuilt_between_steps(
    story: Story, answers_by: str, tmp_path: Path, template: Path
) -> None:
    house = await House.open(tmp_path, template, start(story), **story.config)
    stage = DeskStage(house, rebuild=True)
    player = Player(stage, answers_by)
    try:
        await player.play(story)
        assert await nothing_parked(house)
        assert await pings_without_a_button(house) == []
    finally:
        await house.close()


@pytest.mark.postgres
@pytest.mark.parametrize("story", stories())
async def test_story_on_postgresql(story: Story, tmp_path: Path, template: Path, postgres: OwnPostgres) -> None:
    """Rebuilt between all steps in `make soak`; the default run leaves that to SQLite."""
    database = await asyncio.to_thread(seeded_postgres, postgres, tmp_path)
    house = await House.open(tmp_path, template, start(story), **{**story.config, "database": database})
    try:
        assert house.app.db.engine.dialect.name == "postgresql"
        await Player(DeskStage(house, rebuild=SOAK), "press").play(story)
        assert await nothing_parked(house)
    finally:
        await house.close()


@pytest.mark.parametrize("story", stories())
async def test_story_through_http(story: Story, tmp_path: Path, template: Path) -> None:
    house = await House.open(tmp_path, template, start(story), **story.config)
    runner = web.AppRunner(await make_web(house.app, MediaStore(tmp_path / "media")), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    number = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    try:
        async with aiohttp.ClientSession() as client:
            await Player(HttpStage(client, f"http://127.0.0.1:{number}")).play(story)
        assert await nothing_parked(house)
    finally:
        await runner.cleanup()
        await house.close()


async def nothing_parked(house: House) -> bool:
    """No message and no promise of the story failed on the way."""
    async with house.app.db.read(house.clock.now()) as work:
        return not await work.inbox.parked() and not await work.deadlines.parked()


async def pings_without_a_button(house: House) -> list[str]:
    """Urgent messages to staff that ask for something and offer nothing to press: nobody is rung to no purpose.

    What only edits an earlier ping (it was settled, somebody was first) needs none.
    """
    rung = select(outbox.c.person, outbox.c.text, outbox.c.choices).where(
        outbox.c.lane == "urgent", outbox.c.edit.is_(False)
    )
    async with house.app.db.read(house.clock.now()) as work:
        staff = {person.id for person in await work.people.everybody() if not person.resident}
        rows = (await work.connection.execute(rung)).all()
    return [row.text for row in rows if row.person in staff and not row.choices]
