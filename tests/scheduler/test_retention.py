"""The nightly pruning of a whole house: once a night, harmless to cut short, nothing that is still needed."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from scheduler.retention import Retention, Spans
from storage.media import MediaStore
from storage.retention import GROWING
from tests.house_under_test import MONDAY, House
from tests.stories.play import Player, Story
from tests.stories.stages import DeskStage

STORY = Path(__file__).parents[1] / "stories" / "happy_path_with_photo.yml"
YEARS = timedelta(days=5 * 365)


@pytest.fixture
async def house(tmp_path: Path, template: Path) -> AsyncIterator[House]:
    house = await House.open(tmp_path, template)
    yield house
    await house.close()


async def counted(house: House, table: str) -> int:
    from sqlalchemy import text

    async with house.app.db.read(house.clock.now()) as work:
        return int((await work.connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_five_years_later_the_words_are_gone_and_the_record_stands(house: House) -> None:
    await Player(DeskStage(house, rebuild=False)).play(Story.read(STORY))
    files = [file for file in Path(house.config.media.folder).rglob("*") if file.is_file()]
    assert files
    before = {table: await counted(house, table) for table in ("events", "complaints", "deadlines", "duty_log")}
    later = house.clock.now() + YEARS
    for file in files:
        os.utime(file, (0, 0))
    counts = await house.app.retention.prune(later)
    assert counts["inbox"] > 10
    assert counts["outbox"] > 10
    assert counts["media"] >= 1
    for table in ("inbox", "outbox", "console_messages", "drafts", "read_log"):
        assert await counted(house, table) == 0, table
    assert {table: await counted(house, table) for table in before} == before
    assert not [file for file in files if file.exists()]
    assert set((await house.app.retention.prune(later)).values()) == {0}, "a second run finds nothing"


async def test_nothing_goes_before_its_time(house: House) -> None:
    await Player(DeskStage(house, rebuild=False)).play(Story.read(STORY))
    assert set((await house.app.retention.prune(house.clock.now() + timedelta(days=6))).values()) == {0}


async def test_once_a_night_whoever_looks_first(house: House) -> None:
    def another() -> Retention:
        spans = Spans(
            growing=dict.fromkeys(GROWING, YEARS),
            drafts=YEARS,
            media=YEARS,
            unused_media=YEARS,
            backups=YEARS,
            backups_folder=None,
        )
        store = MediaStore(Path(house.config.media.folder))
        return Retention(house.app.delivery.begin, store, spans, time(3, 30))

    one, two = another(), another()
    evening = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert [await r.run_due(evening) for r in (one, two)] == [False, False]
    night = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)  # 03:30 in Shanghai
    assert [await r.run_due(night - timedelta(seconds=1)) for r in (one, two)] == [False, False]
    assert [await r.run_due(night) for r in (one, two)] == [True, False]
    assert [await r.run_due(night + timedelta(hours=1)) for r in (one, two)] == [False, False]
    assert [await r.run_due(night + timedelta(days=1)) for r in (two, one)] == [True, False]


async def test_old_backups_go_and_nothing_else_in_their_folder(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in ("huiyin-old.tar", "huiyin-new.tar", "letter.doc"):
        (folder / name).write_text("x")
    long_ago = (MONDAY - timedelta(days=100)).timestamp()
    for name in ("huiyin-old.tar", "letter.doc"):
        os.utime(folder / name, (long_ago, long_ago))
    os.utime(folder / "huiyin-new.tar", (MONDAY.timestamp(), MONDAY.timestamp()))
    spans = Spans(
        growing=dict.fromkeys(GROWING, YEARS),
        drafts=YEARS,
        media=YEARS,
        unused_media=YEARS,
        backups=timedelta(days=35),
        backups_folder=folder,
    )
    retention = Retention(house.app.delivery.begin, MediaStore(tmp_path / "media"), spans, time(3, 30))
    assert (await retention.prune(MONDAY))["backups"] == 1
    assert sorted(file.name for file in folder.iterdir()) == ["huiyin-new.tar", "letter.doc"]


def test_every_table_needs_its_span(tmp_path: Path) -> None:
    spans = Spans(growing={}, drafts=YEARS, media=YEARS, unused_media=YEARS, backups=YEARS, backups_folder=None)
    with pytest.raises(ValueError, match="inbox"):
        Retention(lambda now: None, MediaStore(tmp_path), spans, time(3, 30))  # type: ignore[arg-type,return-value]
