"""Complaints: read whole, kept at hand, written back as the rows that changed, with an optimistic version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, Select, bindparam, delete, insert, select, text, union_all, update
from sqlalchemy.sql.dml import UpdateBase

from domain.complaint import CardState, Complaint, ComplaintState, FileCard, WorkOrder
from domain.glossary import Department
from storage.complaint_rows import card_row, complaint_of, holders, order_row, root_row
from storage.errors import VersionConflict
from storage.tables.matters import complaints, file_cards, order_holders, work_orders
from storage.writes import Lock

if TYPE_CHECKING:
    from storage.work import Work


@dataclass(slots=True)
class _Stored:
    """What the database holds of one complaint, as far as this work knows."""

    version: int
    orders: Mapping[str, WorkOrder] = field(default_factory=dict)
    card: FileCard | None = None
    bumped: bool = False


class Complaints:
    """`work.complaints`. Within one work a complaint keeps the version it was read with; the row's rises by one."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: dict[str, Complaint | None] = {}
        self._stored: dict[str, _Stored] = {}
        self._changed: dict[str, Complaint] = {}
        self.fresh: set[str] = set()
        """Numbers that came to be in this work: nothing in the database depends on them yet."""

    async def preload(self, numbers: Iterable[str]) -> None:
        """Read these complaints whole, in three queries for all."""
        missing = sorted(set(numbers) - self._known.keys())
        if not missing:
            return
        run = self._work.connection.execute
        roots = {row.number: row for row in (await run(_ROOTS, {"numbers": missing})).all()}
        orders: dict[str, list[Any]] = {number: [] for number in missing}
        cards: dict[str, Any] = {}
        if roots:
            for row in (await run(_ORDERS, {"numbers": missing})).all():
                orders[row.complaint].append(row)
            cards = {row.complaint: row for row in (await run(_CARDS, {"numbers": missing})).all()}
        for number in missing:
            root = roots.get(number)
            self._known[number] = None
            if root is not None:
                complaint = complaint_of(root, orders[number], cards.get(number))
                self._known[number] = complaint
                self._stored[number] = _stored(complaint)

    async def get(self, number: str) -> Complaint | None:
        await self.preload((number,))
        return self._known[number]

    async def of_order(self, number: str) -> Complaint | None:
        """The complaint that the work order or file card with this number belongs to."""
        await self._work.sees(complaints)
        found = (await self._work.connection.execute(_OF_ORDER, {"number": number})).scalar_one_or_none()
        return None if found is None else await self.get(found)

    def save(self, complaint: Complaint) -> None:
        """Write the complaint with this work. Raises VersionConflict at once, or when flushed, if it is out of date."""
        known = self._known.get(complaint.number)
        if known is not None and known.version != complaint.version:
            raise VersionConflict(f"{complaint.number} was read at version {complaint.version}, not {known.version}")
        if known is None and complaint.version == 0:
            self.fresh.add(complaint.number)
        if complaint.orders != (known.orders if known is not None else ()):
            self._work.people.forget_load(complaint.site)
        self._known[complaint.number] = self._changed[complaint.number] = complaint
        self._work.collected.touch(complaints)

    async def of_resident(self, person_id: str, limit: int = 20, offset: int = 0) -> tuple[Complaint, ...]:
        """The person's own complaints, latest first."""
        return await self._listed(_OF_RESIDENT, who=person_id, limit=limit, offset=offset)

    async def open_of_site(self, site: str, limit: int = 200, offset: int = 0) -> tuple[Complaint, ...]:
        """What is neither archived nor withdrawn, oldest first report first."""
        return await self._listed(_OPEN_OF_SITE, site=site, limit=limit, offset=offset)

    async def latest(self, site: str | None, limit: int = 100) -> tuple[Complaint, ...]:
        """The latest of a site, filed ones too; of every site without one (company and group)."""
        if site is None:
            return await self._listed(_LATEST, limit=limit)
        return await self._listed(_LATEST_OF_SITE, site=site, limit=limit)

    async def with_open_orders_of(self, person_id: str) -> tuple[Complaint, ...]:
        """Complaints with an open work order in this person's hands, or put to them and not yet accepted."""
        return await self._listed(_HELD_BY, who=person_id)

    async def open_orders_of_department(self, site: str, department: Department) -> tuple[Complaint, ...]:
        """Complaints with an open work order at this department, or with one done that waits for its review."""
        return await self._listed(_OF_DEPARTMENT, site=site, department=str(department))

    async def callbacks_due(self, site: str) -> tuple[Complaint, ...]:
        """Complaints waiting for their callback, the most urgent first."""
        return await self._listed(_CALLBACKS, site=site)

    async def cards_open(self, site: str) -> tuple[Complaint, ...]:
        """Complaints whose file card is not archived, oldest card first."""
        return await self._listed(_CARDS_OPEN, site=site)

    async def of_unit(self, unit_id: str, limit: int = 20) -> tuple[Complaint, ...]:
        """Complaints about the unit, latest first: a second complaint is seen here (CP-4.2.8)."""
        return await self._listed(_OF_UNIT, unit=unit_id, limit=limit)

    async def _listed(self, statement: Select[Any], **values: Any) -> tuple[Complaint, ...]:
        await self._work.sees(complaints)
        numbers = list(dict.fromkeys((await self._work.connection.execute(statement, values)).scalars()))
        await self.preload(numbers)
        return tuple(found for number in numbers if (found := self._known[number]) is not None)

    async def prepare(self) -> None:
        """Lock and check what was read, in order of numbers, and queue every changed row (called by the flush)."""
        changed = [self._changed[number] for number in sorted(self._changed)]
        self._changed.clear()
        await self._check([c for c in changed if c.number not in self.fresh or c.number in self._stored])
        for complaint in changed:
            self._write(complaint)

    async def _check(self, complaints_read: Sequence[Complaint]) -> None:
        if not complaints_read:
            return
        numbers = [complaint.number for complaint in complaints_read]
        versions = dict((await self._work.connection.execute(_LOCK, {"numbers": numbers})).all())
        for complaint in complaints_read:
            stored = self._stored.get(complaint.number)
            expected = stored.version if stored else complaint.version
            if versions.get(complaint.number) != expected:
                raise VersionConflict(f"{complaint.number} is at version {versions.get(complaint.number)}")
        await self._learn([number for number in numbers if number not in self._stored], versions)

    async def _learn(self, numbers: Sequence[str], versions: Mapping[str, int]) -> None:
        """Find the rows there are of complaints that were read in another work."""
        for number in numbers:
            now = self._known.pop(number)
            await self.preload((number,))
            self._known[number] = now
            self._stored[number].version = versions[number]

    def _write(self, complaint: Complaint) -> None:
        before = self._stored.get(complaint.number)
        version = 1 if before is None else before.version + (0 if before.bumped else 1)
        row = root_row(complaint, version, self._work.now)
        self._queue(complaints, _INSERT_ROOT if before is None else _UPDATE_ROOT, row, new=before is None)
        known_orders = before.orders if before else {}
        for position, order in enumerate(complaint.orders):
            old = known_orders.get(order.number)
            if old is None or old != order:
                row = order_row(complaint, position, order)
                self._queue(work_orders, _INSERT_ORDER if old is None else _UPDATE_ORDER, row, new=old is None)
                self._hand_over(complaint.site, order, holders(old) if old else frozenset())
        known_card = before.card if before else None
        if complaint.card is not None and complaint.card != known_card:
            row = card_row(complaint, complaint.card)
            self._queue(file_cards, _INSERT_CARD if known_card is None else _UPDATE_CARD, row, new=known_card is None)
        stored = _stored(complaint)
        stored.version, stored.bumped = version, True
        self._stored[complaint.number] = stored

    def _queue(self, table: Any, statement: UpdateBase, row: dict[str, Any], new: bool) -> None:
        lock = Lock.MATTER if table is complaints else Lock.ORDER
        self._work.collected.add(lock, table, statement, row if new else row | {"of": row["number"]})

    def _hand_over(self, site: str, order: WorkOrder, before: frozenset[str]) -> None:
        after = holders(order)
        add = self._work.collected.add
        for person in sorted(before - after):
            add(Lock.ORDER, order_holders, _LET_GO, {"of": order.number, "who": person}, place=1)
        for person in sorted(after - before):
            row = {"work_order": order.number, "person": person, "site": site}
            add(Lock.ORDER, order_holders, _HOLD, row, place=2)


def _stored(complaint: Complaint) -> _Stored:
    return _Stored(complaint.version, {order.number: order for order in complaint.orders}, complaint.card)


def _rewrite(table: Any) -> UpdateBase:
    columns = [column.name for column in table.columns if column.name != "number"]
    return update(table).where(table.c.number == bindparam("of")).values({name: bindparam(name) for name in columns})


_OPEN = text("NOT complaints.closed")  # spelt as in the partial index
_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)
_ROOTS = select(complaints.c.number, complaints.c.version, complaints.c.data).where(complaints.c.number.in_(_NUMBERS))
_ORDERS = (
    select(work_orders.c.complaint, work_orders.c.data)
    .where(work_orders.c.complaint.in_(_NUMBERS))
    .order_by(work_orders.c.complaint, work_orders.c.position)
)
_CARDS = select(file_cards.c.complaint, file_cards.c.data).where(file_cards.c.complaint.in_(_NUMBERS))
_LOCK = (
    select(complaints.c.number, complaints.c.version)
    .where(complaints.c.number.in_(_NUMBERS))
    .order_by(complaints.c.number)
    .with_for_update()
)
_OF_ORDER = union_all(
    select(work_orders.c.complaint).where(work_orders.c.number == bindparam("number")),
    select(file_cards.c.complaint).where(file_cards.c.number == bindparam("number")),
)
_OF_RESIDENT = (
    select(complaints.c.number)
    .where(complaints.c.complainant == bindparam("who"))
    .order_by(complaints.c.received_at.desc(), complaints.c.number.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_OPEN_OF_SITE = (
    select(complaints.c.number)
    .where(complaints.c.site == bindparam("site"), _OPEN)
    .order_by(complaints.c.first_report_at, complaints.c.number)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_LATEST = select(complaints.c.number).order_by(complaints.c.received_at.desc()).limit(bindparam("limit"))
_LATEST_OF_SITE = _LATEST.where(complaints.c.site == bindparam("site"))
_HELD_BY = (
    select(work_orders.c.complaint)
    .join(order_holders, order_holders.c.work_order == work_orders.c.number)
    .where(order_holders.c.person == bindparam("who"))
    .order_by(work_orders.c.received_at, work_orders.c.number)
)
_OF_DEPARTMENT = (
    select(work_orders.c.complaint)
    .where(
        work_orders.c.site == bindparam("site"),
        work_orders.c.department == bindparam("department"),
        work_orders.c.state.in_(["issued", "accepted", "in_progress", "done"]),
    )
    .order_by(work_orders.c.received_at, work_orders.c.number)
)
_CALLBACKS = (
    select(complaints.c.number)
    .where(
        complaints.c.site == bindparam("site"),
        _OPEN,
        complaints.c.state.in_([str(ComplaintState.CALLBACK_DUE), str(ComplaintState.WITHDRAWN)]),
    )
    .order_by(complaints.c.callback_due_at, complaints.c.number)
)
_CARDS_OPEN = (
    select(file_cards.c.complaint)
    .where(file_cards.c.site == bindparam("site"), file_cards.c.state != str(CardState.ARCHIVED))
    .order_by(file_cards.c.opened_at, file_cards.c.number)
)
_OF_UNIT = (
    select(complaints.c.number)
    .where(complaints.c.unit == bindparam("unit"))
    .order_by(complaints.c.received_at.desc(), complaints.c.number.desc())
    .limit(bindparam("limit"))
)
_INSERT_ROOT, _UPDATE_ROOT = insert(complaints), _rewrite(complaints)
_INSERT_ORDER, _UPDATE_ORDER = insert(work_orders), _rewrite(work_orders)
_INSERT_CARD, _UPDATE_CARD = insert(file_cards), _rewrite(file_cards)
_HOLD = insert(order_holders)
_LET_GO = delete(order_holders).where(
    order_holders.c.work_order == bindparam("of"), order_holders.c.person == bindparam("who")
)
