"""Human threads 人工: a resident and the front desk talking through the desk, everything said recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from storage.outbox import File
from storage.tables.matters import thread_messages, threads
from storage.tables.types import CLOSED
from storage.writes import Lock

if TYPE_CHECKING:
    from storage.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One thread; `state` is open (nobody answered yet), taken or closed."""

    id: int
    resident: str
    site: str
    state: str
    opened_at: datetime
    taken_by: str | None
    taken_at: datetime | None
    last_at: datetime
    last_by: str
    closed_at: datetime | None
    closed_by: str | None
    reason: str

    @property
    def subject(self) -> str:
        """The id under which its events and deadlines are kept."""
        return f"thread-{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMessage:
    id: int
    thread: int
    by: str
    text: str
    attachments: list[File]
    at: datetime


class Threads:
    """`work.threads`. Threads are few: state is written at once, words with the work."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._live: frozenset[str] | None = None
        """Residents who have a thread, read once a work: nearly nobody has one, and every message asks."""

    async def open(self, resident: str, site: str) -> Thread:
        """Open a thread, or return the one the resident already has."""
        live = await self.of_resident(resident)
        if live is not None:
            return live
        self._work.collected.touch(threads)
        self._live = None
        now = self._work.now
        row = {"resident": resident, "site": site, "state": "open", "opened_at": now, "last_at": now}
        made = await self._work.connection.execute(_OPEN, row | {"last_by": resident})
        return Thread(**made.one()._asdict())

    async def get(self, thread_id: int) -> Thread | None:
        return next(iter(await self._threads(_ONE, thread_id=thread_id)), None)

    async def of_resident(self, resident: str) -> Thread | None:
        """The resident's thread that is not closed."""
        if self._live is None:
            self._live = frozenset((await self._work.connection.execute(_RESIDENTS)).scalars())
        if resident not in self._live:
            return None
        return next(iter(await self._threads(_LIVE, resident=resident)), None)

    async def taken_by(self, staff: str) -> list[Thread]:
        """The threads this member of staff is answering, the latest spoken in first."""
        return await self._threads(_TAKEN_BY, staff=staff)

    async def open_of_site(self, site: str) -> list[Thread]:
        """Threads of the site not closed yet, those nobody answered first."""
        return await self._threads(_OF_SITE, site=site)

    async def take(self, thread_id: int, by: str) -> bool:
        """Make `by` the one who answers; False when another was first or it is closed."""
        return await self._change(_TAKE, thread_id, by)

    async def close(self, thread_id: int, by: str | None, reason: str = "") -> bool:
        """Close it; False when it was closed before. `by` None: it timed out."""
        return await self._change(_CLOSE, thread_id, by, reason=reason)

    async def _change(self, statement: Any, thread_id: int, by: str | None, **more: str) -> bool:
        await self._work.sees(threads)
        self._work.collected.touch(threads)
        self._live = None
        values = {"thread_id": thread_id, "who": by, "now": self._work.now, **more}
        return (await self._work.connection.execute(statement, values)).rowcount == 1

    def say(self, thread_id: int, by: str, text: str, attachments: Sequence[File] = ()) -> None:
        """Record what one of the two said."""
        now = self._work.now
        row = {"thread": thread_id, "by": by, "text": text, "attachments": list(attachments), "at": now}
        self._work.collected.add(Lock.MATTER, thread_messages, _SAY, row)
        self._work.collected.add(Lock.MATTER, threads, _SPOKEN, {"thread_id": thread_id, "who": by, "now": now})

    async def messages(self, thread_id: int) -> list[ThreadMessage]:
        await self._work.sees(thread_messages)
        rows = (await self._work.connection.execute(_SAID, {"thread_id": thread_id})).all()
        return [ThreadMessage(**row._asdict()) for row in rows]

    async def _threads(self, statement: Any, **values: Any) -> list[Thread]:
        await self._work.sees(threads)
        return [Thread(**row._asdict()) for row in (await self._work.connection.execute(statement, values)).all()]


_THREAD = threads.c.id == bindparam("thread_id")
_OPEN = insert(threads).returning(threads)
_ONE = select(threads).where(_THREAD)
_RESIDENTS = select(threads.c.resident).where(threads.c.state != CLOSED)
_LIVE = select(threads).where(threads.c.resident == bindparam("resident"), threads.c.state != CLOSED)
_TAKEN_BY = (
    select(threads)
    .where(threads.c.taken_by == bindparam("staff"), threads.c.state == "taken")
    .order_by(threads.c.last_at.desc(), threads.c.id.desc())
)
_OF_SITE = (
    select(threads)
    .where(threads.c.site == bindparam("site"), threads.c.state != CLOSED)
    .order_by(threads.c.state, threads.c.last_at, threads.c.id)
)
_TAKE = (
    update(threads)
    .where(_THREAD, threads.c.state == "open")
    .values(state="taken", taken_by=bindparam("who"), taken_at=bindparam("now"))
)
_CLOSE = (
    update(threads)
    .where(_THREAD, threads.c.state != CLOSED)
    .values(state="closed", closed_by=bindparam("who"), closed_at=bindparam("now"), reason=bindparam("reason"))
)
_SPOKEN = update(threads).where(_THREAD).values(last_at=bindparam("now"), last_by=bindparam("who"))
_SAY = insert(thread_messages)
_SAID = select(thread_messages).where(thread_messages.c.thread == bindparam("thread_id")).order_by(thread_messages.c.id)
