"""The rungs L1–L6: who stands on each today, who is in copy, and which are passed over (§2 table and rule 3)."""

from datetime import datetime

from domain.causes import live_steps
from domain.complaint import Complaint
from domain.glossary import Department, Level, Role
from domain.people import Person, Roster
from domain.routing import heads_of, on_shift, present, today
from domain.rules import Rules

RUNGS = tuple(Level)
UPPER = RUNGS[RUNGS.index(Level.L2) :]


def above(level: Level) -> tuple[Level, ...]:
    """The rungs above this one, lowest first."""
    return RUNGS[RUNGS.index(level) + 1 :]


def holders(
    level: Level, complaint: Complaint, roster: Roster, rules: Rules, now: datetime
) -> tuple[tuple[str, ...], str]:
    """Who must answer at this level, by id, and why nobody can: empty, `nobody` or `complained_about`.

    L6 is an ordered list of persons: the first present one holds it.
    """
    standing = _standing(level, complaint, roster, rules, now)
    named = tuple(p for p in standing if not hidden_from(p, complaint))
    if level is Level.L6:
        named = named[:1]
    if named:
        return tuple(p.id for p in named), ""
    return (), "complained_about" if standing else "nobody"


def reserve(complaint: Complaint, roster: Roster, rules: Rules, now: datetime) -> tuple[str, ...]:
    """All of leadership in rank order: each repetition at the top reaches one more of them."""
    everyone = _standing(Level.L6, complaint, roster, rules, now)
    return tuple(p.id for p in everyone if not hidden_from(p, complaint))


def copies(level: Level, complaint: Complaint, roster: Roster, rules: Rules, now: datetime) -> tuple[str, ...]:
    """Who is kept informed: the lower levels told before and, from L3 up, the head of each responsible department."""
    before = [person for step in live_steps(complaint) if step.level < level for person in step.holders]
    heads: list[str] = []
    if level >= Level.L3:
        heads = [p.id for p in (*_cs_heads(roster, rules, now), *_responsible_heads(complaint, roster, rules, now))]
    own, _ = holders(level, complaint, roster, rules, now)
    known = {p.id: p for p in roster.staff}
    told = (p for p in (*heads, *before) if p not in own and not (p in known and hidden_from(known[p], complaint)))
    return tuple(dict.fromkeys(told))


def hidden_from(person: Person, complaint: Complaint) -> bool:
    """The person complained about neither decides nor is told; nor does any site manager if it is about that office."""
    if person.id == complaint.about:
        return True
    return complaint.about_site_manager and person.role is Role.SITE_MANAGER


def _standing(level: Level, complaint: Complaint, roster: Roster, rules: Rules, now: datetime) -> tuple[Person, ...]:
    day = today(now, rules)
    match level:
        case Level.L0:
            ids = {o.handler for o in complaint.open_orders} | {p for o in complaint.open_orders for p in o.assigned}
            return tuple(p for p in roster.staff if p.id in ids)
        case Level.L1:
            return on_shift(Role.FRONT_DESK, roster, day)
        case Level.L2:
            return on_shift(Role.CS_SUPERVISOR, roster, day)
        case Level.L3:
            if rules.complaint.card_instructor == "cs_head":
                return _cs_heads(roster, rules, now) or _responsible_heads(complaint, roster, rules, now)
            return _responsible_heads(complaint, roster, rules, now) or _cs_heads(roster, rules, now)
        case Level.L4:
            return present(roster.having(Role.SITE_MANAGER), roster, day)
        case Level.L5:
            quality = heads_of(Department.QUALITY, roster, day)
            return quality or present(roster.having(Role.QUALITY_OFFICER), roster, day)
        case Level.L6:
            leaders = present(roster.having(Role.LEADERSHIP), roster, day)
            return leaders or present(roster.having(Role.GM), roster, day)


def _cs_heads(roster: Roster, rules: Rules, now: datetime) -> tuple[Person, ...]:
    return heads_of(Department.CS, roster, today(now, rules))


def _responsible_heads(complaint: Complaint, roster: Roster, rules: Rules, now: datetime) -> tuple[Person, ...]:
    departments = dict.fromkeys(order.department for order in complaint.counting_orders)
    if not departments and complaint.proposed is not None:
        departments = {complaint.proposed: None}
    return tuple(p for department in departments for p in heads_of(department, roster, today(now, rules)))
