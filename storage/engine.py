"""The engine of each database: on SQLite, transactions that are what they say they are."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage import sqlite_driver

READ_ONLY = "huiyin_read_only"

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Limits:
    """Connections of one process, and how long it waits: for a statement, for a row's lock (both PostgreSQL), for a
    SQLite file that another process keeps locked. Seconds."""

    pool_size: int = 10
    statement_seconds: int = 30
    lock_seconds: int = 10
    busy_seconds: int = 10


def open_engine(url: str, limits: Limits) -> AsyncEngine:
    """Open the engine for `sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`."""
    if make_url(url).get_backend_name() == "sqlite":
        return _open_sqlite(url, limits.busy_seconds)
    waits = {
        "application_name": "huiyin",
        "statement_timeout": f"{limits.statement_seconds}s",
        "lock_timeout": f"{limits.lock_seconds}s",
        # A replica that hangs in the middle of a transaction must not hold its locks for good.
        "idle_in_transaction_session_timeout": f"{limits.statement_seconds}s",
    }
    return create_async_engine(
        url,
        json_serializer=_to_json,
        pool_size=limits.pool_size,
        max_overflow=0,
        pool_timeout=limits.lock_seconds,
        pool_pre_ping=True,
        connect_args={"server_settings": waits},
    )


def _open_sqlite(url: str, busy_seconds: int) -> AsyncEngine:
    if (path := sqlite_path(url)) is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url,
        json_serializer=_to_json,
        connect_args={
            "async_creator_fn": sqlite_driver.connect,
            "isolation_level": None,
            "cached_statements": 512,
            "busy_seconds": busy_seconds,
        },
    )
    event.listen(engine.sync_engine, "connect", _prepare_connection)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare_connection(connection: Any, _record: Any) -> None:
    """WAL with full durability; how long to wait for another process is the driver's business."""
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Take the write lock at the start: a transaction that upgrades later can neither wait nor see fresh rows."""
    reading = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def sqlite_path(url: str) -> Path | None:
    """The file behind a SQLite address, or None for PostgreSQL and for databases in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))
