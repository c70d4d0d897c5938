"""What /healthz and /readyz answer: whether this process turns, and whether it should be given work."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from bot.app import App
from storage.engine import sqlite_path
from storage.migrations import HEAD

ANSWER_SECONDS = 2.0
"""So long the database and the disks have for their answer."""
OK = "ok"
MEBIBYTE = 1024 * 1024


class Health:
    """The answers change with what happens, not with what is hoped."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._server = app.config.server

    def stalled(self) -> Mapping[str, float]:
        """Parts that have not come round for `server.stalled_seconds`, by their age; empty when all is well."""
        if not self._app.started:
            return {}
        ages = self._app.pulse.ages("intake", "sweeps")
        return {part: age for part, age in ages.items() if age > self._server.stalled_seconds}

    async def checks(self) -> dict[str, str]:
        """`ok` or the reason by check, each within `ANSWER_SECONDS`."""
        asked: dict[str, Callable[[], Awaitable[str]]] = {
            "database": self._database,
            "schema": self._schema,
            "intake": self._intake,
            "sweeps": self._sweeps,
            "disk": self._disk,
        }
        asked |= self._app.readiness
        found = await asyncio.gather(*map(_in_time, asked.values()))
        checks = dict(zip(asked, found, strict=True))
        if self._app.stopping:
            checks["stopping"] = "going down"
        return checks

    async def _database(self) -> str:
        async with self._app.db.read(self._app.clock.now()) as work:
            await work.deadlines.next_due()
        return OK

    async def _schema(self) -> str:
        found = await self._app.db.revision()
        return OK if found == HEAD else f"at {found}, the program needs {HEAD}: run huiyin migrate"

    async def _intake(self) -> str:
        if self._app.stopped:
            return "not running"
        return self._turning("intake")

    async def _sweeps(self) -> str:
        return self._turning("sweeps_done")

    def _turning(self, part: str) -> str:
        age = self._app.pulse.ages(part)[part]
        return OK if age <= self._server.stalled_seconds else f"last pass {age:.0f} s ago"

    async def _disk(self) -> str:
        config = self._app.config
        places = [Path(config.media.folder)]
        if (file := sqlite_path(config.database.url)) is not None:
            places.append(file)
        return await asyncio.to_thread(_room, places, self._server.disk_floor_mb)


def _room(places: list[Path], floor_mb: int) -> str:
    """`ok`, or the first place with less than this free or where nothing can be written."""
    for place in places:
        there = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
        free = shutil.disk_usage(there).free // MEBIBYTE
        if free < floor_mb:
            return f"{free} MiB free for {place.name}, at least {floor_mb} needed"
        if not os.access(there, os.W_OK):
            return f"{place.name} cannot be written"
    return OK


async def _in_time(check: Callable[[], Awaitable[str]]) -> str:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer within {ANSWER_SECONDS:g} s"
    except Exception as error:  # noqa: BLE001  (whatever keeps it from answering is the answer)
        return type(error).__name__
