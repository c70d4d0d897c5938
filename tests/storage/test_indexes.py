"""Whatever runs on every message or every tick goes by an index: its cost follows what is due, not what is stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from domain.decision import Promise
from storage.backlog import read_backlog
from storage.database import Database
from storage.inbox import InboxMessage
from storage.outbox import OutboxMessage
from tests.storage.matters import NOW, complaint, order


@contextmanager
def _noted(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The statements run in the block that read or change rows found by a condition."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        if sql.lstrip().startswith(("SELECT", "UPDATE", "DELETE")):
            seen.append((sql, parameters[0] if many else parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def _turn(database: Database) -> None:
    async with database.begin(NOW) as work:
        rows = await work.inbox.claim(8)
        await work.people.preload(row.person for row in rows if row.person)
        await work.conversations.preload(row.chat for row in rows)
        await work.outbox.preload_offered(["ann", "bob"])
        work.outbox.post(OutboxMessage(person="ann", lane="reply", text="改", slot="s", edit=True))
        work.outbox.withdraw("t")
        work.inbox.done(row.id for row in rows)
        work.deadlines.reconcile("complaint", "TS1", [Promise("T2", "1", "CP-4.2.2a", NOW)], "花园")
        work.complaints.save(complaint("TS1", orders=(order("GD1"),)))
        await work.flush()
        await work.console.deliver()
        await work.inbox.pending()
        await work.outbox.waiting()
        await work.ledger.maybe_sent("telegram")
        for row in await work.ledger.sendable("telegram", 8, ["bob"]):
            work.ledger.claim(row, "r", NOW)
        await work.ledger.next_due("telegram")
        await work.ledger.recent("telegram", NOW)
        await work.leases.hold("telegram", "r", NOW)
        await work.outbox.next_due()
        await read_backlog(work)
        await work.inbox.parked()
        await work.deadlines.parked()


async def _tick(database: Database) -> None:
    async with database.begin(NOW + timedelta(hours=1)) as work:
        for row in await work.deadlines.due(NOW + timedelta(hours=1)):
            await work.deadlines.get(row.id)
            work.deadlines.done(row)
        await work.deadlines.next_due()
        await work.people.roster("花园")
        await work.threads.of_resident("ann")
        await work.complaints.open_of_site("花园")
        await work.complaints.with_open_orders_of("tech")
        await work.complaints.callbacks_due("花园")
        await work.complaints.of_resident("ann")
        await work.complaints.of_order("GD1")


async def test_no_turn_and_no_tick_reads_a_whole_table(database: Database) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by the size of tables; these are small")
    async with database.begin(NOW) as work:
        await work.inbox.add([InboxMessage(channel="console", message_id="1", address="ann", payload={}, at=NOW)])
    with _noted(database) as seen:
        await _turn(database)
        await _tick(database)
    plans: dict[str, list[str]] = {}
    async with database.engine.connect() as connection:
        for sql, parameters in seen:
            steps = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
            plans[sql] = [row.detail for row in steps]
    whole = {
        sql: steps
        for sql, steps in plans.items()
        if any(s.startswith("SCAN") and " INDEX " not in s and s != "SCAN CONSTANT ROW" for s in steps)
    }
    assert len(plans) > 25
    assert whole == {}


async def test_a_backlog_does_not_slow_the_next_message(database: Database) -> None:
    async with database.begin(NOW) as work:
        for n in range(3):
            work.outbox.post(OutboxMessage(person="ann", lane="bulk", text=str(n), not_before=NOW + timedelta(days=1)))
        work.outbox.post(OutboxMessage(person="ann", lane="urgent", text="急"))
        assert list(await work.console.deliver()) == ["ann"]
        assert [m.text for m in await work.console.list("ann")] == ["急"]
