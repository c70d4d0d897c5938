"""The numbers people see, as TS20261123-0001: unique, rising through the day, gaps allowed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase

from storage.tables.matters import numbers
from storage.writes import Lock

if TYPE_CHECKING:
    from storage.work import Work


class Numbers:
    """`work.numbers`. The first number of a prefix locks its counter; the further ones of the work are counted here."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._last: dict[tuple[str, str], int] = {}
        self._written: dict[tuple[str, str], int] = {}

    async def next(self, prefix: str, day: date) -> str:
        """The next number of that prefix (`TS`, `GD`, `DA` …) on that local date."""
        counter = (prefix, f"{day:%Y%m%d}")
        self._work.collected.touch(numbers)
        if counter in self._last:
            self._last[counter] += 1
        else:
            self._last[counter] = self._written[counter] = await self._take(*counter)
        return f"{prefix}{counter[1]}-{self._last[counter]:04d}"

    async def _take(self, prefix: str, day: str) -> int:
        taken = await self._work.connection.execute(
            _TAKE[self._work.dialect], {"prefix": prefix, "day": day, "last": 1}
        )
        return int(taken.scalar_one())

    def prepare(self) -> None:
        """Write down how far this work has counted (called by the flush)."""
        for (prefix, day), last in self._last.items():
            if last != self._written[(prefix, day)]:
                row = {"of": prefix, "on": day, "now": last}
                self._work.collected.add(Lock.NUMBER, numbers, _COUNTED, row)
                self._written[(prefix, day)] = last


def _take(statement: sqlite.Insert | postgresql.Insert) -> UpdateBase:
    return statement.on_conflict_do_update(
        index_elements=["prefix", "day"], set_={"last": numbers.c.last + 1}
    ).returning(numbers.c.last)


_TAKE = {"sqlite": _take(sqlite.insert(numbers)), "postgresql": _take(postgresql.insert(numbers))}
_COUNTED = (
    update(numbers)
    .where(numbers.c.prefix == bindparam("of"), numbers.c.day == bindparam("on"))
    .values(last=bindparam("now"))
)
