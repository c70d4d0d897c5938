"""The duty log 值班记录: lines are only ever added."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select

from domain.duty_log import Contact, DutyEntry, Shift
from storage.tables.duty_log import duty_log
from storage.writes import Lock

if TYPE_CHECKING:
    from storage.work import Work


class DutyLog:
    """`work.duty_log`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, entry: DutyEntry) -> None:
        row = {field.name: getattr(entry, field.name) for field in fields(entry)}
        self._work.collected.add(Lock.REST, duty_log, _ADD, row)

    async def between(
        self, site: str, start: datetime, end: datetime, *, limit: int = 500, offset: int = 0
    ) -> list[DutyEntry]:
        """The site's lines with start <= at < end, latest first."""
        return await self._entries(_BETWEEN, site=site, start=start, end=end, limit=limit, offset=offset)

    async def count(self, site: str, start: datetime, end: datetime) -> int:
        """How many lines `between` has in all."""
        await self._work.sees(duty_log)
        values = {"site": site, "start": start, "end": end}
        return int((await self._work.connection.execute(_COUNT, values)).scalar_one())

    async def of_complaint(self, number: str) -> list[DutyEntry]:
        """The lines that led to this complaint, oldest first."""
        return await self._entries(_OF_COMPLAINT, complaint=number)

    async def _entries(self, statement: Any, **values: Any) -> list[DutyEntry]:
        await self._work.sees(duty_log)
        return [_entry(row) for row in (await self._work.connection.execute(statement, values)).all()]


def _entry(row: Any) -> DutyEntry:
    values = {name: value for name, value in row._asdict().items() if name != "id"}
    return DutyEntry(**values | {"contact": Contact(row.contact), "shift": Shift(row.shift)})


_WITHIN = (duty_log.c.site == bindparam("site"), duty_log.c.at >= bindparam("start"), duty_log.c.at < bindparam("end"))
_ADD = insert(duty_log)
_BETWEEN = (
    select(duty_log)
    .where(*_WITHIN)
    .order_by(duty_log.c.at.desc(), duty_log.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_COUNT = select(func.count()).select_from(duty_log).where(*_WITHIN)
_OF_COMPLAINT = select(duty_log).where(duty_log.c.complaint == bindparam("complaint")).order_by(duty_log.c.id)
