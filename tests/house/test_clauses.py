"""The clause page is made from the tests and the stories, and a slip of the pen is noticed."""

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))
from clause_coverage import from_stories, page, procedures, unknown  # noqa: E402 - a script, not a package

LISTS: list[dict[str, Any]] = [
    {"title": "Part", "clauses": {"CP-1a": "First.", "CP-1b": "Second.", "CP-2": "Third."}, "later": {"CP-2": "soon"}}
]


def test_a_clause_is_open_until_a_test_names_it() -> None:
    text = page({"CP-1a": ["tests/domain/test_x.py::test_it"]}, LISTS)
    assert "1 of 3 clauses are shown by a test." in text
    assert "| CP-1a | First. | `domain/test_x.py::test_it` | – |" in text
    assert "| CP-1b | Second. | – | no test names it yet |" in text
    assert "| CP-2 | Third. | – | soon |" in text


def test_naming_a_paragraph_leaves_its_clauses_open() -> None:
    text = page({"CP-1": ["tests/test_x.py::test_it"]}, LISTS)
    assert "0 of 3 clauses" in text
    assert "CP-1: `test_x.py::test_it`" in text


def test_an_unknown_clause_is_an_error() -> None:
    assert unknown({"CP-1a": [], "CP-1c": [], "CP-9": [], "D-10": []}, LISTS) == ["CP-1c", "CP-9"]


def test_stories_count(tmp_path: Path) -> None:
    stories = tmp_path / "tests" / "stories"
    stories.mkdir(parents=True)
    (stories / "happy.yml").write_text("title: x\nclauses: [CP-1a, CP-2]\n", encoding="utf-8")
    assert from_stories(tmp_path) == {"CP-1a": ["tests/stories/happy.yml"], "CP-2": ["tests/stories/happy.yml"]}


def test_every_later_note_belongs_to_a_clause() -> None:
    for part in procedures(ROOT):
        assert part["later"].keys() <= part["clauses"].keys()
    assert len(procedures(ROOT)[0]["clauses"]) == 34
