"""Events 台账: appended for ever; the database itself refuses to change or delete one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select

from domain.decision import Event
from storage.tables.matters import events
from storage.writes import Lock

if TYPE_CHECKING:
    from storage.work import Work


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as stored; `by` is a person id, None for the desk itself."""

    id: int
    subject: str
    site: str
    kind: str
    clause: str
    by: str | None
    at: datetime
    channel: str
    data: Mapping[str, Any]


class Events:
    """`work.events`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def append(self, subject: str, event: Event, *, site: str, by: str | None, at: datetime, channel: str = "") -> None:
        """Append one event to the subject's story; `channel` is through which it came, empty for the desk itself."""
        row = {
            "subject": subject,
            "site": site,
            "kind": event.kind,
            "clause": event.clause,
            "by": by,
            "at": at,
            "channel": channel,
            "data": dict(event.data),
        }
        self._work.collected.add(Lock.EVENT, events, _APPEND, row)

    async def of(self, subject: str) -> list[EventRow]:
        """The subject's events, oldest first."""
        await self._work.sees(events)
        rows = (await self._work.connection.execute(_OF, {"subject": subject})).all()
        return [EventRow(**row._asdict()) for row in rows]

    async def between(self, site: str, start: datetime, end: datetime) -> list[EventRow]:
        """The site's events with start <= at < end, for ledgers and reports."""
        await self._work.sees(events)
        rows = (await self._work.connection.execute(_BETWEEN, {"site": site, "start": start, "end": end})).all()
        return [EventRow(**row._asdict()) for row in rows]


_APPEND = insert(events)
_OF = select(events).where(events.c.subject == bindparam("subject")).order_by(events.c.id)
_BETWEEN = (
    select(events)
    .where(events.c.site == bindparam("site"), events.c.at >= bindparam("start"), events.c.at < bindparam("end"))
    .order_by(events.c.at, events.c.id)
)
