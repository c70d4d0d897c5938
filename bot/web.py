"""The HTTP side of one process: health, metrics, and the console where it is switched on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast

import structlog
from aiohttp import web

from bot.app import App
from bot.channels.console import ConsoleSettings, add_console
from bot.clock import SystemClock
from bot.console_desk import ConsoleDesk
from bot.health import OK, Health
from bot.keyring import Keyrings
from bot.patience import KEEP_ALIVE_SECONDS, Patience
from bot.requests import passing
from bot.supervisor import supervised
from storage.media import MediaStore

log = structlog.get_logger()


async def make_web(app: App, media: MediaStore) -> web.Application:
    """The application with its routes; the console only in a demo or when configured."""
    served = web.Application(client_max_size=1024 * 1024, middlewares=[passing(app)])
    health = Health(app)
    served.router.add_get("/healthz", _healthz(health))
    served.router.add_get("/readyz", _readyz(health))
    served.router.add_get("/metrics", _metrics(app))
    for network in app.networks:
        network.add_routes(served)
    if app.demo or app.config.console.enabled:
        server = app.config.server
        keys = Keyrings(app.db, SystemClock())
        await keys.read()
        served.cleanup_ctx.append(_kept_fresh(keys))
        settings = ConsoleSettings(
            cookie_keys=keys.cookies,
            link_keys=keys.links,
            host=server.host,
            access_key=app.config.console.access_key.get_secret_value() or None,
            public_url=server.public_url or None,
        )
        add_console(served, ConsoleDesk(app, media), settings)
    return served


async def serve(app: App, media: MediaStore, stop: asyncio.Event, *, announce: Callable[[str], None]) -> None:
    """Listen until `stop`, and say where; then drain and close. Raises OSError when the port is taken.

    Half of `server.shutdown_seconds` is for what waits already, a quarter for requests in hand, an eighth for what
    these leave; what is then left stands in the database, for another replica or the next start.
    """
    server = app.config.server
    patience = Patience(server.head_seconds, server.body_seconds)
    served = await make_web(app, media)
    served.middlewares.append(patience.middleware())
    runner = web.AppRunner(
        served,
        access_log=None,
        shutdown_timeout=max(1, server.shutdown_seconds / 4),
        keepalive_timeout=KEEP_ALIVE_SECONDS,
    )
    await runner.setup()
    listener = await asyncio.get_running_loop().create_server(
        patience.listening(cast(web.Server, runner.server)), server.host, server.port, reuse_address=True
    )
    app.start()
    address = f"http://{server.host}:{listener.sockets[0].getsockname()[1]}/"
    log.info("serving", address=address, demo=app.demo)
    announce(address)
    try:
        async with supervised(Health(app)):
            await stop.wait()
        log.info("stopping")
        await _drain(app, server.shutdown_seconds / 2)
    finally:
        listener.close()
        await runner.cleanup()
        await _drain(app, server.shutdown_seconds / 8)  # what requests in hand have put in meanwhile
        await app.stop()


async def _drain(app: App, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await app.drain()
    except TimeoutError:
        log.warning("stopped_with_work_left", seconds=seconds)
    except Exception:
        log.exception("drain_failed")


def _kept_fresh(keys: Keyrings) -> Callable[[web.Application], AsyncIterator[None]]:
    async def kept_fresh(_: web.Application) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(keys.keep_fresh())
            yield
            reading.cancel()

    return kept_fresh


def _healthz(health: Health) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def healthz(_: web.Request) -> web.Response:
        stalled = health.stalled()
        if not stalled:
            return web.json_response({"status": "ok"})
        parts = {part: f"last pass {age:.0f} s ago" for part, age in stalled.items()}
        return web.json_response({"status": "stalled", "parts": parts}, status=503)

    return healthz


def _readyz(health: Health) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def readyz(_: web.Request) -> web.Response:
        checks = await health.checks()
        ready = all(result == OK for result in checks.values())
        return web.json_response({"ready": ready, "checks": checks}, status=200 if ready else 503)

    return readyz


def _metrics(app: App) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def metrics(_: web.Request) -> web.Response:
        from prometheus_client import CONTENT_TYPE_LATEST

        return web.Response(body=await app.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return metrics
