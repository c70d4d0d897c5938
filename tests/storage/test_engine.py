"""The traps of SQLite's driver, and what every engine must do alike."""

import asyncio
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.database import Database, transient
from storage.engine import Limits
from storage.errors import AlreadyServing, ReadOnly
from tests.postgres import OwnPostgres
from tests.storage.conftest import NOW


async def test_a_savepoint_does_not_survive_the_rollback_around_it(database: Database) -> None:
    with pytest.raises(RuntimeError):  # noqa: PT012
        async with database.begin(NOW) as work:
            async with work.connection.begin_nested():
                work.settings.set("kept", True)
                await work.flush()
            raise RuntimeError
    async with database.begin(NOW) as work:
        assert await work.settings.get("kept") is None


async def test_concurrent_increments_are_all_counted(database: Database) -> None:
    other = await Database.open(database.url)  # a second process would come with its own lock and its own pool

    async def increment(through: Database) -> None:
        async with through.begin(NOW) as work:
            await work.connection.execute(text("SELECT count(*) FROM sites"))
            await work.numbers.next("TS", NOW.date())

    await asyncio.gather(*(increment(through) for through in (database, other) for _ in range(20)))
    async with database.begin(NOW) as work:
        assert await work.numbers.next("TS", NOW.date()) == "TS20261123-0041"
    await other.close()


async def test_an_exception_rolls_back_what_was_flushed(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with database.begin(NOW) as work:
            work.settings.set("a", 1)
            assert await work.settings.get("a") == 1
            raise ZeroDivisionError
    async with database.read(NOW) as work:
        assert await work.settings.get("a", "nothing") == "nothing"


async def test_a_reader_sees_the_last_commit_while_a_writer_is_busy(database: Database) -> None:
    async with database.begin(NOW) as writer:
        writer.settings.set("a", 1)
        await writer.flush()
        async with asyncio.timeout(5), database.read(NOW) as reader:
            assert await reader.settings.get("a") is None


async def test_a_reader_may_not_write(database: Database) -> None:
    async with database.read(NOW) as work:
        with pytest.raises(ReadOnly):
            work.settings.set("a", 1)


async def test_naive_times_are_refused(database: Database) -> None:
    async with database.begin(NOW) as work:
        with pytest.raises(StatementError, match="naive"):
            await work.duties.claim("K4", "花园", datetime(2026, 11, 23))


async def test_times_come_back_in_utc_with_their_microseconds(database: Database) -> None:
    moment = datetime(2026, 11, 23, 17, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    async with database.begin(NOW) as work:
        await work.duties.claim("K4", "花园", moment)
        last = await work.duties.last("K4", "花园")
    assert last == moment
    assert last is not None
    assert last.tzinfo is UTC


async def test_json_keeps_its_order_and_its_characters(database: Database) -> None:
    value = {"b": ["漏水", None, 1.5], "a": {"z": True, "c": "😀"}}
    async with database.begin(NOW) as work:
        work.settings.set("json", value)
    async with database.begin(NOW) as work:
        found = await work.settings.get("json")
    assert found == value
    assert list(found) == ["b", "a"]


async def test_foreign_keys_are_enforced(database: Database) -> None:
    with pytest.raises(DBAPIError):
        async with database.begin(NOW) as work:
            await work.codes.issue("nobody")


async def test_events_can_be_neither_changed_nor_deleted(database: Database) -> None:
    from domain.decision import Event

    async with database.begin(NOW) as work:
        work.events.append("TS1", Event("complaint.received", "CP-4.1.1"), site="花园", by="ann", at=NOW)
    for change in ("UPDATE events SET kind = 'x'", "DELETE FROM events"):
        with pytest.raises(DBAPIError, match="never changed or deleted"):
            async with database.begin(NOW) as work:
                await work.connection.execute(text(change))
    async with database.read(NOW) as work:
        assert [event.kind for event in await work.events.of("TS1")] == ["complaint.received"]


async def test_a_second_serve_of_the_same_file_is_refused_and_commands_beside_it_work(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'serve.db'}"
    first, second = await Database.open(url), await Database.open(url)
    first.claim_exclusive()
    with pytest.raises(AlreadyServing, match=r"serve\.db"):
        second.claim_exclusive()
    await second.migrate()
    async with second.begin(NOW) as work:
        work.settings.set("command", "works")
    await first.close()
    second.claim_exclusive()
    await second.close()


async def test_a_conflict_is_tried_again_from_the_start(database: Database) -> None:
    from storage.errors import VersionConflict
    from storage.work import Work

    tries: list[int] = []

    async def act(work: Work) -> str:
        tries.append(work.writes)
        if len(tries) < 3:
            raise VersionConflict("somebody came between")
        return "done"

    assert await database.run(NOW, act) == "done"
    assert tries == [0, 0, 0]


@pytest.mark.postgres
async def test_what_waits_too_long_is_told_so(postgres: OwnPostgres) -> None:
    """A statement, a lock and a connection each have their limit, and a lock time-out is worth another try."""
    url = await asyncio.to_thread(postgres.new_database, "waits")
    database = await Database.open(url, limits=Limits(pool_size=2, statement_seconds=3, lock_seconds=1))
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE t (n int)"))
        await connection.execute(text("INSERT INTO t VALUES (1)"))
    with pytest.raises(DBAPIError, match="statement timeout"):
        async with database.engine.begin() as connection:
            await connection.execute(text("SELECT pg_sleep(4)"))
    async with database.engine.begin() as holder:
        await holder.execute(text("UPDATE t SET n = 2"))
        async with database.engine.connect() as other:
            with pytest.raises(DBAPIError) as refused:
                await other.execute(text("SELECT n FROM t FOR UPDATE"))
            assert transient(refused.value)
            with pytest.raises(PoolTimeout):
                async with database.engine.connect():
                    pass
    await database.close()


async def test_a_locked_file_is_waited_for_as_long_as_configured(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'huiyin.db'}"
    one, two = await Database.open(url), await Database.open(url, limits=Limits(busy_seconds=1))
    async with one.engine.begin() as holder:
        await holder.execute(text("CREATE TABLE t (n int)"))
        began = time.monotonic()
        with pytest.raises(DBAPIError, match="locked") as refused:
            async with two.engine.begin():
                pass
    assert transient(refused.value)
    assert 1 <= time.monotonic() - began < 5
    await one.close()
    await two.close()
