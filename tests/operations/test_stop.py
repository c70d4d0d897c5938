"""SIGTERM to a real process under load: it says so, takes nothing new, loses nothing, and is gone in time with code 0."""

import asyncio
import os
import re
import shutil
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from storage.database import Database
from storage.tables.messages import console_messages, inbox

BOUND = 8
"""server.shutdown_seconds of the process under test."""
CROWD = 12


class Desk:
    """`huiyin demo` on a database of its own."""

    def __init__(self, db: Path, seconds: int = BOUND) -> None:
        self.db = db
        self._seconds = seconds
        self.process: Any = None
        self.root = ""

    async def start(self) -> None:
        command = [sys.executable, "-m", "bot", "demo", "--port", "0", "--db", str(self.db)]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "HUIYIN_SERVER__SHUTDOWN_SECONDS": str(self._seconds)}
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=environment)
        line = (await self.process.stdout.readline()).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, line + (await self.process.stderr.read()).decode()
        self.root = found.group()

    async def stop(self) -> tuple[int, float]:
        """Its exit code, and how many seconds it took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return await self.process.wait(), time.monotonic() - started


@pytest.fixture
async def desk(tmp_path: Path, template: Path) -> Any:
    shutil.copyfile(template, tmp_path / "demo.db")
    desk = Desk(tmp_path / "demo.db")
    yield desk
    if desk.process is not None and desk.process.returncode is None:
        desk.process.kill()
        await desk.process.wait()


async def test_nothing_is_lost_when_it_is_stopped_under_load(desk: Desk) -> None:
    await desk.start()
    accepted: set[str] = set()
    refused: set[int] = set()
    async with aiohttp.ClientSession() as client:
        async with client.get(f"{desk.root}/api/people") as answer:
            people = [person["id"] for person in await answer.json() if person["role"] == "owner"][:CROWD]

        async def talk(person: str) -> None:
            for number in range(10_000):
                said = f"{person}-{number}"
                body = {"text": "帮助", "client_id": said}
                try:
                    async with client.post(f"{desk.root}/api/people/{person}/messages", json=body) as answer:
                        if answer.status == 202:
                            accepted.add(said)
                        else:
                            refused.add(answer.status)
                            await asyncio.sleep(0.05)
                except aiohttp.ClientError:
                    return

        talking = [asyncio.create_task(talk(person)) for person in people]
        await asyncio.sleep(1)
        code, seconds = await desk.stop()
        await asyncio.wait_for(asyncio.gather(*talking), 5)
    assert code == 0, (await desk.process.stderr.read()).decode()
    assert seconds < BOUND
    assert refused <= {429, 503}
    assert len(accepted) > CROWD
    assert await said_in(desk.db) == accepted
    assert await unanswered_in(desk.db) == 0  # what was accepted before the signal was answered after it
    assert "Traceback" not in (await desk.process.stderr.read()).decode()


async def said_in(db: Path) -> set[str]:
    database = await Database.open(f"sqlite+aiosqlite:///{db}")
    async with database.engine.connect() as connection:
        found = await connection.execute(
            select(console_messages.c.client_id).where(console_messages.c.client_id.is_not(None))
        )
        said = list(found.scalars())
    await database.close()
    assert len(said) == len(set(said))
    return set(said)


async def unanswered_in(db: Path) -> int:
    database = await Database.open(f"sqlite+aiosqlite:///{db}")
    async with database.engine.connect() as connection:
        left = len((await connection.execute(select(inbox.c.id).where(inbox.c.state != "done"))).all())
    await database.close()
    return left


def upload_that_never_ends(desk: Desk, person: str) -> socket.socket:
    """Hold a request in hand: its body is announced and does not come."""
    host, port = desk.root.removeprefix("http://").split(":")
    held = socket.create_connection((host, int(port)))
    held.sendall(
        f"POST /api/people/{person}/messages HTTP/1.1\r\nHost: {host}:{port}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{".encode()
    )
    return held


async def test_it_is_not_ready_at_once_and_gone_in_time_though_a_request_hangs(desk: Desk) -> None:
    await desk.start()
    seen: list[int] = []
    async with aiohttp.ClientSession() as client:
        async with client.get(f"{desk.root}/api/people") as answer:
            person = (await answer.json())[0]["id"]
        with upload_that_never_ends(desk, person):
            await asyncio.sleep(0.2)
            stopping = asyncio.create_task(desk.stop())
            await asyncio.sleep(0.05)
            while not stopping.done():
                try:
                    async with client.get(f"{desk.root}/readyz") as answer:
                        seen.append(answer.status)
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
            code, seconds = await stopping
    assert code == 0
    assert 1 < seconds < BOUND
    assert set(seen) <= {503}


async def test_a_second_signal_ends_it_at_once(desk: Desk) -> None:
    await desk.start()
    async with aiohttp.ClientSession() as client, client.get(f"{desk.root}/api/people") as answer:
        person = (await answer.json())[0]["id"]
    with upload_that_never_ends(desk, person):
        await asyncio.sleep(0.2)
        desk.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        assert desk.process.returncode is None
        code, seconds = await desk.stop()
    assert code == 128 + signal.SIGTERM
    assert seconds < 0.5
