"""Writes are collected while a batch of turns runs and sent in bulk, in one order of locks for everybody."""

from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import UpdateBase

from storage.errors import ReadOnly
from storage.statement import write

Row = Mapping[str, Any]


class Lock(IntEnum):
    """The order in which rows are locked (design §1.2); no transaction ever goes back."""

    CHAT = 0
    PERSON = 1
    MATTER = 2
    ORDER = 3
    EVENT = 4
    DEADLINE = 5
    NUMBER = 6
    OUTBOX = 7
    REST = 8


class Writes:
    """Statements with their rows, waiting to be sent."""

    def __init__(self, connection: AsyncConnection, read_only: bool) -> None:
        self._connection = connection
        self._read_only = read_only
        self._waiting: dict[tuple[int, int], tuple[UpdateBase, list[Row]]] = {}
        self.count = 0
        self.dirty: set[Table] = set()

    def add(self, lock: Lock, table: Table, statement: UpdateBase, row: Row, place: int = 0) -> None:
        """Queue one row for `statement`; under one lock, lower places go first."""
        self.touch(table)
        slot = (lock * 10 + place, id(statement))
        if slot not in self._waiting:
            self._waiting[slot] = (statement, [])
        self._waiting[slot][1].append(row)

    def touch(self, table: Table) -> None:
        """Note that rows of `table` are about to change, so that reads of it flush first."""
        if self._read_only:
            raise ReadOnly(f"the unit of work may not write {table.name}")
        self.count += 1
        self.dirty.add(table)

    async def send(self, upto: Lock = Lock.REST) -> None:
        """Send what waits, up to and with that lock."""
        due = sorted((slot for slot in self._waiting if slot[0] < (upto + 1) * 10), key=lambda slot: slot[0])
        for slot in due:
            statement, rows = self._waiting.pop(slot)
            await write(self._connection, statement, rows)


@cache
def insert_or_ignore(dialect: str, table: Table, *unique: str) -> UpdateBase:
    """Insert a row unless one with the same unique columns is there."""
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table).on_conflict_do_nothing(index_elements=list(unique))


@cache
def insert_or_update(dialect: str, table: Table, unique: tuple[str, ...], changed: tuple[str, ...]) -> UpdateBase:
    """Insert a row, or write the changed columns into the one that has the same unique columns."""
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = make(table)
    return statement.on_conflict_do_update(
        index_elements=list(unique), set_={name: statement.excluded[name] for name in changed}
    )
