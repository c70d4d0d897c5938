"""Sweeps of several replicas over one database: every promise is acted on once, and what fails blocks nobody."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.decision import Promise
from scheduler import sweeps
from scheduler.sweeps import AT_MOST_TRIES, keep_promises
from storage.database import Database
from storage.deadlines import DeadlineRow
from storage.outbox import OutboxMessage
from storage.tables.messages import outbox
from storage.work import Work
from tests.storage.conftest import NOW

MATTERS, EACH = 60, 3


async def promised(database: Database, matters: int = MATTERS, each: int = EACH) -> None:
    async with database.begin(NOW) as work:
        for matter in range(matters):
            due = [Promise(f"p{n}", "1", "CP-4.2.2a", NOW - timedelta(minutes=each - n)) for n in range(each)]
            work.deadlines.reconcile("test", f"m{matter}", due, "s", fresh=True)


async def swept(database: Database, keeper: sweeps.Keeper) -> None:
    """Until nothing is pending; a replica that finds all matters in other hands comes round again."""
    while True:
        while await keep_promises(database.begin, {"test": keeper}, NOW):
            pass
        async with database.read(NOW) as work:
            if not await work.deadlines.due(NOW, 1):
                return
        await asyncio.sleep(0.01)


async def test_four_sweeps_at_once_act_on_each_promise_once_and_in_order(database: Database) -> None:
    await promised(database)

    async def keeper(work: Work, row: DeadlineRow, _: object) -> None:
        await asyncio.sleep(0.0005)
        work.outbox.post(OutboxMessage(person="bob", lane="urgent", text=f"{row.subject} {row.what}"))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(swept(database, keeper))
    async with database.read(NOW) as work:
        texts = list((await work.connection.execute(select(outbox.c.text).order_by(outbox.c.id))).scalars())
    assert Counter(texts) == Counter(f"m{m} p{n}" for m in range(MATTERS) for n in range(EACH))
    for matter in range(MATTERS):
        mine = [text for text in texts if text.split()[0] == f"m{matter}"]
        assert mine == sorted(mine)


async def test_a_transaction_of_the_sweep_ends_when_its_time_is_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await promised(database, 10, 1)
    monkeypatch.setattr(sweeps, "MOST_SECONDS", 0.0)

    async def keeper(*_: object) -> None:
        await asyncio.sleep(0.001)

    assert await keep_promises(database.begin, {"test": keeper}, NOW) == 1


async def test_what_keeps_failing_is_parked_and_blocks_nobody(database: Database) -> None:
    await promised(database, 5, 1)
    acted: Counter[str] = Counter()

    async def keeper(_: Work, row: DeadlineRow, __: object) -> None:
        if row.subject == "m2":
            raise ValueError("broken")
        acted[row.subject] += 1

    now = NOW
    for _ in range(AT_MOST_TRIES):
        await keep_promises(database.begin, {"test": keeper}, now)
        now += timedelta(hours=1)
    # The batch that failed as a whole was rolled back: what it had counted is counted again when kept singly.
    assert set(acted) == {"m0", "m1", "m3", "m4"}
    async with database.read(now) as work:
        assert [row.subject for row in await work.deadlines.parked()] == ["m2"]
        assert await work.deadlines.due(now) == []
