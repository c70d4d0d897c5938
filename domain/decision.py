"""What a rule returns: the new record, the events that happened, or a refusal with a code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

Json = Any
Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, with the clause that asks for it; appended for ever, read by timelines and ledgers.

    `data` holds plain JSON values; person ids are kept as ids and named only when shown.
    """

    kind: str
    clause: str
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision(Generic[Record]):
    record: Record
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Promise:
    """A moment by which something must have happened (a row in `deadlines`).

    `kind` says what; `step` which occurrence of it, so that the same promise is never acted on twice.
    """

    kind: str
    step: str
    clause: str
    due_at: datetime


class Refused(Exception):
    """The rules do not allow this now. `code` chooses the text shown; `data` fills it."""

    def __init__(self, code: str, **data: Json) -> None:
        super().__init__(code)
        self.code = code
        self.data = data
