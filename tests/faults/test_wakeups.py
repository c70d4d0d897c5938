"""Replicas hear of each other's commits at once, and again after the connection was cut; polling is only the net."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from bot.app import App
from bot.channels.console import port
from bot.console_desk import ConsoleDesk
from storage.media import MediaStore
from tests.faults.test_replicas import cut_connections
from tests.house_under_test import config_in, seeded_postgres
from tests.postgres import OwnPostgres

pytestmark = pytest.mark.postgres


@pytest.fixture
async def two(tmp_path: Path, postgres: OwnPostgres) -> AsyncIterator[tuple[App, App]]:
    config = config_in(tmp_path, {"database": await asyncio.to_thread(seeded_postgres, postgres, tmp_path)})
    apps = [await App.open(config) for _ in range(2)]
    for app in apps:
        app.start()
        assert app.wakeups is not None
        await asyncio.wait_for(app.wakeups.connected.wait(), 5)
    yield apps[0], apps[1]
    for app in apps:
        await app.stop()
        await app.close()


async def heard_after(here: App, there: App, folder: Path) -> float:
    """Seconds from something said on one replica until a reader on the other is told of the answer."""
    desk = ConsoleDesk(here, MediaStore(folder))
    person = next(p.id for p in await desk.people() if p.role == "owner")
    with there.changes.subscribe() as subscription:
        begun = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(subscription.news_of(person, 10))
            tasks.create_task(desk.accept(person, port.Incoming(text="帮助")))
        return time.monotonic() - begun


async def test_a_reader_on_another_replica_is_woken(two: tuple[App, App], tmp_path: Path) -> None:
    assert await heard_after(*two, tmp_path / "m") < 1


async def test_a_cut_connection_is_made_again(two: tuple[App, App], tmp_path: Path) -> None:
    url = two[0].db.url
    for app in two:
        assert app.wakeups is not None
        app.wakeups.connected.clear()
    await cut_connections(url)
    for app in two:
        assert app.wakeups is not None
        await asyncio.wait_for(app.wakeups.connected.wait(), 10)
    assert await heard_after(*two, tmp_path / "m") < 1


async def test_what_a_stranger_says_is_not_believed(two: tuple[App, App], tmp_path: Path) -> None:
    own = await asyncpg.connect(two[0].db.url.replace("+asyncpg", ""))
    for payload in ("", "{}", "[1]", '{"by": "x", "people": 3, "channels": []}', "x" * 7000):
        await own.execute("SELECT pg_notify('huiyin', $1)", payload)
    await own.close()
    assert await heard_after(*two, tmp_path / "m") < 1
