"""A machine without Chromium or PostgreSQL still passes, and is told in one line what was left out."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = """
import pytest

@pytest.mark.browser
def test_page(chromium): pass

@pytest.mark.postgres
def test_database(postgres): pass

@pytest.mark.soak
def test_for_long(): raise AssertionError("ran")

@pytest.mark.clause("CP-1.0")
def test_plain(): pass
"""


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "test_sample.py").write_text(TESTS, encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str, **more: str) -> tuple[int, str]:
    environment = {"PATH": str(folder / "empty"), "HOME": str(folder), "HUIYIN_POSTGRES": str(folder / "empty"), **more}
    environment |= {name: value for name, value in os.environ.items() if name in {"LANG", "LC_ALL"}}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_sample.py", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100)
    return done.returncode, done.stdout


def test_without_a_browser_one_line_says_what_is_missing(bare: Path) -> None:
    status, words = run(bare)
    assert status == 0
    assert words.count("Chromium") == 1
    assert "Left out: 1 browser tests, Chromium is missing. Get it with: apt-get install chromium" in words
    assert words.count("PostgreSQL") == 1
    assert "Left out: 1 tests, PostgreSQL is missing. Get it with: apt-get install postgresql" in words
    assert "1 passed, 3 deselected" in words


def test_where_nothing_may_be_left_out_the_browser_is_demanded(bare: Path) -> None:
    status, words = run(bare, HUIYIN_REQUIRE_BROWSER="1")
    assert status == 1
    assert "Chromium is missing" in words


def test_where_nothing_may_be_left_out_postgresql_is_demanded(bare: Path) -> None:
    status, words = run(bare, HUIYIN_REQUIRE_POSTGRES="1")
    assert status == 1
    assert "PostgreSQL is missing" in words


def test_with_a_browser_nothing_is_said(bare: Path) -> None:
    status, words = run(bare, HUIYIN_CHROMIUM=sys.executable)
    assert status == 0
    assert "Chromium" not in words
    assert "2 passed, 2 deselected" in words


def test_the_long_matrix_runs_when_asked(bare: Path) -> None:
    status, words = run(bare, HUIYIN_SOAK="1")
    assert status == 1
    assert "ran" in words


def test_clauses_are_noted_even_of_tests_left_out(bare: Path) -> None:
    status, _ = run(bare, "--collect-only", f"--clauses-to={bare / 'clauses.json'}")
    assert status == 0
    assert (bare / "clauses.json").read_text(encoding="utf-8") == '{"CP-1.0": ["test_sample.py::test_plain"]}'
