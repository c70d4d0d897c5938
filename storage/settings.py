"""Small values that survive a restart: the demo mark, the clock's offset, flags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from storage.tables.time import settings
from storage.writes import Lock, insert_or_update

if TYPE_CHECKING:
    from storage.work import Work


class Settings:
    """`work.settings`: JSON values by key."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def get(self, key: str, default: Any = None) -> Any:
        await self._work.sees(settings)
        row = (await self._work.connection.execute(_GET, {"key": key})).one_or_none()
        return default if row is None else row.value

    def set(self, key: str, value: Any) -> None:
        statement = insert_or_update(self._work.dialect, settings, ("key",), ("value",))
        self._work.collected.add(Lock.REST, settings, statement, {"key": key, "value": value})


_GET = select(settings.c.value).where(settings.c.key == bindparam("key"))
