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
    """What a person said to the pending question; `code` when it was pressed or chosen by number."""

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
    free: ClassVar[bool] = False
    """Any text may be the answer, so only exact words and commands mean something else."""
    digits: ClassVar[bool] = False
    """A number is an answer of its own, not the number of a button."""

    key: str
    text: Text | str
    label: Text | str | None = None
    optional: bool = False

    def begun(self) -> Json:
        """The part of the answer that is there when the question is first asked."""
        return None

    def prompt(self, partial: Json) -> Text | str:
        """What to show, given the part of the answer that is there."""
        return self.text

    def choices(self, partial: Json) -> Sequence[tuple[str, Text | str]]:
        """Codes and labels of the buttons, the engine's own (skip, back) aside."""
        return ()

    def within(self, partial: Json) -> bool:
        """Whether *back* stays within this question."""
        return False

    def unasked(self) -> tuple[Json, bool] | None:
        """An answer that needs no asking, and whether it is hidden from *back*."""
        return None

    @abstractmethod
    async def read(self, heard: Heard, partial: Json) -> Outcome:
        """Understand what was said."""

    @abstractmethod
    def fits(self, answer: Json) -> bool:
        """Whether a recorded answer still answers this question."""

    def usable(self, answer: Json) -> bool:
        """Whether a recorded answer can be replayed at all; less than `fits`, for answers are not re-validated."""
        return True

    @abstractmethod
    def value(self, answer: Json) -> Any:
        """The recorded answer as the script sees it."""

    @abstractmethod
    def display(self, answer: Json) -> Text | str:
        """The recorded answer as a summary shows it."""
