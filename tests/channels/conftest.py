"""A console on a real server, and somebody to talk to it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.console import ConsoleSettings, add_console
from bot.clock import MovableClock
from tests.channels.console_desk import STARTS_AT, MemoryDesk

KEY = b"0123456789abcdef0123456789abcdef"


def keys() -> tuple[bytes, ...]:
    return (KEY,)


Client = TestClient[web.Request, web.Application]
OpenConsole = Callable[..., Any]


class HandClock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.fixture
def wall() -> MovableClock:
    return MovableClock(frozen_at=STARTS_AT)


@pytest.fixture
def seconds() -> HandClock:
    return HandClock()


@pytest.fixture
async def open_console(desk: MemoryDesk, wall: MovableClock, seconds: HandClock) -> AsyncIterator[OpenConsole]:
    async with AsyncExitStack() as stack:

        async def make(**settings: Any) -> Client:
            app = web.Application()
            add_console(
                app, desk, ConsoleSettings(cookie_keys=keys, link_keys=keys, clock=wall, monotonic=seconds, **settings)
            )
            return await stack.enter_async_context(TestClient(TestServer(app)))

        yield make


@pytest.fixture
async def console(open_console: OpenConsole) -> Client:
    client: Client = await open_console()
    return client


@pytest.fixture
def an_hour_later(wall: MovableClock) -> Callable[[], None]:
    return lambda: wall.move_to(wall.now() + timedelta(hours=1, minutes=1))
