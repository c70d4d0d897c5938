"""What systemd is told (sd_notify), where it asks: that we are ready, that we still turn, that we are going down.

A desk that stalls falls silent, and is started again after WatchdogSec of its unit.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bot.health import Health

MICROSECOND = 1e-6


@asynccontextmanager
async def supervised(health: Health) -> AsyncIterator[None]:
    """Ready inside the block, going down after it."""
    notify("READY=1")
    async with asyncio.TaskGroup() as tasks:
        beating = tasks.create_task(_beat(health))
        yield
        beating.cancel()
    notify("STOPPING=1")


async def _beat(health: Health) -> None:
    every = int(os.environ.get("WATCHDOG_USEC", "0")) * MICROSECOND / 2
    while every > 0:
        if not health.stalled():
            notify("WATCHDOG=1")
        await asyncio.sleep(every)


def notify(state: str) -> None:
    """One datagram to NOTIFY_SOCKET; nothing happens where there is none, or where nobody reads it."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as supervisor:
        supervisor.setblocking(False)
        supervisor.sendto(state.encode(), address)
