"""What happens when a promise falls due. Each acts once, however late it is called, and counts the next from `now`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from domain import limits
from domain.causes import climbs
from domain.complaint import Cause, Complaint, WorkOrder
from domain.decision import Decision, Event, Promise
from domain.escalation import climb, one_up, ping, reached, start
from domain.file_card import missed_reply, open_card, remind_reply
from domain.glossary import Level
from domain.people import Roster
from domain.rules import Rules


@dataclass(frozen=True, slots=True)
class Due:
    """A promise that has fallen due, with what is needed to act on it."""

    complaint: Complaint
    promise: Promise
    roster: Roster
    rules: Rules
    now: datetime
    card_number: str | None

    @property
    def order(self) -> WorkOrder:
        return self.complaint.order(self.promise.step.partition("/")[0])

    def tell(self, complaint: Complaint, level: Level, reason: str, cause: Cause) -> Decision[Complaint]:
        """A step of the ladder for this occurrence."""
        return start(
            complaint,
            level,
            reason,
            self.roster,
            self.rules,
            self.now,
            cause=cause,
            subject=self.promise.step,
            clause=self.promise.clause,
        )


def _with(decided: Decision[Complaint], *first: Event) -> Decision[Complaint]:
    return Decision(decided.record, (*first, *decided.events))


def _not_issued(due: Due) -> Decision[Complaint]:
    alarm = Event("alarm.not_issued", "CP-4.2.1b", {"step": due.complaint.step})
    return _with(due.tell(due.complaint, Level.L2, "not_issued", Cause.NOT_ISSUED), alarm)


def _not_accepted(due: Due) -> Decision[Complaint]:
    alarm = Event("alarm.not_accepted", "CP-4.2.1b", {"order": due.order.number, "step": due.order.step})
    return _with(due.tell(due.complaint, Level.L2, "not_accepted", Cause.NOT_ACCEPTED), alarm)


def _reminder(due: Due) -> Decision[Complaint]:
    """Earlier reminders that were missed are spent with this one, and one that comes after the limit says nothing."""
    order, rules = due.order, due.rules
    past = tuple(hours for hours, at in limits.reminders(order, rules) if at <= due.now)
    reminded = due.complaint.with_order(replace(order, reminded=tuple(sorted({*order.reminded, *past}))))
    limit = limits.resolve_by(order, rules)
    if due.now >= limit:
        return Decision(reminded)
    data = {"order": order.number, "hours": max(past), "limit": limit.isoformat()}
    return Decision(reminded, (Event("order.reminder", "CP-4.2.2a", data),))


def _resolve(due: Due) -> Decision[Complaint]:
    late = due.complaint.with_order(replace(due.order, overdue=True))
    agreed = due.order.agreed is not None
    clause = "CP-4.2.2c" if agreed else "CP-4.2.2a"
    data = {"order": due.order.number, "agreed": agreed, "limit": due.promise.due_at.isoformat()}
    return Decision(replace(late, overdue_12h=True), (Event("order.overdue", clause, data),))


def _progress(due: Due) -> Decision[Complaint]:
    missed = due.complaint.with_order(replace(due.order, progress_missed=True))
    return Decision(missed, (Event("order.progress_missed", "CP-4.2.2b", {"order": due.order.number}),))


def _card(due: Due) -> Decision[Complaint]:
    """The card opens, and L2 and L3 are told in the same moment (CP-4.2.3, D-13)."""
    if due.card_number is None:
        raise ValueError("a card promise needs the number of the card")
    opened = open_card(due.complaint, due.card_number, due.now, due.rules)
    events = list(opened.events)
    record = opened.record
    for level in (Level.L2, Level.L3):
        told = start(record, level, "card", due.roster, due.rules, due.now)
        at_level = told.record.escalation.steps[-1].level
        if any(step.reason == "card" and step.level is at_level for step in record.escalation.steps):
            continue
        record, events = told.record, [*events, *told.events]
    return Decision(record, tuple(events))


def _reply_reminder(due: Due) -> Decision[Complaint]:
    return remind_reply(due.complaint)


def _daily_reply(due: Due) -> Decision[Complaint]:
    """Two misses running bring the matter one level up (CP-4.2.4)."""
    decided = missed_reply(due.complaint, due.now, due.rules)
    card = decided.record.card
    if not decided.events or card is None or card.missed_running % due.rules.limit.missed_replies:
        return decided
    return _with(
        one_up(decided.record, "reply_missed", due.roster, due.rules, due.now, due.promise.clause), *decided.events
    )


def _ping(due: Due) -> Decision[Complaint]:
    return ping(due.complaint, int(due.promise.step), due.now)


def _climb(due: Due) -> Decision[Complaint]:
    for steps in climbs(due.complaint):
        if steps[-1].step == int(due.promise.step):
            return climb(due.complaint, steps, due.roster, due.rules, due.now)
    return Decision(due.complaint)


def _resume(due: Due) -> Decision[Complaint]:
    return start(due.complaint, reached(due.complaint), "reopened", due.roster, due.rules, due.now, clause="CP-4.2.6c")


def _urged(due: Due) -> Decision[Complaint]:
    return start(
        due.complaint, Level.L2, "urged", due.roster, due.rules, due.now, cause=Cause.URGED, clause=due.promise.clause
    )


def _review(due: Due) -> Decision[Complaint]:
    told = Event("review.overdue", "CP-4.2.6a", {"order": due.order.number})
    return _with(due.tell(due.complaint, Level.L2, "review_overdue", Cause.REVIEW), told)


def _callback(due: Due) -> Decision[Complaint]:
    told = Event("callback.overdue", "CP-4.2.6c", {"step": int(due.promise.step)})
    return _with(due.tell(due.complaint, Level.L2, "callback_overdue", Cause.CALLBACK), told)


def _visit(due: Due) -> Decision[Complaint]:
    """The head of the property department hears of a visit that was not made (CP-4.2.6d)."""
    coming = due.complaint.callback
    if coming is None or coming.visit is None:
        return Decision(due.complaint)
    late = replace(due.complaint, callback=replace(coming, visit=replace(coming.visit, overdue=True)))
    data = {"step": coming.step, "assistant": coming.visit.assistant}
    return Decision(late, (Event("visit.overdue", "CP-4.2.6d", data),))


def _archive(due: Due) -> Decision[Complaint]:
    told = Event("archive.overdue", "CP-4.2.6f", {"step": int(due.promise.step)})
    return _with(due.tell(due.complaint, Level.L3, "archive_overdue", Cause.ARCHIVE), told)


ACTS: dict[str, Callable[[Due], Decision[Complaint]]] = {
    "not_issued": _not_issued,
    "not_accepted": _not_accepted,
    "reminder": _reminder,
    "resolve": _resolve,
    "progress": _progress,
    "card": _card,
    "reply_reminder": _reply_reminder,
    "daily_reply": _daily_reply,
    "ping": _ping,
    "climb": _climb,
    "resume": _resume,
    "urged": _urged,
    "review": _review,
    "callback": _callback,
    "visit": _visit,
    "archive": _archive,
}
