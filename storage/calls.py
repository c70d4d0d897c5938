"""Call tasks 致电任务: where a message cannot reach somebody, a person calls."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from storage.tables.matters import call_tasks
from storage.writes import Lock

if TYPE_CHECKING:
    from storage.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTask:
    """Somebody to be called; `state` is open or done, `reason` a code such as `unfinished_complaint`."""

    number: str
    site: str
    person: str | None
    phone: str
    text: str
    reason: str
    matter: str | None
    at: datetime
    state: str = "open"
    outcome: str = ""
    done_by: str | None = None
    done_at: datetime | None = None


class CallTasks:
    """`work.calls`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, task: CallTask) -> None:
        row = {field.name: getattr(task, field.name) for field in fields(task)}
        self._work.collected.add(Lock.MATTER, call_tasks, _ADD, row)

    async def get(self, number: str) -> CallTask | None:
        return next(iter(await self._tasks(_ONE, number=number)), None)

    async def open_of_site(self, site: str) -> list[CallTask]:
        """What is still to be called, oldest first."""
        return await self._tasks(_OPEN, site=site)

    async def of_matter(self, matter: str) -> list[CallTask]:
        return await self._tasks(_OF_MATTER, matter=matter)

    async def close(self, number: str, outcome: str, by: str | None) -> bool:
        """Record what the call brought; False when somebody did so before."""
        await self._work.sees(call_tasks)
        self._work.collected.touch(call_tasks)
        values = {"of": number, "result": outcome, "who": by, "now": self._work.now}
        return (await self._work.connection.execute(_CLOSE, values)).rowcount == 1

    def tried(self, number: str, note: str) -> None:
        """Add what came of a try that reached nobody; the task stays open."""
        self._work.collected.add(Lock.MATTER, call_tasks, _TRIED, {"of": number, "note": note}, place=1)

    async def close_for(self, matter: str, *, by: str | None, outcome: str) -> int:
        """Close every open task of the matter; returns how many there were. `by` None: it settled itself."""
        await self._work.sees(call_tasks)
        self._work.collected.touch(call_tasks)
        values = {"about": matter, "result": outcome, "who": by, "now": self._work.now}
        return (await self._work.connection.execute(_CLOSE_FOR, values)).rowcount

    async def _tasks(self, statement: Any, **values: Any) -> list[CallTask]:
        await self._work.sees(call_tasks)
        return [CallTask(**row._asdict()) for row in (await self._work.connection.execute(statement, values)).all()]


_ADD = insert(call_tasks)
_ONE = select(call_tasks).where(call_tasks.c.number == bindparam("number"))
_OPEN = (
    select(call_tasks)
    .where(call_tasks.c.site == bindparam("site"), call_tasks.c.state == "open")
    .order_by(call_tasks.c.at, call_tasks.c.number)
)
_OF_MATTER = select(call_tasks).where(call_tasks.c.matter == bindparam("matter")).order_by(call_tasks.c.number)
_DONE = (
    update(call_tasks)
    .where(call_tasks.c.state == "open")
    .values(state="done", outcome=bindparam("result"), done_by=bindparam("who"), done_at=bindparam("now"))
)
_TRIED = (
    update(call_tasks)
    .where(call_tasks.c.number == bindparam("of"), call_tasks.c.state == "open")
    .values(outcome=call_tasks.c.outcome + bindparam("note", type_=call_tasks.c.outcome.type))
)
_CLOSE = _DONE.where(call_tasks.c.number == bindparam("of"))
_CLOSE_FOR = _DONE.where(call_tasks.c.matter == bindparam("about"))
