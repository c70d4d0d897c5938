"""The simulated Bot API over HTTP: polling with its offsets and conflicts, the webhook's sender, and faults to order."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.simulators.telegram.people import People, Queued
from tests.simulators.telegram.service import COUNTED, TOKEN, Refusal, Service

LONGEST_POLL = 50.0
RETRIES = (0.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)


@dataclass
class Server:
    """`served` gives the address. `duplicates`: how many more times each update is sent by the webhook."""

    service: Service = field(default_factory=Service)
    duplicates: int = 0
    hurry: float = 1.0
    """By how much the retries of the webhook are faster than the real ones."""

    def __post_init__(self) -> None:
        self.people = People(self.service, on_news=[self._tell])
        self._news = asyncio.Event()
        self._poller: asyncio.Future[None] | None = None
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None
        self.tries: defaultdict[int, int] = defaultdict(int)

    @asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[str]:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", f"/bot{TOKEN}/{{method}}", self._method)
        app.router.add_get(f"/file/bot{TOKEN}/{{file}}/{{name}}", self._file)
        app.router.add_route("*", "/{rest:.*}", self._nothing)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        listening: Any = site._server
        pushing = asyncio.get_running_loop().create_task(self._push())
        try:
            yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        finally:
            for task in (pushing, *self._sending.values()):
                task.cancel()
            await asyncio.gather(pushing, *self._sending.values(), return_exceptions=True)
            if self._session is not None:
                await self._session.close()
            await runner.cleanup()

    # ------------------------------------------------------------------------------------------------------ calls

    async def _nothing(self, request: web.Request) -> web.Response:
        self.service.wrong.append(f"no such address: {request.path.replace(TOKEN, '…')}")
        return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)

    async def _method(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        parameters, files = await _parameters(request)
        if name == "getUpdates":
            return await self._answered(lambda: self._get_updates(parameters))
        fault = None
        if name in COUNTED:
            fault = self.service.faults.popleft() if self.service.faults else self.service.dice()
        match fault:
            case "500" | "502":
                return web.Response(status=int(fault), text="<html>bad gateway</html>")
            case "429":
                refusal = Refusal(429, "Too Many Requests: retry after 1", retry_after=1)
                return web.json_response(refusal.body(), status=429)
            case "hang":
                await asyncio.sleep(3600)
            case "reset":
                _cut(request)

        async def called() -> Any:
            return self.service.call(name, parameters, files)

        answer = await self._answered(called)
        if fault == "reset_after":
            _cut(request)
        return answer

    @staticmethod
    async def _answered(call: Any) -> web.Response:
        try:
            return web.json_response({"ok": True, "result": await call()})
        except Refusal as refusal:
            return web.json_response(refusal.body(), status=refusal.code)

    async def _file(self, request: web.Request) -> web.Response:
        found = self.service.files.get(request.match_info["file"])
        return web.Response(status=404) if found is None else web.Response(body=found[1])

    # ---------------------------------------------------------------------------------------------------- polling

    async def _get_updates(self, p: dict[str, Any]) -> list[dict[str, Any]]:
        if self.service.webhook is not None:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first")
        if self._poller is not None and not self._poller.done():
            self._poller.set_exception(
                Refusal(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
            )
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        mine.add_done_callback(lambda future: future.exception() if not future.cancelled() else None)
        self._poller = mine
        if p.get("offset"):
            self.people.confirm(int(p["offset"]))
        allowed, limit = p.get("allowed_updates") or [], min(int(p.get("limit", 100)), 100)
        loop = asyncio.get_running_loop()
        ends = loop.time() + min(float(p.get("timeout", 0)), LONGEST_POLL)
        while True:
            found = [q.update for q in self.people.due() if not allowed or set(q.update) & {*allowed}]
            if found or loop.time() >= ends:
                return found[:limit]
            self._news.clear()
            news = loop.create_task(self._news.wait())
            await asyncio.wait([news, mine], timeout=ends - loop.time(), return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
            if mine.done():
                mine.result()

    def _tell(self) -> None:
        self._news.set()

    # ---------------------------------------------------------------------------------------------------- webhook

    async def _push(self) -> None:
        """Each queue by itself, one update in flight, the next only when it was taken or has expired."""
        while True:
            await asyncio.sleep(0.005)
            if self.service.webhook is None:
                continue
            for queued in self.people.due():
                busy = self._sending.get(queued.queue)
                if busy is None or busy.done():
                    first = next(q for q in self.people.waiting if q.queue == queued.queue)
                    if first is queued:
                        self._sending[queued.queue] = asyncio.get_running_loop().create_task(self._deliver(queued))

    async def taken(self) -> None:
        """Once the webhook has taken everything."""
        while self.people.due():  # noqa: ASYNC110  (a test's patience)
            await asyncio.sleep(0.002)

    async def _deliver(self, queued: Queued) -> None:
        for attempt in range(100):
            await asyncio.sleep(RETRIES[min(attempt, len(RETRIES) - 1)] / self.hurry if attempt else 0)
            if queued.expires <= self.service.now():
                break
            taken = [await self._post(queued) for _ in range(1 + self.duplicates)]
            if any(taken):
                break
        self.people.waiting = [q for q in self.people.waiting if q is not queued]

    async def _post(self, queued: Queued) -> bool:
        hook = self.service.webhook
        if hook is None:
            return False
        if self._session is None:
            self._session = aiohttp.ClientSession()
        self.tries[queued.update["update_id"]] += 1
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.get("secret_token") or ""}
        try:
            async with self._session.post(hook["url"], json=queued.update, headers=headers) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, ConnectionError):
            return False


async def _parameters(request: web.Request) -> tuple[dict[str, Any], dict[str, bytes]]:
    """JSON as it is; of a form, values that are JSON are read as such, as the real server does."""
    if request.content_type == "application/json":
        return (await request.json()) if request.can_read_body else {}, {}
    parameters, files = {}, {}
    for name, value in (await request.post()).items():
        if isinstance(value, str):
            parameters[name] = _value(name, value)
        else:
            content = value.file.read()
            files[name] = content
            if name in ("photo", "document"):
                parameters[name] = f"attach://{name}"
    return parameters, files


def _value(name: str, text: str) -> Any:
    if name in ("caption", "text"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
