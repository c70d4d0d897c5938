"""The file card 投诉处理档案卡 (CP-4.2.3b–d, CP-4.2.4): opening, instruction, daily replies."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain import states
from domain.complaint import CardState, Complaint, FileCard, WorkOrder
from domain.decision import Decision, Event, Refused
from domain.limits import first_reply_by, next_clock
from domain.powers import Action
from domain.refusals import Why
from domain.rules import Rules


def open_card(complaint: Complaint, number: str, now: datetime, rules: Rules) -> Decision[Complaint]:
    """The card goes out as prefilled; the front desk adds the reason when it can."""
    card = FileCard(number=number, state=CardState.OPENED, opened_at=now, reply_due=first_reply_by(now, rules))
    return Decision(replace(complaint, card=card), (Event("card.opened", "CP-4.2.3b", {"card": number}),))


def note_reason(complaint: Complaint, by: str, reason: str, now: datetime) -> Decision[Complaint]:
    """The front desk writes why the matter is unfinished."""
    card = _card(complaint)
    states.move(states.CARD, Action.NOTE_REASON, card.state)
    if not reason.strip():
        raise Refused(Why.REASON_MISSING)
    data = {"card": card.number, "by": by, "reason": reason, "at": now.isoformat()}
    return Decision(
        replace(complaint, card=replace(card, reason=reason)), (Event("card.reason_noted", "CP-4.2.3b", data),)
    )


def instructed(complaint: Complaint, by: str, text: str, until: datetime, now: datetime) -> Complaint:
    """The instruction written on the open card; nothing to write on where there is none."""
    card = complaint.card
    if card is None or card.state not in states.CARD_OPEN:
        return complaint
    written = replace(
        card,
        state=CardState.INSTRUCTED,
        instruction=text,
        instructed_by=by,
        instructed_at=now,
        instruction_until=until,
    )
    return replace(complaint, card=written)


def executing(complaint: Complaint, text: str) -> Complaint:
    """The department carries the instruction out (CP-4.2.3c)."""
    card = complaint.card
    if card is None or not states.allowed(states.CARD, Action.PROGRESS, card.state):
        return complaint
    return replace(complaint, card=replace(card, state=CardState.EXECUTING, execution=text or card.execution))


def moved(complaint: Complaint, action: Action) -> Complaint:
    """The card goes along with the complaint where its table says so."""
    card = complaint.card
    if card is None or not states.allowed(states.CARD, action, card.state):
        return complaint
    return replace(complaint, card=replace(card, state=states.move(states.CARD, action, card.state)))


def replies_due(complaint: Complaint) -> bool:
    """Daily replies are asked every day until the matter is done (D-15)."""
    card = complaint.card
    return card is not None and card.reply_due is not None and not complaint.finished


def reply_due(complaint: Complaint, now: datetime, rules: Rules) -> Complaint:
    """Daily replies begin anew for a card whose matter came back unfinished (D-15)."""
    card = complaint.card
    if card is None:
        return complaint
    due = first_reply_by(now, rules)
    return replace(complaint, card=replace(card, reply_due=due, reply_reminded=False, missed_running=0))


def silent_orders(complaint: Complaint) -> tuple[WorkOrder, ...]:
    """The open orders whose department has not replied for the coming daily reply."""
    card = complaint.card
    if card is None or card.reply_due is None:
        return ()
    day_before = card.reply_due - timedelta(days=1)
    since = max(card.opened_at, day_before)
    return tuple(
        order
        for order in complaint.open_orders
        if not any(entry.daily_reply and since < entry.at <= card.reply_due for entry in order.progress)
    )


def remind_reply(complaint: Complaint) -> Decision[Complaint]:
    """K4, an hour before: the departments that have not replied are asked."""
    card = _card(complaint)
    silent = silent_orders(complaint)
    reminded = replace(complaint, card=replace(card, reply_reminded=True))
    if not silent or card.reply_due is None:
        return Decision(reminded)
    data = {"card": card.number, "orders": [o.number for o in silent], "due_at": card.reply_due.isoformat()}
    return Decision(reminded, (Event("card.reply_reminder", "CP-4.2.4", data),))


def missed_reply(complaint: Complaint, now: datetime, rules: Rules) -> Decision[Complaint]:
    """K4, 17:00: who has not replied is noted down as missed once, however late this runs; the next day is due next."""
    card = _card(complaint)
    silent = silent_orders(complaint)
    next_due = next_clock(max(now, card.reply_due or now), rules.complaint.daily_reply_time, rules)
    running = card.missed_running + 1 if silent else 0
    kept = replace(
        card,
        reply_due=next_due,
        reply_reminded=False,
        missed_running=running,
        missed_replies=card.missed_replies + (1 if silent else 0),
    )
    if not silent:
        return Decision(replace(complaint, card=kept))
    data = {
        "card": card.number,
        "orders": [o.number for o in silent],
        "departments": [str(o.department) for o in silent],
        "running": running,
    }
    return Decision(replace(complaint, card=kept), (Event("card.reply_missed", "CP-4.2.4", data),))


def _card(complaint: Complaint) -> FileCard:
    if complaint.card is None:
        raise Refused(Why.NO_CARD)
    return complaint.card
