"""The database: open, migrate, begin a unit of work, serve it alone where it is a SQLite file."""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Self, TypeVar

from sqlalchemy import bindparam, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.engine import READ_ONLY, Limits, open_engine, sqlite_path
from storage.errors import AlreadyServing, VersionConflict
from storage.tables.messages import inbox
from storage.work import Work

Result = TypeVar("Result")

_TRIES = 5
_TRANSIENT = ("40001", "40P01", "55P03")
"""PostgreSQL: serialisation failure, deadlock, lock time-out."""


class Database:
    """One database, SQLite or PostgreSQL. `channels` are those in use, the one to be preferred first."""

    def __init__(self, engine: AsyncEngine, url: str, channels: Sequence[str]) -> None:
        self.engine = engine
        self.url = url
        self.channels = tuple(channels)
        self._served: IO[bytes] | None = None
        self._writer = asyncio.Lock() if engine.dialect.name == "sqlite" else None

    @classmethod
    async def open(cls, url: str, channels: Sequence[str] = ("console",), limits: Limits | None = None) -> Self:
        return cls(open_engine(url, limits or Limits()), url, channels)

    @property
    def many_writers(self) -> bool:
        """Whether transactions that write may run side by side."""
        return self._writer is None

    async def close(self) -> None:
        await self.engine.dispose()
        if self._served is not None:
            self._served.close()
            self._served = None

    async def migrate(self) -> None:
        """Bring the tables to this version's shape; does nothing when they have it."""
        from storage.migrations import migrate

        await migrate(self.engine)

    async def revision(self) -> str | None:
        """The revision the tables are at, None where there are none; `storage.migrations.HEAD` is this program's."""
        from storage.migrations import revision

        async with self.engine.connect() as plain:
            connection = await plain.execution_options(**{READ_ONLY: True})
            return await connection.run_sync(revision)

    @contextlib.asynccontextmanager
    async def begin(self, now: datetime) -> AsyncIterator[Work]:
        """One transaction: committed at the end of the block, rolled back by any exception.

        Writers of one SQLite file wait for each other here, in order, rather than in the driver.
        """
        async with self._writer or contextlib.nullcontext(), self.engine.begin() as connection:
            work = Work(connection, now, self.channels)
            yield work
            await work.flush()

    @contextlib.asynccontextmanager
    async def read(self, now: datetime) -> AsyncIterator[Work]:
        """A snapshot to read from, beside writers and never in their way. Writing raises ReadOnly."""
        async with self.engine.connect() as plain:
            connection = await plain.execution_options(**{READ_ONLY: True})
            async with connection.begin():
                yield Work(connection, now, self.channels, read_only=True)

    async def run(self, now: datetime, action: Callable[[Work], Awaitable[Result]]) -> Result:
        """Run `action` in one transaction, again from the start (five times at most) when somebody came between."""
        for attempt in range(1, _TRIES + 1):
            try:
                async with self.begin(now) as work:
                    return await action(work)
            except (VersionConflict, DBAPIError) as error:
                if attempt == _TRIES or not transient(error):
                    raise
        raise AssertionError("unreachable")

    async def note_failure(
        self, inbox_id: int, error: str, *, park_after: int = 5, retry_at: datetime | None = None
    ) -> bool:
        """Count a failed attempt outside the failed transaction; True when the message is now parked."""
        connection: AsyncConnection
        async with self._writer or contextlib.nullcontext(), self.engine.begin() as connection:
            failed = await connection.execute(
                _COUNT_FAILURE, {"failed": inbox_id, "error": error[:2000], "retry_at": retry_at}
            )
            attempts = failed.scalar_one_or_none()
            parked = attempts is not None and attempts >= park_after
            if parked:
                await connection.execute(_PARK, {"failed": inbox_id})
            return parked

    def claim_exclusive(self) -> None:
        """Be the one process that serves this SQLite file; PostgreSQL takes any number.

        Raises AlreadyServing. The lock ends with the process, however it ends.
        """
        path = sqlite_path(self.url)
        if path is None or self._served is not None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        held = Path(f"{path}.serve").open("a+b")  # noqa: SIM115  (held for as long as this process serves)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            held.close()
            raise AlreadyServing(str(path)) from error
        held.truncate(0)
        held.write(f"{os.getpid()}\n".encode())
        held.flush()
        self._served = held


def transient(error: Exception) -> bool:
    """Whether trying the same transaction again may succeed: conflict, deadlock, lock time-out."""
    if isinstance(error, VersionConflict):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state in _TRANSIENT or "database is locked" in str(error.orig)


_COUNT_FAILURE = (
    update(inbox)
    .where(inbox.c.id == bindparam("failed"), inbox.c.state == "pending")
    .values(attempts=inbox.c.attempts + 1, error=bindparam("error"), retry_at=bindparam("retry_at"))
    .returning(inbox.c.attempts)
)
_PARK = update(inbox).where(inbox.c.id == bindparam("failed")).values(state="parked")
