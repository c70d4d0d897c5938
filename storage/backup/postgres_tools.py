"""PostgreSQL: its own tools, found on PATH or in Debian's folder; the password travels in the environment only."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from sqlalchemy.engine import make_url

from storage.backup.archive import BackupFailed, BackupRefused

DEBIAN = Path("/usr/lib/postgresql")
_EMPTY_FIRST = "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner;"


def dump(url: str, target: Path) -> None:
    """One consistent snapshot in PostgreSQL's own compressed format."""
    _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def load(url: str, archive: Path) -> None:
    """Make the database exactly what the archive holds, in one transaction: all of it, or nothing changes."""
    script = archive.with_name("restore.sql")
    script.touch(0o600)
    _run(url, "pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(archive), connect=False)
    _run(
        url,
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--single-transaction",
        f"--command={_EMPTY_FIRST}",
        f"--file={script}",
    )


def find(tool: str) -> str:
    """The tool on PATH, or the newest of Debian's. Raises BackupRefused."""
    if (found := shutil.which(tool)) is not None:
        return found
    versions = sorted(DEBIAN.glob(f"*/bin/{tool}"), key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))])
    if not versions:
        raise BackupRefused(f"找不到 {tool}，请装 postgresql-client / {tool} not found, install postgresql-client")
    return str(versions[-1])


def _run(url: str, tool: str, *options: str, connect: bool = True) -> None:
    done = subprocess.run(  # noqa: S603  (our own options; the address travels in the environment)
        [find(tool), *options],
        env={**os.environ, **(environment(url) if connect else {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if "error" in line.lower()] or lines or [f"exit code {done.returncode}"]
        raise BackupFailed(errors[0].strip()[:300])


def environment(url: str) -> dict[str, str]:
    """The address of the database as libpq reads it from the environment."""
    parsed = make_url(url)
    query = {key: value if isinstance(value, str) else value[0] for key, value in parsed.query.items()}
    given = {
        "PGHOST": parsed.host or query.get("host"),
        "PGPORT": str(parsed.port) if parsed.port else query.get("port"),
        "PGUSER": parsed.username or query.get("user"),
        "PGPASSWORD": parsed.password or query.get("password"),
        "PGDATABASE": parsed.database,
        "PGSSLMODE": query.get("ssl") or query.get("sslmode"),
        "PGAPPNAME": "huiyin backup",
        "PGCONNECT_TIMEOUT": "10",
    }
    return {key: str(value) for key, value in given.items() if value}
