"""Whom a teller turns to. Whoever is complained about is in none of these, and whoever acts has the reply already."""

from collections.abc import Iterable
from datetime import datetime

from domain import limits, routing
from domain.complaint import Complaint, WorkOrder
from domain.glossary import Department, Role
from domain.ladder import hidden_from
from domain.people import Person
from handlers.office import Office
from storage.people import group_id

SUPERVISORS = "supervisors"


def others(office: Office, people: Iterable[str | None]) -> tuple[str, ...]:
    """These people without the one who acts, each once."""
    actor = office.actor.id if office.actor else None
    return tuple(dict.fromkeys(person for person in people if person and person != actor))


async def front_desk(complaint: Complaint, office: Office) -> tuple[str, ...]:
    """The front desk on shift."""
    return await _on_shift(Role.FRONT_DESK, complaint, office)


async def desk_of(site: str, office: Office) -> tuple[str, ...]:
    """The front desk on shift, for what is about no single complaint."""
    roster = await office.roster(site)
    return tuple(person.id for person in routing.on_shift(Role.FRONT_DESK, roster, office.today(site)))


async def cs_supervisors(complaint: Complaint, office: Office) -> tuple[str, ...]:
    return await _on_shift(Role.CS_SUPERVISOR, complaint, office)


async def archivists(complaint: Complaint, office: Office) -> tuple[str, ...]:
    """Who reviews after the callback: the cs supervisor, or the head of cs where that one made it (CP-4.2.6f)."""
    caller = complaint.callback.by if complaint.callback else None
    free = tuple(person for person in await cs_supervisors(complaint, office) if person != caller)
    if free:
        return free
    roster = await office.roster(complaint.site)
    heads = routing.heads_of(Department.CS, roster, office.today(complaint.site))
    return tuple(person for person in _seeing(heads, complaint) if person != caller)


async def head(order: WorkOrder, complaint: Complaint, office: Office) -> str | None:
    """The head who answers for the order's department; another where the head did the work (CP-4.2.6a)."""
    roster = await office.roster(complaint.site)
    doer = order.done_by or order.handler
    found = routing.head_of(order.department, roster, office.today(complaint.site), but=doer)
    return found.id if found and not hidden_from(found, complaint) else None


def in_charge(order: WorkOrder) -> tuple[str, ...]:
    """The handler, or those whom the order was put to while nobody has accepted it."""
    return (order.handler,) if order.handler else order.assigned


def by_day(complaint: Complaint, office: Office) -> datetime | None:
    """When a message may leave that time itself caused: at once if urgent, else after the quiet hours (D-33)."""
    return None if complaint.urgent else limits.awake(office.now, office.rules(complaint.site))


async def _on_shift(role: Role, complaint: Complaint, office: Office) -> tuple[str, ...]:
    roster = await office.roster(complaint.site)
    return _seeing(routing.on_shift(role, roster, office.today(complaint.site)), complaint)


def _seeing(people: Iterable[Person], complaint: Complaint) -> tuple[str, ...]:
    return tuple(person.id for person in people if not hidden_from(person, complaint))


def team_of(order: WorkOrder, complaint: Complaint) -> tuple[str, ...]:
    """The group that hears of this order; of what is about one of its own nobody hears there."""
    if complaint.about is not None or complaint.about_site_manager:
        return ()
    return (group_id(complaint.site, str(order.department)),)


def supervisors_of(complaint: Complaint) -> tuple[str, ...]:
    """The group chat of those who supervise."""
    if complaint.about is not None or complaint.about_site_manager:
        return ()
    return (group_id(complaint.site, SUPERVISORS),)
