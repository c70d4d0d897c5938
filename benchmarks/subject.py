"""What is driven and measured: one interface for our engine, its rivals and the raw driver."""

from pathlib import Path
from typing import Protocol


class NoReplyError(RuntimeError):
    """A turn ended without an answer to the person."""


class Subject(Protocol):
    """A bot that holds the complaint conversation over a store which survives a kill after every turn."""

    async def start(self, path: Path) -> None:
        """Open the store at `path`, going on with the conversations it already holds."""

    async def say(self, chat: int, text: str) -> None:
        """Return once the turn is committed and the reply handed over.

        Raises NoReplyError when the turn answered nothing.
        """

    async def filed(self) -> int:
        """Count the complaints in the store, so that a run can prove it did the work."""

    async def stop(self) -> None: ...
