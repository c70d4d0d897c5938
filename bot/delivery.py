"""Every transaction of the house ends by delivering: what is due for the console arrives with the commit itself.

The console's lists are tables of the same database, so a message there is neither lost nor doubled whatever happens.
Network channels take theirs from the same ledger by lease; here they are only woken.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from storage.database import Database
from storage.work import Work

Woken = Callable[[frozenset[str]], None]
"""Told after the commit of the channels that have something new to send."""
Published = Callable[[str, int], None]
"""Told after the commit: a person, and the id of the last new message in their list."""


class Delivery:
    """`begin` opens the transactions of intake and sweeps."""

    def __init__(self, db: Database, published: Published, woken: Woken) -> None:
        self._db = db
        self._published = published
        self._woken = woken

    @asynccontextmanager
    async def begin(self, now: datetime) -> AsyncIterator[Work]:
        """One unit of work; rolled back by any exception, its messages delivered by its commit."""
        async with self._db.begin(now) as work:
            yield work
            reached = await work.console.deliver()
        for person, message in reached.items():
            self._published(person, message)
        if posted := work.outbox.channels_posted:
            self._woken(frozenset(posted))

    async def deliver_due(self, now: datetime) -> int:
        """Deliver what waited for a moment that has come; returns how many people got something."""
        async with self._db.begin(now) as work:
            reached = await work.console.deliver()
        for person, message in reached.items():
            self._published(person, message)
        return len(reached)
