"""What systemd hears from us: ready, alive as long as we turn, going down."""

import asyncio
import socket
from pathlib import Path

import pytest

from bot import supervisor


class Turning:
    def __init__(self) -> None:
        self.ages: dict[str, float] = {}

    def stalled(self) -> dict[str, float]:
        return self.ages


async def test_it_hears_of_us_until_we_stall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(str(tmp_path / "notify"))
    heard.setblocking(False)

    def said() -> list[str]:
        words = []
        while True:
            try:
                words.append(heard.recv(100).decode())
            except BlockingIOError:
                return words

    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "100000")
    health = Turning()
    async with supervisor.supervised(health):  # type: ignore[arg-type]
        await asyncio.sleep(0.3)
        words = said()
        assert words[0] == "READY=1"
        assert words[1:]
        assert set(words[1:]) == {"WATCHDOG=1"}
        health.ages = {"sweeps": 31.0}
        await asyncio.sleep(0.1)
        said()
        await asyncio.sleep(0.2)
        assert said() == []
    assert said() == ["STOPPING=1"]
    heard.close()


async def test_without_systemd_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    real = socket.socket
    monkeypatch.setattr(socket, "socket", lambda *how: opened.append(1) or real(*how))
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    supervisor.notify("READY=1")
    assert opened == []
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    supervisor.notify("READY=1")  # nobody listens there, and nothing is raised
    assert opened == [1]
