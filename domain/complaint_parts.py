"""The parts of a complaint: agreed time, progress, file card, escalation, callback. Plain frozen data."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.glossary import Level


class CardState(StrEnum):
    OPENED = "opened"
    INSTRUCTED = "instructed"
    EXECUTING = "executing"
    REVIEWED = "reviewed"
    AT_FRONT_DESK = "at_front_desk"
    CALLED_BACK = "called_back"
    SUPERVISOR_REVIEWED = "supervisor_reviewed"
    ARCHIVED = "archived"


class Agreement(StrEnum):
    PROPOSED = "proposed"
    AGREED = "agreed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedTime:
    """A time for the work agreed with the complainant (CP-4.2.2c, D-12); `until` is the limit T4."""

    start: datetime
    until: datetime
    state: Agreement
    by: str
    at: datetime
    note: str = ""
    step: int = 1
    """Which proposal this is; the buttons [同意] and [不同意] carry it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One progress entry of the handler (CP-4.2.2b) or daily reply of the department (CP-4.2.4)."""

    at: datetime
    by: str
    text: str
    expected: str = ""
    daily_reply: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Words added to the complaint by anybody: the resident's additions, answers, questions, the front desk's notes."""

    at: datetime
    by: str
    kind: str
    """`addition`, `question`, `answer`, `note`."""
    text: str
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCard:
    """投诉处理档案卡 (CP-4.2.3b): opened at 24 h, instructed, executed with daily replies, reviewed, filed."""

    number: str
    state: CardState
    opened_at: datetime
    reason: str = ""
    instruction: str = ""
    instructed_by: str | None = None
    instructed_at: datetime | None = None
    instruction_until: datetime | None = None
    missed_replies: int = 0
    missed_running: int = 0
    reply_due: datetime | None = None
    """The next daily reply (K4)."""
    reply_reminded: bool = False
    """Whether the departments were reminded of that reply."""
    execution: str = ""


class Cause(StrEnum):
    """What an escalation is about; it lives as long as that holds, and each cause climbs by itself."""

    NOT_ISSUED = "not_issued"
    NOT_ACCEPTED = "not_accepted"
    UNFINISHED = "unfinished"
    URGED = "urged"
    BYPASS = "bypass"
    REVIEW = "review"
    CALLBACK = "callback"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationStep:
    """One line of the ladder (§2 rule 6): who was told at which level, when, and what they answered."""

    step: int
    level: Level
    holders: tuple[str, ...]
    copies: tuple[str, ...] = ()
    reason: str
    """Code: `card`, `not_issued`, `not_accepted`, `not_acknowledged`, `not_instructed`, `instruction_missed`,
    `callback_overdue`, `review_overdue`, `reply_missed`, `by_hand`, `urged`, `reopened`, `repeat`…"""
    cause: Cause
    subject: str = ""
    """Which occurrence of the cause: the assignment, the callback's step …"""
    at: datetime
    ping_at: datetime
    """When the holders are to be pinged: `at`, or the end of the quiet hours (D-33)."""
    pinged_at: datetime | None = None
    """Last ping; None while it waits for `ping_at`."""
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    instructed_at: datetime | None = None
    instructed_by: str | None = None
    instruction: str = ""
    instruction_until: datetime | None = None
    noted_by: tuple[str, ...] = ()
    """Those in copy who acknowledged; it changes no clock."""
    ended_at: datetime | None = None
    skipped: tuple[str, ...] = ()
    """Levels passed over to reach this one, as `L4:nobody` or `L4:complained_about`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Where the ladder stands. `level` is the highest reached and survives `[完成]` (rule 5)."""

    level: Level = Level.L0
    steps: tuple[EscalationStep, ...] = ()
    paused_until: datetime | None = None
    active: bool = False

    @property
    def last(self) -> EscalationStep | None:
        return self.steps[-1] if self.steps else None


class Verdict(StrEnum):
    SATISFIED = "satisfied"
    NOT_SATISFIED = "not_satisfied"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at a callback (§11 no. 9)."""

    at: datetime
    channel: str
    """`chat`, `phone` or `visit`."""
    by: str | None
    """The caller; None for the question that the desk put in chat."""
    outcome: str
    """`asked`, `no_answer`, `satisfied`, `not_satisfied`."""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit by the property assistant (CP-4.2.6d)."""

    ordered_at: datetime
    ordered_by: str
    assistant: str | None
    due_at: datetime
    accepted_at: datetime | None = None
    done_at: datetime | None = None
    result: str = ""
    photos: tuple[str, ...] = ()
    overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """回访 of one complaint round (CP-4.2.6c–e). Buttons carry `step`."""

    step: int
    due_since: datetime
    due_at: datetime
    attempts: tuple[Attempt, ...] = ()
    verdict: Verdict | None = None
    words: str = ""
    by: str | None = None
    """Who recorded the verdict: the complainant in chat, or the staff member who called."""
    channel: str = ""
    at: datetime | None = None
    visit: Visit | None = None
