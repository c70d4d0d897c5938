"""Who of the replicas does what only one may do: a fenced row that expires (design §1.4)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, case, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase

from storage.tables.time import leases

if TYPE_CHECKING:
    from storage.work import Work


class Leases:
    """`work.leases`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def hold(self, name: str, holder: str, until: datetime) -> int | None:
        """Take or keep it until then: the fence, which grows with every new holder; None while another holds it.

        The row stays locked until this work ends, so what is written in the same work is written by the holder.
        """
        self._work.collected.touch(leases)
        row = {"name": name, "holder": holder, "fence": 1, "until": until}
        found = await self._work.connection.execute(_HOLD[self._work.dialect], row | {"now": self._work.now})
        fence: int | None = found.scalar_one_or_none()
        return fence

    async def release(self, name: str, holder: str) -> None:
        """Let the next one have it at once; nothing happens where another holds it already."""
        self._work.collected.touch(leases)
        await self._work.connection.execute(_RELEASE, {"of": name, "by": holder, "now": self._work.now})


def _hold(insert: type[postgresql.Insert | sqlite.Insert]) -> UpdateBase:
    statement = insert(leases)
    new = statement.excluded
    free = or_(leases.c.holder == new.holder, leases.c.until <= bindparam("now", type_=leases.c.until.type))
    return statement.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "holder": new.holder,
            "until": new.until,
            "fence": case((leases.c.holder == new.holder, leases.c.fence), else_=leases.c.fence + 1),
        },
        where=free,
    ).returning(leases.c.fence)


_HOLD = {"postgresql": _hold(postgresql.Insert), "sqlite": _hold(sqlite.Insert)}
_RELEASE = (
    update(leases)
    .where(and_(leases.c.name == bindparam("of"), leases.c.holder == bindparam("by")))
    .values(until=bindparam("now"))
)
