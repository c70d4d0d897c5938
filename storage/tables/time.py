"""What must happen when: deadlines, recurring duties, who holds what, and small settings such as the clock's offset."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, text

from storage.tables.types import Json, Serial, UtcDateTime, metadata

deadlines = Table(
    "deadlines",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("what", String(64), nullable=False),
    Column("step", String(96), nullable=False),
    Column("clause", String(32), nullable=False),
    Column("site", String(64), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("wake_at", UtcDateTime, nullable=False, doc="due_at, or later while a failure is backing off"),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("outcome", Text, nullable=False, server_default=""),
    Index("uq_deadlines_promise", "kind", "subject", "what", "step", "due_at", unique=True),
    Index(
        "ix_deadlines_pending",
        "wake_at",
        "id",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index(
        "ix_deadlines_parked",
        "id",
        sqlite_where=text("state = 'parked'"),
        postgresql_where=text("state = 'parked'"),
    ),
)

duties = Table(
    "duties",
    metadata,
    Column("duty", String(64), primary_key=True),
    Column("site", String(64), primary_key=True),
    Column("occurrence", UtcDateTime, primary_key=True),
    Column("claimed_at", UtcDateTime, nullable=False),
)

settings = Table(
    "settings",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Json),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
