"""The work order 工作单 (CP-4.2.1, CP-4.2.2): issue, accept, decline, transfer, progress, done.

Every late press is refused with what happened instead (§11 no. 7).
"""

from dataclasses import replace
from datetime import datetime

from domain import states
from domain.causes import quieten
from domain.complaint import Complaint, OrderState, Progress, WorkOrder
from domain.decision import Decision, Event, Refused
from domain.file_card import executing
from domain.glossary import Department
from domain.limits import resolve_by
from domain.powers import Action
from domain.refusals import Why
from domain.review import to_callback
from domain.rules import Rules

LATEST = {
    OrderState.ACCEPTED: Action.ACCEPT,
    OrderState.IN_PROGRESS: Action.ACCEPT,
    OrderState.DECLINED: Action.DECLINE,
    OrderState.TRANSFERRED: Action.TRANSFER,
    OrderState.DONE: Action.DONE,
    OrderState.REVIEWED: Action.PASS_REVIEW,
    OrderState.WITHDRAWN: Action.WITHDRAW,
    OrderState.ISSUED: Action.ISSUE,
}
"""What was done last to an order in this state, for the answer to a late press."""


def issue(
    complaint: Complaint,
    *,
    number: str,
    department: Department,
    assigned: tuple[str, ...],
    by: str | None,
    now: datetime,
    step: int | None,
) -> Decision[Complaint]:
    """[派单] to a department (CP-4.2.1a–b). `step` is the complaint's step on the button; None issues one more order,
    to a second department, while the work goes on. `by` None: the desk issued by itself.
    """
    if complaint.unfinished:
        raise Refused(Why.UNFINISHED)
    if not complaint.to_issue and complaint.counting_orders and (step is not None or by is None):
        last = complaint.counting_orders[-1]
        raise Refused(
            Why.ALREADY, what=str(Action.ISSUE), by=last.issued_by, at=last.issued_at.isoformat(), order=last.number
        )
    states.move(states.COMPLAINT, Action.ISSUE if complaint.to_issue else Action.ISSUE_ALSO, complaint.state)
    if step is not None and step != complaint.step:
        raise Refused(Why.STALE_STEP, step=complaint.step)
    holding = next((o for o in complaint.open_orders if o.department is department), None)
    if holding is not None:
        raise Refused(Why.SAME_DEPARTMENT, order=holding.number)
    order = WorkOrder(
        number=number,
        department=department,
        state=OrderState.ISSUED,
        step=1,
        issued_at=now,
        issued_by=by,
        received_at=now,
        assigned=assigned,
    )
    waiting = next((o for o in complaint.orders if o.waiting), None)
    if waiting is not None:
        complaint = complaint.with_order(replace(waiting, transferred_to=number))
    return _settled(complaint.with_order(order), now, _issued_event(order, by))


def close_declined(complaint: Complaint, order: str, by: str, reason: str, now: datetime) -> Decision[Complaint]:
    """The front desk leaves a declined order without a successor, since another department has the matter."""
    states.move(states.COMPLAINT, Action.CLOSE_DECLINED, complaint.state)
    found = complaint.order(order)
    if not found.waiting or not complaint.counting_orders:
        raise Refused(Why.WRONG_STATE, state=str(found.state), what=str(Action.CLOSE_DECLINED))
    if not reason.strip():
        raise Refused(Why.REASON_MISSING)
    closed = complaint.with_order(replace(found, transferred_to=""))
    data = {"order": order, "by": by, "reason": reason}
    return _settled(closed, now, Event("order.closed", "CP-4.2.1a", data))


def accept(complaint: Complaint, order: str, step: int, by: str, now: datetime) -> Decision[Complaint]:
    """[接单]; whoever comes second learns who was first."""
    found = _at_step(complaint, order, step, Action.ACCEPT)
    state = states.move(states.ORDER, Action.ACCEPT, found.state)
    taken = replace(found, state=state, handler=by, accepted_at=now)
    data = {"order": order, "by": by, "step": step}
    return _settled(complaint.with_order(taken), now, Event("order.accepted", "CP-4.2.1b", data))


def decline(complaint: Complaint, order: str, step: int, by: str, reason: str, now: datetime) -> Decision[Complaint]:
    """[拒接] with a reason: the front desk has the matter to issue again."""
    found = _at_step(complaint, order, step, Action.DECLINE)
    state = states.move(states.ORDER, Action.DECLINE, found.state)
    if not reason.strip():
        raise Refused(Why.REASON_MISSING)
    declined = complaint.with_order(replace(found, state=state, declined_by=by, declined_reason=reason))
    back = replace(declined, step=declined.step + 1, desk_since=now)
    data = {"order": order, "by": by, "reason": reason}
    return _settled(back, now, Event("order.declined", "CP-4.2.1b", data))


def transfer(
    complaint: Complaint,
    order: str,
    *,
    step: int,
    by: str,
    department: Department,
    number: str,
    assigned: tuple[str, ...],
    reason: str,
    now: datetime,
) -> Decision[Complaint]:
    """[转派] to another department: a new order takes this one's place and keeps its clocks (D-11)."""
    found = _at_step(complaint, order, step, Action.TRANSFER)
    state = states.move(states.ORDER, Action.TRANSFER, found.state)
    if not reason.strip():
        raise Refused(Why.REASON_MISSING)
    holding = next((o for o in complaint.open_orders if o.department is department), None)
    if holding is not None:
        raise Refused(Why.SAME_DEPARTMENT, order=holding.number)
    new = replace(
        found,
        number=number,
        department=department,
        state=OrderState.ISSUED,
        step=1,
        issued_at=now,
        issued_by=by,
        assigned=assigned,
        handler=None,
        accepted_at=None,
        proposed=None,
    )
    moved = complaint.with_order(replace(found, state=state, transferred_to=number)).with_order(new)
    data = {
        "order": order,
        "new_order": number,
        "department": str(department),
        "assigned": list(assigned),
        "by": by,
        "reason": reason,
    }
    return _settled(moved, now, Event("order.transferred", "CP-4.2.1b", data), _issued_event(new, by, reason))


def reassign(
    complaint: Complaint, order: str, *, step: int, by: str, assigned: tuple[str, ...], reason: str, now: datetime
) -> Decision[Complaint]:
    """[转派] inside the department: a new assignment of the same order, whose clocks run on (CP-4.2.2a)."""
    found = _at_step(complaint, order, step, Action.REASSIGN)
    state = states.move(states.ORDER, Action.REASSIGN, found.state)
    if not reason.strip():
        raise Refused(Why.REASON_MISSING)
    again = replace(
        found,
        state=state,
        step=found.step + 1,
        issued_at=now,
        issued_by=by,
        assigned=assigned,
        handler=None,
        accepted_at=None,
    )
    data = {"order": order, "assigned": list(assigned), "by": by, "reason": reason, "step": again.step}
    return _settled(complaint.with_order(again), now, Event("order.reassigned", "CP-4.2.1b", data))


def progress(
    complaint: Complaint, order: str, by: str, text: str, expected: str, now: datetime, daily_reply: bool = False
) -> Decision[Complaint]:
    """[进度] (CP-4.2.2b); with an open card it is the department's daily reply as well (CP-4.2.4)."""
    found = complaint.order(order)
    state = states.move(states.ORDER, Action.PROGRESS, found.state)
    if not text.strip():
        raise Refused(Why.TEXT_MISSING)
    daily = daily_reply or complaint.card is not None
    entry = Progress(at=now, by=by, text=text, expected=expected, daily_reply=daily)
    told = complaint.with_order(replace(found, state=state, progress=(*found.progress, entry)))
    data = {"order": order, "by": by, "text": text, "expected": expected, "daily_reply": daily}
    clause = "CP-4.2.4" if daily else "CP-4.2.2b"
    return _settled(executing(told, text), now, Event("order.progress", clause, data))


def done(
    complaint: Complaint,
    order: str,
    by: str,
    cause: str,
    measure: str,
    photos: tuple[str, ...],
    now: datetime,
    rules: Rules,
) -> Decision[Complaint]:
    """[完成]: T2 stops and the ladder is quiet at once (D-16, §2 rule 5); a head reviews next (CP-4.2.6a)."""
    found = complaint.order(order)
    if found.done_at is not None and not found.open:
        raise Refused(Why.ALREADY, what=str(Action.DONE), by=found.done_by, at=found.done_at.isoformat())
    state = states.move(states.ORDER, Action.DONE, found.state)
    if not measure.strip():
        raise Refused(Why.MEASURE_MISSING)
    late = found.overdue or now > resolve_by(found, rules)
    handled = replace(
        found, state=state, done_at=now, done_by=by, cause=cause, measure=measure, photos=photos, overdue=late
    )
    changed = replace(complaint.with_order(handled), overdue_12h=complaint.overdue_12h or late)
    data = {"order": order, "by": by, "cause": cause, "measure": measure, "photos": list(photos), "late": late}
    decided = _settled(executing(changed, measure), now, Event("order.done", "CP-4.2.2a", data))
    if rules.complaint.review_without_card or complaint.card is not None:
        return decided
    unreviewed = decided.record.with_order(replace(handled, state=OrderState.REVIEWED))
    onward = to_callback(unreviewed, now, rules)
    return Decision(onward.record, (*decided.events, *onward.events))


def _at_step(complaint: Complaint, order: str, step: int, action: Action) -> WorkOrder:
    """The order, if the button pressed belongs to its present assignment."""
    found = complaint.order(order)
    taken = action in (Action.ACCEPT, Action.DECLINE) and found.state is not OrderState.ISSUED
    if found.open and step == found.step and not taken:
        return found
    if step != found.step and found.state is OrderState.ISSUED:
        raise Refused(Why.STALE_STEP, step=found.step)
    by, at = _last_act(found)
    raise Refused(Why.ALREADY, what=str(LATEST[found.state]), by=by, at=at.isoformat() if at else None)


def _last_act(order: WorkOrder) -> tuple[str | None, datetime | None]:
    match order.state:
        case OrderState.DONE:
            return order.done_by, order.done_at
        case OrderState.REVIEWED:
            return order.reviewed_by, order.reviewed_at
        case OrderState.DECLINED:
            return order.declined_by, None
        case _:
            return order.handler, order.accepted_at


def _issued_event(order: WorkOrder, by: str | None, reason: str = "") -> Event:
    """`reason`: why it was transferred, for whoever has it now."""
    data = {
        "order": order.number,
        "department": str(order.department),
        "assigned": list(order.assigned),
        "step": order.step,
        "by": by,
        "reason": reason,
    }
    return Event("order.issued", "CP-4.2.1b", data)


def _settled(complaint: Complaint, now: datetime, *events: Event) -> Decision[Complaint]:
    return Decision(quieten(states.settle(complaint), now), events)
