"""Stories in a real process that is killed (SIGKILL) in the middle of its work and started again: nothing lost or doubled."""

import asyncio
import os
import random
import re
import shutil
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.app import CLOCK_STANDS
from storage.database import Database
from tests.stories.play import Player, Story
from tests.stories.stages import HttpStage
from tests.stories.test_stories import FILES, start

SEED = int(os.environ.get("HUIYIN_SEED", datetime.now(UTC).timetuple().tm_yday))
"""Another sample every day; printed, and set by HUIYIN_SEED to repeat one."""
IN_A_RUN = 2
KILLS = 0.25
"""How likely a message is followed by a kill before anybody can know whether it was handled."""


class Process:
    """`huiyin demo` on one database file; `kill` gives it no chance to finish anything."""

    def __init__(self, db: Path) -> None:
        self._db = db
        self._process: asyncio.subprocess.Process | None = None
        self.root = ""

    async def start(self) -> None:
        command = [sys.executable, "-m", "bot", "demo", "--port", "0", "--db", str(self._db)]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=nothing, env=environment)
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, f"the demo said {line!r}"
        self.root = found.group()

    async def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


class KilledStage(HttpStage):
    """Through HTTP; now and then the process is killed right after it has accepted a message."""

    def __init__(self, client: aiohttp.ClientSession, process: Process, dice: random.Random, likely: float) -> None:
        super().__init__(client, process.root)
        self._process = process
        self._dice = dice
        self._likely = likely
        self.kills = 0

    async def say(self, person: str, *, text: str = "", press: str = "", message: int = 0, photos: int = 0) -> None:
        await self.send(person, text=text, press=press, message=message, photos=photos)
        if self._dice.random() < self._likely:
            self.kills += 1
            await self._process.kill()
            await self._process.start()
            self._root = self._process.root
        await self.advance(timedelta(0))


async def played(story: Story, folder: Path, template: Path, dice: random.Random, likely: float) -> list[str]:
    """All that everybody was told, sorted; kills on the way are printed."""
    folder.mkdir()
    shutil.copyfile(template, folder / "demo.db")
    await set_clock(folder / "demo.db", start(story))
    process = Process(folder / "demo.db")
    await process.start()
    try:
        async with aiohttp.ClientSession() as client:
            stage = KilledStage(client, process, dice, likely)
            player = Player(stage)
            await player.play(story)
            print(f"{story.title}: killed {stage.kills} times")
            heard = {str(person["id"]): await stage.messages(str(person["id"]), 0) for person in player.cast}
    finally:
        await process.kill()
    return sorted(f"{who}: {m.text}" for who, messages in heard.items() for m in messages)


async def set_clock(db: Path, now: datetime) -> None:
    """Let the demo's clock stand at the story's beginning when it starts."""
    database = await Database.open(f"sqlite+aiosqlite:///{db}")
    async with database.begin(now) as work:
        work.settings.set(CLOCK_STANDS, now.isoformat())
    await database.close()


def sample() -> list[Path]:
    """Stories of the default configuration that this run plays; all of them under `make soak`."""
    plain = [file for file in FILES if not Story.read(file).config]
    if os.environ.get("HUIYIN_SOAK") == "1":
        return plain
    return random.Random(SEED).sample(plain, IN_A_RUN)


@pytest.mark.parametrize("file", sample(), ids=lambda file: file.stem)
async def test_a_killed_process_loses_and_doubles_nothing(file: Path, tmp_path: Path, template: Path) -> None:
    print(f"seed {SEED}")
    story = Story.read(file)
    calm = await played(story, tmp_path / "calm", template, random.Random(SEED), 0.0)
    killed = await played(story, tmp_path / "killed", template, random.Random(SEED), KILLS)
    assert killed == calm
