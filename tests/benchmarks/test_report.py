"""The page of a benchmark run, and how our figures are compared."""

import importlib
import json

import pytest

from benchmarks.__main__ import BENCHMARKS
from benchmarks.entrants import ENTRANTS
from benchmarks.figure import Figure, figure
from benchmarks.machine import Machine
from benchmarks.report import as_json, as_markdown
from benchmarks.turns import compared

MACHINE = Machine("Linux x86_64", 2, "3.11.7", "SQLite, synchronous=FULL", 0.3, 0.5, 2.0)
FIGURES = [
    figure("ours", [1000.0, 1200.0, 900.0], "turns/s", rival="theirs", rival_value=800.0, target="≥ 2 ×", met=False),
    Figure(label="theirs", value=0.1234, unit="s"),
]


def test_the_page_shows_median_spread_ratio_and_target() -> None:
    lines = as_markdown(MACHINE, {"Turns": FIGURES}).splitlines()
    ours = next(line for line in lines if line.startswith("| ours"))
    cells = [cell.strip() for cell in ours.strip("|").split("|")]
    assert cells == ["ours", "1,000 turns/s", "900–1,200", "theirs: 800", "1.25", "≥ 2 ×", "NO"]
    assert "load average 0.5 before the run, 2.0 after it" in lines[3]
    assert any("0.123 s" in line for line in lines)
    assert len({len(line) for line in lines if line.startswith("|")}) == 1


def test_json_keeps_figures_and_ratios() -> None:
    read = json.loads(json.dumps(as_json(MACHINE, {"Turns": FIGURES})))
    assert read["results"]["Turns"][0]["ratio"] == 1.25
    assert read["machine"]["cores"] == 2


def test_ours_are_compared_with_the_fastest_rival_and_the_raw_driver() -> None:
    measured = {name: {1: [100.0], 64: [100.0]} for name in ENTRANTS}
    measured["ptb-direct"][64] = [300.0]
    measured["raw-1"][64] = [1000.0, 900.0, 1100.0]
    measured["huiyin"][64] = [500.0]
    found = {f.rival: f for f in compared(measured) if f.label.startswith("64 chats: huiyin")}
    assert found["python-telegram-bot, direct SQLite"].met is False
    assert found["raw driver, 1 transaction a message"].met is True
    assert found["raw driver, 1 transaction a message"].ratio == 0.5


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_has_a_title(name: str) -> None:
    module = importlib.import_module(f"benchmarks.{name}")
    assert module.NAME
    assert callable(module.run)
