"""The SQLite settings that all subjects share, and the book where the rivals file complaints."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SETTINGS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA busy_timeout=5000")
COMPLAINTS = """
    CREATE TABLE IF NOT EXISTS complaint (
        id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, answers TEXT NOT NULL
    )
"""
FILE_COMPLAINT = "INSERT INTO complaint (chat, answers) VALUES (:chat, :answers)"
COUNT_COMPLAINTS = "SELECT count(*) FROM complaint"


def open_database(path: Path) -> sqlite3.Connection:
    """Open `path` with the shared settings; transactions are begun by hand.

    The connection may be handed to a worker thread: its subject uses it from one thread at a time.
    """
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for setting in SETTINGS:
        db.execute(setting)
    db.execute(COMPLAINTS)
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def file_complaint(db: sqlite3.Connection, chat: int, answers: Mapping[str, str]) -> None:
    db.execute(FILE_COMPLAINT, {"chat": chat, "answers": json.dumps(answers, ensure_ascii=False)})


def count_complaints(db: sqlite3.Connection) -> int:
    return int(db.execute(COUNT_COMPLAINTS).fetchone()[0])


def settings_in_force(path: Path) -> str:
    """Read the settings back from a connection rather than repeating what was asked for."""
    db = open_database(path)
    journal = db.execute("PRAGMA journal_mode").fetchone()[0]
    synchronous = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}[db.execute("PRAGMA synchronous").fetchone()[0]]
    checkpoint = db.execute("PRAGMA wal_autocheckpoint").fetchone()[0]
    db.close()
    version = sqlite3.sqlite_version
    return f"SQLite {version}, journal_mode={journal}, synchronous={synchronous}, wal_autocheckpoint={checkpoint}"
