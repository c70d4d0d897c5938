"""SQLite in the event loop's own thread: statements here take microseconds, a hop to a thread several times that.

Only what may wait for the disk or for another process leaves the loop: commits go to a thread, a database that another
process has locked is tried again after a short sleep. SQLAlchemy's adapter takes this in the place of aiosqlite.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from typing import Any, Self, TypeVar

Result = TypeVar("Result")

_FIRST_SLEEP, _LONGEST_SLEEP = 0.001, 0.05


class Cursor:
    """An asynchronous face on a cursor whose work is done by the time the call returns."""

    def __init__(self, connection: sqlite3.Connection, busy_seconds: float) -> None:
        self._cursor = connection.cursor()
        self._busy_seconds = busy_seconds

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    @property
    def arraysize(self) -> int:
        return self._cursor.arraysize

    @arraysize.setter
    def arraysize(self, size: int) -> None:
        self._cursor.arraysize = size

    async def execute(self, statement: str, parameters: Any = ()) -> Self:
        await _patiently(lambda: self._cursor.execute(statement, parameters), self._busy_seconds)
        return self

    async def executemany(self, statement: str, rows: Any) -> Self:
        self._cursor.executemany(statement, rows)
        return self

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        return self._cursor.fetchmany(size or self._cursor.arraysize)

    async def fetchone(self) -> Any:
        return self._cursor.fetchone()

    async def close(self) -> None:
        self._cursor.close()


class Connection:
    """What SQLAlchemy's adapter needs of aiosqlite's connection."""

    def __init__(self, database: str, *, busy_seconds: float = 10, **options: Any) -> None:
        self._busy_seconds = busy_seconds
        options |= {"timeout": 0, "check_same_thread": False}
        self._connection: sqlite3.Connection | None = sqlite3.connect(database, **options)
        """None once it is closed: the adapter looks."""
        self._conn = self._connection

    @property
    def isolation_level(self) -> str | None:
        level: str | None = self._conn.isolation_level
        return level

    def cursor(self) -> Cursor:
        return Cursor(self._conn, self._busy_seconds)

    def run_many(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        """Within a transaction that holds the write lock already, so it waits for nobody."""
        self._conn.executemany(statement, rows)

    def run_each(self, statement: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Likewise, with what each row returned."""
        run = self._conn.execute
        return [returned for row in rows for returned in run(statement, row).fetchall()]

    async def create_function(self, *named: Any, **options: Any) -> None:
        self._conn.create_function(*named, **options)

    async def commit(self) -> None:
        """Make it durable; without a transaction there is nothing to do."""
        if self._conn.in_transaction:
            await _in_thread(self._conn.commit)

    async def rollback(self) -> None:
        if self._conn.in_transaction:
            self._conn.rollback()

    async def close(self) -> None:
        self.stop()

    def stop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


async def connect(database: str, **options: Any) -> Connection:
    """Open the file; `busy_seconds`: so long another process may keep it locked. The other options are sqlite3's."""
    return Connection(database, **options)


async def _in_thread(work: Callable[[], Result]) -> Result:
    """Run it to its end even where the caller is cancelled: nobody may use the connection meanwhile."""
    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


async def _patiently(work: Callable[[], Result], seconds: float) -> Result:
    """Try again while another process holds the lock. Raises sqlite3.OperationalError after `seconds`."""
    try:
        return work()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
    given_up_at, pause = time.monotonic() + seconds, _FIRST_SLEEP
    while True:
        await asyncio.sleep(pause)
        try:
            return work()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > given_up_at:
                raise
        pause = min(pause * 2, _LONGEST_SLEEP)
