"""A chat service over HTTP that is strict about its limits and can be made to misbehave; and a sender for it.

It stands for no real service: it has what delivery must cope with anywhere. A token bucket for the account, for every
chat and for every group (`g…`), 429 with `retry_after`, refusals, edits, idempotency keys where it is told to take them,
and faults on request: 5xx, an answer that never comes, a connection reset before or after the message was taken.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
from aiohttp import web

from bot.rates import Bucket
from bot.sending import Later, Outcome, Rate, Refused, Sent, Unknown
from storage.ledger import Sendable

Fault = Literal["500", "429", "hang", "reset", "reset_after"]
LONGEST = 4096
WHOLE, CHAT, GROUP = Rate(30, 1.0, 30), Rate(1, 1.0, 3), Rate(20, 60.0, 20)
"""What the service permits."""
OUR_WHOLE, OUR_CHAT, OUR_GROUP = (Rate(29.5, 1.0, 8),), (Rate(1, 1.0, 2),), (Rate(20, 60.0, 5),)
"""What the sender allows itself."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the service took; `edits` is the id of the one it replaces."""

    id: int
    chat: str
    text: str
    key: str
    edits: int | None
    at: float


@dataclass
class Post:
    """The service. `taken` is what people see; `faults` are used up, one a call, `dice` may order more of them."""

    whole: Rate = WHOLE
    chat: Rate = CHAT
    group: Rate = GROUP
    keys: bool = False
    now: Callable[[], float] = time.time
    taken: list[Taken] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)
    faults: deque[Fault] = field(default_factory=deque)
    dice: Callable[[], Fault | None] = lambda: None
    answers: Counter[int] = field(default_factory=Counter)
    """What it answered by itself, ordered faults aside, by status."""
    wrong: list[str] = field(default_factory=list)
    """What no honest client does: malformed calls, edits of unknown messages, calls during a `retry_after`."""
    _buckets: dict[str, Bucket] = field(default_factory=dict)
    _known: dict[str, int] = field(default_factory=dict)
    _resting: dict[str, float] = field(default_factory=dict)

    def texts(self, chat: str) -> list[str]:
        return [message.text for message in self.taken if message.chat == chat]

    def take(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer to one call."""
        status, answer = self._take(body)
        self.answers[status] += 1
        return status, answer

    def _take(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        chat, text, key, edits = body.get("chat"), body.get("text"), str(body.get("key")), body.get("edits")
        if not isinstance(chat, str) or not isinstance(text, str) or not 0 < len(text) <= LONGEST:
            self.wrong.append(f"malformed: {body}")
            return 400, {"error": "malformed"}
        if chat in self.blocked:
            return 403, {"error": "blocked"}
        if self.keys and key in self._known:
            return 200, {"id": self._known[key]}
        now = self.now()
        if wait := self._wait(chat, now):
            return 429, {"error": "flood", "retry_after": wait}
        if edits is not None and not any(m.id == edits and m.chat == chat for m in self.taken):
            self.wrong.append(f"no such message: {body}")
            return 400, {"error": "no such message"}
        message = Taken(len(self.taken) + 1, chat, text, key, edits, now)
        self.taken.append(message)
        self._known[key] = message.id
        return 200, {"id": message.id}

    def _wait(self, chat: str, now: float) -> float:
        """Seconds to wait, 0 if it may pass; who asks again before they are over is noted."""
        if now < self._resting.get(chat, 0.0):
            self.wrong.append(f"{chat} did not wait")
        kinds = {"": self.whole, chat: self.group if chat.startswith("g") else self.chat}
        buckets = [self._buckets.setdefault(name, Bucket(rate)) for name, rate in kinds.items()]
        wait = max(bucket.ready_at() for bucket in buckets) - now
        if wait > 1e-6:
            self._resting[chat] = now + wait
            return wait
        for bucket in buckets:
            bucket.take(now)
        return 0.0

    async def answer(self, request: web.Request) -> web.Response:
        fault = self.faults.popleft() if self.faults else self.dice()
        match fault:
            case "500":
                return web.json_response({"error": "internal"}, status=500)
            case "429":
                return web.json_response({"error": "flood", "retry_after": 1.0}, status=429)
            case "hang":
                await asyncio.sleep(3600)
            case "reset":
                _cut(request)
        status, body = self.take(await request.json())
        if fault == "reset_after":
            _cut(request)
        return web.json_response(body, status=status)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """Its address while it listens."""
        application = web.Application()
        application.router.add_post("/send", self.answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server: Any = site._server
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            await runner.cleanup()


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


@dataclass
class PostSender:
    """The client of the service at `root`; without one the service is called in memory, for virtual time."""

    post: Post | None = None
    root: str = ""
    channel: str = "post"
    takes_keys: bool = False
    limits: tuple[Rate, ...] = OUR_WHOLE
    _client: aiohttp.ClientSession | None = None

    def limits_of(self, address: str) -> tuple[Rate, ...]:
        return OUR_GROUP if address.startswith("g") else OUR_CHAT

    async def send(self, message: Sendable) -> Outcome:
        edits = int(message.target) if message.target is not None else None
        text = message.text[:LONGEST] or "—"
        body = {"chat": message.address, "text": text, "key": message.idempotency_key, "edits": edits}
        if not self.root:
            assert self.post is not None
            return outcome(*self.post.take(body))
        if self._client is None:
            self._client = aiohttp.ClientSession()
        try:
            async with self._client.post(f"{self.root}/send", json=body) as answer:
                return outcome(answer.status, await answer.json())
        except aiohttp.ClientConnectorError:
            return Later("unreachable")
        except (aiohttp.ClientError, ConnectionError):
            return Unknown("connection")

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None


def outcome(status: int, body: dict[str, Any]) -> Outcome:
    match status:
        case 200:
            return Sent(str(body["id"]))
        case 429:
            return Later("429", float(body["retry_after"]))
        case 400 | 403:
            return Refused(str(body["error"]))
    return Later(str(status))
