"""Benchmark (c): bulk messages to a service with real limits, urgent pings in between, in virtual time.

Time that the courier takes to work passes as it does; time in which it only waits is skipped. The service permits 30 a
second, 1 a second for each chat with bursts of 3, as Telegram says of itself, and counts every call that comes too
soon. Its calls take no time, which is the one thing that is not as in life.
"""

import asyncio
import multiprocessing
import random
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from benchmarks.figure import Figure
from benchmarks.place import FOLDER, progress
from bot.courier import Courier
from bot.metrics import Metrics
from bot.settings import DeliverySettings
from storage.database import Database
from storage.ledger import Sendable
from storage.outbox import OutboxMessage
from storage.tables.people import bindings, people
from storage.work import Work
from tests.simulators.post import WHOLE, Post, PostSender

NAME = "Delivery: bulk at the permitted rate, urgent pings in between"
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
EACH = 4
"""Bulk messages in a row to the same person: the hard case, every chat limit is met."""
STAFF = 300
PING_EVERY = 2.0
SHARE = 0.97
URGENT_SECONDS = 1.0

_FILL = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :many)
INSERT INTO outbox (person, channel, site, lane, priority, matter, text, choices, offers, attachments, edit, state,
                    attempts, created_at)
SELECT 'p' || (i / :each), 'post', 's', 'bulk', 2, 'b' || i, '停水通知：明日九点至十二点停水，请提前储水。', '[]', 0,
       '[]', 0, 'pending', 0, :at
FROM n
"""


@dataclass
class Ended:
    share: float
    refused: int
    waits: list[float]
    seconds: float
    rounds: int
    doubled: int


def run(quick: bool) -> list[Figure]:
    many = 3_000 if quick else 100_000
    progress(f"delivery: {many:,} messages")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as child:
        ended = child.submit(_run, many).result()
    progress("")
    waits = sorted(ended.waits)
    urgent = waits[int(len(waits) * 0.99)]
    return [
        Figure(
            label=f"{many:,} bulk: share of the permitted {WHOLE.count:.0f} a second used",
            value=ended.share * 100,
            unit="%",
            target=f"≥ {SHARE:.0%}",
            met=ended.share >= SHARE,
        ),
        Figure(
            label="calls refused as too soon (429)", value=ended.refused, unit="", target="0", met=not ended.refused
        ),
        Figure(
            label=f"urgent ping, 99th percentile of {len(waits):,} waits",
            value=urgent,
            unit="s",
            lowest=waits[0],
            highest=waits[-1],
            target=f"< {URGENT_SECONDS:.0f} s",
            met=urgent < URGENT_SECONDS,
        ),
        Figure(label="messages lost or doubled", value=ended.doubled, unit="", target="0", met=not ended.doubled),
        Figure(label="our own time for one message", value=ended.seconds / many * 1000, unit="ms"),
    ]


def _run(many: int) -> Ended:
    with tempfile.TemporaryDirectory(dir=FOLDER) as place:
        return asyncio.run(_deliver(Path(place), many))


async def _deliver(place: Path, many: int) -> Ended:
    database = await Database.open(f"sqlite+aiosqlite:///{place / 'delivery.db'}", ("post",))
    await database.migrate()
    await _fill(database, many)
    now, begun = START, time.perf_counter()
    post = Post(now=lambda: now.timestamp() + time.perf_counter() - begun)

    async def nobody(_work: Work, _message: Sendable, _now: datetime) -> None:
        raise AssertionError("everybody can be reached")

    courier = Courier(
        PostSender(post), database.begin, database.read, DeliverySettings(lanes=32), nobody, Metrics("b"), holder="b"
    )
    dice = random.Random(7)
    rounds, worked, pings = 0, 0.0, 0
    next_ping = START + timedelta(seconds=1)
    while len(post.taken) < many + pings:
        begun = time.perf_counter()
        if next_ping <= now:
            async with database.begin(now) as work:
                who = f"staff{dice.randrange(STAFF)}"
                work.outbox.post(OutboxMessage(person=who, lane="urgent", text=now.isoformat(), matter=f"u{pings}"))
            pings += 1
            next_ping = now + timedelta(seconds=dice.expovariate(1 / PING_EVERY))
        await courier.flush(now)
        took = time.perf_counter() - begun
        worked += took
        rounds += 1
        now += timedelta(seconds=took)
        wake = courier.waiting_until or next_ping
        now = max(now, min(wake, next_ping))
    await database.close()
    return _ended(post, many, pings, worked, rounds)


def _ended(post: Post, many: int, pings: int, worked: float, rounds: int) -> Ended:
    span = post.taken[-1].at - post.taken[0].at
    waits = [m.at - datetime.fromisoformat(m.text).timestamp() for m in post.taken if m.chat.startswith("staff")]
    keys = {message.key for message in post.taken}
    doubled = len(post.taken) - len(keys) + (many + pings - len(keys))
    share = len(post.taken) / (span * WHOLE.count / WHOLE.seconds)
    return Ended(share, post.answers[429], waits, worked, rounds, doubled)


async def _fill(database: Database, many: int) -> None:
    names = [f"p{number}" for number in range(many // EACH + 1)] + [f"staff{number}" for number in range(STAFF)]
    plain: dict[str, Any] = {
        "role": "owner",
        "key_resident": False,
        "buildings": [],
        "duty": True,
        "rank": 0,
        "has_left": False,
    }
    async with database.begin(START) as work:
        run = work.connection.execute
        await run(insert(people), [{"id": name, "name": name, **plain} for name in names])
        bound = [{"channel": "post", "address": name, "person": name, "bound_at": START} for name in names]
        await run(insert(bindings), bound)
        at = START.isoformat(" ", "microseconds")[:26]
        await run(text(_FILL), {"many": many, "each": EACH, "at": at})
