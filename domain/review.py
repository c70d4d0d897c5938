"""Review by the department head (CP-4.2.6a–b), and by the cs supervisor before filing (CP-4.2.6f)."""

from dataclasses import replace
from datetime import datetime

from domain import callback, states
from domain.causes import quieten
from domain.complaint import Complaint, ComplaintState, OrderState
from domain.decision import Decision, Event, Refused
from domain.file_card import moved, reply_due
from domain.powers import Action
from domain.refusals import Why
from domain.rules import Rules


def pass_review(complaint: Complaint, order: str, by: str, now: datetime, rules: Rules) -> Decision[Complaint]:
    """[审核通过]: when the last order is reviewed the matter is at the front desk for its callback (T6).

    Nobody passes own work: the deputy does (Refused OWN_WORK).
    """
    found = complaint.order(order)
    if found.state is OrderState.REVIEWED and found.reviewed_at is not None:
        at = found.reviewed_at.isoformat()
        raise Refused(Why.ALREADY, what=str(Action.PASS_REVIEW), by=found.reviewed_by, at=at)
    state = states.move(states.ORDER, Action.PASS_REVIEW, found.state)
    if by in (found.done_by, found.handler):
        raise Refused(Why.OWN_WORK, by=by)
    passed = complaint.with_order(replace(found, state=state, reviewed_at=now, reviewed_by=by))
    event = Event("order.review_passed", "CP-4.2.6a", {"order": order, "by": by})
    decided = to_callback(passed, now, rules)
    return Decision(decided.record, (event, *decided.events))


def to_callback(complaint: Complaint, now: datetime, rules: Rules) -> Decision[Complaint]:
    """At the front desk once every counting order is reviewed; where it stands by its orders until then."""
    settled = states.settle(complaint)
    if settled.state is not ComplaintState.REVIEWED:
        return Decision(quieten(settled, now))
    arrived = replace(settled, state=ComplaintState.CALLBACK_DUE)
    opened = callback.opened(moved(arrived, Action.PASS_REVIEW), now, rules)
    return Decision(quieten(opened, now), (callback.due_event(opened),))


def return_order(
    complaint: Complaint, order: str, by: str, reason: str, now: datetime, rules: Rules
) -> Decision[Complaint]:
    """[退回] to the handler with a reason; the ladder resumes at the level reached before (§2 rule 5)."""
    found = complaint.order(order)
    states.move(states.ORDER, Action.RETURN_ORDER, found.state)
    if not reason.strip():
        raise Refused(Why.REASON_MISSING)
    back = states.settle(complaint.with_order(callback.returned(found, reason, now)))
    data = {"order": order, "by": by, "reason": reason}
    return Decision(quieten(reply_due(back, now, rules), now), (Event("order.returned", "CP-4.2.6a", data),))


def archive(complaint: Complaint, by: str, now: datetime) -> Decision[Complaint]:
    """[归档] by the cs supervisor, or by the head of cs where the cs supervisor made the callback (CP-4.2.6f)."""
    if complaint.state is ComplaintState.ARCHIVED and complaint.archived_at is not None:
        at = complaint.archived_at.isoformat()
        raise Refused(Why.ALREADY, what=str(Action.ARCHIVE), by=complaint.reviewed_by_supervisor, at=at)
    state = states.move(states.COMPLAINT, Action.ARCHIVE, complaint.state)
    last = complaint.callback
    if last is not None and last.by == by and complaint.state is not ComplaintState.UNREACHABLE:
        raise Refused(Why.OWN_WORK, by=by)
    filed = replace(complaint, state=state, reviewed_by_supervisor=by, archived_at=now)
    return Decision(quieten(moved(filed, Action.ARCHIVE), now), (Event("complaint.archived", "CP-4.2.6f", {"by": by}),))


def return_to_work(complaint: Complaint, by: str, reason: str, now: datetime, rules: Rules) -> Decision[Complaint]:
    """[退回] by the cs supervisor after the callback: back to work like a resident who is not satisfied."""
    states.move(states.COMPLAINT, Action.RETURN_TO_WORK, complaint.state)
    if not reason.strip():
        raise Refused(Why.REASON_MISSING)
    back = callback.reopened(complaint, reason, now, rules)
    events = (
        Event("complaint.returned", "CP-4.2.6f", {"by": by, "reason": reason}),
        callback.reopened_event(complaint, reason),
    )
    return Decision(back, events)
