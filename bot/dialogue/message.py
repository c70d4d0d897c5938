"""What goes in and out of a chat, whatever the channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.dialogue.text import Text


@dataclass(frozen=True, slots=True)
class Choice:
    """A button, or a numbered line where the channel has none."""

    label: Text | str
    value: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored photo or file; `media` is its id in the media store, `type` its MIME type."""

    media: str
    name: str
    type: str

    def to_json(self) -> dict[str, str]:
        return {"media": self.media, "name": self.name, "type": self.type}

    @classmethod
    def from_json(cls, data: Mapping[str, str]) -> "Attachment":
        return cls(data["media"], data["name"], data["type"])


@dataclass(frozen=True, slots=True)
class Said:
    """One incoming message: text, a press of `press` on message `on`, files, or several of these."""

    id: str
    at: datetime
    text: str = ""
    press: str | None = None
    on: str | None = None
    files: tuple[Attachment, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "text": self.text,
            "press": self.press,
            "on": self.on,
            "files": [file.to_json() for file in self.files],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Said":
        files = tuple(Attachment.from_json(file) for file in data["files"])
        at = datetime.fromisoformat(data["at"])
        return cls(data["id"], at, data["text"], data["press"], data["on"], files)


@dataclass(frozen=True, slots=True)
class Reply:
    """One outgoing message.

    `edit` replaces the message pressed on, or else the last one of `slot`.
    """

    text: Text | str
    choices: tuple[Choice, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    slot: str | None = None
    edit: bool = False
    lane: str = "reply"


def act(label: Text | str, action: str, subject: str = "", step: str = "") -> Choice:
    """A button that runs a book's action, or starts its conversation, on a subject at a step."""
    return Choice(label, f"b/{action}/{subject}/{step}")
