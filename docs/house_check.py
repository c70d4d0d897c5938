"""Look over every committed file: module length, addresses of package indexes, paths of one machine, locks."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 400
NAMES_NOT_USED = {"utils.py", "helpers.py", "manager.py", "base.py"}
# Written in pieces, so that this file does not trip over itself.
INDEX_HOSTS = re.compile("|".join(["py" + r"pi\.org", "files" + r"\.pythonhosted", "pypi" + r"\.tuna"]))
MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(?:work|tmp/brief|home/[a-z]|root)/")
LOCKED = re.compile(r"^[A-Za-z0-9_.-]+==[^ ;\\]+( ; [^\\]+)? \\$")
LOCK_LINE = re.compile(r"^(    --hash=sha256:[0-9a-f]{64}( \\)?|    # via.*|    #   .*|#.*|)$")


def problems(root: Path, names: list[str]) -> Iterator[str]:
    """One line for each thing the house does not allow; `names` are paths below `root`."""
    for name in names:
        path = root / name
        if not path.is_file() or path.suffix in {".png", ".jpg", ".mo", ".xlsx", ".ico", ".woff2"}:
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        if path.suffix == ".py" and len(lines) > LONGEST:
            yield f"{name}: {len(lines)} lines, more than {LONGEST}"
        if path.name in NAMES_NOT_USED:
            yield f"{name}: the name says nothing; name it after what it does"
        if name.startswith("requirements/") and path.suffix == ".txt":
            yield from _lock(name, lines)
        for number, line in enumerate(lines, 1):
            if INDEX_HOSTS.search(line):
                yield f"{name}:{number}: names a package index"
            if MACHINE_PATHS.search(line):
                yield f"{name}:{number}: names a path of one machine"


def _lock(name: str, lines: list[str]) -> Iterator[str]:
    """A lock holds exact versions with hashes and nothing else."""
    for number, line in enumerate(lines, 1):
        if not LOCKED.match(line) and not LOCK_LINE.match(line):
            yield f"{name}:{number}: not an exact version with hashes: {line[:60]}"
        if LOCKED.match(line) and "--hash" not in (lines[number] if number < len(lines) else ""):
            yield f"{name}:{number}: no hash"


def main() -> int:
    """Check what git knows of, committed or new."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git is found by PATH
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = list(problems(ROOT, sorted(set(listed.stdout.splitlines()))))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
