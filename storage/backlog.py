"""How much waits, and how long: what an operator looks at. Each figure comes from a partial index."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, func, select, text

from storage.tables.matters import complaints
from storage.tables.messages import inbox, outbox
from storage.tables.time import deadlines
from storage.tables.types import PARKED, PENDING

if TYPE_CHECKING:
    from storage.work import Work


PAGE = 1_000
MOST_NAMED = 100
BACKED_UP_AT = "backed_up_at"
"""Setting: when `huiyin backup` last made a whole archive, ISO 8601."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Something that waits. `since` is the oldest's moment, None where nothing waits."""

    count: int
    since: datetime | None

    def age(self, now: datetime) -> float:
        """Seconds the oldest has waited."""
        return max(0.0, (now - self.since).total_seconds()) if self.since is not None else 0.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """`outbox` is by channel and lane, and counts from the moment a message may be sent; `late` is promises."""

    inbox: Queue
    inbox_parked: int
    outbox: dict[tuple[str, str], Queue]
    late: Queue
    deadlines_parked: int
    backed_up_at: datetime | None


async def read_backlog(work: Work) -> Backlog:
    """A few statements, each as long as what it counts."""
    run = work.connection.execute
    waiting: Any = (await run(_INBOX)).one()
    lanes: Any = (await run(_OUTBOX, {"now": work.now})).all()
    backed_up_at = await work.settings.get(BACKED_UP_AT)
    late: Any = (await run(_LATE, {"now": work.now})).one()
    return Backlog(
        inbox=Queue(waiting.count, waiting.since),
        inbox_parked=int((await run(_INBOX_PARKED)).scalar_one()),
        outbox={(row.channel, row.lane): Queue(row.waiting, row.since) for row in lanes},
        late=Queue(late.count, late.since),
        deadlines_parked=int((await run(_DEADLINES_PARKED)).scalar_one()),
        backed_up_at=datetime.fromisoformat(backed_up_at) if backed_up_at else None,
    )


async def forgotten(work: Work) -> list[str]:
    """Numbers of open complaints about which nothing is promised any more: none, or the clocks have lost them.

    Every complaint ever is looked at, a page at a time; between two pages others have their turn.
    """
    found: list[str] = []
    after: str | None = ""
    while after is not None and len(found) < MOST_NAMED:
        page = (await work.connection.execute(_FORGOTTEN, {"after": after})).all()
        found += [row.number for row in page if row.lost]
        after = page[-1].number if len(page) == PAGE else None
        await asyncio.sleep(0)
    return found[:MOST_NAMED]


async def database_bytes(work: Work) -> int:
    """What the database takes on its disk, free pages and indexes with it."""
    size = "pg_database_size(current_database())"
    if work.dialect == "sqlite":
        size = "page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    return int((await work.connection.execute(text(f"SELECT {size}"))).scalar_one())


_INBOX = select(
    select(func.count()).select_from(inbox).where(inbox.c.state == PENDING).scalar_subquery().label("count"),
    select(inbox.c.received_at)
    .where(inbox.c.state == PENDING)
    .order_by(inbox.c.id)
    .limit(1)
    .scalar_subquery()
    .label("since"),
)
_INBOX_PARKED = select(func.count()).select_from(inbox).where(inbox.c.state == PARKED)
_sendable = func.coalesce(outbox.c.not_before, outbox.c.created_at, type_=outbox.c.created_at.type)
_OUTBOX = (
    select(
        outbox.c.channel,
        outbox.c.lane,
        func.count().label("waiting"),
        func.min(_sendable, type_=outbox.c.created_at.type).label("since"),
    )
    .where(outbox.c.state == PENDING, _sendable <= bindparam("now"))
    .group_by(outbox.c.channel, outbox.c.lane)
)
_LATE = select(
    func.count().label("count"), func.min(deadlines.c.due_at, type_=deadlines.c.due_at.type).label("since")
).where(deadlines.c.state == PENDING, deadlines.c.wake_at <= bindparam("now"))
_DEADLINES_PARKED = select(func.count()).select_from(deadlines).where(deadlines.c.state == PARKED)
_page = (
    select(complaints.c.number, complaints.c.closed)
    .where(complaints.c.number > bindparam("after"))
    .order_by(complaints.c.number)
    .limit(PAGE)
    .subquery()
)
_promised = exists().where(
    deadlines.c.kind == "complaint",
    deadlines.c.subject == _page.c.number,
    deadlines.c.state.in_([PENDING, PARKED]),
)
_FORGOTTEN = select(_page.c.number, and_(~_page.c.closed, ~_promised).label("lost")).order_by(_page.c.number)
