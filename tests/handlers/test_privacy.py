"""Whoever is shown a telephone number stands in the read log; sealed files are opened on record."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.media import MediaStore, Sealer
from storage.tables.messages import outbox
from storage.tables.people import people
from storage.tables.privacy import read_log
from tests.house_under_test import House
from tests.stories.play import Player, Story
from tests.stories.stages import DeskStage
from tests.stories.test_stories import FILES, start

SHOWING = (
    "callback_list",
    "undeliverable_owner_call_task",
    "human_thread",
    "bound_by_front_desk",
)


@pytest.mark.parametrize("name", SHOWING)
async def test_no_number_is_shown_unrecorded(name: str, tmp_path: Path, template: Path) -> None:
    story = Story.read(next(file for file in FILES if file.stem == name))
    house = await House.open(tmp_path, template, start(story), **story.config)
    await Player(DeskStage(house, rebuild=False)).play(story)
    async with house.app.db.read(house.clock.now()) as work:
        run = work.connection.execute
        numbers = {row.phone: row.id for row in (await run(select(people.c.id, people.c.phone))).all() if row.phone}
        sent = (await run(select(outbox.c.person, outbox.c.text))).all()
        noted = {(row.by, row.whose) for row in (await run(select(read_log.c.by, read_log.c.whose))).all()}
    await house.close()
    shown = {
        (row.person, whose)
        for row in sent
        for phone, whose in numbers.items()
        if phone in row.text and row.person != whose
    }
    assert shown, "the story shows no number: choose another"
    assert shown <= noted


@pytest.fixture
async def house(tmp_path: Path, template: Path) -> AsyncIterator[House]:
    house = await House.open(tmp_path, template)
    yield house
    await house.close()


async def test_an_identity_paper_is_opened_in_the_clear_and_on_record(house: House, tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"%PDF-1.4 440301199001011234"

    store = MediaStore(tmp_path / "media", sealer=Sealer([base64.b64encode(b"k" * 32).decode()]))
    house.desk._media = store
    stored = await store.store(chunks(), "身份证.pdf", "application/pdf", sealed=True)
    owner = next(p.id for p in await house.desk.people() if p.role == "owner")
    desk = next(p.id for p in await house.desk.people() if p.role == "front_desk")
    async with house.app.db.begin(house.clock.now()) as work:
        media = work.media.add_stored(stored, owner=owner)
        work.media.link([media], "RH20261123-0001")
    opened = await house.desk.open_media(media, desk)
    assert (opened.content, opened.sealed) == (b"%PDF-1.4 440301199001011234", True)
    async with house.app.db.read(house.clock.now()) as work:
        [reading] = await work.privacy.readings(owner)
    assert (reading.by, reading.what, reading.matter) == (desk, "identity_paper", "RH20261123-0001")
