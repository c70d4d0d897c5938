"""Server-sent events: who has something new, and that the clock was moved; the page fetches the rest itself."""

import json
from collections.abc import Mapping
from contextlib import suppress

from aiohttp import web

from bot.channels.console.answers import SignIn, TooFast
from bot.channels.console.port import Desk
from bot.channels.console.sessions import Sessions

HEARTBEAT_SECONDS = 15.0
MOST_STREAMS = 200
STREAM_HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Events:
    def __init__(self, desk: Desk, sessions: Sessions, headers: Mapping[str, str]) -> None:
        self._desk = desk
        self._sessions = sessions
        self._headers = headers

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Send `messages` and `clock` events until the page goes away or the server goes down."""
        only = self._sessions.person_id(request)
        if not self._desk.demo and only is None:
            raise SignIn("open a session with a one-time code first")
        if len(self._desk.changes) >= MOST_STREAMS:
            raise TooFast("too many pages are open", 10)
        response = web.StreamResponse(headers={**self._headers, **STREAM_HEADERS})
        with self._desk.changes.subscribe() as subscription, suppress(ConnectionError):
            await response.prepare(request)
            await response.write(b"retry: 2000\nevent: hello\ndata: {}\n\n")
            while not subscription.closed and not _left(request):
                latest, clock_moved = await subscription.news(HEARTBEAT_SECONDS)
                seen = latest if only is None else {p: last for p, last in latest.items() if p == only}
                await response.write(_events(seen, clock_moved) or b": here\n\n")
        return response


def _left(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _events(latest: Mapping[str, int], clock_moved: bool) -> bytes:
    lines = []
    if latest:
        lines.append(f"event: messages\ndata: {json.dumps(latest, ensure_ascii=True)}\n\n")
    if clock_moved:
        lines.append("event: clock\ndata: {}\n\n")
    return "".join(lines).encode()
