"""Whether this process still turns: its loops beat here, on the process's own monotonic time."""

import asyncio
import time
from collections.abc import Callable

BEAT = 0.25
"""Seconds between two looks at how late the event loop is."""


class Pulse:
    """When each part last came round. A part that has never beaten is as old as this object."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._born = monotonic()
        self._beats: dict[str, float] = {}

    def beat(self, part: str) -> None:
        self._beats[part] = self._monotonic()

    def ages(self, *parts: str) -> dict[str, float]:
        """Seconds since each of these parts, or each known part, last came round."""
        now = self._monotonic()
        return {part: now - self._beats.get(part, self._born) for part in parts or self._beats}

    async def watch_loop(self, late: Callable[[float], None]) -> None:
        """Tell `late`, again and again, how many seconds later than asked the event loop woke us."""
        while True:
            asked = self._monotonic()
            await asyncio.sleep(BEAT)
            late(max(0.0, self._monotonic() - asked - BEAT))
