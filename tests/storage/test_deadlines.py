"""Deadlines are exactly what is promised; what was acted on never comes again."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.decision import Promise
from storage.database import Database
from tests.storage.matters import NOW, complaint

HOUR = timedelta(hours=1)


def promise(what: str = "T2", step: str = "1", due_at: datetime = NOW + 12 * HOUR) -> Promise:
    return Promise(what, step, "CP-4.2.2a", due_at)


async def _states(database: Database, subject: str = "TS1") -> dict[tuple[str, str, datetime], str]:
    async with database.read(NOW) as work:
        return {(row.what, row.step, row.due_at): row.state for row in await work.deadlines.of("complaint", subject)}


async def test_rows_follow_the_promises(database: Database) -> None:
    first, second = promise("T1"), promise("T2")
    async with database.begin(NOW) as work:
        work.deadlines.reconcile("complaint", "TS1", [first, second], "花园")
    async with database.begin(NOW) as work:
        work.deadlines.reconcile("complaint", "TS1", [second, promise("T3")], "花园")
    assert {what: state for (what, _, _), state in (await _states(database)).items()} == {
        "T1": "settled",
        "T2": "pending",
        "T3": "pending",
    }
    async with database.begin(NOW) as work:
        work.deadlines.reconcile("complaint", "TS1", [first], "花园")
        rows = {row.what: row for row in await work.deadlines.of("complaint", "TS1")}
    assert (rows["T1"].state, rows["T1"].settled_at) == ("pending", None)
    assert (rows["T2"].state, rows["T2"].settled_at) == ("settled", NOW)


async def test_what_was_acted_on_is_never_armed_again(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.deadlines.reconcile("complaint", "TS1", [promise()], "花园")
    async with database.begin(NOW) as work:
        (row,) = await work.deadlines.due(NOW + 13 * HOUR)
        work.deadlines.done(row, "acted")
        work.deadlines.reconcile("complaint", "TS1", [promise()], "花园")
    async with database.begin(NOW) as work:
        assert await work.deadlines.due(NOW + 13 * HOUR) == []
        work.deadlines.reconcile("complaint", "TS1", [], "花园")
        work.deadlines.reconcile("complaint", "TS1", [promise()], "花园")
    assert set((await _states(database)).values()) == {"done"}


async def test_due_ones_come_oldest_first_within_the_limit(database: Database) -> None:
    async with database.begin(NOW) as work:
        for n in range(5):
            work.deadlines.reconcile("complaint", f"TS{n}", [promise(due_at=NOW + (5 - n) * HOUR)], "花园")
        assert await work.deadlines.next_due() == NOW + HOUR
        assert await work.deadlines.due(NOW) == []
        assert [row.subject for row in await work.deadlines.due(NOW + 3 * HOUR, 2)] == ["TS4", "TS3"]


async def test_one_that_fails_sleeps_and_one_that_keeps_failing_is_parked(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.deadlines.reconcile("complaint", "TS1", [promise(due_at=NOW)], "花园")
        (row,) = await work.deadlines.due(NOW)
        work.deadlines.fail(row, "boom", NOW + HOUR)
    async with database.begin(NOW) as work:
        assert await work.deadlines.due(NOW) == []
        (row,) = await work.deadlines.due(NOW + HOUR)
        assert (row.attempts, row.due_at, row.outcome) == (1, NOW, "boom")
        work.deadlines.park(row, "boom again")
    async with database.begin(NOW) as work:
        assert await work.deadlines.due(NOW + 99 * HOUR) == []
        assert await work.deadlines.next_due() is None
        assert [row.outcome for row in await work.deadlines.parked()] == ["boom again"]


async def test_drafts_move_their_rows_instead_of_leaving_a_trail(database: Database) -> None:
    for minutes in (30, 31, 32):
        async with database.begin(NOW) as work:
            wakes = [promise("nudge", "d1", NOW + timedelta(minutes=minutes)), promise("expire", "d1", NOW + HOUR)]
            work.deadlines.reconcile("draft", "7", wakes, "花园", keep=False)
    async with database.begin(NOW) as work:
        rows = await work.deadlines.of("draft", "7")
        assert [(row.what, row.due_at - NOW) for row in rows] == [("nudge", timedelta(minutes=32)), ("expire", HOUR)]
        (nudge,) = await work.deadlines.due(NOW + timedelta(minutes=33))
        work.deadlines.done(nudge)
        work.deadlines.reconcile("draft", "7", [promise("nudge", "d1", NOW + 2 * HOUR)], "花园", keep=False)
    async with database.begin(NOW) as work:
        assert [(r.what, r.state, r.due_at - NOW) for r in await work.deadlines.of("draft", "7")] == [
            ("nudge", "pending", 2 * HOUR)
        ]
        work.deadlines.reconcile("draft", "7", [], "花园", keep=False)
        assert await work.deadlines.of("draft", "7") == []


async def test_a_new_complaint_needs_no_read(database: Database) -> None:
    from sqlalchemy import event

    reads: list[str] = []
    event.listen(
        database.engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _cur, sql, *_: reads.append(sql) if sql.lstrip().startswith("SELECT") else None,
    )
    async with database.begin(NOW) as work:
        work.complaints.save(complaint())
        work.deadlines.reconcile("complaint", "TS20261123-0001", [promise()], "花园")
        await work.flush()
        assert reads == []
        work.deadlines.reconcile("complaint", "TS20261123-0001", [], "花园")
    assert set((await _states(database, "TS20261123-0001")).values()) == {"settled"}


_PROMISES = [promise(what, step, NOW + hours * HOUR) for what in "ab" for step in "12" for hours in (1, 2)]


class Reconciling(RuleBasedStateMachine):
    """The rows against a dict: promises asked for, done, parked and let go in any order, over several works."""

    template: Callable[[Path], None]

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.template(self.folder / "db")
        self.loop = asyncio.new_event_loop()
        self.model: dict[Promise, str] = {}
        self.database = self.loop.run_until_complete(Database.open(f"sqlite+aiosqlite:///{self.folder / 'db'}"))

    @rule(wanted=st.sets(st.sampled_from(_PROMISES)), twice=st.sets(st.sampled_from(_PROMISES)))
    def reconcile(self, wanted: set[Promise], twice: set[Promise]) -> None:
        async def act() -> None:
            async with self.database.begin(NOW) as work:
                work.deadlines.reconcile("complaint", "TS1", sorted(twice, key=repr), "花园")
                work.deadlines.reconcile("complaint", "TS1", sorted(wanted, key=repr), "花园")

        self.loop.run_until_complete(act())
        for asked in wanted:
            if self.model.get(asked, "settled") == "settled":
                self.model[asked] = "pending"
        for known, state in self.model.items():
            if state == "pending" and known not in wanted:
                self.model[known] = "settled"

    @rule(hours=st.integers(0, 3), then=st.sets(st.sampled_from(_PROMISES)), parks=st.booleans())
    def act_on_due(self, hours: int, then: set[Promise], parks: bool) -> None:
        async def act() -> None:
            async with self.database.begin(NOW) as work:
                for row in await work.deadlines.due(NOW + hours * HOUR):
                    (work.deadlines.park if parks else work.deadlines.done)(row, "acted")
                work.deadlines.reconcile("complaint", "TS1", sorted(then, key=repr), "花园")

        self.loop.run_until_complete(act())
        for known, state in self.model.items():
            if state == "pending" and known.due_at <= NOW + hours * HOUR:
                self.model[known] = "parked" if parks else "done"
        for asked in then:
            if self.model.get(asked, "settled") == "settled":
                self.model[asked] = "pending"
        for known, state in self.model.items():
            if state == "pending" and known not in then:
                self.model[known] = "settled"

    @invariant()
    def rows_are_the_model(self) -> None:
        if hasattr(self, "database"):
            states = self.loop.run_until_complete(_states(self.database))
            assert states == {(p.kind, p.step, p.due_at): state for p, state in self.model.items()}

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.loop.run_until_complete(self.database.close())
            self.loop.close()
            shutil.rmtree(self.folder)


def test_reconciling_agrees_with_a_dict(template: Callable[[Path], None]) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    Reconciling.template = staticmethod(template)  # type: ignore[assignment]
    run_state_machine_as_test(
        Reconciling,
        settings=settings(
            max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
