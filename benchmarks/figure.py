"""One line of a result: what was measured, a rival's figure from the same run, and the target."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Values are in `unit`; `met` is None where there is no target, or where this machine cannot show it."""

    label: str
    value: float
    unit: str
    lowest: float | None = None
    highest: float | None = None
    rival: str = ""
    rival_value: float | None = None
    target: str = ""
    met: bool | None = None

    @property
    def ratio(self) -> float | None:
        """Ours by the rival's."""
        return self.value / self.rival_value if self.rival_value else None


def figure(
    label: str,
    repeats: Sequence[float],
    unit: str,
    *,
    rival: str = "",
    rival_value: float | None = None,
    target: str = "",
    met: bool | None = None,
) -> Figure:
    """The median of the repeats with its spread."""
    return Figure(
        label=label,
        value=statistics.median(repeats),
        unit=unit,
        lowest=min(repeats),
        highest=max(repeats),
        rival=rival,
        rival_value=rival_value,
        target=target,
        met=met,
    )
