"""What is kept about keeping people's data: consents, who read what, legal holds, what was erased."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from storage.tables.types import Json, Serial, UtcDateTime, metadata

consents = Table(
    "consents",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("person", String(64), nullable=False),
    Column("notice", String(32), nullable=False, doc="version of the notice that was shown"),
    Column("channel", String(32), nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Index("ix_consents_person", "person", "id"),
)

read_log = Table(
    "read_log",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(64), nullable=False),
    Column("whose", String(64), nullable=False),
    Column("what", String(16), nullable=False),
    Column("matter", String(64), nullable=False),
    Column("channel", String(32), nullable=False),
    Index("ix_read_log_whose", "whose", "id"),
    sqlite_autoincrement=True,
)

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("person", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("counts", Json, nullable=False),
    Index("ix_erasures_person", "person"),
)

erasing = Table("erasing", metadata, Column("one", Integer, primary_key=True))
"""Holds a row only within a transaction that erases: the triggers of `events` look for it."""

media_keeping = Table(
    "media_keeping",
    metadata,
    Column("media", ForeignKey("media.id"), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("sealed", Boolean, nullable=False),
    Column("erased_at", UtcDateTime),
    Column("removed_at", UtcDateTime),
    Index("ix_media_keeping_erased", "removed_at", "erased_at"),
)
"""What is out of the ordinary about a stored file: encrypted, erased, its bytes removed."""
