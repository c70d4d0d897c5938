"""Deadlines: every promise is a row, written in the transaction that causes it (design §1.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, delete, func, insert, select, tuple_, update

from domain.decision import Promise
from storage.tables.time import deadlines
from storage.tables.types import PARKED, PENDING
from storage.writes import Lock

if TYPE_CHECKING:
    from storage.work import Work

Subject = tuple[str, str]
"""Kind and id of what the deadline is about: ("complaint", "TS20261123-0001"), ("draft", …)."""


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """One deadline. `state`: pending, done (acted on), settled (no longer promised), parked (keeps failing)."""

    id: int
    kind: str
    subject: str
    what: str
    step: str
    clause: str
    site: str
    due_at: datetime
    wake_at: datetime
    state: str
    attempts: int
    created_at: datetime
    settled_at: datetime | None
    outcome: str

    @property
    def promise(self) -> Promise:
        return Promise(self.what, self.step, self.clause, self.due_at)


@dataclass(frozen=True, slots=True)
class _Target:
    promises: tuple[Promise, ...]
    site: str
    keep: bool
    fresh: bool


class Deadlines:
    """`work.deadlines`. Reconciling is put off to the flush: one read then serves all subjects of the batch."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._targets: dict[Subject, _Target] = {}
        self._flushed: set[Subject] = set()

    def reconcile(
        self, kind: str, subject: str, promises: Iterable[Promise], site: str, *, keep: bool = True, fresh: bool = False
    ) -> None:
        """From now on exactly these are promised about the subject; what was acted on is never armed again.

        `keep`: what is no longer promised stays as a settled row, for the compliance report; without it (drafts) the
        same promise is moved to its new time and the rest is deleted. `fresh`: the subject is new, no read is needed;
        complaints that are new in this work are known to be.
        """
        new = fresh or (kind == "complaint" and subject in self._work.complaints.fresh)
        new = new and (kind, subject) not in self._flushed
        self._targets[(kind, subject)] = _Target(tuple(dict.fromkeys(promises)), site, keep, new)
        self._work.collected.touch(deadlines)

    async def due(self, now: datetime, limit: int = 50) -> list[DeadlineRow]:
        """Pending deadlines that fell due, oldest first; parked ones and those backing off are left out."""
        return await self._rows(_DUE, now=now, limit=limit)

    async def take_due(self, now: datetime, limit: int = 50) -> list[DeadlineRow]:
        """The same, of matters that no other replica has in hand; they are this transaction's until it ends.

        The lock is on the matter's name and is only ever tried, so it waits for nobody and is in no order with the
        locks on rows. Read again once it is held: what a colleague has just acted on is no longer pending.
        """
        if self._work.dialect != "postgresql":
            return await self.due(now, limit)
        await self._work.sees(deadlines)
        taken = (await self._work.connection.execute(_TAKE, {"now": now, "limit": limit, "seen": 4 * limit})).scalars()
        return await self._rows(_TAKEN, rows=list(taken))

    async def take(self, row: DeadlineRow) -> bool:
        """Whether this one still waits and its matter is now this transaction's."""
        if self._work.dialect == "postgresql":
            held = await self._work.connection.execute(_TRY, {"name": f"{row.kind}/{row.subject}"})
            if not held.scalar():
                return False
        present = await self._rows(_TAKEN, rows=[row.id])
        return bool(present)

    async def of(self, kind: str, subject: str) -> list[DeadlineRow]:
        return await self._rows(_OF, kind=kind, subject=subject)

    async def get(self, row_id: int) -> DeadlineRow | None:
        """The row as it is now, locked: for the re-check before acting on it."""
        return next(iter(await self._rows(_ONE, row=row_id)), None)

    async def parked(self) -> list[DeadlineRow]:
        return await self._rows(_PARKED)

    async def next_due(self) -> datetime | None:
        """When the next pending deadline wants to be acted on."""
        await self._work.sees(deadlines)
        found: datetime | None = (await self._work.connection.execute(_NEXT)).scalar()
        return found

    async def _rows(self, statement: Any, **values: Any) -> list[DeadlineRow]:
        await self._work.sees(deadlines)
        rows = (await self._work.connection.execute(statement, values)).all()
        return [DeadlineRow(**row._asdict()) for row in rows]

    def done(self, row: DeadlineRow, outcome: str = "") -> None:
        """Acted on, or found to need nothing; it never comes again."""
        self._settle(row.id, "done", outcome)

    def park(self, row: DeadlineRow, error: str) -> None:
        """It keeps failing: out of everybody's way until an operator looks."""
        self._settle(row.id, "parked", error)

    def fail(self, row: DeadlineRow, error: str, retry_at: datetime) -> None:
        """Count the failed attempt and let the row sleep until `retry_at`."""
        values = {"row": row.id, "error": error[:2000], "retry_at": retry_at}
        self._work.collected.add(Lock.DEADLINE, deadlines, _FAIL, values)

    def _settle(self, row_id: int, state: str, outcome: str) -> None:
        row = {"row": row_id, "new_state": state, "now": self._work.now, "why": outcome[:2000]}
        self._work.collected.add(Lock.DEADLINE, deadlines, _SETTLE, row)

    async def prepare(self) -> None:
        """Compare what is promised with the rows there are, and queue the difference (called by the flush)."""
        targets, self._targets = self._targets, {}
        self._flushed.update(targets)
        present: dict[Subject, list[Any]] = {subject: [] for subject in targets}
        if known := sorted(subject for subject, target in targets.items() if not target.fresh):
            for row in (await self._work.connection.execute(_PRESENT, {"subjects": known})).all():
                present[(row.kind, row.subject)].append(row)
        for subject in sorted(targets):
            target = targets[subject]
            (self._amend if target.keep else self._move)(subject, target, present[subject])

    def _amend(self, subject: Subject, target: _Target, present: list[Any]) -> None:
        rows = {(row.what, row.step, row.due_at): row for row in present}
        for promise in target.promises:
            row = rows.pop((promise.kind, promise.step, promise.due_at), None)
            if row is None:
                self._insert(subject, target.site, promise)
            elif row.state == "settled":
                self._rearm(row.id, promise)
        for row in rows.values():
            if row.state == "pending":
                self._settle(row.id, "settled", "")

    def _move(self, subject: Subject, target: _Target, present: list[Any]) -> None:
        rows = {(row.what, row.step): row for row in sorted(present, key=lambda row: row.due_at)}
        for row in present:
            if rows[(row.what, row.step)] is not row:
                self._delete(row.id)
        for promise in target.promises:
            row = rows.pop((promise.kind, promise.step), None)
            if row is None:
                self._insert(subject, target.site, promise)
            elif row.due_at != promise.due_at or row.state == "settled":
                self._rearm(row.id, promise)
        for row in rows.values():
            self._delete(row.id)

    def _insert(self, subject: Subject, site: str, promise: Promise) -> None:
        row = {
            "kind": subject[0],
            "subject": subject[1],
            "what": promise.kind,
            "step": promise.step,
            "clause": promise.clause,
            "site": site,
            "due_at": promise.due_at,
            "wake_at": promise.due_at,
            "state": "pending",
            "attempts": 0,
            "created_at": self._work.now,
        }
        self._work.collected.add(Lock.DEADLINE, deadlines, _INSERT, row, place=3)

    def _rearm(self, row_id: int, promise: Promise) -> None:
        row = {"row": row_id, "due": promise.due_at, "because": promise.clause}
        self._work.collected.add(Lock.DEADLINE, deadlines, _REARM, row, place=2)

    def _delete(self, row_id: int) -> None:
        self._work.collected.add(Lock.DEADLINE, deadlines, _DELETE, {"row": row_id}, place=1)


_ROW = deadlines.c.id == bindparam("row")
_DUE = (
    select(deadlines)
    .where(deadlines.c.state == PENDING, deadlines.c.wake_at <= bindparam("now"))
    .order_by(deadlines.c.wake_at, deadlines.c.id)
    .limit(bindparam("limit"))
)
_SEEN = (
    select(deadlines.c.id, deadlines.c.kind, deadlines.c.subject)
    .where(deadlines.c.state == PENDING, deadlines.c.wake_at <= bindparam("now"))
    .order_by(deadlines.c.wake_at, deadlines.c.id)
    .limit(bindparam("seen"))
    .subquery()
)
_TAKE = (
    select(_SEEN.c.id)
    .where(func.pg_try_advisory_xact_lock(func.hashtextextended(_SEEN.c.kind + "/" + _SEEN.c.subject, 0)))
    .limit(bindparam("limit"))
)
_TRY = select(func.pg_try_advisory_xact_lock(func.hashtextextended(bindparam("name", type_=String), 0)))
_TAKEN = (
    select(deadlines)
    .where(deadlines.c.id.in_(bindparam("rows", expanding=True)), deadlines.c.state == PENDING)
    .order_by(deadlines.c.wake_at, deadlines.c.id)
)
_OF = (
    select(deadlines)
    .where(deadlines.c.kind == bindparam("kind"), deadlines.c.subject == bindparam("subject"))
    .order_by(deadlines.c.due_at, deadlines.c.id)
)
_ONE = select(deadlines).where(_ROW).with_for_update()
_PARKED = select(deadlines).where(deadlines.c.state == PARKED).order_by(deadlines.c.id)
_NEXT = (
    select(deadlines.c.wake_at)
    .where(deadlines.c.state == PENDING)
    .order_by(deadlines.c.wake_at, deadlines.c.id)
    .limit(1)
)
_PRESENT = select(
    deadlines.c.id,
    deadlines.c.kind,
    deadlines.c.subject,
    deadlines.c.what,
    deadlines.c.step,
    deadlines.c.due_at,
    deadlines.c.state,
).where(tuple_(deadlines.c.kind, deadlines.c.subject).in_(bindparam("subjects", expanding=True)))
_SETTLE = (
    update(deadlines)
    .where(_ROW)
    .values(state=bindparam("new_state"), settled_at=bindparam("now"), outcome=bindparam("why"))
)
_FAIL = (
    update(deadlines)
    .where(_ROW)
    .values(attempts=deadlines.c.attempts + 1, wake_at=bindparam("retry_at"), outcome=bindparam("error"))
)
_REARM = (
    update(deadlines)
    .where(_ROW)
    .values(
        state="pending",
        due_at=bindparam("due"),
        wake_at=bindparam("due"),
        clause=bindparam("because"),
        settled_at=None,
        outcome="",
        attempts=0,
    )
)
_DELETE = delete(deadlines).where(_ROW)
_INSERT = insert(deadlines)
