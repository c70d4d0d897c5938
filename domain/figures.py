"""How a figure of the procedures is written down: its default, its bounds and what it means, once."""

from dataclasses import field
from typing import TypeVar

T = TypeVar("T")

DAY_MINUTES = 24 * 60
MONTH_HOURS = 31 * 24


def figure(default: T, zh: str, en: str, *, low: float | None = None, high: float | None = None) -> T:
    """A configurable figure; bounds hold for the number, or for each number of a list. `zh` leads with the clause."""
    return field(default=default, metadata={"zh": zh, "en": en, "low": low, "high": high})


def minutes(default: int, zh: str, en: str, *, low: int = 1, high: int = 7 * DAY_MINUTES) -> int:
    """A span in minutes, from one minute to a week unless told otherwise."""
    return figure(default, zh, en, low=low, high=high)


def hours(default: int, zh: str, en: str, *, low: int = 1, high: int = MONTH_HOURS) -> int:
    """A span in hours, from one hour to a month unless told otherwise."""
    return figure(default, zh, en, low=low, high=high)


def days(default: int, zh: str, en: str, *, low: int = 0, high: int = 366) -> int:
    """A span in days, up to a year unless told otherwise."""
    return figure(default, zh, en, low=low, high=high)


def count(default: int, zh: str, en: str, *, low: int = 1, high: int = 1000) -> int:
    """A number of things."""
    return figure(default, zh, en, low=low, high=high)
