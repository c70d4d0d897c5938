"""The states of §8 as tables, and where a complaint stands when its work orders have moved."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeVar

from domain.complaint import WORKING, CardState, Complaint, ComplaintState, OrderState
from domain.decision import Refused
from domain.glossary import Role
from domain.powers import Action, roles_of
from domain.refusals import Why

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Transition(Generic[S]):
    """One allowed move; `target` None means that the action leaves the state alone."""

    action: Action
    sources: frozenset[S]
    target: S | None
    clause: str

    @property
    def roles(self) -> frozenset[Role]:
        return roles_of(self.action)


class Table(Generic[S]):
    """All moves of one kind of record; iterating gives the transitions as written."""

    def __init__(self, *transitions: Transition[S]) -> None:
        self._transitions = transitions
        self.moves = {(t.action, source): t.target or source for t in transitions for source in t.sources}
        self.clauses = {t.action: t.clause for t in transitions}

    def __iter__(self) -> Iterator[Transition[S]]:
        return iter(self._transitions)


C, W, F = ComplaintState, OrderState, CardState
BEFORE_DONE = frozenset({C.RECEIVED, C.ISSUED, C.ACCEPTED, C.IN_PROGRESS})
CALLED = frozenset({C.CALLED_BACK, C.UNREACHABLE, C.SUPERVISOR_REVIEWED})
NOT_CLOSED = frozenset(set(C) - {C.ARCHIVED})
AT_WORK = frozenset({W.ACCEPTED, W.IN_PROGRESS})
OPEN = AT_WORK | {W.ISSUED}

COMPLAINT: Table[ComplaintState] = Table(
    Transition(Action.COMPLETE, frozenset({C.RECEIVED}), None, "CP-4.1.1a"),
    Transition(Action.ISSUE, frozenset({C.RECEIVED}), None, "CP-4.2.1a"),
    Transition(Action.ISSUE_ALSO, BEFORE_DONE - {C.RECEIVED}, None, "CP-4.2.1a"),
    Transition(Action.CLOSE_DECLINED, frozenset({C.RECEIVED}), None, "CP-4.2.1a"),
    Transition(Action.URGE, BEFORE_DONE, None, "A-1"),
    Transition(Action.ADD, NOT_CLOSED, None, "CP-4.1.1a"),
    Transition(Action.ASK, BEFORE_DONE, None, "CP-4.2.1a"),
    Transition(Action.ANSWER, NOT_CLOSED, None, "CP-4.2.1a"),
    Transition(Action.MARK_URGENT, BEFORE_DONE | {C.DONE}, None, "CP-4.2.1b"),
    Transition(Action.WITHDRAW, BEFORE_DONE, C.WITHDRAWN, "CP-4.2.6c"),
    Transition(Action.ATTEMPT, frozenset({C.CALLBACK_DUE, C.WITHDRAWN}), None, "CP-4.2.6c"),
    Transition(Action.VERDICT, frozenset({C.CALLBACK_DUE, C.WITHDRAWN, C.UNREACHABLE}), C.CALLED_BACK, "CP-4.2.6c"),
    Transition(Action.RECORD_VERDICT, frozenset({C.CALLBACK_DUE, C.WITHDRAWN}), C.CALLED_BACK, "CP-4.2.6e"),
    Transition(Action.UNREACHABLE, frozenset({C.CALLBACK_DUE, C.WITHDRAWN}), C.UNREACHABLE, "CP-4.2.6c"),
    Transition(Action.ORDER_VISIT, frozenset({C.CALLBACK_DUE, C.WITHDRAWN}), None, "CP-4.2.6d"),
    Transition(Action.ACCEPT_VISIT, frozenset({C.CALLBACK_DUE, C.WITHDRAWN}), None, "CP-4.2.6d"),
    Transition(Action.VISIT_DONE, frozenset({C.CALLBACK_DUE, C.WITHDRAWN}), None, "CP-4.2.6d"),
    Transition(Action.RETURN_TO_WORK, CALLED, C.IN_PROGRESS, "CP-4.2.6f"),
    Transition(Action.ARCHIVE, CALLED, C.ARCHIVED, "CP-4.2.6f"),
    Transition(Action.ACKNOWLEDGE, NOT_CLOSED, None, "CP-4.2.3a"),
    Transition(Action.INSTRUCT, NOT_CLOSED, None, "CP-4.2.3b"),
    Transition(Action.ESCALATE, BEFORE_DONE, None, "CP-4.2.3a"),
    Transition(Action.COMPENSATION, BEFORE_DONE, None, "CM-X3.13"),
    Transition(Action.ABOUT_SITE_MANAGER, BEFORE_DONE, None, "CM-X3.13"),
    Transition(Action.ABOUT_STAFF, BEFORE_DONE, None, "CP-4.2.3a"),
    Transition(Action.SPECIAL, BEFORE_DONE, None, "CM-I6.3"),
)
"""Moves of the complaint itself. Up to `reviewed` its state follows from its work orders (`settle`)."""

ORDER: Table[OrderState] = Table(
    Transition(Action.ACCEPT, frozenset({W.ISSUED}), W.ACCEPTED, "CP-4.2.1b"),
    Transition(Action.DECLINE, frozenset({W.ISSUED}), W.DECLINED, "CP-4.2.1b"),
    Transition(Action.TRANSFER, OPEN, W.TRANSFERRED, "CP-4.2.1b"),
    Transition(Action.REASSIGN, OPEN, W.ISSUED, "CP-4.2.1b"),
    Transition(Action.PROPOSE_TIME, AT_WORK, None, "CP-4.2.2c"),
    Transition(Action.ANSWER_TIME, AT_WORK, None, "CP-4.2.2c"),
    Transition(Action.LOG_TIME, OPEN, None, "CP-4.2.2c"),
    Transition(Action.PROGRESS, AT_WORK, W.IN_PROGRESS, "CP-4.2.2b"),
    Transition(Action.DONE, AT_WORK, W.DONE, "CP-4.2.2a"),
    Transition(Action.PASS_REVIEW, frozenset({W.DONE}), W.REVIEWED, "CP-4.2.6a"),
    Transition(Action.RETURN_ORDER, frozenset({W.DONE}), W.IN_PROGRESS, "CP-4.2.6a"),
    Transition(Action.VERDICT, frozenset({W.DONE, W.REVIEWED}), W.IN_PROGRESS, "CP-4.2.6c"),
    Transition(Action.RECORD_VERDICT, frozenset({W.DONE, W.REVIEWED}), W.IN_PROGRESS, "CP-4.2.6c"),
    Transition(Action.RETURN_TO_WORK, frozenset({W.DONE, W.REVIEWED}), W.IN_PROGRESS, "CP-4.2.6f"),
    Transition(Action.WITHDRAW, OPEN, W.WITHDRAWN, "CP-4.2.6c"),
)

CARD_OPEN = frozenset({F.OPENED, F.INSTRUCTED, F.EXECUTING})
CARD: Table[CardState] = Table(
    Transition(Action.NOTE_REASON, CARD_OPEN, None, "CP-4.2.3b"),
    Transition(Action.INSTRUCT, CARD_OPEN, F.INSTRUCTED, "CP-4.2.3b"),
    Transition(Action.PROGRESS, frozenset({F.INSTRUCTED, F.EXECUTING}), F.EXECUTING, "CP-4.2.3c"),
    Transition(Action.PASS_REVIEW, CARD_OPEN, F.AT_FRONT_DESK, "CP-4.2.6b"),
    Transition(Action.WITHDRAW, CARD_OPEN, F.AT_FRONT_DESK, "CP-4.2.6b"),
    Transition(Action.VERDICT, frozenset({F.AT_FRONT_DESK}), F.CALLED_BACK, "CP-4.2.6c"),
    Transition(Action.UNREACHABLE, frozenset({F.AT_FRONT_DESK}), F.CALLED_BACK, "CP-4.2.6c"),
    Transition(Action.RETURN_TO_WORK, frozenset({F.AT_FRONT_DESK, F.CALLED_BACK}), F.EXECUTING, "CP-4.2.6c"),
    Transition(Action.ARCHIVE, frozenset({F.CALLED_BACK}), F.ARCHIVED, "CP-4.2.6f"),
)


def allowed(table: Table[S], action: Action, state: S) -> bool:
    """Whether the action may be taken in this state."""
    return (action, state) in table.moves


def clause_of(table: Table[S], action: Action) -> str:
    return table.clauses[action]


def move(table: Table[S], action: Action, state: S) -> S:
    """The state after the action; raises Refused(WRONG_STATE) where the table has no such move."""
    if (action, state) not in table.moves:
        raise Refused(Why.WRONG_STATE, state=str(state), what=str(action))
    return table.moves[action, state]


_ORDER_OF_PROGRESS = (W.ISSUED, W.ACCEPTED, W.IN_PROGRESS, W.DONE, W.REVIEWED)


def settle(complaint: Complaint) -> Complaint:
    """The complaint in the state its work orders put it in: that of the order which is furthest behind.

    Something left to issue puts it back to `received`. From the callback on the orders no longer decide.
    """
    if complaint.state not in WORKING:
        return complaint
    if complaint.to_issue:
        return replace(complaint, state=C.RECEIVED)
    behind = min(complaint.counting_orders, key=lambda order: _ORDER_OF_PROGRESS.index(order.state))
    return replace(complaint, state=ComplaintState(behind.state.value))
