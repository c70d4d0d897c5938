"""People, units and the staff of a site, as the rules see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from domain.glossary import RESIDENTS, Department, Role


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit 户; `label` is what people write, for instance 3-1-201."""

    id: str
    site: str
    building: str
    label: str
    area: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """One resident or one member of staff; `site` is empty for people of the company or group."""

    id: str
    name: str
    role: Role
    site: str
    phone: str = ""
    language: str = "zh"
    units: tuple[Unit, ...] = ()
    key_resident: bool = False
    department: Department | None = None
    buildings: tuple[str, ...] = ()
    """Buildings a property assistant answers for; empty means all."""
    duty: bool = True
    """On shift now; the person changes it with /shift."""
    rank: int = 0
    """Order among leadership; lower comes first."""
    deputy: str | None = None
    leave_from: date | None = None
    leave_to: date | None = None
    left: bool = False
    """Has left the company: never chosen, never notified."""

    @property
    def resident(self) -> bool:
        return self.role in RESIDENTS

    def on_leave(self, today: date) -> bool:
        """Whether `today` (site local date) lies in the leave; an open end means until further notice."""
        if self.leave_from is None or today < self.leave_from:
            return False
        return self.leave_to is None or today <= self.leave_to


@dataclass(frozen=True, slots=True)
class Roster:
    """The staff who can answer for one site (company staff included) and their present load.

    `load` counts the unfinished work orders by person id.
    """

    site: str
    staff: tuple[Person, ...]
    load: Mapping[str, int] = field(default_factory=dict)

    def person(self, person_id: str) -> Person | None:
        return next((p for p in self.staff if p.id == person_id), None)

    def having(self, role: Role, department: Department | None = None) -> tuple[Person, ...]:
        """Present members of staff with this role, in rank order; heads of cs count as heads of department CS."""
        found = (p for p in self.staff if p.role is role and not p.left)
        if department is not None:
            found = (p for p in found if p.department is department)
        return tuple(sorted(found, key=lambda p: (p.rank, p.id)))
