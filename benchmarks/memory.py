"""Benchmark (e): resident memory after an hour's worth of traffic, and whether it still grows.

An hour at 20 messages a second is 72,000 turns. They are driven as fast as they go, through the whole app on SQLite;
memory is read at a third, at two thirds and at the end, garbage collected and freed pages given back each time.
"""

import asyncio
import ctypes
import gc
import logging
import multiprocessing
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.conversation import SCRIPT
from benchmarks.figure import Figure
from benchmarks.huiyin import Huiyin
from benchmarks.place import FOLDER, progress

NAME = "Memory after an hour's worth of traffic"
HOUR = 20 * 3600
"""Turns: 20 messages a second."""
QUICK_SHARE = 1 / 20
CHATS = 32
MOST_GROWTH = 0.03
"""From the first third to the end; what a run of this length cannot tell from noise."""
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Memory:
    """Megabytes (10^6 bytes) before the first turn and at each third."""

    started: float
    thirds: tuple[float, ...]
    turns: int
    seconds: float


def run(quick: bool) -> list[Figure]:
    turns = int(HOUR * (QUICK_SHARE if quick else 1))
    progress(f"memory: {turns:,} turns")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as child:
        memory = child.submit(measure, turns, FOLDER).result()
    progress("")
    first, _, last = memory.thirds
    share = f"{turns:,} turns" + (", 1/20 of an hour" if quick else ", an hour at 20 a second")
    # A short run is still filling its caches: it can show the figure, not the absence of growth.
    met = None if quick else last <= first * (1 + MOST_GROWTH)
    return [
        Figure(label="resident before the first turn", value=memory.started, unit="MB"),
        Figure(label=f"resident after {share}", value=last, unit="MB", lowest=first, highest=max(memory.thirds)),
        Figure(
            label="growth from the first third to the end",
            value=(last / first - 1) * 100,
            unit="%",
            target=f"≤ {MOST_GROWTH:.0%}",
            met=met,
        ),
        Figure(label="driven at", value=memory.turns / memory.seconds, unit="turns/s"),
    ]


def measure(turns: int, folder: Path) -> Memory:
    """Drive this many turns on a fresh store below `folder`; runs in a child process of its own."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(dir=folder) as store:
        return asyncio.run(_drive(Path(store) / "bench.db", turns))


async def _drive(path: Path, turns: int) -> Memory:
    subject = Huiyin()
    await subject.start(path)
    try:
        started, begun = resident_mb(), time.monotonic()
        each = turns // 3 // CHATS // len(SCRIPT)
        thirds = []
        for _ in range(3):
            await _talk(subject, each)
            thirds.append(resident_mb())
        return Memory(started, tuple(thirds), 3 * each * CHATS * len(SCRIPT), time.monotonic() - begun)
    finally:
        await subject.stop()


async def _talk(subject: Huiyin, conversations: int) -> None:
    async def converse(chat: int) -> None:
        for _ in range(conversations):
            for text in SCRIPT:
                await subject.say(chat, text)

    async with asyncio.TaskGroup() as tasks:
        for chat in range(1, CHATS + 1):
            tasks.create_task(converse(chat))


def resident_mb() -> float:
    """What the process holds when what it no longer needs has been given back (Linux)."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE / 1e6
