"""The keys of cookies and media links as one process holds them, read again every `REFRESH`."""

import asyncio
from datetime import timedelta

import structlog

from bot.clock import Clock
from storage.database import Database
from storage.keys import Key, Use, usable

log = structlog.get_logger()

REFRESH = timedelta(seconds=30)


class Keyrings:
    """The rings as last read. `cookies` and `links` give the secrets of this moment, the signing one first."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._rings: dict[Use, tuple[Key, ...]] = {}

    def cookies(self) -> tuple[bytes, ...]:
        return usable(self._rings[Use.COOKIES], self._clock.now())

    def links(self) -> tuple[bytes, ...]:
        return usable(self._rings[Use.LINKS], self._clock.now())

    async def read(self) -> None:
        """Read the rings; those that a new database lacks are made."""
        async with self._db.begin(self._clock.now()) as work:
            for use in (Use.COOKIES, Use.LINKS):
                self._rings[use] = await work.keys.ring(use)

    async def keep_fresh(self) -> None:
        """Read the rings again and again, until cancelled."""
        while True:
            await asyncio.sleep(REFRESH.total_seconds())
            try:
                await self.read()
            except Exception:
                log.exception("keys_not_read")
