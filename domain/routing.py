"""Who gets the matter: kind → department → the person on duty (CP-3.1, CP-3.2, D-33)."""

from datetime import date, datetime

from domain.complaint import Complaint
from domain.glossary import Department, Role
from domain.people import Person, Roster
from domain.powers import HANDLERS, HEADS
from domain.rules import Kind, Rules


def department_for(kind: str, rules: Rules) -> Department | None:
    """The department proposed for a kind; None where the site no longer has the kind."""
    found = rules.kind(kind)
    return found.department if found else None


def guess_kind(text: str, rules: Rules) -> Kind | None:
    """The kind whose keywords say most of the text; the earlier kind where two say as much, None where none does."""
    scores = [(sum(len(word) for word in kind.keywords if word in text), kind) for kind in rules.kinds]
    best = max(scores, key=lambda scored: scored[0], default=None)
    return best[1] if best is not None and best[0] > 0 else None


def today(now: datetime, rules: Rules) -> date:
    """The site's date."""
    return now.astimezone(rules.zone).date()


def stand_in(person: Person, roster: Roster, today: date) -> Person | None:
    """Who answers for this person today: the person, or the deputy of the deputy … of one on leave; None if nobody."""
    seen: set[str] = set()
    current: Person | None = person
    while current is not None and current.id not in seen:
        if not current.left and not current.on_leave(today):
            return current
        seen.add(current.id)
        current = roster.person(current.deputy) if current.deputy else None
    return None


def present(people: tuple[Person, ...], roster: Roster, today: date) -> tuple[Person, ...]:
    """These people with those on leave replaced by their deputies, each once, in the same order."""
    found = (stand_in(person, roster, today) for person in people)
    return tuple(dict.fromkeys(person for person in found if person is not None))


def on_shift(role: Role, roster: Roster, today: date) -> tuple[Person, ...]:
    """Those of a role who are on duty now; all who are present where nobody is, so that somebody always hears."""
    here = present(roster.having(role), roster, today)
    return tuple(person for person in here if person.duty) or here


def heads_of(department: Department, roster: Roster, today: date) -> tuple[Person, ...]:
    """The head of a department, or the deputy; the head of cs is the head of department CS (CP-4.3.1)."""
    heads = roster.having(Role.DEPARTMENT_HEAD, department)
    if department is Department.CS:
        heads = (*roster.having(Role.CS_HEAD), *heads)
    return present(heads, roster, today)


def head_of(department: Department, roster: Roster, today: date, *, but: str | None = None) -> Person | None:
    """The one head who answers for the department today; with `but` (the handler who reviews nothing of his own),
    the next: another head, else the deputy of that one, else the site manager."""
    for head in heads_of(department, roster, today):
        if head.id != but:
            return head
    excluded = roster.person(but) if but else None
    deputy = roster.person(excluded.deputy) if excluded and excluded.deputy else None
    if excluded is not None and excluded.role in HEADS and deputy is not None:
        instead = stand_in(deputy, roster, today)
        if instead is not None and instead.id != but:
            return instead
    managers = present(roster.having(Role.SITE_MANAGER), roster, today)
    return next((person for person in managers if person.id != but), None)


def assignees(
    department: Department, complaint: Complaint, roster: Roster, rules: Rules, today: date
) -> tuple[str, ...]:
    """Who is pinged with a new work order of this department, by id; empty where the department has nobody at all.

    The building's property assistant for the property department; else the handler on duty with the least load below
    `routing.load_cap`; else the head of the department. Never the person complained about.
    """
    members = tuple(
        person
        for person in roster.staff
        if person.department is department and person.role in (*HANDLERS, Role.FRONT_DESK) and not person.left
    )
    here = tuple(p for p in present(members, roster, today) if p.duty and p.id != complaint.about)
    assistants = tuple(p for p in here if p.role is Role.PROPERTY_ASSISTANT)
    of_building = tuple(p for p in assistants if complaint.building in p.buildings)
    answering = of_building or tuple(p for p in assistants if not p.buildings)
    if department is Department.PROPERTY and answering:
        return (_least_loaded(answering, roster).id,)
    free = tuple(p for p in here if roster.load.get(p.id, 0) < rules.routing.load_cap)
    if free:
        return (_least_loaded(free, roster).id,)
    head = head_of(department, roster, today, but=complaint.about)
    if head is not None and not (complaint.about_site_manager and head.role is Role.SITE_MANAGER):
        return (head.id,)
    return (_least_loaded(here, roster).id,) if here else ()


def _least_loaded(people: tuple[Person, ...], roster: Roster) -> Person:
    return min(people, key=lambda person: (roster.load.get(person.id, 0), person.id))
