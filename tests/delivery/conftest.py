"""A courier over a real database and the simulated post, time standing still until moved."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from bot.courier import Courier
from bot.metrics import Metrics
from bot.settings import DeliverySettings
from storage.database import Database
from storage.ledger import Sendable
from storage.outbox import OutboxMessage
from storage.tables.messages import outbox
from storage.work import Work
from tests.simulators.post import Post, PostSender
from tests.storage.conftest import NOW, database, template  # noqa: F401  (fixtures)

__all__ = ["NOW", "Rig"]


@dataclass
class Rig:
    """`says` posts, `flush` sends what may go now, `pass_time` visits every moment at which something may go."""

    database: Database
    post: Post
    now: datetime = NOW
    rules: DeliverySettings = field(default_factory=DeliverySettings)
    missed: list[tuple[str, str]] = field(default_factory=list)
    """Person and text of what nothing carried."""
    couriers: dict[str, Courier] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.database.channels = ("post", "console")
        self.post.now = lambda: self.now.timestamp()  # noqa: PLW0108 - `now` moves

    def courier(self, holder: str = "r1", **sender: Any) -> Courier:
        if holder not in self.couriers:
            taking_keys = {"takes_keys": self.post.keys} | sender
            self.couriers[holder] = Courier(
                PostSender(self.post, **taking_keys),
                self.database.begin,
                self.database.read,
                self.rules,
                self._undelivered,
                Metrics("test"),
                holder=holder,
                dice=Random(1),
            )
        return self.couriers[holder]

    async def _undelivered(self, _work: Work, message: Sendable, _now: datetime) -> None:
        self.missed.append((message.person, message.text))

    async def bind(self, *people: str) -> None:
        async with self.database.begin(self.now) as work:
            for person in people:
                await work.people.bind("post", person, person)

    async def says(self, text: str, person: str = "ann", lane: str = "reply", **more: Any) -> None:
        async with self.database.begin(self.now) as work:
            work.outbox.post(OutboxMessage(**{"person": person, "lane": lane, "text": text, **more}))

    async def flush(self, holder: str = "r1") -> int:
        return await self.courier(holder).flush(self.now)

    async def pass_time(self, seconds: float, holder: str = "r1") -> None:
        until = self.now + timedelta(seconds=seconds)
        await self.flush(holder)
        while (next_at := self.courier(holder).waiting_until) is not None and next_at <= until:
            self.now = max(next_at, self.now + timedelta(milliseconds=1))
            await self.flush(holder)
        self.now = until
        await self.flush(holder)

    async def rows(self) -> dict[str, Any]:
        """Every row of the outbox, by its text."""
        async with self.database.read(self.now) as work:
            return {row.text: row for row in (await work.connection.execute(select(outbox).order_by(outbox.c.id)))}

    async def states(self) -> dict[str, str]:
        return {text: row.state for text, row in (await self.rows()).items()}


@pytest.fixture
async def rig(database: Database) -> AsyncIterator[Rig]:  # noqa: F811
    rig = Rig(database, Post())
    await rig.bind("ann", "bob")
    yield rig
    assert rig.post.wrong == []
