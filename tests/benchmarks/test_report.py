"""The table and the ratios of a benchmark run."""

import json

import pytest

from benchmarks.entrants import ENTRANTS, Entrant, Part
from benchmarks.machine import Machine
from benchmarks.report import Result, as_json, as_text

MACHINE = Machine("Linux x86_64", 2, "3.11.7", "SQLite, synchronous=FULL", 0.3)


@pytest.fixture
def result(monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setitem(ENTRANTS, "ours", Entrant("huiyin", Part.OURS, ENTRANTS["raw-1"].create))
    figures = {
        "raw-1": {1: [2000.0, 1900.0, 2100.0], 64: [2000.0]},
        "aiogram-direct": {1: [600.0], 64: [500.0]},
        "ptb-direct": {1: [400.0], 64: [800.0]},
        "ours": {1: [300.0], 64: [1200.0]},
    }
    return Result(MACHINE, 3, 2.0, figures)


def test_ratios_compare_with_the_fastest_of_each_column(result: Result) -> None:
    text = as_text(result)
    assert "huiyin / the fastest durable rival at 1: 0.50   (aiogram FSM, direct SQLite)" in text
    assert "huiyin / the fastest durable rival at 64: 1.50   (python-telegram-bot, direct SQLite)" in text
    assert "huiyin / the raw limit at 64: 0.60" in text


def test_table_shows_median_and_spread_in_aligned_columns(result: Result) -> None:
    rows = [row for row in as_text(result).splitlines() if row.endswith(("at once", ")")) and "ratio" not in row]
    table = [row for row in rows if "–" in row or "at once" in row][-5:]
    assert "2,000 (1,900–2,100)" in table[1]
    assert len({len(row) for row in table}) == 1


def test_json_keeps_every_repeat(result: Result) -> None:
    figures = json.loads(json.dumps(as_json(result)))["turns_per_second"]["raw-1"]
    assert figures["chats"]["1"] == [2000.0, 1900.0, 2100.0]
    assert figures["part"] == "limit"
