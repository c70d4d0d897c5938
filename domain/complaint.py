"""The complaint 投诉 with its work orders, file card, escalation and callback: one aggregate, plain data.

Everything is frozen; rules return a new complaint. Times are aware UTC datetimes. `number` is the key of each record
and the only name of it that people ever see.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from domain.complaint_parts import (
    AgreedTime,
    Agreement,
    Attempt,
    Callback,
    CardState,
    Cause,
    Escalation,
    EscalationStep,
    FileCard,
    Note,
    Progress,
    Verdict,
    Visit,
)
from domain.glossary import Department

__all__ = [
    "WORKING",
    "AgreedTime",
    "Agreement",
    "Attempt",
    "Callback",
    "CardState",
    "Cause",
    "Complaint",
    "ComplaintState",
    "Escalation",
    "EscalationStep",
    "FileCard",
    "Note",
    "OrderState",
    "Progress",
    "Verdict",
    "Visit",
    "WorkOrder",
]


class ComplaintState(StrEnum):
    """States of §8; `declined` and `transferred` are states of work orders, never of a complaint at rest."""

    RECEIVED = "received"
    ISSUED = "issued"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    REVIEWED = "reviewed"
    CALLBACK_DUE = "callback_due"
    CALLED_BACK = "called_back"
    UNREACHABLE = "unreachable"
    SUPERVISOR_REVIEWED = "supervisor_reviewed"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"


WORKING = frozenset(
    {
        ComplaintState.RECEIVED,
        ComplaintState.ISSUED,
        ComplaintState.ACCEPTED,
        ComplaintState.IN_PROGRESS,
        ComplaintState.DONE,
        ComplaintState.REVIEWED,
    }
)
"""States in which the work orders decide where the complaint stands."""


class OrderState(StrEnum):
    """States of one work order 工作单; declined and transferred orders are closed and replaced by a new one."""

    ISSUED = "issued"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    REVIEWED = "reviewed"
    DECLINED = "declined"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """One assignment of the matter to one department (CP-4.2.1a)."""

    number: str
    department: Department
    state: OrderState
    step: int
    """The assignment; rises with each new issue of this order. Buttons carry it."""
    issued_at: datetime
    issued_by: str | None
    """None: the desk issued it by itself (`complaint.auto_issue`)."""
    received_at: datetime
    """When the department received it (D-11): T2 and T3 run from here. Kept over transfers."""
    assigned: tuple[str, ...] = ()
    """Duty persons who were pinged."""
    handler: str | None = None
    accepted_at: datetime | None = None
    agreed: AgreedTime | None = None
    """The agreed time in force; a later proposal leaves it standing until it is agreed too."""
    proposed: AgreedTime | None = None
    """The last proposal, pending or refused."""
    progress: tuple[Progress, ...] = ()
    done_at: datetime | None = None
    done_by: str | None = None
    cause: str = ""
    measure: str = ""
    photos: tuple[str, ...] = ()
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    returned: int = 0
    """How often the reviewer or the resident sent it back."""
    returned_reason: str = ""
    declined_by: str | None = None
    declined_reason: str = ""
    transferred_to: str | None = None
    """Number of the work order that replaced this one; empty for a declined one that needs no successor."""
    reworked_at: datetime | None = None
    """When it was last sent back; T2 and T3 of the rework run from here."""
    overdue: bool = False
    progress_missed: bool = False
    reminded: tuple[int, ...] = ()
    """Reminders already sent, as the hours of `reminder.resolve_hours`."""

    @property
    def open(self) -> bool:
        return self.state in (OrderState.ISSUED, OrderState.ACCEPTED, OrderState.IN_PROGRESS)

    @property
    def since(self) -> datetime:
        """Start of T2 and T3 for the present round."""
        return self.reworked_at or self.received_at

    @property
    def assignment(self) -> str:
        """Names this order with its present assignment, for promises and escalation."""
        return f"{self.number}/{self.step}"

    @property
    def waiting(self) -> bool:
        """Declined, and the front desk has not issued it anew."""
        return self.state is OrderState.DECLINED and self.transferred_to is None

    @property
    def counts(self) -> bool:
        """Whether the complaint's own state depends on it."""
        return self.state not in (OrderState.DECLINED, OrderState.TRANSFERRED, OrderState.WITHDRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One complaint, whole. `step` rises whenever the front desk has something new to decide (issue, re-issue)."""

    number: str
    site: str
    unit: str | None
    building: str
    place: str
    """What to show as the place: the unit label, or the public area's name."""
    complainant: str
    kind: str
    public_area: bool
    details: str
    photos: tuple[str, ...]
    wishes_urgent: bool
    urgent: bool
    contact_from: datetime | None
    contact_until: datetime | None
    first_report_at: datetime
    received_at: datetime
    state: ComplaintState
    channel: str = "chat"
    taken_by: str | None = None
    """Staff member who took it down for the resident; None when the resident wrote it."""
    proposed: Department | None = None
    """Department proposed by kind."""
    orders: tuple[WorkOrder, ...] = ()
    card: FileCard | None = None
    escalation: Escalation = field(default_factory=Escalation)
    callback: Callback | None = None
    past_callbacks: tuple[Callback, ...] = ()
    """Callbacks of earlier rounds, before it was reopened."""
    step: int = 1
    desk_since: datetime | None = None
    """Since when the front desk has had something to issue (T1); None stands for `received_at`."""
    notes: tuple[Note, ...] = ()
    urged: tuple[datetime, ...] = ()
    reopened: int = 0
    withdrawn_reason: str = ""
    reviewed_by_supervisor: str | None = None
    archived_at: datetime | None = None
    overdue_12h: bool = False
    key_resident: bool = False
    major: bool = False
    confidential: bool = False
    about: str | None = None
    """The member of staff complained about; never told, never a holder."""
    about_site_manager: bool = False
    second_of: str | None = None
    group_transferred: bool = False
    affected_units: tuple[str, ...] = ()
    unfinished: bool = False
    """Begun in chat and abandoned; handed to the front desk to complete (D-10)."""
    version: int = 0

    def order(self, number: str) -> WorkOrder:
        """The work order with this number; raises KeyError when it is not of this complaint."""
        for order in self.orders:
            if order.number == number:
                return order
        raise KeyError(number)

    def with_order(self, order: WorkOrder) -> "Complaint":
        """The complaint with this work order in place of the one with the same number, or added."""
        if all(known.number != order.number for known in self.orders):
            return replace(self, orders=(*self.orders, order))
        return replace(self, orders=tuple(order if known.number == order.number else known for known in self.orders))

    @property
    def counting_orders(self) -> tuple[WorkOrder, ...]:
        return tuple(o for o in self.orders if o.counts)

    @property
    def open_orders(self) -> tuple[WorkOrder, ...]:
        return tuple(o for o in self.orders if o.open)

    @property
    def to_issue(self) -> bool:
        """Whether the front desk has a work order to issue or to issue anew."""
        if self.state not in WORKING:
            return False
        return not self.counting_orders or any(order.waiting for order in self.orders)

    @property
    def finished(self) -> bool:
        """Handled in the sense of T5: every order that counts is marked done, or the complaint was withdrawn."""
        if self.state not in WORKING:
            return True
        return not self.to_issue and not self.open_orders

    @property
    def closed(self) -> bool:
        return self.state is ComplaintState.ARCHIVED
