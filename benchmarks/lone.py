"""How long one person alone waits: from saying something until the reply stands in their list, committed."""

import asyncio
import multiprocessing
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.conversation import SCRIPT
from benchmarks.figure import Figure
from benchmarks.huiyin import Huiyin
from benchmarks.place import FOLDER
from benchmarks.postgres import NoPostgresError, throwaway_server

NAME = "A lone message, from accepted to its reply visible"
PAUSE = 0.02
"""Between two messages: the person is alone, the house idle."""
TARGET_MS = 20.0


def run(quick: bool) -> list[Figure]:
    messages = 200 if quick else 1_000
    figures = waits("SQLite", measured("", messages))
    try:
        with throwaway_server() as server:
            return figures + waits("PostgreSQL", measured(server.new_database("lone"), messages))
    except NoPostgresError as reason:
        return [*figures, Figure(label=f"not measured: {reason}", value=0, unit="")]


def waits(database: str, took: list[float]) -> list[Figure]:
    """Median and 99th percentile of these milliseconds."""
    median, slow = statistics.median(took), statistics.quantiles(took, n=100)[98]
    ends = {"lowest": min(took), "highest": max(took)}
    return [
        Figure(label=f"{database}: median", value=median, unit="ms", **ends, target="< 20 ms", met=median < TARGET_MS),
        Figure(label=f"{database}: 99th percentile", value=slow, unit="ms"),
    ]


def measured(url: str, messages: int) -> list[float]:
    """Milliseconds of each message, held in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as child:
        return child.submit(converse, url, messages).result()


def converse(url: str, messages: int) -> list[float]:
    async def run(path: Path) -> list[float]:
        subject, took = Huiyin(url), []
        await subject.start(path)
        for number in range(messages):
            begun = time.perf_counter()
            await subject.say(1, SCRIPT[number % len(SCRIPT)])
            took.append((time.perf_counter() - begun) * 1000)
            await asyncio.sleep(PAUSE)
        await subject.stop()
        return took

    with tempfile.TemporaryDirectory(dir=FOLDER) as place:
        return asyncio.run(run(Path(place) / "bench"))
