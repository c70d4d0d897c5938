"""Callback 回访 (CP-4.2.6c–e): attempts, verdict, unreachable; not satisfied puts the matter back to work."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain import states
from domain.causes import quieten
from domain.complaint import (
    Attempt,
    Callback,
    CardState,
    Complaint,
    ComplaintState,
    OrderState,
    Verdict,
    WorkOrder,
)
from domain.decision import Decision, Event, Refused
from domain.file_card import moved, reply_due
from domain.limits import callback_by
from domain.powers import Action
from domain.refusals import Why
from domain.rules import Rules

due = callback_by


def opened(complaint: Complaint, now: datetime, rules: Rules) -> Complaint:
    """The complaint with the callback of this round to be made, due the same day (T6, D-17)."""
    last = complaint.callback
    coming = Callback(step=last.step + 1 if last else 1, due_since=now, due_at=callback_by(now, rules))
    past = (*complaint.past_callbacks, last) if last else complaint.past_callbacks
    return replace(complaint, callback=coming, past_callbacks=past)


def due_event(complaint: Complaint) -> Event:
    coming = current(complaint, None)
    return Event("callback.due", "CP-4.2.6c", {"step": coming.step, "due_at": coming.due_at.isoformat()})


def attempt(
    complaint: Complaint,
    step: int,
    by: str | None,
    channel: str,
    outcome: str,
    now: datetime,
    rules: Rules,
    words: str = "",
) -> Decision[Complaint]:
    """One try (§11 no. 9): `outcome` is `asked` or `no_answer`; a result is a verdict, not an attempt.

    Tries over the same channel keep `attempt_gap_hours`; after `max_attempts` over two channels the cs supervisor
    decides.
    """
    states.move(states.COMPLAINT, Action.ATTEMPT, complaint.state)
    coming = current(complaint, step)
    done = coming.attempts
    if len(done) >= rules.callback.max_attempts and channel in {a.channel for a in done}:
        raise Refused(Why.ENOUGH_ATTEMPTS, count=len(done))
    earlier = [a.at for a in done if a.channel == channel]
    if earlier:
        until = max(earlier) + timedelta(hours=rules.callback.attempt_gap_hours)
        if now < until:
            raise Refused(Why.TOO_SOON, until=until.isoformat())
    tried = replace(coming, attempts=(*done, Attempt(at=now, channel=channel, by=by, outcome=outcome, words=words)))
    data = {
        "step": coming.step,
        "by": by,
        "channel": channel,
        "outcome": outcome,
        "words": words,
        "count": len(tried.attempts),
        "exhausted": exhausted(tried, rules),
    }
    return Decision(replace(complaint, callback=tried), (Event("callback.attempt", "CP-4.2.6c", data),))


def exhausted(coming: Callback, rules: Rules) -> bool:
    """Whether everything was tried: enough attempts, over at least two channels."""
    channels = {a.channel for a in coming.attempts}
    return len(coming.attempts) >= rules.callback.max_attempts and len(channels) > 1


def verdict(
    complaint: Complaint, step: int, by: str, verdict: Verdict, words: str, channel: str, now: datetime, rules: Rules
) -> Decision[Complaint]:
    """What the resident says of the result. `by` is the complainant in chat, else the staff member who called.

    A call or a visit needs words on record (CP-4.2.6e). Not satisfied: back to work, the ladder resumes (§2 rule 5).
    """
    if verdict is Verdict.UNREACHABLE:
        raise ValueError("unreachable is confirmed by the cs supervisor, see unreachable()")
    in_person = by == complaint.complainant
    action = Action.VERDICT if in_person else Action.RECORD_VERDICT
    coming = current(complaint, step, action)
    state = states.move(states.COMPLAINT, action, complaint.state)
    if not in_person and not words.strip():
        raise Refused(Why.WORDS_MISSING)
    attempted = Attempt(at=now, channel=channel, by=None if in_person else by, outcome=str(verdict), words=words)
    answered = replace(
        coming,
        attempts=(*coming.attempts, attempted),
        verdict=verdict,
        words=words,
        by=by,
        channel=channel,
        at=now,
    )
    called = moved(replace(complaint, state=state, callback=answered), Action.VERDICT)
    data = {"step": coming.step, "verdict": str(verdict), "words": words, "channel": channel, "by": by}
    event = Event("callback.verdict", "CP-4.2.6e", data)
    if verdict is Verdict.SATISFIED:
        return Decision(quieten(called, now), (event,))
    return Decision(reopened(called, words, now, rules), (event, reopened_event(called, words)))


def unreachable(complaint: Complaint, step: int, by: str, now: datetime, rules: Rules) -> Decision[Complaint]:
    """The cs supervisor confirms that nobody could be reached; never the same as satisfied (§11 no. 9)."""
    coming = current(complaint, step, Action.UNREACHABLE)
    state = states.move(states.COMPLAINT, Action.UNREACHABLE, complaint.state)
    if not exhausted(coming, rules):
        raise Refused(
            Why.MORE_ATTEMPTS,
            count=len(coming.attempts),
            needed=rules.callback.max_attempts,
            channels=len({a.channel for a in coming.attempts}),
        )
    answered = replace(coming, verdict=Verdict.UNREACHABLE, by=by, at=now)
    called = moved(replace(complaint, state=state, callback=answered), Action.UNREACHABLE)
    return Decision(quieten(called, now), (Event("callback.unreachable", "CP-4.2.6c", {"step": step, "by": by}),))


def reopened(complaint: Complaint, reason: str, now: datetime, rules: Rules) -> Complaint:
    """Back to work: every counting order in progress again with fresh T2 and T3, the card executed further.

    Where no order counts (it had been withdrawn) the front desk has it to issue. T5 still runs from the first report.
    """
    orders = tuple(returned(o, reason, now) if o.counts else o for o in complaint.orders)
    back = replace(
        complaint,
        state=ComplaintState.IN_PROGRESS,
        orders=orders,
        reopened=complaint.reopened + 1,
        withdrawn_reason="",
        reviewed_by_supervisor=None,
    )
    if not back.counting_orders:
        back = replace(back, step=back.step + 1, desk_since=now)
    card = back.card
    if card is not None:
        back = reply_due(replace(back, card=replace(card, state=CardState.EXECUTING)), now, rules)
    return quieten(states.settle(back), now)


def reopened_event(complaint: Complaint, words: str) -> Event:
    return Event("complaint.reopened", "CP-4.2.6c", {"count": complaint.reopened + 1, "words": words})


def returned(order: WorkOrder, reason: str, now: datetime) -> WorkOrder:
    """The order sent back to its handler; its former limits are spent."""
    return replace(
        order,
        state=OrderState.IN_PROGRESS,
        returned=order.returned + 1,
        returned_reason=reason,
        reworked_at=now,
        agreed=None,
        proposed=None,
        done_at=None,
        done_by=None,
        reviewed_at=None,
        reviewed_by=None,
        overdue=False,
        progress_missed=False,
        reminded=(),
    )


def current(complaint: Complaint, step: int | None, what: Action = Action.ATTEMPT) -> Callback:
    """The callback in hand; refuses a press on an earlier one, and a second verdict on this one."""
    coming = complaint.callback
    if coming is None:
        raise Refused(Why.WRONG_STATE, state=str(complaint.state), what=str(what))
    if step is not None and step != coming.step:
        earlier = [past for past in complaint.past_callbacks if past.step == step]
        raise _answered(earlier[0], what) if earlier else Refused(Why.STALE_STEP, step=coming.step)
    reached_late = coming.verdict is Verdict.UNREACHABLE and what is Action.VERDICT
    if coming.verdict is not None and not reached_late:
        raise _answered(coming, what)
    return coming


def _answered(given: Callback, what: Action) -> Refused:
    return Refused(Why.ALREADY, what=str(what), by=given.by, at=given.at.isoformat() if given.at else None)
