"""Sites, units and people: read once a unit of work, several at a time, and kept at hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, or_, select, update

from domain.glossary import OUTSIDE, STAFF, Department, Relation, Role
from domain.people import Person, Roster, Unit
from storage.tables import matters
from storage.tables import people as t
from storage.writes import Lock, insert_or_ignore

if TYPE_CHECKING:
    from storage.work import Work

CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class Site:
    """One site 管理处 with its company, group and time zone (an IANA name)."""

    id: str
    name: str
    company: str
    group: str
    timezone: str


class People:
    """`work.people`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: dict[str, Person | None] = {}
        self._staff: dict[str, tuple[str, ...]] = {}
        self._loads: dict[str, dict[str, int]] = {}
        self._sites: dict[str, Site] | None = None

    async def preload(self, ids: Iterable[str]) -> None:
        """Read these people, with their units and channels, in three queries for all."""
        missing = sorted(set(ids) - self._known.keys())
        if not missing:
            return
        await self._work.sees(t.people, t.residencies, t.units)
        await self._keep(missing, (await self._work.connection.execute(_BY_ID, {"ids": missing})).all())

    def forget(self) -> None:
        """Read everything anew: somebody wrote people beside this repository (a roster import)."""
        self._known.clear()
        self._staff.clear()
        self._sites = None

    async def get(self, person_id: str) -> Person | None:
        if person_id not in self._known:
            await self.preload((person_id,))
        return self._known[person_id]

    async def present(self, ids: Iterable[str]) -> frozenset[str]:
        """Which of these are people who have not left; lighter than reading them whole."""
        found = await self._work.connection.execute(_PRESENT, {"ids": sorted(set(ids))})
        return frozenset(found.scalars())

    async def all(self, ids: Iterable[str]) -> tuple[Person, ...]:
        """These people in this order; ids nobody has are left out."""
        wanted = tuple(ids)
        await self.preload(wanted)
        return tuple(person for i in wanted if (person := self._known[i]) is not None)

    async def everybody(self) -> tuple[Person, ...]:
        """Everybody of the roster who has not left, staff first; callers are not of it."""
        found = (await self._work.connection.execute(_EVERYBODY)).scalars().all()
        people = await self.all(found)
        return tuple(sorted(people, key=lambda p: (p.resident, p.site, p.role, p.rank, p.id)))

    async def by_phone(self, phone: str) -> tuple[Person, ...]:
        await self._work.sees(t.people)
        found = (await self._work.connection.execute(_BY_PHONE, {"phone": phone})).scalars().all()
        return await self.all(found)

    async def by_address(self, channel: str, address: str) -> Person | None:
        person = await self._work.bindings.person_at(channel, address)
        return None if person is None else await self.get(person)

    async def roster(self, site: str) -> Roster:
        """The staff who can answer for the site, company and group staff included, with their present load."""
        if site not in self._staff:
            await self._work.sees(t.people)
            rows = (await self._work.connection.execute(_STAFF, {"site": site})).all()
            await self._keep([row.id for row in rows], rows)
            self._staff[site] = tuple(row.id for row in rows)
        staff = tuple(person for i in self._staff[site] if (person := self._known[i]) is not None)
        if site not in self._loads:
            self._loads[site] = await self._load(site)
        return Roster(site, staff, self._loads[site])

    def forget_load(self, site: str) -> None:
        """Work orders of the site have changed hands: the next roster counts anew."""
        self._loads.pop(site, None)

    async def _load(self, site: str) -> dict[str, int]:
        await self._work.sees(matters.complaints)
        held = (await self._work.connection.execute(_LOAD, {"site": site})).all()
        return {row.person: row.orders for row in held}

    async def site(self, site_id: str) -> Site | None:
        return (await self._all_sites()).get(site_id)

    async def sites(self) -> tuple[Site, ...]:
        return tuple((await self._all_sites()).values())

    async def _all_sites(self) -> dict[str, Site]:
        if self._sites is None:
            rows = (await self._work.connection.execute(_SITES)).all()
            self._sites = {row.id: Site(row.id, row.name, row.company, row.grp, row.timezone) for row in rows}
        return self._sites

    async def unit(self, unit_id: str) -> Unit | None:
        row = (await self._work.connection.execute(_UNIT, {"unit": unit_id})).one_or_none()
        return None if row is None else _unit(row)

    async def search_unit(self, site: str, text: str, limit: int = 10) -> tuple[Unit, ...]:
        """Units of the site whose label is the text, else begins with it, else contains it."""
        words = text.strip().replace("－", "-").replace("—", "-").replace("栋", "-").replace("室", "")
        if not words:
            return ()
        pattern = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = (await self._work.connection.execute(_SEARCH, {"site": site, "like": f"%{pattern}%"})).all()
        found = [_unit(row) for row in rows]
        found.sort(
            key=lambda unit: (unit.label != words, not unit.label.startswith(words), len(unit.label), unit.label)
        )
        return tuple(found[:1] if found and found[0].label == words else found[:limit])

    async def residents_of(self, unit_id: str) -> tuple[Person, ...]:
        await self._work.sees(t.residencies)
        found = (await self._work.connection.execute(_RESIDENTS, {"unit": unit_id})).scalars().all()
        return await self.all(found)

    async def set_duty(self, person_id: str, duty: bool) -> None:
        await self._change(person_id, duty=duty)

    async def set_leave(self, person_id: str, start: date | None, end: date | None, deputy: str | None) -> None:
        """Leave from `start` to `end` (open when None); `start` None ends the leave."""
        await self._change(person_id, leave_from=start, leave_to=end, deputy=deputy)

    async def set_language(self, person_id: str, language: str) -> None:
        await self._change(person_id, language=language)

    async def caller(self, site: str, name: str, phone: str) -> Person:
        """Whoever at the site goes by this name and telephone number: somebody of the roster, else a caller.

        A caller is known by name and number alone and reached by calling; the same two give the same person.
        """
        known = next((p for p in await self.by_phone(phone) if p.resident and (p.site, p.name) == (site, name)), None)
        if known is not None:
            return known
        seed = f"{site}\x1f{phone}\x1f{name}\x1f{Role.CALLER}"
        caller = Person("p-" + hashlib.sha256(seed.encode()).hexdigest()[:12], name, Role.CALLER, site, phone)
        self._known[caller.id] = caller
        statement = insert_or_ignore(self._work.dialect, t.people, "id")
        self._work.collected.add(Lock.PERSON, t.people, statement, _row(caller))
        return caller

    async def newcomer(self, site: str, name: str, phone: str, role: Role) -> Person:
        """A resident who was not on the roster: known already by number and role, else new with the importer's id."""
        known = next((p for p in await self.by_phone(phone) if (p.site, p.role) == (site, role)), None)
        if known is not None:
            return known
        person = Person(person_id(site, phone, role), name, role, site, phone)
        self._known[person.id] = person
        statement = insert_or_ignore(self._work.dialect, t.people, "id")
        self._work.collected.add(Lock.PERSON, t.people, statement, _row(person))
        return person

    def guest(self, channel: str, address: str, language: str) -> Person:
        """Whoever writes from this address, before anybody knows who it is: no name and no number is kept."""
        return self._outside(f"{channel}\x1f{address}", Role.GUEST, "", language=language)

    def group(self, site: str, team: str, name: str) -> Person:
        """The group chat of a department (its code) or of the supervisors of a site, as somebody to be told things."""
        return self._outside(f"{site}\x1f{team}", Role.GROUP, name, site=site)

    def _outside(self, seed: str, role: Role, name: str, *, site: str = "", language: str = "zh") -> Person:
        person = Person(outside_id(seed, role), name, role, site, language=language)
        self._known[person.id] = person
        statement = insert_or_ignore(self._work.dialect, t.people, "id")
        self._work.collected.add(Lock.PERSON, t.people, statement, _row(person))
        return person

    async def add_unit(self, person_id: str, unit_id: str, relation: Relation) -> None:
        """One more unit of a resident, after those they have; a unit that is theirs already changes nothing."""
        person, unit = await self.get(person_id), await self.unit(unit_id)
        if person is None or unit is None:
            raise LookupError(f"there is no person {person_id} or no unit {unit_id}")
        if unit in person.units:
            return
        self._known[person_id] = replace(person, units=(*person.units, unit))
        row = {"person": person_id, "unit": unit_id, "relation": str(relation), "position": len(person.units)}
        self._work.collected.add(Lock.PERSON, t.residencies, _ADD_UNIT, row, place=1)

    async def _change(self, person_id: str, **changed: Any) -> None:
        person = await self.get(person_id)
        if person is None:
            raise LookupError(f"there is no person {person_id}")
        after = replace(person, **changed)
        self._known[person_id] = after
        self._work.collected.add(Lock.PERSON, t.people, _CHANGE, _changeable(after))

    async def bind(self, channel: str, address: str, person_id: str) -> None:
        """From now on this address of the channel speaks for this person."""
        await self._work.bindings.bind(channel, address, person_id)

    async def channel_of(self, person_id: str) -> str | None:
        """The channel on which the person is reached; None when bound to none that is in use."""
        return (await self._work.bindings.channels_of((person_id,)))[person_id]

    async def _keep(self, ids: list[str], rows: Iterable[Any]) -> None:
        units: dict[str, list[Unit]] = {}
        for row in (await self._work.connection.execute(_UNITS_OF, {"ids": ids})).all():
            units.setdefault(row.person, []).append(_unit(row))
        found = {row.id: _person(row, tuple(units.get(row.id, ()))) for row in rows}
        for person_id in ids:
            self._known.setdefault(person_id, found.get(person_id))


def person_id(site: str, phone: str, role: Role, department: Department | None = None) -> str:
    """Opaque and stable: the same row gives the same person at every import."""
    seed = "\x1f".join((site, phone, role, department or ""))
    return "p-" + hashlib.sha256(seed.encode()).hexdigest()[:12]


def outside_id(seed: str, role: Role) -> str:
    """The id of somebody on no roster: the same seed is the same person."""
    return f"{role[0]}-" + hashlib.sha256(f"{seed}\x1f{role}".encode()).hexdigest()[:12]


def group_id(site: str, team: str) -> str:
    """The id that the group chat of this team has, where there is one."""
    return outside_id(f"{site}\x1f{team}", Role.GROUP)


def _person(row: Any, units: tuple[Unit, ...]) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        site=row.site,
        phone=row.phone,
        language=row.language,
        units=units,
        key_resident=row.key_resident,
        department=Department(row.department) if row.department else None,
        buildings=tuple(row.buildings),
        duty=row.duty,
        rank=row.rank,
        deputy=row.deputy,
        leave_from=row.leave_from,
        leave_to=row.leave_to,
        left=row.has_left,
    )


def _row(person: Person) -> dict[str, Any]:
    names = ("id", "name", "role", "site", "phone", "language", "key_resident", "duty", "rank")
    return {name: getattr(person, name) for name in names} | {"buildings": [], "has_left": False}


def _unit(row: Any) -> Unit:
    return Unit(row.id, row.site, row.building, row.label, row.area, row.kind)


def _changeable(person: Person) -> dict[str, Any]:
    names = ("duty", "leave_from", "leave_to", "deputy", "language")
    return {"of": person.id} | {f"new_{name}": getattr(person, name) for name in names}


_PRESENT = select(t.people.c.id).where(t.people.c.id.in_(bindparam("ids", expanding=True)), ~t.people.c.has_left)
_BY_ID = select(t.people).where(t.people.c.id.in_(bindparam("ids", expanding=True)))
_BY_PHONE = (
    select(t.people.c.id)
    .where(t.people.c.phone == bindparam("phone"), t.people.c.has_left.is_(False))
    .order_by(t.people.c.id)
)
_EVERYBODY = select(t.people.c.id).where(
    t.people.c.has_left.is_(False), t.people.c.role.not_in([str(role) for role in OUTSIDE])
)
_STAFF = (
    select(t.people)
    .where(
        or_(t.people.c.site == bindparam("site"), t.people.c.site == ""),
        t.people.c.role.in_([str(role) for role in sorted(STAFF)]),
        t.people.c.has_left.is_(False),
    )
    .order_by(t.people.c.rank, t.people.c.id)
)
_UNITS_OF = (
    select(t.residencies.c.person, t.units)
    .join(t.units, t.units.c.id == t.residencies.c.unit)
    .where(t.residencies.c.person.in_(bindparam("ids", expanding=True)))
    .order_by(t.residencies.c.person, t.residencies.c.position)
)
_SITES = select(t.sites).order_by(t.sites.c.id)
_UNIT = select(t.units).where(t.units.c.id == bindparam("unit"))
_SEARCH = (
    select(t.units)
    .where(t.units.c.site == bindparam("site"), t.units.c.label.like(bindparam("like"), escape="\\"))
    .limit(200)
)
_RESIDENTS = (
    select(t.residencies.c.person)
    .join(t.people, t.people.c.id == t.residencies.c.person)
    .where(t.residencies.c.unit == bindparam("unit"), t.people.c.has_left.is_(False))
    .order_by(t.residencies.c.person)
)
_LOAD = (
    select(matters.order_holders.c.person, func.count().label("orders"))
    .where(matters.order_holders.c.site == bindparam("site"))
    .group_by(matters.order_holders.c.person)
)
_ADD_UNIT = insert(t.residencies)
_CHANGE = (
    update(t.people)
    .where(t.people.c.id == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in ("duty", "leave_from", "leave_to", "deputy", "language")})
)
