"""Nobody holds a connection by being slow, and nobody who takes long over something else is sent away."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.patience import Patience

HEAD = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n"


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


async def long_poll(_: web.Request) -> web.Response:
    await asyncio.sleep(0.8)
    return web.Response(text="late")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    patience = Patience(head_seconds=0.3, body_seconds=0.3)
    app = web.Application(middlewares=[patience.middleware()])
    app.router.add_post("/", echo)
    app.router.add_get("/", long_poll)
    runner = web.AppRunner(app)
    await runner.setup()
    assert runner.server is not None
    listener = await asyncio.get_running_loop().create_server(patience.listening(runner.server), "127.0.0.1", 0)
    yield listener.sockets[0].getsockname()[1]
    listener.close()
    await runner.cleanup()


async def said(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """What comes back until the connection ends, or nothing more comes for a second and a half."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = b""
    try:
        async with asyncio.timeout(1.5):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
            while piece := await reader.read(65536):
                heard += piece
        return heard + b"<closed>"
    except ConnectionError:
        return heard + b"<closed>"
    except TimeoutError:
        return heard + b"<open>"
    finally:
        writer.close()


@pytest.mark.parametrize("parts", [(), (b"P",), (HEAD,), tuple(bytes([b]) for b in HEAD)])
async def test_a_head_that_does_not_come_ends_the_connection(port: int, parts: tuple[bytes, ...]) -> None:
    assert await said(port, *parts, pause=0.05) == b"<closed>"


async def test_a_body_that_does_not_come_is_answered_408(port: int) -> None:
    heard = await said(port, HEAD + b"\r\nabc")
    assert heard.startswith(b"HTTP/1.1 408")
    assert b"the body took too long" in heard


async def test_a_body_in_time_and_a_long_poll_are_served(port: int) -> None:
    heard = await said(port, HEAD + b"\r\n", b"0123", b"456789", pause=0.05)
    assert heard.startswith(b"HTTP/1.1 200")
    assert heard.endswith(b"0123456789<open>")
    polled = await said(port, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert polled.endswith(b"late<open>")
