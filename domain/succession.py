"""Whose hands a leaver's work orders pass into (CP-4.2.2a): nobody's work is left lying, and its clocks run on."""

from dataclasses import replace
from datetime import date, datetime

from domain import work_order
from domain.complaint import Complaint, WorkOrder
from domain.decision import Decision
from domain.people import Person, Roster
from domain.routing import assignees
from domain.rules import Rules


def left_lying(complaint: Complaint, leaver: Person) -> tuple[WorkOrder, ...]:
    """Open orders that only this person has in hand: accepted by them, or put to them alone."""
    return tuple(
        order
        for order in complaint.open_orders
        if order.handler == leaver.id or (order.handler is None and order.assigned == (leaver.id,))
    )


def successors(
    order: WorkOrder, leaver: Person, complaint: Complaint, roster: Roster, rules: Rules, today: date
) -> tuple[str, ...]:
    """Who gets the order instead: whoever a new one would go to, or the department's head."""
    staying = replace(roster, staff=tuple(person for person in roster.staff if person.id != leaver.id))
    return assignees(order.department, complaint, staying, rules, today)


def hand_on(
    complaint: Complaint, order: WorkOrder, leaver: Person, assigned: tuple[str, ...], reason: str, now: datetime
) -> Decision[Complaint]:
    """The same order in other hands; a transfer does not restart T2 and T3 (D-11)."""
    return work_order.reassign(
        complaint, order.number, step=order.step, by=leaver.id, assigned=assigned, reason=reason, now=now
    )
