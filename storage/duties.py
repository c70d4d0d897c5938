"""Recurring duties: each occurrence is a row, so it runs once however many replicas there are."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from storage.tables.time import duties
from storage.writes import insert_or_ignore

if TYPE_CHECKING:
    from storage.work import Work


class Duties:
    """`work.duties`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def claim(self, duty: str, site: str, occurrence: datetime) -> bool:
        """True for the one who may run this occurrence; the claim commits or rolls back with the work."""
        self._work.collected.touch(duties)
        statement = insert_or_ignore(self._work.dialect, duties, "duty", "site", "occurrence")
        row = {"duty": duty, "site": site, "occurrence": occurrence, "claimed_at": self._work.now}
        return (await self._work.connection.execute(statement, row)).rowcount == 1

    async def last(self, duty: str, site: str) -> datetime | None:
        """The latest occurrence claimed so far."""
        found: datetime | None = (await self._work.connection.execute(_LAST, {"duty": duty, "site": site})).scalar()
        return found

    async def lasts(self) -> dict[tuple[str, str], datetime]:
        """The latest occurrence claimed of every duty, by duty and site."""
        return {(row.duty, row.site): row.last for row in (await self._work.connection.execute(_LASTS)).all()}


_LASTS = select(
    duties.c.duty, duties.c.site, func.max(duties.c.occurrence, type_=duties.c.occurrence.type).label("last")
).group_by(duties.c.duty, duties.c.site)
_LAST = select(func.max(duties.c.occurrence, type_=duties.c.occurrence.type)).where(
    duties.c.duty == bindparam("duty"), duties.c.site == bindparam("site")
)
