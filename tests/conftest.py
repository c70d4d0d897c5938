"""What every test shares: which tests a machine can run, and which clauses they show."""

import asyncio
import json
import os
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_left_out = pytest.StashKey[int]()


def find_chromium() -> str | None:
    """The browser to drive: HUIYIN_CHROMIUM, or the system's."""
    named = os.environ.get("HUIYIN_CHROMIUM")
    return named or next((found for name in BROWSERS if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser; tests that ask for it are marked `browser`."""
    found = find_chromium()
    assert found, "Chromium is missing: apt-get install chromium"
    return found


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeded database that every house of this run is copied from."""
    from tests.house_under_test import make_template

    return asyncio.run(make_template(tmp_path_factory.mktemp("template")))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--clauses-to", default=None, help="write the clauses of the collected tests to this file")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note the clauses of every test, then leave out what this run cannot or need not do."""
    if target := config.getoption("--clauses-to"):
        _write_clauses(Path(target), items)
    without: set[str] = set()
    if not find_chromium() and os.environ.get("HUIYIN_REQUIRE_BROWSER") != "1":
        without.add("browser")
    if os.environ.get("HUIYIN_SOAK") != "1":
        without.add("soak")
    kept, dropped = [], []
    for item in items:
        (dropped if any(item.get_closest_marker(mark) for mark in without) else kept).append(item)
    config.stash[_left_out] = sum(item.get_closest_marker("browser") is not None for item in dropped)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def _write_clauses(target: Path, items: list[pytest.Item]) -> None:
    shown: dict[str, set[str]] = defaultdict(set)
    for item in items:
        for mark in item.iter_markers("clause"):
            for clause in mark.args:
                shown[clause].add(item.nodeid.split("[")[0])
    found = {clause: sorted(tests) for clause, tests in sorted(shown.items())}
    target.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash.get(_left_out, 0) and not find_chromium():
        count = config.stash[_left_out]
        terminalreporter.write_line(
            f"Left out: {count} browser tests, Chromium is missing. Get it with: apt-get install chromium"
        )
