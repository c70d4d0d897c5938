"""A console on a real server in a thread of its own, and Chromium to look at it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiohttp import web

from bot.channels.console import ConsoleSettings, add_console
from tests.channels.conftest import keys
from tests.channels.console_desk import MemoryDesk

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
QUIETER = ("--disable-sync", "--no-first-run")
WIDE = {"viewport": {"width": 1440, "height": 900}}


class ServedConsole:
    """The server can be stopped and started again on the same port, as after a deploy."""

    def __init__(self, desk: MemoryDesk) -> None:
        self.desk = desk
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self._runner: web.AppRunner | None = None
        self.port = 0

    def call(self, done: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(done, self.loop).result(20)

    def start(self) -> None:
        self.call(self._start())

    async def _start(self) -> None:
        app = web.Application()
        add_console(app, self.desk, ConsoleSettings(cookie_keys=keys, link_keys=keys))
        self._runner = web.AppRunner(app, shutdown_timeout=2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    def stop(self) -> None:
        if self._runner:
            self.call(self._runner.cleanup())
        self._runner = None

    def tell(self, person_id: str, text: str, **rest: Any) -> int:
        async def tell() -> int:
            return self.desk.tell(person_id, text, **rest)

        number: int = self.call(tell())
        return number

    def close(self) -> None:
        self.stop()
        self.call(asyncio.sleep(0.1))  # lets the connections that the browser has dropped close themselves
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.fixture
def served(desk: MemoryDesk) -> Iterator[ServedConsole]:
    console = ServedConsole(desk)
    console.start()
    yield console
    console.close()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """One Chromium a module: while it lives its driver holds the thread's event loop, which other tests need."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=[*QUIET, *QUIETER])
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any, served: ServedConsole) -> Iterator[Callable[..., Any]]:
    """Open the page; whatever the browser complains of fails the test, the policy's refusals above all."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def make(path: str = "", **options: Any) -> Any:
        context = browser.new_context(**(options or WIDE))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: line.type == "error" and complaints.append(line.text))
        page.goto(served.address + path)
        return page

    make.complaints = complaints  # type: ignore[attr-defined]
    yield make
    for context in contexts:
        context.close()
    expected = ("Failed to load resource", "net::ERR")
    assert [line for line in complaints if not any(part in line for part in expected)] == []
