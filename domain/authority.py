"""May this person do this to that matter: the table of `domain.powers` applied, and the buttons that follow from it."""

from collections.abc import Iterable, Sequence

from domain import states
from domain.causes import live_steps
from domain.complaint import Agreement, Cause, Complaint, ComplaintState, OrderState, WorkOrder
from domain.glossary import Department, Level, Role
from domain.ladder import hidden_from
from domain.people import Person
from domain.powers import POWERS, Action, Scope, roles_of

ORDER_ACTIONS = frozenset(t.action for t in states.ORDER) - {
    Action.ANSWER_TIME,
    Action.VERDICT,
    Action.RECORD_VERDICT,
    Action.RETURN_TO_WORK,
    Action.WITHDRAW,
}
"""Actions on one work order; all others are on the complaint."""
ANSWERED_FOR = {
    Action.ISSUE: Cause.NOT_ISSUED,
    Action.PASS_REVIEW: Cause.REVIEW,
    Action.RETURN_ORDER: Cause.REVIEW,
    Action.UNREACHABLE: Cause.CALLBACK,
    Action.RECORD_VERDICT: Cause.CALLBACK,
    Action.ARCHIVE: Cause.ARCHIVE,
    Action.RETURN_TO_WORK: Cause.ARCHIVE,
}
"""Stages whose overdue step lets its holder act, so that a vacant post never holds a matter up for good."""
_EVER = {role: frozenset(action for action in Action if role in roles_of(action)) for role in Role}
"""What a role may ever do, so that few actions need a closer look."""


def may(
    person: Person,
    action: Action | str,
    complaint: Complaint | None = None,
    order: WorkOrder | None = None,
    *,
    acting_for: Sequence[Person] = (),
) -> bool:
    """Whether role and scope allow it; the state is not asked. `acting_for`: whom the person stands in for today.

    Without a matter: whether the person may ever do it. Nobody complained about may even see the complaint, in
    whatever role, and nobody gets round that by standing in for another.
    """
    wanted = Action(action)
    if person.left or (complaint is not None and _hidden(person, complaint)):
        return False
    return any(_granted(who, person, wanted, complaint, order) for who in (person, *acting_for))


def actions(
    person: Person,
    complaint: Complaint,
    order: WorkOrder | None = None,
    *,
    acting_for: Sequence[Person] = (),
) -> tuple[Action, ...]:
    """The buttons this person may press now: allowed by role, scope and state, in the order of the table.

    With an order: the actions on that order; without: those on the complaint.
    """
    roles = (person.role, *(absent.role for absent in acting_for))
    ever = frozenset[Action]().union(*(_EVER[role] for role in roles))
    ever = ever - ORDER_ACTIONS if order is None else ever & ORDER_ACTIONS
    return tuple(
        action
        for action in Action
        if action in ever
        and _possible(action, person, complaint, order)
        and may(person, action, complaint, order, acting_for=acting_for)
    )


def _hidden(person: Person, complaint: Complaint) -> bool:
    return person.id != complaint.complainant and hidden_from(person, complaint)


def _granted(
    who: Person, presser: Person, action: Action, complaint: Complaint | None, order: WorkOrder | None
) -> bool:
    for scope, roles in POWERS[action]:
        if who.role in roles and (complaint is None or _within(scope, who, presser, action, complaint, order)):
            return True
    return False


def _within(
    scope: Scope, who: Person, presser: Person, action: Action, complaint: Complaint, order: WorkOrder | None
) -> bool:
    orders = (order,) if order is not None else complaint.orders
    at_site = who.site in ("", complaint.site)
    match scope:
        case Scope.OWN:
            return _own(who, presser, action, complaint, orders)
        case Scope.BUILDING:
            return at_site and (not who.buildings or complaint.building in who.buildings)
        case Scope.DEPARTMENT:
            mine = Department.CS if who.role is Role.CS_HEAD else who.department
            return at_site and mine is not None and any(o.department is mine for o in orders)
        case Scope.SITE:
            return at_site
        case Scope.COMPANY | Scope.GROUP:
            return True


def _own(who: Person, presser: Person, action: Action, complaint: Complaint, orders: Iterable[WorkOrder]) -> bool:
    """A resident's own complaint; a ladder step or visit that is this person's; an order held or offered.

    Steps name persons, deputies included, so they are the presser's own or nobody's.
    """
    if who.resident:
        return who.id == complaint.complainant
    visit = complaint.callback.visit if complaint.callback else None
    visiting = visit is not None and visit.assistant == who.id
    if action in (Action.ACCEPT_VISIT, Action.VISIT_DONE):
        return visiting
    if action in ANSWERED_FOR:
        at_visit = visiting and action is Action.RECORD_VERDICT
        return at_visit or _answers_for_stage(presser, action, complaint)
    on_ladder = any(_answers(presser, step.holders, step.copies, action) for step in live_steps(complaint))
    if action in (Action.ACKNOWLEDGE, Action.INSTRUCT, Action.ESCALATE):
        return on_ladder
    holding = any(who.id == o.handler or (o.handler is None and who.id in o.assigned) for o in orders)
    if action is Action.VIEW:
        return holding or on_ladder or visiting or who.id == complaint.taken_by
    return holding


def _answers_for_stage(person: Person, action: Action, complaint: Complaint) -> bool:
    """From L3 up, whoever was told that a stage is overdue may do what nobody else does."""
    return any(
        step.cause is ANSWERED_FOR[action] and step.level >= Level.L3 and person.id in step.holders
        for step in live_steps(complaint)
    )


def _answers(person: Person, holders: Sequence[str], copies: Sequence[str], action: Action) -> bool:
    return person.id in holders or (action in (Action.ACKNOWLEDGE, Action.VIEW) and person.id in copies)


def _possible(action: Action, person: Person, complaint: Complaint, order: WorkOrder | None) -> bool:
    """Whether the state has room for it; what the tables cannot say is asked here."""
    if order is not None:
        if action is Action.PASS_REVIEW and person.id in (order.done_by, order.handler):
            return False
        return states.allowed(states.ORDER, action, order.state)
    if action is Action.VIEW:
        return True
    if action not in states.COMPLAINT.clauses:
        return _beside_the_table(action, complaint)
    return states.allowed(states.COMPLAINT, action, complaint.state) and _timely(action, person, complaint)


def _beside_the_table(action: Action, complaint: Complaint) -> bool:
    match action:
        case Action.NOTE_REASON:
            return complaint.card is not None and complaint.card.state in states.CARD_OPEN
        case Action.ANSWER_TIME:
            pending = (o.proposed for o in complaint.open_orders if o.state is not OrderState.ISSUED)
            return any(time is not None and time.state is Agreement.PROPOSED for time in pending)
        case _:
            return False


def _timely(action: Action, person: Person, complaint: Complaint) -> bool:
    coming = complaint.callback
    visit = coming.visit if coming else None
    match action:
        case Action.COMPLETE:
            return complaint.unfinished
        case Action.ISSUE:
            return not complaint.unfinished
        case Action.CLOSE_DECLINED:
            return bool(complaint.counting_orders)
        case Action.MARK_URGENT:
            return not complaint.urgent
        case Action.ANSWER:
            return _asked(complaint)
        case Action.ORDER_VISIT:
            return visit is None or visit.done_at is not None
        case Action.ACCEPT_VISIT:
            return visit is not None and visit.done_at is None and visit.accepted_at is None
        case Action.VISIT_DONE:
            return visit is not None and visit.done_at is None
        case Action.ARCHIVE:
            return coming is None or coming.by != person.id or complaint.state is ComplaintState.UNREACHABLE
        case Action.ACKNOWLEDGE | Action.INSTRUCT:
            return _to_answer(action, person, complaint)
        case _:
            return True


def _to_answer(action: Action, person: Person, complaint: Complaint) -> bool:
    for step in live_steps(complaint):
        if person.id in step.holders:
            open_still = step.acknowledged_at is None if action is Action.ACKNOWLEDGE else step.level >= Level.L3
            if open_still:
                return True
        elif action is Action.ACKNOWLEDGE and person.id in step.copies and person.id not in step.noted_by:
            return True
    return False


def _asked(complaint: Complaint) -> bool:
    """Whether the last word between question and answer is a question."""
    words = [note.kind for note in complaint.notes if note.kind in ("question", "answer")]
    return bool(words) and words[-1] == "question"
