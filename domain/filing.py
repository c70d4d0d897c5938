"""What happens to a complaint as a whole: taking it down, completing, adding, urging, asking, withdrawing."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain import callback, states
from domain.causes import quieten
from domain.complaint import Complaint, ComplaintState, Note, OrderState
from domain.decision import Decision, Event, Refused
from domain.file_card import moved
from domain.powers import Action
from domain.refusals import Why
from domain.routing import department_for
from domain.rules import Rules


def receive(
    number: str,
    *,
    site: str,
    unit: str | None,
    building: str,
    place: str,
    complainant: str,
    kind: str,
    public_area: bool,
    details: str,
    photos: tuple[str, ...],
    wishes_urgent: bool,
    contact_from: datetime | None,
    contact_until: datetime | None,
    first_report_at: datetime,
    now: datetime,
    rules: Rules,
    channel: str = "chat",
    taken_by: str | None = None,
    key_resident: bool = False,
    unfinished: bool = False,
    confidential: bool = False,
) -> Decision[Complaint]:
    """A complaint taken down (CP-4.1.1a). T1 runs from `now`; the gap since the first report is on record (D-10).
    Of a call or visit that the front desk takes itself, T1 runs from the first report.

    `unfinished`: begun and abandoned; the front desk completes it before it is issued.
    """
    known = rules.kind(kind)
    urgent = known is not None and known.urgent
    complaint = Complaint(
        number=number,
        site=site,
        unit=unit,
        building=building,
        place=place,
        complainant=complainant,
        kind=kind,
        public_area=public_area,
        details=details,
        photos=photos,
        wishes_urgent=wishes_urgent,
        urgent=urgent,
        contact_from=contact_from,
        contact_until=contact_until,
        first_report_at=min(first_report_at, now),
        received_at=now,
        state=ComplaintState.RECEIVED,
        channel=channel,
        taken_by=taken_by,
        proposed=department_for(kind, rules),
        key_resident=key_resident,
        major=urgent and "injury_or_safety" in rules.complaint.major_rules,
        unfinished=unfinished,
        confidential=confidential,
        desk_since=min(first_report_at, now) if channel in ("phone", "visit") else now,
    )
    data = {
        "proposed": str(complaint.proposed) if complaint.proposed else None,
        "urgent": urgent,
        "wishes_urgent": wishes_urgent,
        "first_report_at": complaint.first_report_at.isoformat(),
        "gap_seconds": int((now - complaint.first_report_at).total_seconds()),
        "channel": channel,
        "taken_by": taken_by,
    }
    kind_of_event = "complaint.unfinished" if unfinished else "complaint.received"
    return Decision(complaint, (Event(kind_of_event, "CP-4.1.1a", data),))


def complete(
    complaint: Complaint, *, kind: str, details: str, by: str, now: datetime, rules: Rules
) -> Decision[Complaint]:
    """The front desk makes an abandoned complaint whole; T1 runs since it was handed over (D-10)."""
    states.move(states.COMPLAINT, Action.COMPLETE, complaint.state)
    if not complaint.unfinished:
        raise Refused(Why.ALREADY, what="complete", by=None, at=None)
    if not details.strip():
        raise Refused(Why.TEXT_MISSING)
    known = rules.kind(kind)
    whole = replace(
        complaint,
        kind=kind,
        details=details,
        unfinished=False,
        proposed=department_for(kind, rules),
        urgent=complaint.urgent or (known is not None and known.urgent),
    )
    data = {
        "by": by,
        "kind": kind,
        "proposed": str(whole.proposed) if whole.proposed else None,
        "urgent": whole.urgent,
        "at": now.isoformat(),
    }
    return Decision(whole, (Event("complaint.completed", "CP-4.1.1a", data),))


def add(complaint: Complaint, by: str, text: str, photos: tuple[str, ...], now: datetime) -> Decision[Complaint]:
    """[补充]: more words or photos; the handler sees them with the work order."""
    states.move(states.COMPLAINT, Action.ADD, complaint.state)
    return _noted(complaint, "addition", "complaint.addition", "CP-4.1.1a", by, text, photos, now)


def ask(complaint: Complaint, by: str, text: str, now: datetime) -> Decision[Complaint]:
    """[问业户]: a question to the complainant; every clock runs on (CP-4.2.1a)."""
    states.move(states.COMPLAINT, Action.ASK, complaint.state)
    return _noted(complaint, "question", "complaint.question", "CP-4.2.1a", by, text, (), now)


def answer(complaint: Complaint, by: str, text: str, photos: tuple[str, ...], now: datetime) -> Decision[Complaint]:
    """The complainant's answer to a question."""
    states.move(states.COMPLAINT, Action.ANSWER, complaint.state)
    return _noted(complaint, "answer", "complaint.answer", "CP-4.2.1a", by, text, photos, now)


def urge(complaint: Complaint, by: str, now: datetime, rules: Rules) -> Decision[Complaint]:
    """[催单]: to handler and front desk, at most once in `urge.cooldown_hours`; the third reaches L2 (§11 no. 1)."""
    states.move(states.COMPLAINT, Action.URGE, complaint.state)
    if complaint.urged:
        until = complaint.urged[-1] + timedelta(hours=rules.urge.cooldown_hours)
        if now < until:
            raise Refused(Why.URGE_COOLDOWN, until=until.isoformat())
    urged = replace(complaint, urged=(*complaint.urged, now))
    count = len(urged.urged)
    data = {"by": by, "count": count, "third": count >= rules.urge.supervisor_after}
    return Decision(urged, (Event("complaint.urged", "A-1", data),))


def mark_urgent(complaint: Complaint, by: str, now: datetime) -> Decision[Complaint]:
    """The front desk decides that it is urgent (D-45): pings that wait for the morning become due at once."""
    states.move(states.COMPLAINT, Action.MARK_URGENT, complaint.state)
    if complaint.urgent:
        raise Refused(Why.ALREADY, what="mark_urgent", by=None, at=None)
    steps = tuple(
        replace(step, ping_at=now) if step.pinged_at is None and step.ended_at is None else step
        for step in complaint.escalation.steps
    )
    urgent = replace(complaint, urgent=True, escalation=replace(complaint.escalation, steps=steps))
    return Decision(urgent, (Event("complaint.marked_urgent", "CP-4.2.1b", {"by": by}),))


def withdraw(complaint: Complaint, by: str, reason: str, now: datetime, rules: Rules) -> Decision[Complaint]:
    """[撤回] by the complainant: open work orders end, the callback is still made (§8)."""
    withdrawn = replace(
        complaint,
        state=states.move(states.COMPLAINT, Action.WITHDRAW, complaint.state),
        withdrawn_reason=reason,
        orders=tuple(replace(o, state=OrderState.WITHDRAWN) if o.open else o for o in complaint.orders),
    )
    opened = callback.opened(moved(withdrawn, Action.WITHDRAW), now, rules)
    events = (
        Event("complaint.withdrawn", "CP-4.2.6c", {"by": by, "reason": reason}),
        callback.due_event(opened),
    )
    return Decision(quieten(opened, now), events)


def _noted(
    complaint: Complaint,
    kind: str,
    event: str,
    clause: str,
    by: str,
    text: str,
    photos: tuple[str, ...],
    now: datetime,
) -> Decision[Complaint]:
    if not text.strip() and not photos:
        raise Refused(Why.TEXT_MISSING)
    note = Note(at=now, by=by, kind=kind, text=text, photos=photos)
    data = {"by": by, "text": text, "photos": list(photos)}
    return Decision(replace(complaint, notes=(*complaint.notes, note)), (Event(event, clause, data),))
