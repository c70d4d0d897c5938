"""What an escalation is about, and for how long that holds."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from domain.complaint import Cause, Complaint, ComplaintState, EscalationStep, OrderState
from domain.states import CALLED

HANDLING = frozenset({Cause.UNFINISHED, Cause.URGED})
"""Causes whose level is taken up again when the matter comes back unfinished (§2 rule 5)."""


def subjects(complaint: Complaint, cause: Cause) -> tuple[str, ...]:
    """The occurrences of a cause that hold now, for instance each assignment that nobody accepted."""
    match cause:
        case Cause.NOT_ISSUED:
            return (str(complaint.step),) if complaint.to_issue else ()
        case Cause.NOT_ACCEPTED:
            return tuple(o.assignment for o in complaint.orders if o.state is OrderState.ISSUED)
        case Cause.UNFINISHED | Cause.URGED | Cause.BYPASS:
            return () if complaint.finished else ("",)
        case Cause.REVIEW:
            return tuple(f"{o.number}/{o.returned}" for o in complaint.orders if o.state is OrderState.DONE)
        case Cause.CALLBACK:
            waiting = complaint.state in (ComplaintState.CALLBACK_DUE, ComplaintState.WITHDRAWN)
            return (str(complaint.callback.step),) if waiting and complaint.callback else ()
        case Cause.ARCHIVE:
            waiting = complaint.state in CALLED
            return (str(complaint.callback.step),) if waiting and complaint.callback else ()


def holds(complaint: Complaint, step: EscalationStep) -> bool:
    """Whether this step still asks for an answer. Bypasses have their case as subject and hold until handled."""
    if step.ended_at is not None:
        return False
    if step.cause is Cause.BYPASS:
        return not complaint.finished
    return step.subject in subjects(complaint, step.cause)


def live_steps(complaint: Complaint) -> tuple[EscalationStep, ...]:
    return tuple(step for step in complaint.escalation.steps if holds(complaint, step))


def climbs(complaint: Complaint) -> tuple[tuple[EscalationStep, ...], ...]:
    """The living steps of each cause by itself, lowest first: each such group climbs on its own."""

    def key(step: EscalationStep) -> tuple[str, str]:
        return step.cause.value, step.subject

    def by_level(steps: Iterable[EscalationStep]) -> tuple[EscalationStep, ...]:
        return tuple(sorted(steps, key=lambda step: (step.level, step.step)))

    return tuple(by_level(group) for _, group in groupby(sorted(live_steps(complaint), key=key), key=key))


def raised(complaint: Complaint, cause: Cause, subject: str) -> bool:
    """Whether anybody has been told of this occurrence."""
    return any(step.cause is cause and step.subject == subject for step in complaint.escalation.steps)


def quieten(complaint: Complaint, now: datetime) -> Complaint:
    """End the steps whose cause is gone: their pings stop at once, the level reached is kept (§2 rule 5)."""
    if all(step.ended_at is not None or holds(complaint, step) for step in complaint.escalation.steps):
        return complaint
    steps = tuple(
        step if step.ended_at is not None or holds(complaint, step) else replace(step, ended_at=now)
        for step in complaint.escalation.steps
    )
    active = any(step.ended_at is None for step in steps)
    paused = complaint.escalation.paused_until if active else None
    return replace(complaint, escalation=replace(complaint.escalation, steps=steps, active=active, paused_until=paused))
