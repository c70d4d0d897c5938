"""Benchmark (a): durable conversation turns per second, end to end, of the raw driver, the rivals and ourselves."""

import multiprocessing
import statistics
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

from benchmarks.drive import Load, measure
from benchmarks.entrants import ENTRANTS, Part
from benchmarks.figure import Figure, figure
from benchmarks.place import FOLDER, progress

NAME = "Conversation turns, each durable before its reply counts"
CHAT_COUNTS = (1, 64)
MANY = max(CHAT_COUNTS)
Measured = dict[str, dict[int, list[float]]]
"""Turns per second by entrant and number of chats, one for each round."""


def run(quick: bool) -> list[Figure]:
    rounds, seconds, warm_up = (3, 0.5, 0.2) if quick else (5, 2.0, 0.4)
    return compared(in_rounds([Load(chats, seconds, warm_up) for chats in CHAT_COUNTS], rounds))


def in_rounds(loads: list[Load], rounds: int) -> Measured:
    """Measure in interleaved order, so that a slow minute of the machine meets everybody."""
    measured: Measured = {name: {load.chats: [] for load in loads} for name in ENTRANTS}
    with ExitStack() as stack:
        spawn = multiprocessing.get_context("spawn")
        children = {name: stack.enter_context(ProcessPoolExecutor(1, mp_context=spawn)) for name in ENTRANTS}
        for number in range(1, rounds + 1):
            for name, child in children.items():
                for load in loads:
                    progress(f"round {number} of {rounds}: {ENTRANTS[name].label}, {load.chats} chat(s)")
                    measured[name][load.chats].append(child.submit(measure, name, load, FOLDER).result())
        progress("")
    return measured


def compared(measured: Measured) -> list[Figure]:
    """Everybody's figures; ours against the fastest durable rival and against the raw driver."""
    figures = []
    for chats in CHAT_COUNTS:
        where = "1 chat alone" if chats == 1 else f"{chats} chats"
        for name, entrant in ENTRANTS.items():
            if entrant.part is not Part.OURS:
                figures.append(figure(f"{where}: {entrant.label}", measured[name][chats], "turns/s"))
        ours = measured["huiyin"][chats]
        for rival, least in ((fastest(measured, Part.RIVAL, chats), 2.0), ("raw-1", 0.25)):
            theirs = statistics.median(measured[rival][chats])
            target = {"target": f"≥ {least:g} ×", "met": statistics.median(ours) >= least * theirs}
            label = f"{where}: {ENTRANTS['huiyin'].label}"
            aimed = target if chats == MANY else {}
            figures.append(figure(label, ours, "turns/s", rival=ENTRANTS[rival].label, rival_value=theirs, **aimed))
    return figures


def fastest(measured: Measured, part: Part, chats: int) -> str:
    names = [name for name in measured if ENTRANTS[name].part is part]
    return max(names, key=lambda name: statistics.median(measured[name][chats]))
