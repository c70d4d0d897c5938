"""What the console needs from the rest of the house; the app wires storage and the dialogue to it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from bot.channels.console.changes import Changes


class DeskError(Exception):
    """The desk refuses; `code` is what the API answers and `status` the HTTP status it answers with."""

    status = 400
    code = "bad_request"


class UnknownPerson(DeskError):
    """There is no such person."""

    status, code = 404, "unknown_person"


class UnknownMessage(DeskError):
    """The person has no such message."""

    status, code = 404, "unknown_message"


class UnknownChoice(DeskError):
    """No version of the message ever offered that choice. A choice that is merely stale is accepted and answered."""


class UnknownRecord(DeskError):
    """There is no such record, or the viewer may not know of it."""

    status = 404


class NotAllowed(DeskError):
    """The person may not do or see this."""

    status, code = 403, "not_allowed"


class TooLarge(DeskError):
    """The upload is larger, or has more pixels, than is stored."""

    status, code = 413, "too_large"


class NoRoom(DeskError):
    """The disk is full: nothing was taken, and the same may be sent again once there is room."""

    status, code = 507, "no_room"


class UnsupportedMedia(DeskError):
    """The upload is of a kind that is not stored."""

    status, code = 415, "unsupported_media"


class Gone(DeskError):
    """It was there once: an expired link, or media erased on request."""

    status, code = 410, "gone"


class Backlog(DeskError):
    """Too much is waiting already; try again after so many seconds."""

    status, code = 429, "rate_limited"

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class PersonView:
    """`role` and `department` are glossary codes; `unit` reads like 3-1-201."""

    id: str
    name: str
    role: str
    site: str
    unit: str | None = None
    department: str | None = None
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class ChoiceView:
    label: str
    value: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """`type` is the media type that was found in the content, not the one that was declared."""

    media_id: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """`edits` names the message that this one replaces; ids grow per person over both directions."""

    id: int
    sender: Literal["bot", "person"]
    text: str
    at: datetime
    choices: tuple[ChoiceView, ...] = ()
    attachments: tuple[AttachmentView, ...] = ()
    reply_to: int | None = None
    edits: int | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing said: text and media, or a press of a choice on any version of `message`."""

    text: str = ""
    media: tuple[str, ...] = ()
    press: str | None = None
    message: int | None = None
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in; `declared_type` is only what the sender says. The chunks stop at 20 MiB with TooLarge."""

    name: str
    declared_type: str
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class OpenMedia:
    name: str
    type: str
    content: Path | bytes
    sealed: bool = False
    """Kept encrypted: no browser is to keep a copy."""


@dataclass(frozen=True, slots=True)
class RecordView:
    """A line of the side panel's chooser; `state` is in words."""

    number: str
    title: str
    state: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """A step that was taken: who did what, and the clause that wanted it."""

    at: datetime
    text: str
    clause: str | None = None
    clause_title: str | None = None


@dataclass(frozen=True, slots=True)
class DueView:
    """What must happen next; `in_words` reads like 还剩 3 小时 20 分."""

    what: str
    due_at: datetime
    in_words: str
    clause: str | None = None
    clause_title: str | None = None


@dataclass(frozen=True, slots=True)
class TimelineView:
    """`fields` are label and value pairs, `entries` oldest first, `due` the nearest first."""

    number: str
    title: str
    state: str
    fields: Sequence[tuple[str, str]] = ()
    entries: Sequence[EntryView] = ()
    due: Sequence[DueView] = field(default=())


class Desk(Protocol):
    """The house, as the console sees it. `language` is `zh` or `en`, the page's own choice."""

    demo: bool
    """Acting as anybody and moving the clock work only on a database marked demo when it was created."""

    zone: str
    """The IANA name of the zone in which the page shows times."""

    changes: Changes
    """Tell it of every new message after its transaction is committed."""

    async def people(self) -> Sequence[PersonView]: ...

    async def person(self, person_id: str) -> PersonView | None: ...

    async def suggested(self) -> Sequence[str]:
        """People to show side by side at the first visit of a demo; may be empty."""
        ...

    async def accept(self, person_id: str, incoming: Incoming) -> int:
        """Put what was said into the inbox and the person's list, and return its message id.

        The same `client_id` of the same person returns the same id and does nothing.
        Raises UnknownPerson, UnknownMessage, UnknownChoice, Backlog.
        """
        ...

    async def messages(self, person_id: str, after: int | None) -> Sequence[MessageView]:
        """List messages with a greater id than `after`, or all, oldest first. Raises UnknownPerson."""
        ...

    async def store_media(self, person_id: str, upload: Upload) -> str:
        """Store the file and return its media id. Raises TooLarge, UnsupportedMedia."""
        ...

    async def may_see(self, person_id: str, media_id: str) -> bool: ...

    async def open_media(self, media_id: str, person_id: str) -> OpenMedia:
        """Raises Gone."""
        ...

    async def now(self) -> datetime: ...

    async def advance(self, by: timedelta) -> datetime:
        """Visit every due moment on the way in order, draining at each; zero only drains. Demo only."""
        ...

    async def next_due(self) -> datetime | None: ...

    async def records(self, person_id: str, language: str) -> Sequence[RecordView]:
        """List what the person may know of, latest first."""
        ...

    async def timeline(self, person_id: str, number: str, language: str) -> TimelineView:
        """Raises UnknownRecord."""
        ...

    async def redeem_code(self, code: str) -> str | None:
        """Use up a one-time code and return whose it was, or None."""
        ...
