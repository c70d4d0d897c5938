"""SQLite: a snapshot beside a running `serve`, and the file put in its place."""

import contextlib
import os
import sqlite3
from pathlib import Path

from storage.backup.archive import BackupRefused


def snapshot(source: Path, target: Path) -> str:
    """Copy the database as of one moment, writers going on; returns the revision of the copy."""
    if not source.is_file():
        raise BackupRefused(f"没有数据库可备份 / there is no database to back up: {source}")
    try:
        live, copy = sqlite3.connect(source, timeout=30), sqlite3.connect(target)
        with contextlib.closing(live), contextlib.closing(copy):
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
            return _revision(copy)
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"数据库读不出 / the database cannot be read: {source} ({error})") from error


def check(file: Path, revision: str) -> None:
    """Refuse a copy that SQLite finds broken, or that is not of the revision the manifest names."""
    try:
        with contextlib.closing(sqlite3.connect(file)) as copy:
            found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
            at = _revision(copy)
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"备份里的数据库已损坏 / the database in the backup is broken: {error}") from error
    if found != "ok" or at != revision:
        raise BackupRefused(f"备份里的数据库不对 / the database in the backup is not right: {found}, {at}")


def is_empty(file: Path) -> bool:
    """Whether nothing would be lost: no file, no tables, or no row in any of them."""
    if not file.exists() or not file.stat().st_size:
        return True
    try:
        with contextlib.closing(sqlite3.connect(file)) as existing:
            names = existing.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                " AND name <> 'alembic_version'"
            ).fetchall()
            return not any(existing.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() for (name,) in names)  # noqa: S608
    except sqlite3.DatabaseError:
        return False


def put_in_place(file: Path, target: Path) -> None:
    """Replace the database. What its predecessor had not yet written into its file must never reach the new one."""
    for beside in ("-wal", "-shm", "-journal"):
        Path(f"{target}{beside}").unlink(missing_ok=True)
    file.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _revision(connection: sqlite3.Connection) -> str:
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        found = None
    if found is None:
        raise BackupRefused("这不是回音的数据库 / this is not a Huiyin database")
    return str(found[0])
