"""The visit 上门回访 by the property assistant (CP-4.2.6d, T7, D-18)."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain import states
from domain.callback import current, verdict
from domain.complaint import Attempt, Complaint, Verdict, Visit
from domain.decision import Decision, Event, Refused
from domain.powers import Action
from domain.refusals import Why
from domain.rules import Rules


def order_visit(
    complaint: Complaint,
    step: int,
    by: str,
    assistant: str | None,
    now: datetime,
    rules: Rules,
    agreed_until: datetime | None = None,
) -> Decision[Complaint]:
    """[安排上门]: within 12 hours of this order, or at the time agreed with the resident, which overrides (D-18).

    The visit is the callback now, so the callback falls due with it.
    """
    states.move(states.COMPLAINT, Action.ORDER_VISIT, complaint.state)
    coming = current(complaint, step, Action.ORDER_VISIT)
    if agreed_until is not None and agreed_until <= now:
        raise Refused(Why.IN_THE_PAST, at=agreed_until.isoformat())
    if coming.visit is not None and coming.visit.done_at is None:
        raise Refused(
            Why.ALREADY,
            what=str(Action.ORDER_VISIT),
            by=coming.visit.ordered_by,
            at=coming.visit.ordered_at.isoformat(),
        )
    due_at = agreed_until or now + timedelta(hours=rules.callback.visit_hours)
    visit = Visit(ordered_at=now, ordered_by=by, assistant=assistant, due_at=due_at)
    ordered = replace(coming, visit=visit, due_at=max(coming.due_at, due_at))
    data = {"step": step, "by": by, "assistant": assistant, "due_at": due_at.isoformat()}
    return Decision(replace(complaint, callback=ordered), (Event("visit.ordered", "CP-4.2.6d", data),))


def accept_visit(complaint: Complaint, step: int, by: str, now: datetime) -> Decision[Complaint]:
    """[接单] by the property assistant."""
    states.move(states.COMPLAINT, Action.ACCEPT_VISIT, complaint.state)
    coming = current(complaint, step, Action.ACCEPT_VISIT)
    visit = _running(coming.visit)
    if visit.accepted_at is not None:
        raise Refused(Why.ALREADY, what=str(Action.ACCEPT_VISIT), by=visit.assistant, at=visit.accepted_at.isoformat())
    accepted = replace(coming, visit=replace(visit, assistant=by, accepted_at=now))
    return Decision(
        replace(complaint, callback=accepted), (Event("visit.accepted", "CP-4.2.6d", {"step": step, "by": by}),)
    )


def visit_done(
    complaint: Complaint,
    step: int,
    by: str,
    *,
    met: bool,
    words: str,
    photos: tuple[str, ...],
    now: datetime,
    rules: Rules,
    said: Verdict | None = None,
    again_at: datetime | None = None,
) -> Decision[Complaint]:
    """The visit was made: words or a photo of the slip are the record (CP-4.2.6e). `said`: what the resident said of
    the result. Nobody home: a slip is left, and the next visit is due `again_at`, else `callback.visit_hours` on."""
    states.move(states.COMPLAINT, Action.VISIT_DONE, complaint.state)
    coming = current(complaint, step, Action.VISIT_DONE)
    visit = _running(coming.visit)
    if not words.strip() and not photos:
        raise Refused(Why.WORDS_MISSING)
    if again_at is not None and again_at <= now:
        raise Refused(Why.IN_THE_PAST, at=again_at.isoformat())
    data = {"step": step, "by": by, "met": met, "words": words, "photos": list(photos)}
    if met:
        made = replace(visit, assistant=by, done_at=now, result=words, photos=photos)
        record = replace(complaint, callback=replace(coming, visit=made))
        events = (Event("visit.done", "CP-4.2.6d", data),)
        if said is None:
            return Decision(record, events)
        decided = verdict(record, step, by, said, words or "回执见照片", "visit", now, rules)
        return Decision(decided.record, (*events, *decided.events))
    due_at = again_at or now + timedelta(hours=rules.callback.visit_hours)
    slip = Attempt(at=now, channel="visit", by=by, outcome="no_answer", words=words)
    again = replace(visit, assistant=by, due_at=due_at, overdue=False, photos=(*visit.photos, *photos))
    waiting = replace(coming, visit=again, attempts=(*coming.attempts, slip), due_at=max(coming.due_at, due_at))
    missed = Event("visit.nobody_home", "CP-4.2.6d", {**data, "due_at": due_at.isoformat()})
    return Decision(replace(complaint, callback=waiting), (missed,))


def _running(visit: Visit | None) -> Visit:
    if visit is None:
        raise Refused(Why.NO_VISIT)
    if visit.done_at is not None:
        raise Refused(Why.ALREADY, what=str(Action.VISIT_DONE), by=visit.assistant, at=visit.done_at.isoformat())
    return visit
