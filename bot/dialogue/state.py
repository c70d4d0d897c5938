"""What is kept of a chat between two turns: drafts with their answers, as plain JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.dialogue.message import Attachment, Said

Json = Any
RECORDS = frozenset({"fact", "once", "say", "confirm"})
"""Kinds of entry that are no answers: they are forgotten when an answer before them changes."""


@dataclass(slots=True)
class Entry:
    """One line of the answers log; `recheck` when an earlier answer changed, `auto` when nobody was asked."""

    kind: str
    answer: Json
    recheck: bool = False
    auto: bool = False

    def to_json(self) -> Json:
        return {"kind": self.kind, "answer": self.answer, "recheck": self.recheck, "auto": self.auto}


@dataclass(slots=True)
class Pending:
    """The question that was asked last, and what the person saw of it."""

    key: str
    nonce: str
    kind: str = ""
    tries: int = 0
    partial: Json = None
    """What has been said of the answer so far: photos, a window to be confirmed."""
    free: bool = False
    digits: bool = False
    shown: list[str] = field(default_factory=list)
    album_due: datetime | None = None

    def to_json(self) -> Json:
        due = self.album_due.isoformat() if self.album_due else None
        return {
            "key": self.key,
            "nonce": self.nonce,
            "kind": self.kind,
            "tries": self.tries,
            "partial": self.partial,
            "free": self.free,
            "digits": self.digits,
            "shown": list(self.shown),
            "album_due": due,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> "Pending":
        due = datetime.fromisoformat(data["album_due"]) if data["album_due"] else None
        return cls(**{**data, "album_due": due})


@dataclass(slots=True)
class Draft:
    """One conversation in progress."""

    id: str
    name: str
    version: int
    subject: str
    step: str
    opening: Said
    started_at: datetime
    touched_at: datetime
    log: dict[str, Entry] = field(default_factory=dict)
    pending: Pending | None = None
    reopened: str | None = None
    """The key whose answer is being changed: really asked, never answered by itself."""
    replaced: Entry | None = None
    """The answer it had, put back if the person goes back."""
    early: tuple[Attachment, ...] = ()
    """Files that came before they were asked for."""
    nudged: bool = False

    def keep_collected(self) -> None:
        """Count the photos of an unfinished album as answered: the draft ends here."""
        if self.pending and self.pending.kind == "album" and self.pending.partial:
            self.log[self.pending.key] = Entry("album", self.pending.partial)
            self.early = tuple(file for file in self.early if file.to_json() not in self.pending.partial)

    def to_json(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "version": self.version,
            "subject": self.subject,
            "step": self.step,
            "opening": self.opening.to_json(),
            "started_at": self.started_at.isoformat(),
            "touched_at": self.touched_at.isoformat(),
            "log": [[key, entry.to_json()] for key, entry in self.log.items()],
            "pending": self.pending.to_json() if self.pending else None,
            "reopened": self.reopened,
            "replaced": self.replaced.to_json() if self.replaced else None,
            "early": [file.to_json() for file in self.early],
            "nudged": self.nudged,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> "Draft":
        read = {
            "opening": Said.from_json(data["opening"]),
            "started_at": datetime.fromisoformat(data["started_at"]),
            "touched_at": datetime.fromisoformat(data["touched_at"]),
            "log": {key: Entry(**entry) for key, entry in data["log"]},
            "pending": Pending.from_json(data["pending"]) if data["pending"] else None,
            "replaced": Entry(**data["replaced"]) if data["replaced"] else None,
            "early": tuple(Attachment.from_json(file) for file in data["early"]),
        }
        return cls(**{**data, **read})


@dataclass(slots=True)
class Aside:
    """A question of the engine itself: park the active draft, resume a parked one, start with a photo.

    `name` is the conversation to begin, or the draft to resume.
    """

    kind: str  # "park", "resume" or "start"
    nonce: str
    name: str
    opening: Said | None = None

    def to_json(self) -> Json:
        opening = self.opening.to_json() if self.opening else None
        return {"kind": self.kind, "nonce": self.nonce, "name": self.name, "opening": opening}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> "Aside":
        return cls(**{**data, "opening": Said.from_json(data["opening"]) if data["opening"] else None})


@dataclass(slots=True)
class State:
    """Everything that a chat with one person remembers; `serial` numbers drafts and questions."""

    active: Draft | None = None
    parked: list[Draft] = field(default_factory=list)
    aside: Aside | None = None
    serial: int = 0

    def next(self) -> str:
        self.serial += 1
        return str(self.serial)

    def draft(self, draft_id: str) -> Draft | None:
        return next((draft for draft in [self.active, *self.parked] if draft and draft.id == draft_id), None)

    def to_json(self) -> Json:
        return {
            "active": self.active.to_json() if self.active else None,
            "parked": [draft.to_json() for draft in self.parked],
            "aside": self.aside.to_json() if self.aside else None,
            "serial": self.serial,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> "State":
        return cls(
            active=Draft.from_json(data["active"]) if data["active"] else None,
            parked=[Draft.from_json(draft) for draft in data["parked"]],
            aside=Aside.from_json(data["aside"]) if data["aside"] else None,
            serial=data["serial"],
        )
