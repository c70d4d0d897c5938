"""Nobody holds a connection by being slow: a head within `head_seconds`, a body within `body_seconds`.

Between two requests of one connection the keep-alive limit counts.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Middleware
    from aiohttp.web_protocol import RequestHandler

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

KEEP_ALIVE_SECONDS = 75.0


class Patience:
    """Which connections have shown no whole head so far, and when they end."""

    def __init__(self, head_seconds: float, body_seconds: float) -> None:
        self._head_seconds = head_seconds
        self._body_seconds = body_seconds
        self._silent: dict[asyncio.BaseProtocol, asyncio.TimerHandle] = {}

    def listening(self, server: "web.Server") -> "Callable[[], RequestHandler]":
        """The server as a protocol factory whose connections end when no head comes."""

        def connect() -> "RequestHandler":
            handler = server()
            loop = asyncio.get_running_loop()
            self._silent[handler] = loop.call_later(self._head_seconds, self._end, handler)
            return handler

        return connect

    def _end(self, handler: "RequestHandler") -> None:
        del self._silent[handler]
        if handler.transport is not None:
            handler.transport.abort()

    def middleware(self) -> "Middleware":
        """What reads a body that is still not here then gets a 408; one that answers without reading is left alone."""

        @web.middleware
        async def patient(request: web.Request, handler: Handler) -> web.StreamResponse:
            ends = self._silent.pop(request.protocol, None)
            if ends is not None:
                ends.cancel()
            if request.content.is_eof():
                return await handler(request)
            late = web.HTTPRequestTimeout(text="the body took too long")
            loop = asyncio.get_running_loop()
            gives_up = loop.call_later(self._body_seconds, _give_up, request, late)
            try:
                return await handler(request)
            finally:
                gives_up.cancel()

        return patient


def _give_up(request: web.Request, late: web.HTTPRequestTimeout) -> None:
    if not request.content.is_eof():
        request.content.set_exception(late)
