"""Cases that bypass rungs of the ladder (§2): compensation, complaints about the site manager, special information."""

from dataclasses import replace
from datetime import datetime

from domain import ladder, states
from domain.causes import live_steps
from domain.complaint import Cause, Complaint, EscalationStep
from domain.decision import Decision, Event, Refused
from domain.escalation import signed, start, with_step
from domain.glossary import Level, Role
from domain.people import Person, Roster
from domain.powers import Action
from domain.refusals import Why
from domain.rules import Rules

CASES = {
    Action.COMPENSATION: Level.L6,
    Action.ABOUT_SITE_MANAGER: Level.L6,
    Action.SPECIAL: Level.L5,
}
"""Routes that bypass rungs (§2): where each case goes at once."""


def bypass(
    complaint: Complaint, case: Action, by: str, now: datetime, rules: Rules, roster: Roster, reason: str
) -> Decision[Complaint]:
    """A case that skips rungs: compensation and complaints about the site manager go to leadership (CM-X3.13), special
    or urgent information to the quality department, L2–L4 told in parallel (CM-I6.3)."""
    states.move(states.COMPLAINT, case, complaint.state)
    for step in live_steps(complaint):
        if step.cause is Cause.BYPASS and step.subject == case:
            raise Refused(Why.ALREADY, what=str(case), by=None, at=step.at.isoformat())
    level = CASES[case]
    marked = _hidden_from_manager(complaint, roster, now) if case is Action.ABOUT_SITE_MANAGER else complaint
    if case in rules.complaint.major_rules:
        marked = replace(marked, major=True)
    passed = tuple(f"{rung}:bypassed" for rung in ladder.UPPER if rung < level)
    clause = states.clause_of(states.COMPLAINT, case)
    decided = start(
        marked,
        level,
        str(case),
        roster,
        rules,
        now,
        cause=Cause.BYPASS,
        subject=str(case),
        skipped=passed,
        clause=clause,
    )
    record = decided.record
    if case is Action.SPECIAL:
        record = _inform_below(record, roster, rules, now)
    step = record.escalation.steps[-1]
    events = tuple(signed(replace(e, data={**e.data, "copies": list(step.copies)}), by, reason) for e in decided.events)
    return Decision(record, events)


def about_staff(complaint: Complaint, staff: Person, by: str, now: datetime) -> Decision[Complaint]:
    """The member of staff complained about is taken off every living step and off the duty list of every open order,
    and hears nothing of it from now on (§2 rule 3). Raises Refused while they hold an order."""
    states.move(states.COMPLAINT, Action.ABOUT_STAFF, complaint.state)
    if complaint.about == staff.id:
        raise Refused(Why.ALREADY, what=str(Action.ABOUT_STAFF), by=None, at=None)
    for order in complaint.open_orders:
        if order.handler == staff.id or order.assigned == (staff.id,):
            raise Refused(Why.HAS_IT_IN_HAND, order=order.number)
    orders = tuple(
        replace(order, assigned=tuple(p for p in order.assigned if p != staff.id)) if order.open else order
        for order in complaint.orders
    )
    steps = tuple(_without(s, {staff.id}, now) if s.ended_at is None else s for s in complaint.escalation.steps)
    marked = replace(complaint, about=staff.id, orders=orders, escalation=replace(complaint.escalation, steps=steps))
    clause = states.clause_of(states.COMPLAINT, Action.ABOUT_STAFF)
    return Decision(marked, (Event("complaint.about", clause, {"by": by, "about": staff.id}),))


def _inform_below(complaint: Complaint, roster: Roster, rules: Rules, now: datetime) -> Complaint:
    step = complaint.escalation.steps[-1]
    below = [
        p for rung in (Level.L2, Level.L3, Level.L4) for p in ladder.holders(rung, complaint, roster, rules, now)[0]
    ]
    reps = [p.id for p in roster.having(Role.MGMT_REP)]
    told = tuple(dict.fromkeys(p for p in (*step.copies, *below, *reps) if p not in step.holders))
    return with_step(complaint, replace(step, copies=told))


def _hidden_from_manager(complaint: Complaint, roster: Roster, now: datetime) -> Complaint:
    """The site manager is taken off every living step; one that is left with nobody ends, and those below climb on."""
    managers = {p.id for p in roster.having(Role.SITE_MANAGER)}
    steps = tuple(
        _without(step, managers, now) if step.ended_at is None else step for step in complaint.escalation.steps
    )
    return replace(complaint, about_site_manager=True, escalation=replace(complaint.escalation, steps=steps))


def _without(step: EscalationStep, persons: set[str], now: datetime) -> EscalationStep:
    left = tuple(p for p in step.holders if p not in persons)
    copies = tuple(p for p in step.copies if p not in persons)
    return replace(step, holders=left, copies=copies, ended_at=None if left or not step.holders else now)
