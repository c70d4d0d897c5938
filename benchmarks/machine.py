"""What the figures depend on: the machine, the interpreter, and what it costs to make a write durable."""

import os
import platform
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.durable import settings_in_force

SYNCS = 200


@dataclass(frozen=True)
class Machine:
    system: str
    cores: int
    python: str
    sqlite: str
    fsync_ms: float
    load_before: float
    load_after: float


def describe(folder: Path) -> Machine:
    """Look at this machine; `folder` is on the disk that the benchmark writes to."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        sqlite = settings_in_force(Path(scratch) / "settings.db")
        fsync_ms = median_fsync_ms(Path(scratch) / "sync")
    system, load = f"{platform.system()} {platform.machine()}", load_average()
    return Machine(system, cores, platform.python_version(), sqlite, fsync_ms, load, load)


def load_average() -> float:
    """Of the last minute: what else the machine was doing."""
    return os.getloadavg()[0]


def median_fsync_ms(path: Path) -> float:
    """Milliseconds for appending 4 KiB and syncing it."""
    block = b"\0" * 4096
    costs = []
    with path.open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            begun = time.perf_counter()
            file.write(block)
            os.fsync(file.fileno())
            costs.append(time.perf_counter() - begun)
    return statistics.median(costs) * 1000
