"""A button pressed, or its command typed."""

from dataclasses import dataclass
from datetime import datetime

from domain.people import Person


@dataclass(frozen=True, slots=True)
class Start:
    """A handler's wish to begin a conversation; what is in progress is parked."""

    name: str
    subject: str = ""
    step: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """What a button's handler learns; `text` is what was typed after the command or phrase, `on` the message id."""

    person: Person
    subject: str
    step: str
    now: datetime
    text: str = ""
    on: str | None = None

    @property
    def language(self) -> str:
        return self.person.language

    def start(self, name: str, subject: str = "", step: str = "", text: str = "") -> Start:
        """Answer the press by beginning that conversation; `text` becomes its opening."""
        return Start(name, subject, step, text)
