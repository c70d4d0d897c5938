"""Writes compiled once and run on the driver itself: many rows cost what the driver needs for them, not far more.

SQLAlchemy says what the SQL is and how a value is bound; what is saved is its bookkeeping for each row and execution
(docs/decisions/0020). Kept is the text of statements only, never data, so there is nothing that could be stale.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase

from storage.sqlite_driver import Connection as SqliteConnection

Row = Mapping[str, Any]


class Prepared:
    """One statement for rows with these keys. `sql` is None where only SQLAlchemy itself can run it."""

    def __init__(self, statement: UpdateBase, dialect: Dialect, keys: tuple[str, ...]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(keys))
        plain = not (compiled.insert_prefetch or compiled.update_prefetch or compiled.post_compile_params)
        self.sql = str(compiled) if plain else None
        self._slots = [_slot(compiled, name, dialect, keys) for name in compiled.positiontup or ()] if plain else []

    def values(self, row: Row) -> tuple[Any, ...]:
        """The row as the driver takes it."""
        return tuple(
            [
                fixed if name is None else row[name] if process is None else process(row[name])
                for name, process, fixed in self._slots
            ]
        )


Slot = tuple[str | None, Callable[[Any], Any] | None, Any]
"""The key in the row and how its value is bound; or no key and the value that is always the same."""


def _slot(compiled: SQLCompiler, name: str, dialect: Dialect, keys: tuple[str, ...]) -> Slot:
    bind = compiled.binds[name]
    process = bind.type.dialect_impl(dialect).bind_processor(dialect)
    if name in keys:
        return name, process, None
    value = compiled.params[name]
    return None, None, value if process is None else process(value)


@lru_cache(256)
def prepared(statement: UpdateBase, dialect: Dialect, keys: tuple[str, ...]) -> Prepared:
    return Prepared(statement, dialect, keys)


async def write(connection: AsyncConnection, statement: UpdateBase, rows: Sequence[Row]) -> None:
    """Run the statement for every row, all of which have the same keys. Raises DBAPIError."""
    ready = prepared(statement, connection.dialect, tuple(rows[0]))
    if ready.sql is None:
        await connection.execute(statement, rows)
        return
    driver = await _driver(connection)
    values = [ready.values(row) for row in rows]
    try:
        if isinstance(driver, SqliteConnection):
            driver.run_many(ready.sql, values)
        else:
            await driver.executemany(ready.sql, values)
    except Exception as error:
        raise DBAPIError(ready.sql, None, error) from error


async def write_returning(
    connection: AsyncConnection, statement: UpdateBase, rows: Sequence[Row]
) -> list[tuple[Any, ...]]:
    """Run an INSERT … RETURNING of plain numbers and texts for every row: what each gave, in the order of the rows.

    A row that was not inserted gives nothing. Raises DBAPIError.
    """
    ready = prepared(statement, connection.dialect, tuple(rows[0]))
    if ready.sql is None:
        raise ValueError(f"cannot be run on the driver itself: {statement}")
    driver = await _driver(connection)
    values = [ready.values(row) for row in rows]
    try:
        if isinstance(driver, SqliteConnection):
            return driver.run_each(ready.sql, values)
        return [tuple(row) for row in await driver.fetchmany(ready.sql, values)]
    except Exception as error:
        raise DBAPIError(ready.sql, None, error) from error


async def _driver(connection: AsyncConnection) -> Any:
    """The driver's own connection, within the transaction of SQLAlchemy, which on asyncpg begins with a statement."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    if not isinstance(driver, SqliteConnection) and not driver.is_in_transaction():
        await connection.exec_driver_sql("SHOW transaction_isolation")  # reads no table
    return driver
