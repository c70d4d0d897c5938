"""`huiyin demo` and `huiyin serve`."""

import asyncio
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import ConfigFile, load_config, refuse

if TYPE_CHECKING:
    from bot.config import Config


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="端口 / port")] = 8080,
    db: Annotated[Path, typer.Option(help="数据库文件 / database file, kept over restarts")] = Path("var/demo.db"),
) -> None:
    """试用：样板数据与网页控制台 / Try it: sample sites and the web console, act as anybody, move the clock."""
    from bot.demo import demo_config

    asyncio.run(_serve(demo_config(load_config(None), port, db), demo=True))


def serve(config: ConfigFile = None) -> None:
    """运行 / Run the desk."""
    asyncio.run(_serve(load_config(config), demo=False))


async def _serve(config: "Config", *, demo: bool) -> None:
    from bot.app import App
    from bot.keeping import open_media_store
    from bot.logs import log_lost_errors, set_up_logs
    from bot.networks import networks_of
    from bot.web import serve as serve_web
    from storage.errors import AlreadyServing

    set_up_logs(config.log)
    try:
        app = await App.open(config, demo=demo, networks=networks_of(config))
        app.db.claim_exclusive()
    except AlreadyServing as error:
        refuse(f"数据库已有一个 serve 在用 / another serve already uses this database: {error}")
    log_lost_errors(asyncio.get_running_loop())
    stop = _stop_on_signals(config.server.shutdown_seconds)

    def announce(address: str) -> None:
        if demo:
            typer.echo(f"回音 Huiyin 已就绪，用浏览器打开 / ready, open in a browser: {address}")

    try:
        await serve_web(app, open_media_store(config), stop, announce=announce)
    except OSError as error:
        refuse(f"端口 {config.server.port} 用不了 / cannot listen on port {config.server.port}: {error.strerror}")
    finally:
        await app.close()


def _stop_on_signals(seconds: int) -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT, after which the process is gone within `seconds` whatever holds it.

    A second one ends it at once. Both are safe: what was accepted stands in the database.
    """
    stop = asyncio.Event()

    def asked(name: signal.Signals) -> None:
        if stop.is_set():
            os._exit(128 + name)
        stop.set()
        last_resort = threading.Timer(seconds, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()

    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, asked, name)
    return stop
