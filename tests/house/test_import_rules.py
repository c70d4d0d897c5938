"""The import rules hold, and each of them breaks when somebody plants what it forbids."""

import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bot", "handlers", "storage", "scheduler", "domain")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]
ONE_WAY, STDLIB_ALONE, HANDLERS, SQL, CHANNELS = (contract["name"] for contract in CONTRACTS)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder: Path) -> tuple[int, str]:
    code = (
        "import os, sys; sys.path.insert(0, os.getcwd());"
        "from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=110)
    return run.returncode, run.stdout + run.stderr


def test_the_tree_keeps_its_rules(copy: Path) -> None:
    status, words = lint(copy)
    assert status == 0, words[-3000:]
    assert f"{len(CONTRACTS)} kept, 0 broken" in words


PLANTS = [
    ("domain/planted.py", "import bot.dialogue", ONE_WAY),
    ("bot/dialogue/planted.py", "import storage", ONE_WAY),
    ("storage/planted.py", "import handlers", ONE_WAY),
    ("handlers/planted.py", "import scheduler", ONE_WAY),
    ("handlers/planted.py", "import bot.config", ONE_WAY),
    ("domain/planted.py", "import pydantic", STDLIB_ALONE),
    ("bot/dialogue/planted.py", "import structlog", STDLIB_ALONE),
    ("handlers/planted.py", "import sqlalchemy", HANDLERS),
    ("handlers/planted.py", "def late():\n    import aiohttp", HANDLERS),
    ("scheduler/planted.py", "import sqlalchemy", SQL),
    ("bot/channels/planted.py", "import handlers", CHANNELS),
]


@pytest.mark.parametrize("first", range(0, len(PLANTS), 4))
def test_a_planted_violation_breaks_its_contract(copy: Path, first: int) -> None:
    plants = PLANTS[first : first + 4]
    for number, (path, line, _) in enumerate(plants):
        (copy / path).with_name(f"planted{number}.py").write_text(line + "\n", encoding="utf-8")
    status, words = lint(copy)
    assert status == 1
    for name in {contract for _, _, contract in plants}:
        assert f"{name} BROKEN" in words
    for number, (path, _, _) in enumerate(plants):
        module = path.removesuffix("planted.py").replace("/", ".") + f"planted{number}"
        assert module in words


def test_every_part_of_bot_has_its_place_in_the_layers() -> None:
    placed = " ".join(CONTRACTS[0]["layers"])
    parts = {path.stem for path in (ROOT / "bot").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert {part for part in parts - {"__init__", "texts"} if f"(bot.{part})" not in placed} == set()


def test_the_pure_rooms_may_use_none_of_the_libraries() -> None:
    """A library added to the project must be forbidden there too."""
    wanted = {name.split("[")[0].split("<")[0].lower() for name in PROJECT["project"]["dependencies"]}
    modules = {
        module
        for module, owners in packages_distributions().items()
        if {owner.lower() for owner in owners} & wanted and not module.startswith("_")
    }
    assert modules - set(CONTRACTS[1]["forbidden_modules"]) == set()
