"""What is said is kept once, and each chat is worked in order, whoever works."""

import asyncio
from collections import defaultdict
from datetime import timedelta

from storage.database import Database
from storage.inbox import InboxMessage
from tests.storage.matters import NOW


def said(message: int, person: str = "ann", channel: str = "console") -> InboxMessage:
    return InboxMessage(
        channel=channel, message_id=f"{person}{message}", address=person, payload={"n": message}, at=NOW
    )


async def test_a_message_is_stored_once_and_its_chat_knows_the_person(database: Database) -> None:
    async with database.begin(NOW) as work:
        first = await work.inbox.add([said(1), said(2), said(1), said(1, "stranger", "telegram")])
    async with database.begin(NOW) as work:
        second = await work.inbox.add([said(2), said(3)])
        rows = {row.address: row for row in await work.inbox.claim(10)}
    assert (len(first), len(second)) == (3, 1)
    assert (rows["ann"].person, rows["ann"].payload, rows["ann"].at) == ("ann", {"n": 1}, NOW)
    assert rows["stranger"].person is None


async def test_binding_tells_the_chats_there_are_and_those_to_come(database: Database) -> None:
    async with database.begin(NOW) as work:
        await work.inbox.add([said(1, "tg-1", "telegram")])
        await work.people.bind("telegram", "tg-1", "ann")
        await work.people.bind("telegram", "tg-2", "bob")
        await work.inbox.add([said(1, "tg-2", "telegram")])
        assert {row.person for row in await work.inbox.claim(10)} == {"ann", "bob"}
        found = await work.people.by_address("telegram", "tg-1")
    assert found is not None
    assert found.id == "ann"


async def test_only_the_oldest_of_each_chat_is_claimed(database: Database) -> None:
    async with database.begin(NOW) as work:
        await work.inbox.add([said(n, person) for n in range(100) for person in ("ann", "bob")])
    for n in range(3):
        async with database.begin(NOW) as work:
            rows = await work.inbox.claim(10)
            assert [row.payload["n"] for row in rows] == [n, n]
            work.inbox.done(row.id for row in rows)
    async with database.begin(NOW) as work:
        assert await work.inbox.pending() == 194
        assert [row.address for row in await work.inbox.claim(1)] == ["ann"]
        bob = next(row.chat for row in await work.inbox.claim(10) if row.address == "bob")
        assert [row.address for row in await work.inbox.claim(10, chats_only=[bob])] == ["bob"]


async def test_a_flood_from_one_chat_hides_nobody(database: Database) -> None:
    async with database.begin(NOW) as work:
        await work.inbox.add([said(n) for n in range(300)])
        await work.inbox.add([said(1, "bob")])
    async with database.begin(NOW) as work:
        assert {row.address for row in await work.inbox.claim(8)} == {"ann", "bob"}


async def test_two_workers_keep_the_order_of_every_chat(database: Database) -> None:
    people, messages = ("ann", "bob", "cui", "dai"), 12
    async with database.begin(NOW) as work:
        await work.inbox.add([said(n, person) for n in range(messages) for person in people])
    handled: dict[str, list[int]] = defaultdict(list)
    other = await Database.open(database.url)

    async def worker(through: Database) -> None:
        while True:
            async with through.begin(NOW) as work:
                rows = await work.inbox.claim(2)
                await asyncio.sleep(0)
                work.inbox.done(row.id for row in rows)
                left = await work.inbox.pending()
            for row in rows:
                handled[row.address].append(row.payload["n"])
            if not rows and not left:
                return

    async with asyncio.timeout(30):
        await asyncio.gather(worker(database), worker(other))
    await other.close()
    assert handled == {person: list(range(messages)) for person in people}


async def test_failures_are_counted_outside_and_park_the_message_at_last(database: Database) -> None:
    async with database.begin(NOW) as work:
        (first, second) = await work.inbox.add([said(1), said(2)])
    later = NOW + timedelta(minutes=1)
    assert not await database.note_failure(first, "boom", park_after=2, retry_at=later)
    async with database.begin(NOW) as work:
        assert await work.inbox.claim(10) == []  # backing off, and nothing overtakes it
    async with database.begin(later) as work:
        assert [row.attempts for row in await work.inbox.claim(10)] == [1]
    assert await database.note_failure(first, "boom again", park_after=2)
    async with database.begin(later) as work:
        assert [(row.id, row.attempts, row.error) for row in await work.inbox.parked()] == [(first, 2, "boom again")]
        assert [row.id for row in await work.inbox.claim(10)] == [second]
        assert await work.inbox.replay(first)
        assert not await work.inbox.replay(second)
    async with database.begin(later) as work:
        assert [(row.id, row.attempts) for row in await work.inbox.claim(10)] == [(first, 0)]
