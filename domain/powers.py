"""Who may do what: the one table role × action × scope. Everything that asks for permission reads it."""

from enum import StrEnum

from domain.glossary import RESIDENTS, STAFF, Role


class Action(StrEnum):
    """What people do with complaints; the names are also those of the buttons."""

    VIEW = "view"
    COMPLAIN = "complain"
    URGE = "urge"
    ADD = "add"
    WITHDRAW = "withdraw"
    ANSWER = "answer"
    ANSWER_TIME = "answer_time"
    VERDICT = "verdict"
    COMPLETE = "complete"
    ISSUE = "issue"
    ISSUE_ALSO = "issue_also"
    CLOSE_DECLINED = "close_declined"
    ASK = "ask"
    MARK_URGENT = "mark_urgent"
    NOTE_REASON = "note_reason"
    ACCEPT = "accept"
    DECLINE = "decline"
    TRANSFER = "transfer"
    REASSIGN = "reassign"
    PROPOSE_TIME = "propose_time"
    LOG_TIME = "log_time"
    PROGRESS = "progress"
    DONE = "done"
    PASS_REVIEW = "pass_review"
    RETURN_ORDER = "return_order"
    ATTEMPT = "attempt"
    RECORD_VERDICT = "record_verdict"
    UNREACHABLE = "unreachable"
    ORDER_VISIT = "order_visit"
    ACCEPT_VISIT = "accept_visit"
    VISIT_DONE = "visit_done"
    ARCHIVE = "archive"
    RETURN_TO_WORK = "return_to_work"
    ACKNOWLEDGE = "acknowledge"
    INSTRUCT = "instruct"
    ESCALATE = "escalate"
    COMPENSATION = "compensation"
    ABOUT_SITE_MANAGER = "about_site_manager"
    ABOUT_STAFF = "about_staff"
    SPECIAL = "special"
    QUEUE = "queue"
    CALLBACKS = "callbacks"
    APPROVE_BINDING = "approve_binding"
    SHIFT = "shift"
    LEAVE = "leave"


class Scope(StrEnum):
    """How far a power reaches."""

    OWN = "own"
    """The complainant's own complaint; the order one holds or was pinged for; the step one is to answer."""
    BUILDING = "building"
    DEPARTMENT = "department"
    SITE = "site"
    COMPANY = "company"
    GROUP = "group"


HANDLERS = (
    Role.TECHNICIAN,
    Role.GUARD,
    Role.PROPERTY_ASSISTANT,
    Role.HANDOVER_OFFICER,
    Role.CASHIER,
    Role.EMPLOYEE,
    Role.DEFECT_VISITOR,
)
"""Roles that work on orders themselves."""
HEADS = (Role.DEPARTMENT_HEAD, Role.CS_HEAD)
DESK = (Role.FRONT_DESK, Role.CS_SUPERVISOR, Role.CS_HEAD)
SITE_EYES = (*DESK, Role.SITE_MANAGER)
COMPANY_EYES = (Role.QUALITY_OFFICER, Role.OMBUDSMAN, Role.MGMT_REP, Role.CALLBACK_CALLER)
GROUP_EYES = (Role.LEADERSHIP, Role.GM)
UPPER = (Role.SITE_MANAGER, Role.QUALITY_OFFICER, Role.MGMT_REP, Role.OMBUDSMAN, Role.LEADERSHIP, Role.GM)
ALL_RESIDENTS = tuple(role for role in Role if role in RESIDENTS)
ALL_STAFF = tuple(role for role in Role if role in STAFF)

Grant = tuple[Scope, tuple[Role, ...]]


def _own(*roles: Role) -> Grant:
    return Scope.OWN, roles


def _department(*roles: Role) -> Grant:
    return Scope.DEPARTMENT, roles


def _site(*roles: Role) -> Grant:
    return Scope.SITE, roles


WORKING_AN_ORDER: tuple[Grant, ...] = (_own(*ALL_STAFF), _department(*HEADS))
"""The one who holds the order, or the head of its department."""
TAKING_AN_ORDER: tuple[Grant, ...] = (_own(*ALL_STAFF), _department(*HANDLERS, Role.FRONT_DESK, *HEADS))
RESIDENT: tuple[Grant, ...] = (_own(*ALL_RESIDENTS),)
THE_DESK: tuple[Grant, ...] = (_site(*DESK),)
STEP_HOLDER: tuple[Grant, ...] = (_own(*ALL_STAFF),)
STAGE_HOLDER: tuple[Grant, ...] = (_own(*HEADS, *UPPER),)
"""Who was told from L3 up that a stage is overdue, and may do it where nobody else does."""

POWERS: dict[Action, tuple[Grant, ...]] = {
    Action.VIEW: (
        _own(*ALL_RESIDENTS, *ALL_STAFF),
        (Scope.BUILDING, (Role.PROPERTY_ASSISTANT,)),
        _department(*HANDLERS, *HEADS),
        _site(*SITE_EYES),
        (Scope.COMPANY, (*COMPANY_EYES,)),
        (Scope.GROUP, GROUP_EYES),
    ),
    Action.COMPLAIN: (_site(*ALL_RESIDENTS),),
    Action.URGE: RESIDENT,
    Action.ADD: RESIDENT,
    Action.WITHDRAW: RESIDENT,
    Action.ANSWER: RESIDENT,
    Action.ANSWER_TIME: RESIDENT,
    Action.VERDICT: RESIDENT,
    Action.COMPLETE: THE_DESK,
    Action.ISSUE: (*THE_DESK, *STAGE_HOLDER),
    Action.ISSUE_ALSO: THE_DESK,
    Action.CLOSE_DECLINED: THE_DESK,
    Action.ASK: (*WORKING_AN_ORDER, *THE_DESK),
    Action.MARK_URGENT: THE_DESK,
    Action.NOTE_REASON: THE_DESK,
    Action.ACCEPT: TAKING_AN_ORDER,
    Action.DECLINE: TAKING_AN_ORDER,
    Action.TRANSFER: (*WORKING_AN_ORDER, _site(*DESK)),
    Action.REASSIGN: (*WORKING_AN_ORDER, _site(*DESK)),
    Action.PROPOSE_TIME: WORKING_AN_ORDER,
    Action.LOG_TIME: THE_DESK,
    Action.PROGRESS: WORKING_AN_ORDER,
    Action.DONE: WORKING_AN_ORDER,
    Action.PASS_REVIEW: (_department(*HEADS), _site(Role.SITE_MANAGER), *STAGE_HOLDER),
    Action.RETURN_ORDER: (_department(*HEADS), _site(Role.SITE_MANAGER), *STAGE_HOLDER),
    Action.ATTEMPT: THE_DESK,
    Action.RECORD_VERDICT: (*THE_DESK, _own(Role.PROPERTY_ASSISTANT), *STAGE_HOLDER),
    Action.UNREACHABLE: (_site(Role.CS_SUPERVISOR, Role.CS_HEAD), *STAGE_HOLDER),
    Action.ORDER_VISIT: THE_DESK,
    Action.ACCEPT_VISIT: (_own(Role.PROPERTY_ASSISTANT), (Scope.BUILDING, (Role.PROPERTY_ASSISTANT,))),
    Action.VISIT_DONE: (_own(Role.PROPERTY_ASSISTANT),),
    Action.ARCHIVE: (_site(Role.CS_SUPERVISOR, Role.CS_HEAD), *STAGE_HOLDER),
    Action.RETURN_TO_WORK: (_site(Role.CS_SUPERVISOR, Role.CS_HEAD), *STAGE_HOLDER),
    Action.ACKNOWLEDGE: STEP_HOLDER,
    Action.INSTRUCT: STEP_HOLDER,
    Action.ESCALATE: (
        _own(*ALL_STAFF),
        _department(Role.DEPARTMENT_HEAD),
        _site(*DESK, Role.SITE_MANAGER),
    ),
    Action.COMPENSATION: THE_DESK,
    Action.ABOUT_SITE_MANAGER: THE_DESK,
    Action.ABOUT_STAFF: THE_DESK,
    Action.SPECIAL: (_site(*DESK, Role.SITE_MANAGER),),
    Action.QUEUE: (_site(*DESK),),
    Action.CALLBACKS: (_site(*DESK),),
    Action.APPROVE_BINDING: (_site(*DESK),),
    Action.SHIFT: (_site(*ALL_STAFF),),
    Action.LEAVE: (_site(*ALL_STAFF),),
}


def roles_of(action: Action) -> frozenset[Role]:
    """All roles that may ever do this, whatever the scope."""
    return frozenset(role for _, roles in POWERS[action] for role in roles)
