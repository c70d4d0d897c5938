"""Drive a subject: every chat says its next line as soon as its own reply has arrived."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.conversation import SCRIPT
from benchmarks.entrants import ENTRANTS
from benchmarks.subject import Subject


class WorkMissingError(RuntimeError):
    """The store holds fewer (or more) complaints than the conversations that were finished."""


@dataclass(frozen=True)
class Load:
    """Times are seconds; turns during the warm-up do not count."""

    chats: int
    seconds: float
    warm_up: float


async def turns_per_second(subject: Subject, load: Load) -> float:
    """Raises WorkMissingError when the complaints in the store do not match what was said."""
    opens = time.perf_counter() + load.warm_up
    closes = opens + load.seconds
    counted = finished = 0

    async def converse(chat: int) -> None:
        nonlocal counted, finished
        while True:
            for text in SCRIPT:
                await subject.say(chat, text)
                now = time.perf_counter()
                counted += opens <= now < closes
                finished += text is SCRIPT[-1]
                if now >= closes:
                    return

    async with asyncio.TaskGroup() as tasks:
        for chat in range(1, load.chats + 1):
            tasks.create_task(converse(chat))
    if (filed := await subject.filed()) != finished:
        raise WorkMissingError(f"{finished} conversations finished, {filed} complaints filed")
    return counted / load.seconds


def measure(name: str, load: Load, folder: Path) -> float:
    """Measure one entrant on a fresh store below `folder`; runs in a child process of its own."""

    async def run(path: Path) -> float:
        subject = ENTRANTS[name].create()
        await subject.start(path)
        try:
            return await turns_per_second(subject, load)
        finally:
            await subject.stop()

    with tempfile.TemporaryDirectory(dir=folder) as store:
        return asyncio.run(run(Path(store) / "bench.db"))
