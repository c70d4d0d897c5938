"""Benchmark (b): setting deadlines, and the cost of a sweep with 1,000 due while many more are open.

Ours go through `reconcile` and `keep_promises` as in service; what is open besides is filled in by SQL. The rivals
have one job per deadline and are set up the way their manuals show: APScheduler in its SQLAlchemy store on a SQLite
file, and procrastinate on the same PostgreSQL as ours.
"""

import asyncio
import logging
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import text

from benchmarks.figure import Figure, figure
from benchmarks.place import FOLDER, progress
from benchmarks.postgres import NoPostgresError, throwaway_server
from domain.decision import Promise
from scheduler.sweeps import keep_promises
from storage.database import Database

NAME = "Deadlines: to set them, and a sweep with 1,000 due"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DUE = 1_000
TOGETHER = 64
"""Matters in one transaction, as the intake's batches have them."""
ROUNDS = 3
FLAT = 2.0
FASTER = 20.0

_FILL_SQLITE = """
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)
INSERT INTO deadlines (kind, subject, what, step, clause, site, due_at, wake_at, state, attempts, created_at)
SELECT 'open', 'o' || i, 'T2', '1', 'CP-4.2.2a', 's', t.due_at, t.wake_at, 'pending', 0, t.created_at
FROM n, (SELECT due_at, wake_at, created_at FROM deadlines WHERE subject = 'pattern') t
"""
_FILL_POSTGRES = """
INSERT INTO deadlines (kind, subject, what, step, clause, site, due_at, wake_at, state, attempts, created_at)
SELECT 'open', 'o' || i, 'T2', '1', 'CP-4.2.2a', 's', t.due_at, t.wake_at, 'pending', 0, t.created_at
FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) i,
     (SELECT due_at, wake_at, created_at FROM deadlines WHERE subject = 'pattern') t
"""


def run(quick: bool) -> list[Figure]:
    set_up, sizes = (1_000, (1_000, 10_000)) if quick else (10_000, (10_000, 1_000_000))
    progress("due: APScheduler")
    store = in_a_child(_rival, set_up)
    figures = ours("SQLite", "", set_up, sizes, "APScheduler, SQLAlchemyJobStore on SQLite", store)
    try:
        with throwaway_server() as server:
            progress("due: procrastinate")
            jobs = in_a_child(_procrastinate, server.new_database("jobs"), set_up)
            rival = "procrastinate, deferred in batches, one worker"
            figures += ours("PostgreSQL", server.new_database("due"), set_up, sizes, rival, jobs)
    except NoPostgresError as reason:
        figures.append(Figure(label=f"not measured: {reason}", value=0, unit=""))
    progress("")
    return figures


def ours(
    database: str, url: str, set_up: int, sizes: tuple[int, int], rival: str, theirs: tuple[float, float]
) -> list[Figure]:
    """`theirs`: seconds to set, and to have run what is due."""
    progress(f"due: {database}")
    took, sweeps = in_a_child(_ours, url, set_up, sizes)
    few, many = (sorted(sweep)[len(sweep) // 2] for sweep in sweeps)
    rival_set, rival_sweep = theirs
    faster = rival_set / took
    job_store = not url
    return [
        Figure(
            label=f"{database}: set {set_up:,}, {TOGETHER} a transaction",
            value=took,
            unit="s",
            rival=rival,
            rival_value=rival_set,
            target=f"≥ {FASTER:.0f} × faster" if job_store else "",
            met=faster >= FASTER if job_store else None,
        ),
        figure(
            f"{database}: sweep {DUE:,} due, {sizes[0]:,} open", sweeps[0], "s", rival=rival, rival_value=rival_sweep
        ),
        figure(
            f"{database}: sweep {DUE:,} due, {sizes[1]:,} open",
            sweeps[1],
            "s",
            target=f"≤ {FLAT:.0f} × that with {sizes[0]:,}",
            met=many <= FLAT * few,
        ),
    ]


def in_a_child(measure: Callable[..., Any], *given: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as child:
        return child.submit(_timed, measure, *given).result()


def _timed(measure: Callable[..., Awaitable[Any]], *given: Any) -> Any:
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(dir=FOLDER) as place:
        return asyncio.run(measure(Path(place), *given))  # type: ignore[arg-type]


async def _ours(
    place: Path, url: str, set_up: int, sizes: tuple[int, int]
) -> tuple[float, tuple[list[float], list[float]]]:
    """Seconds to set, and seconds of each sweep at either size."""
    database = await Database.open(url or f"sqlite+aiosqlite:///{place / 'due.db'}")
    await database.migrate()
    begun = time.perf_counter()
    await _set(database, "set", set_up, NOW + timedelta(days=1))
    took = time.perf_counter() - begun
    await _set(database, "pattern", 1, NOW + timedelta(days=2))
    sweeps: tuple[list[float], list[float]] = ([], [])
    filled = set_up
    for size, seconds in zip(sizes, sweeps, strict=True):
        await _fill(database, filled, size)
        filled = size
        for _ in range(ROUNDS):
            await _set(database, f"due{size}-{len(seconds)}-", DUE, NOW - timedelta(minutes=1))
            seconds.append(await _sweep(database))
    await database.close()
    return took, sweeps


async def _set(database: Database, prefix: str, count: int, due_at: datetime) -> None:
    for start in range(0, count, TOGETHER):
        async with database.begin(NOW) as work:
            for number in range(start, min(start + TOGETHER, count)):
                subject = prefix if count == 1 else f"{prefix}{number}"
                promise = Promise("T2", "1", "CP-4.2.2a", due_at)
                work.deadlines.reconcile("bench", subject, [promise], "s", fresh=True)


async def _fill(database: Database, filled: int, size: int) -> None:
    if size <= filled:
        return
    postgres = database.engine.dialect.name == "postgresql"
    async with database.engine.begin() as connection:
        statement = text(_FILL_POSTGRES if postgres else _FILL_SQLITE)
        await connection.execute(statement, {"first": filled, "last": size - 1})
        await connection.execute(text("ANALYZE deadlines"))


async def _sweep(database: Database) -> float:
    acted = 0

    async def keeper(*_: object) -> None:
        nonlocal acted
        acted += 1

    begun = time.perf_counter()
    while await keep_promises(database.begin, {"bench": keeper}, NOW):
        pass
    took = time.perf_counter() - begun
    if acted != DUE:
        raise AssertionError(f"{acted} of {DUE} were acted on")
    return took


_left = DUE
_counting = threading.Lock()
_all_ran = threading.Event()


def job() -> None:
    """What the rival runs; in this module, so that its store can name it. Called from the scheduler's threads."""
    global _left  # noqa: PLW0603 — a job of that store has nowhere else to count
    with _counting:
        _left -= 1
        if _left == 0:
            _all_ran.set()


async def _procrastinate(_: Path, url: str, set_up: int) -> tuple[float, float]:
    from benchmarks.rivals.procrastinate_jobs import measure

    return await measure(url, set_up, DUE)


async def _rival(place: Path, set_up: int) -> tuple[float, float]:
    """Seconds to add one job per deadline, and from the start until the 1,000 that are due have run."""
    store = SQLAlchemyJobStore(url=f"sqlite:///{place / 'jobs.db'}")
    scheduler = AsyncIOScheduler(jobstores={"default": store}, timezone="UTC")
    scheduler.start(paused=True)
    begun = time.perf_counter()
    for number in range(set_up):
        scheduler.add_job(job, "date", run_date=datetime.now(UTC) + timedelta(days=1), id=f"s{number}")
    took = time.perf_counter() - begun
    for number in range(DUE):
        due_at = datetime.now(UTC) - timedelta(seconds=1)
        scheduler.add_job(job, "date", run_date=due_at, id=f"d{number}", misfire_grace_time=None)
    begun = time.perf_counter()
    scheduler.resume()
    if not await asyncio.to_thread(_all_ran.wait, 120):
        raise AssertionError(f"the rival left {_left} of {DUE} undone")
    swept = time.perf_counter() - begun
    scheduler.shutdown(wait=False)
    return took, swept
