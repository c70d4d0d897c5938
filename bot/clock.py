"""The one place that reads the time of day; demo and tests move it."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """The system's time plus an offset (demo), or a moment that stands still until moved (tests)."""

    def __init__(self, offset: timedelta = timedelta(0), frozen_at: datetime | None = None) -> None:
        self.offset = offset
        self._frozen_at = frozen_at

    def now(self) -> datetime:
        moment = self._frozen_at if self._frozen_at is not None else datetime.now(UTC)
        return moment + self.offset

    def move_to(self, moment: datetime) -> None:
        """Move forward to `moment`; a moment already passed changes nothing."""
        ahead = moment - self.now()
        if ahead > timedelta(0):
            self.offset += ahead
