"""The time for the work agreed with the complainant (CP-4.2.2c, D-12): proposal, answer, agreement by phone."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain import states
from domain.complaint import AgreedTime, Agreement, Complaint, WorkOrder
from domain.decision import Decision, Event, Refused
from domain.powers import Action
from domain.refusals import Why
from domain.rules import Rules


def propose_time(
    complaint: Complaint, order: str, by: str, start: datetime, until: datetime, now: datetime, note: str = ""
) -> Decision[Complaint]:
    """[约定时间]: put to the complainant; until agreed, the limit that stood before stands."""
    found = complaint.order(order)
    states.move(states.ORDER, Action.PROPOSE_TIME, found.state)
    proposed = _time(found, by, start, until, now, Agreement.PROPOSED, note)
    data = {"order": order, "by": by, "step": proposed.step, **_window(proposed)}
    return Decision(
        complaint.with_order(replace(found, proposed=proposed)), (Event("order.time_proposed", "CP-4.2.2c", data),)
    )


def answer_time(
    complaint: Complaint, order: str, by: str, agreed: bool, now: datetime, at_step: int, rules: Rules
) -> Decision[Complaint]:
    """[同意] or [不同意] by the complainant; `at_step` is the proposal's step on the button."""
    found = complaint.order(order)
    pending = found.proposed
    if pending is None:
        raise Refused(Why.WRONG_STATE, state=str(found.state), what=str(Action.ANSWER_TIME))
    if pending.step != at_step:
        raise Refused(Why.STALE_STEP, step=pending.step)
    if pending.state is not Agreement.PROPOSED:
        raise Refused(Why.ALREADY, what=str(Action.ANSWER_TIME), by=pending.by, at=pending.at.isoformat())
    states.move(states.ORDER, Action.ANSWER_TIME, found.state)
    if not agreed:
        refused = replace(pending, state=Agreement.REFUSED, by=by, at=now)
        data = {"order": order, "by": by, **_window(refused)}
        event = Event("order.time_refused", "CP-4.2.2c", data)
        return Decision(complaint.with_order(replace(found, proposed=refused)), (event,))
    _in_time(found, pending.start, pending.until, now)
    return _agreed(complaint, found, replace(pending, state=Agreement.AGREED, by=by, at=now), by, now, rules, "chat")


def log_agreed_time(
    complaint: Complaint,
    order: str,
    by: str,
    start: datetime,
    until: datetime,
    now: datetime,
    rules: Rules,
    note: str = "",
) -> Decision[Complaint]:
    """Agreed by phone and written down by the front desk, with its name (D-12)."""
    found = complaint.order(order)
    states.move(states.ORDER, Action.LOG_TIME, found.state)
    return _agreed(
        complaint, found, _time(found, by, start, until, now, Agreement.AGREED, note), by, now, rules, "phone"
    )


def _agreed(
    complaint: Complaint, order: WorkOrder, time: AgreedTime, by: str, now: datetime, rules: Rules, channel: str
) -> Decision[Complaint]:
    """In force: it replaces T2 in either direction; far ones are told to the cs supervisor (`far`)."""
    kept = replace(order, agreed=time, proposed=time, reminded=())
    far = time.until - now > timedelta(hours=rules.complaint.agreed_notice_hours)
    data = {"order": order.number, "by": by, "far": far, "channel": channel, **_window(time)}
    return Decision(complaint.with_order(kept), (Event("order.time_agreed", "CP-4.2.2c", data),))


def _time(
    order: WorkOrder, by: str, start: datetime, until: datetime, now: datetime, state: Agreement, note: str
) -> AgreedTime:
    _in_time(order, start, until, now)
    step = order.proposed.step + 1 if order.proposed else 1
    return AgreedTime(start=start, until=until, state=state, by=by, at=now, note=note, step=step)


def _in_time(order: WorkOrder, start: datetime, until: datetime, now: datetime) -> None:
    if until <= start:
        raise Refused(Why.BAD_WINDOW)
    if until <= now:
        raise Refused(Why.IN_THE_PAST, at=until.isoformat())
    if order.agreed is not None and now > order.agreed.until:
        raise Refused(Why.AFTER_OLD_TIME, until=order.agreed.until.isoformat())


def _window(time: AgreedTime) -> dict[str, str]:
    return {"start": time.start.isoformat(), "until": time.until.isoformat()}
