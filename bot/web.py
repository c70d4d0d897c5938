"""The HTTP side of one process: health, metrics, and the console where it is switched on."""

import asyncio
import secrets
import socket
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from bot.app import App
from bot.channels.console import ConsoleSettings, add_console
from bot.console_desk import ConsoleDesk
from storage.media import MediaStore

log = structlog.get_logger()

SIGNING_KEY = "console_signing_key"


async def make_web(app: App, media: MediaStore) -> web.Application:
    """The application with its routes; the console only in a demo or when configured."""
    served = web.Application(client_max_size=1024 * 1024)
    served.router.add_get("/healthz", _healthz)
    served.router.add_get("/readyz", _ready(app))
    served.router.add_get("/metrics", _metrics)
    if app.demo or app.config.console.enabled:
        server = app.config.server
        settings = ConsoleSettings(
            signing_key=await _signing_key(app),
            host=server.host,
            access_key=app.config.console.access_key.get_secret_value() or None,
            public_url=server.public_url or None,
        )
        add_console(served, ConsoleDesk(app, media), settings)
    return served


async def serve(app: App, media: MediaStore, stop: asyncio.Event, *, announce: Callable[[str], None]) -> None:
    """Listen until `stop`, and say where. Raises OSError when the port is taken."""
    runner = web.AppRunner(await make_web(app, media), access_log=None, shutdown_timeout=2)
    await runner.setup()
    server = app.config.server
    site = web.TCPSite(runner, server.host, server.port, reuse_address=True)
    await site.start()
    app.start()
    address = f"http://{server.host}:{_port(site)}/"
    log.info("serving", address=address, demo=app.demo)
    announce(address)
    try:
        await stop.wait()
    finally:
        await runner.cleanup()
        await app.stop()


def _port(site: web.TCPSite) -> int:
    server = site._server
    sockets: list[socket.socket] = list(getattr(server, "sockets", None) or [])
    return int(sockets[0].getsockname()[1]) if sockets else 0


async def _signing_key(app: App) -> bytes:
    """The key of links and cookies, made once for a database and kept with it."""
    async with app.db.begin(app.clock.now()) as work:
        known = await work.settings.get(SIGNING_KEY)
        if known is None:
            known = secrets.token_hex(32)
            work.settings.set(SIGNING_KEY, known)
    return bytes.fromhex(known)


async def _healthz(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def _ready(app: App) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def readyz(_: web.Request) -> web.Response:
        checks = await _checks(app)
        ready = all(result == "ok" for result in checks.values())
        return web.json_response({"ready": ready, "checks": checks}, status=200 if ready else 503)

    return readyz


async def _checks(app: App) -> dict[str, str]:
    checks = {"database": "ok", "intake": "ok"}
    try:
        async with asyncio.timeout(5):
            async with app.db.read(app.clock.now()) as work:
                await work.inbox.pending()
    except Exception as error:  # noqa: BLE001  (whatever keeps the database from answering is the answer)
        checks["database"] = type(error).__name__
    if app.stopped:
        checks["intake"] = "not running"
    return checks


async def _metrics(_: web.Request) -> web.Response:
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
