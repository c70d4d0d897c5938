"""The results of a run as a page of Markdown tables, and as JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from benchmarks.figure import Figure
from benchmarks.machine import Machine

Results = Mapping[str, Sequence[Figure]]
"""The figures of each benchmark under its title."""

HEADINGS = ("", "median", "min–max", "against", "ratio", "target", "met")


def as_markdown(machine: Machine, results: Results) -> str:
    """The whole page: the machine with its noise, then one table a benchmark."""
    return "\n".join([*heading(machine), *(line for title in results for line in section(title, results[title]))])


def heading(machine: Machine) -> Iterable[str]:
    before, after = machine.load_before, machine.load_after
    yield f"{machine.system}, {machine.cores} cores, Python {machine.python};"
    yield f"4 KiB synced in {machine.fsync_ms:.2f} ms;"
    yield f"{machine.sqlite};"
    yield f"load average {before:.1f} before the run, {after:.1f} after it"


def section(title: str, figures: Sequence[Figure]) -> Iterable[str]:
    """One benchmark's table, its columns aligned so that it reads on a terminal too."""
    rows = [HEADINGS, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    yield from ("", f"## {title}", "")
    for number, row in enumerate(rows):
        yield _line(row, widths)
        if number == 0:
            yield _line(["-" * width for width in widths], widths)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def _cells(figure: Figure) -> tuple[str, ...]:
    spread = (figure.lowest, figure.highest)
    return (
        figure.label,
        f"{number(figure.value)} {figure.unit}",
        "" if None in spread else "–".join(number(end) for end in spread if end is not None),
        "" if figure.rival_value is None else f"{figure.rival}: {number(figure.rival_value)}",
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        figure.target,
        "" if not figure.target else {True: "yes", False: "NO", None: "not shown here"}[figure.met],
    )


def number(value: float) -> str:
    """Three figures that mean something, thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def as_json(machine: Machine, results: Results) -> dict[str, object]:
    rows = {title: [asdict(f) | {"ratio": f.ratio} for f in figures] for title, figures in results.items()}
    return {"machine": asdict(machine), "results": rows}
