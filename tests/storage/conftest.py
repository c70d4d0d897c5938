"""One contract suite for every engine; each test gets a migrated database of its own, in a real file or on a real server."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from storage.database import Database
from storage.tables import people as t
from storage.work import Work
from tests.postgres import OwnPostgres

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Copies a migrated SQLite file, so that the migrations run once for all tests."""
    source = tmp_path_factory.mktemp("template") / "huiyin.db"
    asyncio.run(_migrate(f"sqlite+aiosqlite:///{source}"))
    return lambda target: shutil.copy(source, target) and None


async def _migrate(url: str) -> None:
    database = await Database.open(url)
    await database.migrate()
    await database.close()


@pytest.fixture(params=ENGINES)
async def database(
    request: pytest.FixtureRequest, tmp_path: Path, template: Callable[[Path], None]
) -> AsyncIterator[Database]:
    if request.param == "sqlite":
        template(tmp_path / "huiyin.db")
        url = f"sqlite+aiosqlite:///{tmp_path / 'huiyin.db'}"
    else:
        server: OwnPostgres = request.getfixturevalue("postgres")
        url = await asyncio.to_thread(server.copy, "migrated", lambda url: asyncio.run(_migrate(url)))
    database = await Database.open(url)
    await database.migrate()
    async with database.begin(NOW) as work:
        await people(work)
    yield database
    await database.close()


async def people(work: Work) -> None:
    """One site, two units, and a few people with plain ids."""
    run = work.connection.execute
    site = {"id": "花园", "name": "花园", "timezone": "Asia/Shanghai"}
    await run(insert(t.sites), [site])
    units = [{"id": f"u{n}", "site": "花园", "building": "1", "label": f"1-1-{n}01"} for n in (1, 2)]
    await run(insert(t.units), units)
    residents = [_person(i, "owner") for i in ("ann", "bob", "cui", "dai")]
    staff = [_person("desk", "front_desk", "dept_cs"), _person("tech", "technician", "dept_engineering")]
    await run(insert(t.people), residents + staff)
    lives = [{"person": i, "unit": "u1", "relation": "owner", "position": 0} for i in ("ann", "bob")]
    await run(insert(t.residencies), [*lives, {"person": "ann", "unit": "u2", "relation": "owner", "position": 1}])


def _person(person: str, role: str, department: str | None = None) -> dict[str, object]:
    return {
        "id": person,
        "name": person.title(),
        "role": role,
        "site": "花园",
        "phone": f"1990000{sum(map(ord, person)):04}",
        "key_resident": False,
        "department": department,
        "buildings": [],
        "duty": True,
        "rank": 0,
        "has_left": False,
    }
