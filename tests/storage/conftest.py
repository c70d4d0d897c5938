"""One contract suite for every engine; each test gets a migrated database of its own, in a real file.

PostgreSQL joins when HUIYIN_TEST_POSTGRES names a server on which databases may be created.
"""

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import Database
from storage.tables import people as t
from storage.work import Work

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
POSTGRES = os.environ.get("HUIYIN_TEST_POSTGRES", "")
ENGINES = ["sqlite", *(["postgresql"] if POSTGRES else [])]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Copies a migrated SQLite file, so that the migrations run once for all tests."""
    import asyncio

    source = tmp_path_factory.mktemp("template") / "huiyin.db"

    async def migrate() -> None:
        database = await Database.open(f"sqlite+aiosqlite:///{source}")
        await database.migrate()
        await database.close()

    asyncio.run(migrate())
    return lambda target: shutil.copy(source, target) and None


async def _new_postgres() -> str:
    name = f"huiyin_{uuid.uuid4().hex[:12]}"
    engine = create_async_engine(f"{POSTGRES}/postgres", isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    return f"{POSTGRES}/{name}"


@pytest.fixture(params=ENGINES)
async def database(
    request: pytest.FixtureRequest, tmp_path: Path, template: Callable[[Path], None]
) -> AsyncIterator[Database]:
    if request.param == "sqlite":
        template(tmp_path / "huiyin.db")
        url = f"sqlite+aiosqlite:///{tmp_path / 'huiyin.db'}"
    else:
        url = await _new_postgres()
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
