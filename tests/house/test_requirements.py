"""What is installed is locked, and nothing committed names a package index or a machine."""

import os
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))
from house_check import problems  # noqa: E402 - a script beside the documents, not a package

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def names(path: str) -> set[str]:
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and line[0] not in "#-"}


def pinned(path: str) -> dict[str, str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^ \\;]+)", text, re.MULTILINE))


def test_the_project_asks_for_what_is_locked() -> None:
    assert set(PROJECT["project"]["dependencies"]) == names("requirements/run.in")


def test_every_wanted_package_is_in_its_lock() -> None:
    run, test = pinned("requirements/run.txt"), pinned("requirements/test.txt")
    for lock, parts in ((run, ("build", "run")), (test, ("build", "run", "test"))):
        for part in parts:
            for name in names(f"requirements/{part}.in"):
                assert re.split(r"[\[<>=]", name)[0] in lock
    assert run.items() <= test.items()


def test_the_locks_hold_versions_and_hashes_only() -> None:
    assert list(problems(ROOT, ["requirements/run.txt", "requirements/test.txt"])) == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("requirements/run.txt", "aiohttp==3.9.0\n", "not an exact version with hashes"),
        ("requirements/run.txt", "--index-url https://example.org/simple\n", "not an exact version with hashes"),
        ("requirements/run.txt", "aiohttp==3.9.0 \\\n    # via x\n", "no hash"),
        ("bot/note.py", "# see /" + "root/notes\n", "path of one machine"),
        ("docs/setup.md", "from py" + "pi.org\n", "package index"),
        ("bot/long.py", "\n" * 401, "more than 400"),
        ("bot/utils.py", "\n", "the name says nothing"),
    ],
)
def test_the_look_over_sees_what_must_not_be_there(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    found = list(problems(tmp_path, [name]))
    assert found
    assert said in found[0]


def test_what_a_new_machine_runs_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert text.splitlines()[-2:] == ["make check", "make test"]
