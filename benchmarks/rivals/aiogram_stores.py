"""Two durable stores for aiogram's state machine: the driver itself with one commit a turn, and SQLAlchemy."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Protocol

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey
from sqlalchemy import BigInteger, Text, event, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from benchmarks.durable import SETTINGS, count_complaints, file_complaint, open_database, transaction


class FsmStore(Protocol):
    @property
    def storage(self) -> BaseStorage: ...

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Whatever has to surround a turn so that it is durable when the turn ends."""

    async def file(self, chat: int, answers: Mapping[str, Any]) -> None: ...

    async def filed(self) -> int: ...


def code_of(state: StateType) -> str | None:
    return state.state if isinstance(state, State) else state


class DirectStore(BaseStorage):
    """One row per chat; every statement of a turn belongs to one transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._lock = asyncio.Lock()
        db.execute("CREATE TABLE IF NOT EXISTS fsm (chat INTEGER PRIMARY KEY, state TEXT, data TEXT)")

    @classmethod
    async def open(cls, path: Path) -> "DirectStore":
        return cls(open_database(path))

    @property
    def storage(self) -> BaseStorage:
        return self

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        async with self._lock:
            with transaction(self._db):
                yield

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        self._db.execute(
            "INSERT INTO fsm (chat, state) VALUES (?, ?) ON CONFLICT (chat) DO UPDATE SET state = excluded.state",
            (key.chat_id, code_of(state)),
        )

    async def get_state(self, key: StorageKey) -> str | None:
        row = self._db.execute("SELECT state FROM fsm WHERE chat = ?", (key.chat_id,)).fetchone()
        return row[0] if row else None

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        self._db.execute(
            "INSERT INTO fsm (chat, data) VALUES (?, ?) ON CONFLICT (chat) DO UPDATE SET data = excluded.data",
            (key.chat_id, json.dumps(data, ensure_ascii=False)),
        )

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        row = self._db.execute("SELECT data FROM fsm WHERE chat = ?", (key.chat_id,)).fetchone()
        return json.loads(row[0]) if row and row[0] else {}

    async def file(self, chat: int, answers: Mapping[str, Any]) -> None:
        file_complaint(self._db, chat, answers)

    async def filed(self) -> int:
        return count_complaints(self._db)

    async def close(self) -> None:
        self._db.close()


class Table(DeclarativeBase):
    pass


class Fsm(Table):
    __tablename__ = "fsm"
    chat: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    state: Mapped[str | None] = mapped_column(Text)
    data: Mapped[str | None] = mapped_column(Text)


class Complaint(Table):
    __tablename__ = "complaint"
    id: Mapped[int] = mapped_column(primary_key=True)
    chat: Mapped[int] = mapped_column(BigInteger)
    answers: Mapped[str] = mapped_column(Text)


class AlchemyStore(BaseStorage):
    """One session and one commit a turn, which is better than the usual session for each call."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._open_session: async_sessionmaker[AsyncSession] = async_sessionmaker(engine, expire_on_commit=False)
        self._session: ContextVar[AsyncSession] = ContextVar("session")

    @classmethod
    async def open(cls, path: Path) -> "AlchemyStore":
        # One connection: with several, SQLite's single writer makes 64 chats sleep in the busy handler.
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=1, max_overflow=0, pool_timeout=60)
        event.listen(engine.sync_engine, "connect", apply_settings)
        async with engine.begin() as connection:
            await connection.run_sync(Table.metadata.create_all)
        return cls(engine)

    @property
    def storage(self) -> BaseStorage:
        return self

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        async with self._open_session.begin() as session:
            before = self._session.set(session)
            yield
            self._session.reset(before)

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        await self._save(key.chat_id, {"state": code_of(state)})

    async def get_state(self, key: StorageKey) -> str | None:
        return await self._session.get().scalar(select(Fsm.state).where(Fsm.chat == key.chat_id))

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        await self._save(key.chat_id, {"data": json.dumps(data, ensure_ascii=False)})

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        data = await self._session.get().scalar(select(Fsm.data).where(Fsm.chat == key.chat_id))
        return json.loads(data) if data else {}

    async def file(self, chat: int, answers: Mapping[str, Any]) -> None:
        self._session.get().add(Complaint(chat=chat, answers=json.dumps(answers, ensure_ascii=False)))

    async def filed(self) -> int:
        async with self._open_session() as session:
            return await session.scalar(select(func.count()).select_from(Complaint)) or 0

    async def close(self) -> None:
        await self._engine.dispose()

    async def _save(self, chat: int, columns: dict[str, str | None]) -> None:
        statement = insert(Fsm).values(chat=chat, **columns)
        await self._session.get().execute(statement.on_conflict_do_update(index_elements=[Fsm.chat], set_=columns))


def apply_settings(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for setting in SETTINGS:
        cursor.execute(setting)
    cursor.close()
