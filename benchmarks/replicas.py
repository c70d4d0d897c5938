"""Benchmark (a) on PostgreSQL: one, two and four of us over one database, against the bare driver."""

import asyncio
import multiprocessing
import os
import statistics
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.managers import SyncManager
from pathlib import Path
from threading import Barrier

from benchmarks.drive import Load, turns_per_second
from benchmarks.figure import Figure, figure
from benchmarks.huiyin import Huiyin
from benchmarks.place import FOLDER, progress
from benchmarks.postgres import NoPostgresError, Server, throwaway_server
from benchmarks.raw_postgres import RawPostgres
from benchmarks.subject import Subject

NAME = "Conversation turns on PostgreSQL, 64 chats in all"
CHATS = 64
REPLICAS = (1, 2, 4)
RAW = "asyncpg, 1 transaction a message"


def run(quick: bool) -> list[Figure]:
    rounds, seconds = (2, 1.5) if quick else (5, 3.0)
    raw: list[float] = []
    ours: dict[int, list[float]] = {count: [] for count in REPLICAS}
    try:
        with throwaway_server() as server:
            for number in range(1, rounds + 1):
                progress(f"round {number} of {rounds}: {RAW}")
                raw.append(together(server, f"raw{number}", 0, seconds))
                for count in REPLICAS:
                    progress(f"round {number} of {rounds}: {count} replica(s)")
                    ours[count].append(together(server, f"ours{number}_{count}", count, seconds))
    except NoPostgresError as reason:
        progress("")
        return [Figure(label=f"not measured: {reason}", value=0, unit="")]
    progress("")
    return compared(raw, ours, len(os.sched_getaffinity(0)))


def compared(raw: list[float], ours: dict[int, list[float]], cores: int) -> list[Figure]:
    """`cores` are those of this machine: replicas, driver and server share them."""
    limit, one = statistics.median(raw), statistics.median(ours[1])
    best = max(ours, key=lambda count: statistics.median(ours[count]))
    figures = [figure(RAW, raw, "turns/s")]
    for count, rates in ours.items():
        target = {"target": "≥ 1 ×", "met": statistics.median(rates) >= limit} if count == best else {}
        figures.append(figure(f"huiyin, {count} replica(s)", rates, "turns/s", rival=RAW, rival_value=limit, **target))
    two = statistics.median(ours[2])
    shown = two >= 1.6 * one or None if cores < 4 else two >= 1.6 * one
    label, rival = f"two replicas by one, {cores} cores for all", "1 replica"
    figures.append(
        figure(label, ours[2], "turns/s", rival=rival, rival_value=one, target="≥ 1.6 × where cores allow", met=shown)
    )
    return figures


def together(server: Server, name: str, replicas: int, seconds: float) -> float:
    """Turns per second of all replicas over one new database; of the bare driver where `replicas` is 0."""
    url, spawn = server.new_database(name), multiprocessing.get_context("spawn")
    count = max(replicas, 1)
    with spawn.Manager() as manager, ProcessPoolExecutor(count, mp_context=spawn) as children:
        return _together(manager, children, url, replicas, seconds)


def _together(manager: SyncManager, children: ProcessPoolExecutor, url: str, replicas: int, seconds: float) -> float:
    if not replicas:
        return children.submit(converse, RawPostgres(url), Load(CHATS, seconds, 0.5), manager.Barrier(1)).result()
    children.submit(prepare, url).result()
    load, ready = Load(CHATS // replicas, seconds, 0.5), manager.Barrier(replicas)
    running = [children.submit(converse, Huiyin(url, number, replicas), load, ready) for number in range(replicas)]
    return sum(child.result() for child in running)


def prepare(url: str) -> None:
    """Migrate and seed, so that the replicas only open it."""
    with tempfile.TemporaryDirectory(dir=FOLDER) as place:
        asyncio.run(_opened_and_closed(Huiyin(url), Path(place) / "bench"))


async def _opened_and_closed(subject: Subject, path: Path) -> None:
    await subject.start(path)
    await subject.stop()


def converse(subject: Subject, load: Load, ready: Barrier) -> float:
    """In a child process: start, wait for the others, then hold the conversations."""

    async def run(path: Path) -> float:
        await subject.start(path)
        await asyncio.to_thread(ready.wait)
        try:
            return await turns_per_second(subject, load)
        finally:
            await subject.stop()

    with tempfile.TemporaryDirectory(dir=FOLDER) as place:
        return asyncio.run(run(Path(place) / "bench"))
