"""/healthz and /readyz mean what they say: they change when the thing they speak of breaks."""

import asyncio
import shutil
import time
from collections import namedtuple
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import health
from tests.operations.conftest import Serve
from tests.postgres import OwnPostgres

Disk = namedtuple("Disk", "total used free")  # noqa: PYI024 - as shutil.disk_usage answers


async def test_a_healthy_house_says_so(serve_house: Serve) -> None:
    served = await serve_house()
    assert await served.get("/healthz") == (200, {"status": "ok"})
    status, told = await served.get("/readyz")
    assert status == 200
    assert told["ready"] is True
    assert set(told["checks"]) >= {"database", "schema", "intake", "sweeps", "disk"}
    assert set(told["checks"].values()) == {"ok"}


async def test_a_house_that_was_not_started_is_not_ready(serve_house: Serve) -> None:
    served = await serve_house(start=False)
    status, told = await served.get("/readyz")
    assert status == 503
    assert told["ready"] is False
    assert told["checks"]["intake"] == "not running"


async def test_a_sweep_that_never_ends_is_noticed(serve_house: Serve) -> None:
    served = await serve_house(server={"port": 0, "stalled_seconds": 2})
    async with served.house.app._busy:  # as a pass does that waits for ever
        served.house.app.arrived()
        await asyncio.sleep(2.6)
        status, told = await served.get("/healthz")
        assert status == 503
        assert told["status"] == "stalled"
        assert set(told["parts"]) == {"intake", "sweeps"}
        status, told = await served.get("/readyz")
        assert status == 503
        assert told["checks"]["database"] == "ok"
        assert "last pass" in told["checks"]["intake"]
        assert "last pass" in told["checks"]["sweeps"]
    await asyncio.sleep(1)
    assert (await served.get("/healthz"))[0] == 200


async def test_a_blocked_loop_answers_late_and_says_so(serve_house: Serve) -> None:
    served = await serve_house(server={"port": 0, "stalled_seconds": 2})
    await asyncio.sleep(0.6)
    asking = asyncio.ensure_future(served.get("/healthz"))
    await asyncio.sleep(0)
    time.sleep(2.3)  # noqa: ASYNC251 - this is the fault
    assert (await asking)[0] == 503
    await asyncio.sleep(1)
    assert (await served.get("/healthz"))[0] == 200
    figures = await served.figures()
    assert figures['huiyin_loop_lag_seconds_bucket{le="1.0"}'] < figures["huiyin_loop_lag_seconds_count"]


async def test_a_dead_reader_of_the_inbox_is_noticed(serve_house: Serve) -> None:
    served = await serve_house(server={"port": 0, "stalled_seconds": 2})
    served.house.app._reader.cancel()
    await asyncio.sleep(0)
    status, told = await served.get("/readyz")
    assert (status, told["checks"]["intake"]) == (503, "not running")


async def test_sweeps_that_only_fail_make_it_unready_but_not_stalled(
    serve_house: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = await serve_house(server={"port": 0, "stalled_seconds": 2})

    async def broken(*_: object) -> int:
        raise OSError("no way")

    monkeypatch.setattr(served.house.app.duties, "run_due", broken)
    await asyncio.sleep(3)
    assert (await served.get("/healthz"))[0] == 200  # starting again would mend nothing
    status, told = await served.get("/readyz")
    assert status == 503
    assert "last pass" in told["checks"]["sweeps"]
    assert (await served.figures())["huiyin_sweep_errors_total"] > 1


async def test_a_full_disk_is_told_before_it_is_full(serve_house: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    served = await serve_house(server={"port": 0, "disk_floor_mb": 200})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(10**12, 10**12, 150 * 1024**2))
    status, told = await served.get("/readyz")
    assert status == 503
    assert told["checks"]["disk"] == "150 MiB free for media, at least 200 needed"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(10**12, 0, 10**12))
    assert (await served.get("/readyz"))[0] == 200


async def test_a_disk_that_does_not_answer_does_not_hang_the_check(
    serve_house: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = await serve_house()
    monkeypatch.setattr(health, "ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: time.sleep(0.5))
    started = time.monotonic()
    status, told = await served.get("/readyz")
    assert (status, told["checks"]["disk"]) == (503, "no answer within 0.1 s")
    assert time.monotonic() - started < 0.45


async def test_a_schema_of_another_version_is_not_ready(serve_house: Serve) -> None:
    served = await serve_house()
    async with served.house.app.db.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    status, told = await served.get("/readyz")
    assert status == 503
    assert told["checks"]["schema"].startswith("at 0001, the program needs ")


async def test_a_database_that_broke_is_not_ready(serve_house: Serve, tmp_path: Path) -> None:
    served = await serve_house()
    async with served.house.app.db.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE deadlines RENAME TO gone"))
    status, told = await served.get("/readyz")
    assert status == 503
    assert told["checks"]["database"] == "OperationalError"
    assert str(tmp_path) not in str(told)


async def test_a_check_of_another_part_counts(serve_house: Serve) -> None:
    served = await serve_house()

    async def waiting() -> str:
        return "no lease"

    served.house.app.readiness["telegram"] = waiting
    status, told = await served.get("/readyz")
    assert (status, told["checks"]["telegram"]) == (503, "no lease")


async def test_going_down_it_says_so_and_takes_no_new_work(serve_house: Serve) -> None:
    served = await serve_house(console={"enabled": True})
    assert (await served.get("/api/people"))[0] == 200
    served.house.app.stopping = True
    status, told = await served.get("/readyz")
    assert (status, told["ready"], told["checks"]["intake"]) == (503, False, "not running")
    async with served.client.get(served.root + "/api/people") as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "1"
        assert answer.headers["Connection"] == "close"
        assert (await answer.json())["error"]["code"] == "stopping"
    assert (await served.get("/healthz"))[0] == 200


@pytest.mark.postgres
async def test_a_stopped_postgresql_makes_it_unready_until_it_is_back(
    serve_house: Serve, tmp_path: Path, postgres: OwnPostgres
) -> None:
    url = postgres.new_database("health")
    served = await serve_house(database={"url": url}, server={"port": 0, "stalled_seconds": 3})
    assert (await served.get("/readyz"))[0] == 200
    postgres.stop()
    try:
        await asyncio.sleep(1)
        status, told = await served.get("/readyz")
        assert (status, told["ready"]) == (503, False)
        assert told["checks"]["database"] != "ok"
        assert postgres.root.split("@")[0] not in str(told)
        await asyncio.sleep(3.5)
        assert (await served.get("/healthz"))[0] == 200  # it turns; a restart would not bring the database back
    finally:
        postgres.start()
    for _ in range(100):
        if (await served.get("/readyz"))[0] == 200:
            return
        await asyncio.sleep(0.1)
    raise AssertionError((await served.get("/readyz"))[1])
