"""Every promise of a complaint as a pure function of where it stands (§3): `deadlines` is made equal to it.

What happens when one falls due is told in `domain.overdue`.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from domain import limits
from domain.causes import climbs, raised, subjects
from domain.complaint import Cause, Complaint
from domain.decision import Decision, Promise
from domain.escalation import climb_due, ping_due, to_resume
from domain.file_card import replies_due
from domain.overdue import ACTS, Due
from domain.people import Roster
from domain.rules import Rules


def promises(complaint: Complaint, rules: Rules) -> tuple[Promise, ...]:
    """Everything that must have happened by some moment, earliest first; empty only for a filed complaint."""
    if complaint.closed:
        return ()
    found = [promise for source in SOURCES for promise in source(complaint, rules)]
    return tuple(sorted(found, key=lambda promise: (promise.due_at, promise.kind, promise.step)))


def act(
    complaint: Complaint, promise: Promise, roster: Roster, rules: Rules, now: datetime, card_number: str | None = None
) -> Decision[Complaint]:
    """Act on a promise that has fallen due; nothing happens where it no longer stands or is not due yet.

    A `card` promise needs the number of the card to open (ValueError without).
    """
    if promise.due_at > now or promise not in promises(complaint, rules):
        return Decision(complaint)
    return ACTS[promise.kind](Due(complaint, promise, roster, rules, now, card_number))


LADDER_CLAUSES = {Cause.UNFINISHED: "CP-4.2.3a", Cause.URGED: "A-1"}
"""What a climb is asked for by; alarms of their own (§11 no. 8) for every other cause."""


def _alarms(complaint: Complaint, rules: Rules) -> Iterator[Promise]:
    """T1 and §11 no. 8: nobody issued, nobody accepted; each assignment once."""
    span = timedelta(minutes=rules.escalation.unassigned_minutes)
    for subject in subjects(complaint, Cause.NOT_ISSUED):
        if not raised(complaint, Cause.NOT_ISSUED, subject):
            yield Promise("not_issued", subject, "CP-4.2.1b", limits.desk_since(complaint) + span)
    waiting = subjects(complaint, Cause.NOT_ACCEPTED)
    for order in complaint.open_orders:
        if order.assignment in waiting and not raised(complaint, Cause.NOT_ACCEPTED, order.assignment):
            yield Promise("not_accepted", order.assignment, "CP-4.2.1b", order.issued_at + span)


def _handling(complaint: Complaint, rules: Rules) -> Iterator[Promise]:
    """T2 or T4, its reminders, and T3."""
    for order in complaint.open_orders:
        if not order.overdue:
            yield Promise("resolve", order.number, "CP-4.2.2a", limits.resolve_by(order, rules))
            for hours, at in limits.reminders(order, rules):
                if hours not in order.reminded:
                    yield Promise("reminder", f"{order.number}/{hours}", "CP-4.2.2a", at)
        if not order.progress_missed and not any(entry.at >= order.since for entry in order.progress):
            yield Promise("progress", order.number, "CP-4.2.2b", limits.progress_by(order, rules))


def _card(complaint: Complaint, rules: Rules) -> Iterator[Promise]:
    """T5, and the daily replies of an open card (K4)."""
    if complaint.finished:
        return
    card = complaint.card
    if card is None:
        yield Promise("card", "", "CP-4.2.3a", limits.card_at(complaint, rules))
    elif replies_due(complaint) and card.reply_due is not None:
        reminder = limits.reply_reminder_at(card, rules)
        if reminder is not None:
            yield Promise("reply_reminder", card.number, "CP-4.2.4", reminder)
        yield Promise("daily_reply", card.number, "CP-4.2.4", card.reply_due)


def _ladder(complaint: Complaint, rules: Rules) -> Iterator[Promise]:
    """Waiting pings, the next climb of each cause, the third urge, and the ladder to be taken up again."""
    for steps in climbs(complaint):
        for step in ping_due(steps):
            yield Promise("ping", str(step.step), LADDER_CLAUSES.get(step.cause, "A-8"), step.ping_at)
        due = climb_due(steps, rules)
        if due is not None:
            yield Promise("climb", str(steps[-1].step), LADDER_CLAUSES.get(steps[-1].cause, "A-8"), due)
    if to_resume(complaint):
        yield Promise("resume", "", "CP-4.2.6c", _came_back(complaint))
    if unheard_urge(complaint, rules):
        yield Promise("urged", str(len(complaint.urged)), "A-1", complaint.urged[-1])


def _after_work(complaint: Complaint, rules: Rules) -> Iterator[Promise]:
    """Review, callback (T6), visit (T7) and filing."""
    for order in complaint.orders:
        subject = f"{order.number}/{order.returned}"
        if (
            order.done_at
            and subject in subjects(complaint, Cause.REVIEW)
            and not raised(complaint, Cause.REVIEW, subject)
        ):
            due = order.done_at + timedelta(minutes=rules.escalation.ack_minutes)
            yield Promise("review", subject, "CP-4.2.6a", due)
    coming = complaint.callback
    for subject in subjects(complaint, Cause.CALLBACK):
        if coming and not raised(complaint, Cause.CALLBACK, subject):
            yield Promise("callback", subject, "CP-4.2.6c", coming.due_at)
        if coming and coming.visit and coming.visit.done_at is None and not coming.visit.overdue:
            yield Promise("visit", subject, "CP-4.2.6d", coming.visit.due_at)
    for subject in subjects(complaint, Cause.ARCHIVE):
        if coming and coming.at and not raised(complaint, Cause.ARCHIVE, subject):
            yield Promise("archive", subject, "CP-4.2.6f", limits.archive_by(coming.at, rules))


def unheard_urge(complaint: Complaint, rules: Rules) -> bool:
    """Whether the last urge has to reach L2 and has not yet (§11 no. 1)."""
    if complaint.finished or len(complaint.urged) < rules.urge.supervisor_after:
        return False
    return not any(s.cause is Cause.URGED and s.at >= complaint.urged[-1] for s in complaint.escalation.steps)


def _came_back(complaint: Complaint) -> datetime:
    returns = [order.reworked_at for order in complaint.open_orders if order.reworked_at is not None]
    return max(returns, default=limits.desk_since(complaint))


Source = Callable[[Complaint, Rules], Iterator[Promise]]
SOURCES: tuple[Source, ...] = (_alarms, _handling, _card, _ladder, _after_work)
