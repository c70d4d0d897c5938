"""The keys that sign: a ring for each use, kept in the database.

A new key signs only after `SETTLES`, so that every replica has read it by then; the old one still reads what it
signed until that is over.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storage.work import Work

SETTLES = timedelta(minutes=2)


class Use(StrEnum):
    """What a ring signs."""

    COOKIES = "cookies"
    LINKS = "links"
    BINDING = "binding"


LIVES = {Use.COOKIES: timedelta(days=31), Use.LINKS: timedelta(hours=2), Use.BINDING: timedelta(days=7)}
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
    def of(cls, kept: dict[str, Any]) -> Key:
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


class Keys:
    """`work.keys`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def ring(self, use: Use) -> tuple[Key, ...]:
        """The ring, with a first key where there is none that reads."""
        ring = await self._kept(use)
        return (
            ring if usable(ring, self._work.now) else self._keep(use, rotated(ring, use, self._work.now, at_once=True))
        )

    async def rotate(self, use: Use, *, at_once: bool) -> None:
        self._keep(use, rotated(await self._kept(use), use, self._work.now, at_once=at_once))

    async def _kept(self, use: Use) -> tuple[Key, ...]:
        return tuple(Key.of(key) for key in await self._work.settings.get(_name(use), []))

    def _keep(self, use: Use, ring: tuple[Key, ...]) -> tuple[Key, ...]:
        self._work.settings.set(_name(use), [key.as_json() for key in ring])
        return ring


def _name(use: Use) -> str:
    return f"keys.{use}"
