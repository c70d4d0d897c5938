"""`huiyin serve` in a process of its own on the simulated Bot API: killed while it polls, nothing is lost or doubled."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.house_under_test import House
from tests.simulators.telegram.server import Server
from tests.simulators.telegram.service import TOKEN

USER = 4242
KILLS = 3
SECRET = "the-secret_of-the-webhook"


@asynccontextmanager
async def served(config: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process; it is killed at the end if it still runs."""
    nothing = asyncio.subprocess.DEVNULL
    command = [sys.executable, "-m", "bot", "serve", "--config", str(config)]
    environment = {**os.environ, "HUIYIN_SERVER__PORT": str(port)}
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=nothing, stderr=nothing)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not true():  # noqa: ASYNC110  (what happens, happens in another process)
            await asyncio.sleep(0.02)


def heard(server: Server) -> list[str]:
    return [sight.text for sight in server.service.room(USER).seen if sight.mine]


async def heard_as_often(server: Server, said: int) -> None:
    await until(lambda: len(heard(server)) >= said)


async def test_killed_while_it_polls_nothing_is_lost_or_doubled(
    tmp_path: Path, template: Path, unused_tcp_port: int
) -> None:
    server = Server()
    async with server.served() as root:
        quick = {"timeout_seconds": 1, "lease_seconds": 5, "holder_seconds": 3}
        telegram = {"token": TOKEN, "api_base": root}
        now = datetime.now(UTC)
        house = await House.open(tmp_path, template, now, telegram=telegram, delivery=quick)
        async with house.app.db.begin(now) as work:
            owner = next(p for p in await work.people.everybody() if p.role == "owner" and len(p.units) == 1)
            await work.people.bind("telegram", str(USER), owner.id)
        await house.close()
        said = 0
        for _ in range(KILLS):
            async with served(tmp_path / "config.toml", unused_tcp_port) as process:
                server.people.say(USER, "帮助")
                said += 1
                await heard_as_often(server, said)
                server.people.say(USER, "帮助")
                said += 1
                await asyncio.sleep(0.01)
                process.send_signal(signal.SIGKILL)
                await process.wait()
        async with served(tmp_path / "config.toml", unused_tcp_port) as process:
            await heard_as_often(server, said)
            await until(lambda: not server.people.waiting)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        answers = len(heard(server))
    assert said <= answers <= said + KILLS, "a reply cut off after it was accepted may come twice, and nothing else"
    assert server.service.wrong == []


@pytest.mark.parametrize("duplicates", [0, 2])
async def test_a_webhook_that_calls_while_nobody_listens_and_calls_twice(
    tmp_path: Path, template: Path, unused_tcp_port: int, duplicates: int
) -> None:
    server = Server(duplicates=duplicates, hurry=10.0)
    async with server.served() as root:
        telegram = {"token": TOKEN, "api_base": root, "mode": "webhook", "webhook_secret": SECRET}
        server_table = {"port": 0, "public_url": "https://desk.example"}
        tables = {"telegram": telegram, "server": server_table, "console": {"access_key": "0123456789abcdef"}}
        now = datetime.now(UTC)
        house = await House.open(tmp_path, template, now, **tables)
        async with house.app.db.begin(now) as work:
            owner = next(p for p in await work.people.everybody() if p.role == "owner" and len(p.units) == 1)
            await work.people.bind("telegram", str(USER), owner.id)
        await house.close()
        server.people.say(USER, "帮助")
        local = f"http://127.0.0.1:{unused_tcp_port}/telegram/webhook"
        server.service.webhook = {"url": local, "secret_token": SECRET}
        await until(lambda: any(server.tries.values()))
        async with served(tmp_path / "config.toml", unused_tcp_port):
            await until(lambda: (server.service.webhook or {}).get("url") == "https://desk.example/telegram/webhook")
            server.service.webhook = {"url": local, "secret_token": SECRET}
            await until(lambda: not server.people.waiting)
            await until(lambda: bool(heard(server)))
            await asyncio.sleep(0.5)
    assert len(heard(server)) == 1
    assert server.service.wrong == []
