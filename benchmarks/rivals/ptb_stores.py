"""Two durable stores for python-telegram-bot: the driver itself with one commit a turn, and the pickle file."""

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from telegram.ext import BasePersistence, PersistenceInput, PicklePersistence

from benchmarks.durable import count_complaints, file_complaint, open_database, transaction

Memory = dict[Any, Any]
Conversations = dict[tuple[int | str, ...], object]
Persistence = BasePersistence[Memory, Memory, Memory]
STORED = PersistenceInput(bot_data=False, chat_data=False, user_data=True, callback_data=False)


class PtbStore(Protocol):
    @property
    def persistence(self) -> Persistence: ...

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Whatever has to surround a turn so that it is durable when the turn ends."""

    def file(self, chat: int, answers: Mapping[str, str]) -> None: ...

    def filed(self) -> int: ...

    def close(self) -> None: ...


class DirectPersistence(Persistence):
    """One row per person and one per conversation; every statement of a turn belongs to one transaction."""

    def __init__(self, path: Path) -> None:
        super().__init__(store_data=STORED, update_interval=3600)
        self._db = open_database(path)
        self._lock = asyncio.Lock()
        self._db.execute("CREATE TABLE IF NOT EXISTS person (id INTEGER PRIMARY KEY, data TEXT NOT NULL)")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS conversation (name TEXT, key TEXT, state TEXT, PRIMARY KEY (name, key))"
        )

    @property
    def persistence(self) -> Persistence:
        return self

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        async with self._lock:
            with transaction(self._db):
                yield

    def file(self, chat: int, answers: Mapping[str, str]) -> None:
        file_complaint(self._db, chat, answers)

    def filed(self) -> int:
        return count_complaints(self._db)

    def close(self) -> None:
        self._db.close()

    async def get_user_data(self) -> dict[int, Memory]:
        return {person: json.loads(data) for person, data in self._db.execute("SELECT id, data FROM person")}

    async def update_user_data(self, user_id: int, data: Memory) -> None:
        self._db.execute(
            "INSERT INTO person VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data",
            (user_id, json.dumps(data, ensure_ascii=False)),
        )

    async def get_conversations(self, name: str) -> Conversations:
        rows = self._db.execute("SELECT key, state FROM conversation WHERE name = ?", (name,))
        return {tuple(json.loads(key)): json.loads(state) for key, state in rows}

    async def update_conversation(self, name: str, key: tuple[int | str, ...], new_state: object | None) -> None:
        if new_state is None:
            self._db.execute("DELETE FROM conversation WHERE name = ? AND key = ?", (name, json.dumps(key)))
            return
        self._db.execute(
            "INSERT INTO conversation VALUES (?, ?, ?) ON CONFLICT (name, key) DO UPDATE SET state = excluded.state",
            (name, json.dumps(key), json.dumps(new_state)),
        )

    async def drop_user_data(self, user_id: int) -> None:
        self._db.execute("DELETE FROM person WHERE id = ?", (user_id,))

    async def flush(self) -> None:
        """Nothing to do: each turn has committed."""

    async def refresh_user_data(self, user_id: int, user_data: Memory) -> None:
        """Nothing to do: nobody else writes the rows."""

    async def get_chat_data(self) -> dict[int, Memory]:
        return {}

    async def get_bot_data(self) -> Memory:
        return {}

    async def get_callback_data(self) -> None:
        return None

    async def update_chat_data(self, chat_id: int, data: Memory) -> None:
        raise NotImplementedError("not stored, see STORED")

    async def update_bot_data(self, data: Memory) -> None:
        raise NotImplementedError("not stored, see STORED")

    async def update_callback_data(self, data: Any) -> None:
        raise NotImplementedError("not stored, see STORED")

    async def drop_chat_data(self, chat_id: int) -> None:
        raise NotImplementedError("not stored, see STORED")

    async def refresh_chat_data(self, chat_id: int, chat_data: Memory) -> None:
        raise NotImplementedError("not stored, see STORED")

    async def refresh_bot_data(self, bot_data: Memory) -> None:
        raise NotImplementedError("not stored, see STORED")


class PickledPersistence:
    """The library's own pickle file, written once a turn and synced; complaints go to a database beside it.

    Better treated than by default (a write for every changed item, never synced). A kill in the middle of the
    write still tears the file: the library rewrites it in place.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.with_suffix(".pickle")
        self._pickle: PicklePersistence[Memory, Memory, Memory] = PicklePersistence(
            self._file, store_data=STORED, update_interval=3600, on_flush=True
        )
        self._db: sqlite3.Connection = open_database(path)

    @property
    def persistence(self) -> Persistence:
        return self._pickle

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        yield
        await self._pickle.flush()
        if not self._file.exists():  # nobody has begun a conversation yet
            return
        descriptor = os.open(self._file, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)

    def file(self, chat: int, answers: Mapping[str, str]) -> None:
        file_complaint(self._db, chat, answers)

    def filed(self) -> int:
        return count_complaints(self._db)

    def close(self) -> None:
        self._db.close()
