"""Which messages need an answer, and when silence turns them into a call (§11 no. 3, D-43)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.complaint import Agreement, Complaint, ComplaintState, Note, OrderState
from domain.decision import Promise
from domain.limits import awake
from domain.rules import Rules

CLAUSE = "A-3"


class Asked(StrEnum):
    """What the complainant was asked. Assignments to staff are not here: nobody accepting raises an alarm (A-8)."""

    QUESTION = "question"
    TIME = "time"
    CALLBACK = "callback"


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the complainant without an answer yet; `step` tells it from others of its kind."""

    asked: Asked
    step: str
    at: datetime


def questions(complaint: Complaint) -> tuple[Question, ...]:
    """What the complainant has been asked and not answered, as a pure function of where the complaint stands."""
    return tuple(_questions(complaint))


def question(complaint: Complaint, asked: str, step: str) -> Question | None:
    """This question, if it still waits for its answer."""
    return next((q for q in questions(complaint) if (q.asked, q.step) == (asked, step)), None)


def ever_asked(complaint: Complaint) -> bool:
    """Whether there has been anything to answer at all, so that calls may have been promised."""
    asked_time = any(order.proposed is not None for order in complaint.orders)
    return asked_time or complaint.callback is not None or any(note.kind == "question" for note in complaint.notes)


def promises(complaint: Complaint, rules: Rules, *, reachable: bool) -> tuple[Promise, ...]:
    """When each question becomes a call: after `delivery.call_after_minutes` of silence, at once where no message
    reaches the complainant. Calls that would fall into the quiet hours wait for their end, urgent matters aside."""
    wait = timedelta(minutes=rules.delivery.call_after_minutes if reachable else 0)
    return tuple(Promise(q.asked, q.step, CLAUSE, _by_day(q.at + wait, complaint, rules)) for q in questions(complaint))


def _said(note: Note, complaint: Complaint) -> bool:
    """Part of the talk with the complainant: a question to them, or their own words."""
    return note.kind == "question" or note.by == complaint.complainant


def _by_day(moment: datetime, complaint: Complaint, rules: Rules) -> datetime:
    return moment if complaint.urgent else awake(moment, rules)


def _questions(complaint: Complaint) -> Iterator[Question]:
    if complaint.closed:
        return
    place = next((i for i in reversed(range(len(complaint.notes))) if _said(complaint.notes[i], complaint)), None)
    if place is not None and complaint.notes[place].kind == "question" and not complaint.finished:
        yield Question(Asked.QUESTION, str(place + 1), complaint.notes[place].at)
    for order in complaint.open_orders:
        time = order.proposed
        if order.state is not OrderState.ISSUED and time is not None and time.state is Agreement.PROPOSED:
            yield Question(Asked.TIME, f"{order.number}/{time.step}", time.at)
    coming = complaint.callback
    waiting = complaint.state in (ComplaintState.CALLBACK_DUE, ComplaintState.WITHDRAWN)
    if waiting and coming is not None and coming.verdict is None:
        yield Question(Asked.CALLBACK, str(coming.step), coming.due_since)
