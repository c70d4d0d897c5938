"""Writes on the driver itself: the same values as through SQLAlchemy, the same errors, the same transaction."""

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from storage.database import Database
from storage.statement import write, write_returning
from storage.tables.messages import chats
from storage.writes import insert_or_ignore
from tests.storage.matters import NOW

ROWS = [{"channel": "telegram", "address": address, "created_at": NOW} for address in ("一", "二", "三")]


async def test_rows_are_bound_as_sqlalchemy_would_and_ids_come_in_their_order(database: Database) -> None:
    async with database.begin(NOW) as work:
        new = insert(chats).returning(chats.c.id, chats.c.address)
        ids = await write_returning(work.connection, new, ROWS)
    assert [address for _, address in ids] == ["一", "二", "三"]
    assert ids == sorted(ids)
    async with database.read(NOW) as work:
        stored = (await work.connection.execute(select(chats.c.id, chats.c.created_at).order_by(chats.c.id))).all()
    assert [row.id for row in stored][-3:] == [number for number, _ in ids]
    assert {row.created_at for row in stored[-3:]} == {NOW}


async def test_a_row_that_is_there_already_gives_nothing(database: Database) -> None:
    new = insert_or_ignore(database.engine.dialect.name, chats, "channel", "address").returning(chats.c.address)
    async with database.begin(NOW) as work:
        assert len(await write_returning(work.connection, new, ROWS[:1])) == 1
        assert await write_returning(work.connection, new, ROWS[:2]) == [("二",)]


async def test_what_was_written_goes_with_the_transaction(database: Database) -> None:
    async def twice() -> None:
        async with database.begin(NOW) as work:
            await write(work.connection, insert(chats), ROWS)
            await write(work.connection, insert(chats), ROWS[:1])

    with pytest.raises(DBAPIError):
        await twice()
    async with database.read(NOW) as work:
        left = (await work.connection.execute(select(chats.c.id).where(chats.c.channel == "telegram"))).all()
    assert not left
