"""A house served over real HTTP, and a `huiyin serve` in a process of its own."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.web import make_web
from storage.media import MediaStore
from tests.house_under_test import House


@dataclass
class Served:
    house: House
    client: aiohttp.ClientSession
    root: str

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.client.get(self.root + path) as answer:
            return answer.status, await (answer.json() if answer.content_type == "application/json" else answer.text())

    async def figures(self) -> dict[str, float]:
        """What /metrics says: each sample with its labels."""
        status, text = await self.get("/metrics")
        assert status == 200
        samples = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in samples}


Serve = Callable[..., Any]


@pytest.fixture
async def serve_house(tmp_path: Path, template: Path) -> AsyncIterator[Serve]:
    """`await serve_house(server={…})`: a started house with the console on, behind HTTP on loopback."""
    opened: list[Any] = []

    async def serve(*, start: bool = True, **tables: Any) -> Served:
        house = await House.open(tmp_path, template, **tables)
        runner = web.AppRunner(await make_web(house.app, MediaStore(tmp_path / "media")), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        if start:
            house.app.start()
        assert site._server is not None
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        client = aiohttp.ClientSession()
        opened.append((house, runner, client))
        return Served(house, client, f"http://127.0.0.1:{port}")

    yield serve
    for house, runner, client in opened:
        await client.close()
        await runner.cleanup()
        await house.app.stop()
        await house.close()
