"""The keys that sign cookies and media links: a ring for each use, in the database, changed by `huiyin rotate-keys`.

A new key signs only after `SETTLES`, so that every replica has read it by then; the old one still reads what it
signed until that is over. Replicas read the rings again every `REFRESH`.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog

from bot.clock import Clock
from storage.database import Database

log = structlog.get_logger()

REFRESH = timedelta(seconds=30)
SETTLES = timedelta(minutes=2)


class Use(StrEnum):
    """What a ring signs."""

    COOKIES = "cookies"
    LINKS = "links"


LIVES = {Use.COOKIES: timedelta(days=31), Use.LINKS: timedelta(hours=2)}
"""Longer than anything that is signed for the use."""


@dataclass(frozen=True, slots=True)
class Key:
    """Signs from `since` on, unless a newer one does; reads until `until` (None: no end)."""

    secret: bytes
    since: datetime
    until: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        until = self.until.isoformat() if self.until else None
        return {"secret": self.secret.hex(), "since": self.since.isoformat(), "until": until}

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Key":
        until = datetime.fromisoformat(kept["until"]) if kept["until"] else None
        return cls(bytes.fromhex(kept["secret"]), datetime.fromisoformat(kept["since"]), until)


def usable(ring: Sequence[Key], now: datetime) -> tuple[bytes, ...]:
    """The secrets that read at `now`, the one that signs first."""
    live = [key for key in ring if key.until is None or now < key.until]
    settled = sorted((key for key in live if key.since <= now), key=lambda key: key.since, reverse=True)
    return tuple(key.secret for key in (*settled, *(key for key in live if key.since > now)))


def rotated(ring: Sequence[Key], use: Use, now: datetime, *, at_once: bool) -> tuple[Key, ...]:
    """The ring with a new key. `at_once` drops the old ones: every session and link made so far ends."""
    fresh = Key(secrets.token_bytes(32), now if at_once or not ring else now + SETTLES)
    if at_once:
        return (fresh,)
    ends = fresh.since + LIVES[use]
    kept = (Key(key.secret, key.since, min(key.until or ends, ends)) for key in ring)
    return (fresh, *(key for key in kept if key.until is None or now < key.until))


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
        """Read the rings, and make those that a new database lacks."""
        now = self._clock.now()
        async with self._db.begin(now) as work:
            for use in Use:
                kept = await work.settings.get(_name(use), [])
                ring = tuple(Key.of(key) for key in kept)
                if not usable(ring, now):
                    ring = rotated(ring, use, now, at_once=True)
                    work.settings.set(_name(use), [key.as_json() for key in ring])
                self._rings[use] = ring

    async def rotate(self, use: Use, *, at_once: bool) -> None:
        now = self._clock.now()
        async with self._db.begin(now) as work:
            ring = tuple(Key.of(key) for key in await work.settings.get(_name(use), []))
            work.settings.set(_name(use), [key.as_json() for key in rotated(ring, use, now, at_once=at_once)])

    async def keep_fresh(self) -> None:
        """Read the rings again and again, until cancelled."""
        while True:
            await asyncio.sleep(REFRESH.total_seconds())
            try:
                await self.read()
            except Exception:
                log.exception("keys_not_read")


def _name(use: Use) -> str:
    return f"keys.{use}"
