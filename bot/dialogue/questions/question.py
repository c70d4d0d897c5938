"""What every question can do, and what may come of hearing something."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from bot.dialogue.message import Attachment
from bot.dialogue.text import Text

Json = Any
SKIP, BACK, DONE, YES, NO, CANCEL = "~skip", "~back", "~done", "~yes", "~no", "~cancel"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a person said to the pending question; `code` when it was pressed, or `text` is the number of a button."""

    now: datetime
    text: str = ""
    code: str | None = None
    files: tuple[Attachment, ...] = ()
    quiet: bool = False
    """Nothing more came for the quiet time of an album."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The question is answered; `value` is what the log keeps."""

    value: Json


@dataclass(frozen=True, slots=True)
class More:
    """Part of an answer: the question goes on with it; `renew` makes the buttons shown before stale."""

    partial: Json
    note: Text | None = None
    renew: bool = False
    album: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Not understood or not allowed; the question is asked again with the reason."""

    reason: Text


@dataclass(frozen=True, slots=True)
class Change:
    """The person wants to change the answer under that key."""

    key: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """The person gives up the conversation."""


Outcome = Answer | More | Refusal | Change | Cancel


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(ABC):
    """One question of a script; everything about it but the person's words."""

    kind: ClassVar[str]
    key: str
    text: Text | str
    label: Text | str | None = None
    optional: bool = False
    partial: Json = None
    """The part of the answer that is there: photos, ticked options, a window to be confirmed."""

    def begun(self) -> Json:
        """The part of the answer that is there when the question is first asked."""
        return None

    def prompt(self) -> Text | str:
        """What to show, given the part of the answer that is there."""
        return self.text

    def choices(self) -> Sequence[tuple[str, Text | str]]:
        """Codes and labels of the buttons, the engine's own (skip, back) aside."""
        return ()

    def within(self) -> bool:
        """Whether *back* stays within this question."""
        return False

    def unasked(self) -> tuple[Json, bool] | None:
        """An answer that needs no asking, and whether it is hidden from *back*."""
        return None

    @abstractmethod
    async def read(self, heard: Heard) -> Outcome:
        """Understand what was said."""

    @abstractmethod
    def fits(self, answer: Json) -> bool:
        """Whether a recorded answer still answers this question: asked only after an earlier answer changed."""

    @abstractmethod
    def value(self, answer: Json) -> Any:
        """The recorded answer as the script sees it.

        Raises LookupError where it can no longer be replayed.
        """

    @abstractmethod
    def display(self, answer: Json) -> Text | str:
        """The recorded answer as a summary shows it."""
