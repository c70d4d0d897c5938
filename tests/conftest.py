"""What every test shares: which tests a machine can run, and which clauses they show."""

import asyncio
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.postgres import OwnPostgres

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
DEBIAN = Path("/usr/lib/postgresql")
_left_out = pytest.StashKey[dict[str, int]]()


def find_chromium() -> str | None:
    """The browser to drive: HUIYIN_CHROMIUM, or the system's."""
    named = os.environ.get("HUIYIN_CHROMIUM")
    return named or next((found for name in BROWSERS if (found := shutil.which(name))), None)


def find_postgres() -> bool:
    """Whether a server can be started: from the folder HUIYIN_POSTGRES, the PATH, or Debian's folder."""
    if folder := os.environ.get("HUIYIN_POSTGRES"):
        return (Path(folder) / "initdb").is_file()
    return shutil.which("initdb") is not None or any(DEBIAN.glob("*/bin/initdb"))


@pytest.fixture(scope="session")
def postgres() -> "Iterator[OwnPostgres]":
    """A server for this run; tests that ask for it are marked `postgres`."""
    from tests.postgres import OwnPostgres

    assert find_postgres(), "PostgreSQL is missing: apt-get install postgresql"
    server = OwnPostgres()
    yield server
    server.remove()


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
    if not find_postgres() and os.environ.get("HUIYIN_REQUIRE_POSTGRES") != "1":
        without.add("postgres")
    if os.environ.get("HUIYIN_SOAK") != "1":
        without.add("soak")
    kept, dropped = [], []
    for item in items:
        (dropped if any(item.get_closest_marker(mark) for mark in without) else kept).append(item)
    config.stash[_left_out] = {
        mark: sum(item.get_closest_marker(mark) is not None for item in dropped) for mark in ("browser", "postgres")
    }
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
    counts = config.stash.get(_left_out, {})
    if counts.get("browser") and not find_chromium():
        terminalreporter.write_line(
            f"Left out: {counts['browser']} browser tests, Chromium is missing. Get it with: apt-get install chromium"
        )
    if counts.get("postgres") and not find_postgres():
        terminalreporter.write_line(
            f"Left out: {counts['postgres']} tests, PostgreSQL is missing. Get it with: apt-get install postgresql"
        )
