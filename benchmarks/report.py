"""The result of a run: as an aligned table with the two ratios that matter, and as JSON."""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from benchmarks.entrants import ENTRANTS, Part
from benchmarks.machine import Machine

Figures = Mapping[str, Mapping[int, list[float]]]
"""Turns per second by entrant and number of chats, one for each repeat."""


@dataclass(frozen=True)
class Result:
    machine: Machine
    repeats: int
    seconds: float
    figures: Figures

    def chat_counts(self) -> list[int]:
        return sorted({chats for columns in self.figures.values() for chats in columns})

    def median(self, name: str, chats: int) -> float:
        return statistics.median(self.figures[name][chats])

    def best(self, part: Part, chats: int) -> str | None:
        names = [name for name in self.figures if ENTRANTS[name].part is part]
        return max(names, key=lambda name: self.median(name, chats), default=None)


def as_text(result: Result) -> str:
    return "\n".join([*heading(result), "", *table(result), "", *ratios(result)])


def heading(result: Result) -> Iterable[str]:
    machine = result.machine
    yield "Conversation turns per second, end to end, each turn durable before its reply counts"
    yield f"{machine.system}, {machine.cores} cores, Python {machine.python}; 4 KiB synced in {machine.fsync_ms:.2f} ms"
    yield f"{machine.sqlite}; the same for all"
    yield f"median (min–max) of {result.repeats} repeats of {result.seconds:g} s, entrants interleaved"


def table(result: Result) -> Iterable[str]:
    counts = result.chat_counts()
    rows = [["", *("1 chat alone" if chats == 1 else f"{chats} chats at once" for chats in counts)]]
    for name, columns in result.figures.items():
        rows.append([ENTRANTS[name].label, *(cell(columns[chats]) for chats in counts)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        label, *cells = row
        aligned = (text.rjust(width) for text, width in zip(cells, widths[1:], strict=True))
        yield "   ".join([label.ljust(widths[0]), *aligned])


def cell(figures: list[float]) -> str:
    return f"{statistics.median(figures):,.0f} ({min(figures):,.0f}–{max(figures):,.0f})"


def ratios(result: Result) -> Iterable[str]:
    for chats in result.chat_counts():
        ours = result.best(Part.OURS, chats)
        for part, words in ((Part.RIVAL, "the fastest durable rival"), (Part.LIMIT, "the raw limit")):
            other = result.best(part, chats)
            if ours is None or other is None:
                continue
            ratio = result.median(ours, chats) / result.median(other, chats)
            yield f"{ENTRANTS[ours].label} / {words} at {chats}: {ratio:.2f}   ({ENTRANTS[other].label})"


def as_json(result: Result) -> dict[str, object]:
    return {
        "machine": asdict(result.machine),
        "repeats": result.repeats,
        "seconds": result.seconds,
        "turns_per_second": {
            name: {"label": ENTRANTS[name].label, "part": ENTRANTS[name].part.value, "chats": columns}
            for name, columns in result.figures.items()
        },
    }
