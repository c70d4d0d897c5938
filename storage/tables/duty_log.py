"""The duty log of the front desk."""

from sqlalchemy import Column, Index, String, Table, Text

from storage.tables.types import Serial, UtcDateTime, metadata

duty_log = Table(
    "duty_log",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("site", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("heard_at", UtcDateTime, nullable=False),
    Column("contact", String(16), nullable=False),
    Column("shift", String(16), nullable=False),
    Column("unit", String(96)),
    Column("place", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("phone", String(32), nullable=False),
    Column("matter", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("taken_by", String(64)),
    Column("complaint", String(32)),
    Index("ix_duty_log_site_at", "site", "at", "id"),
    Index("ix_duty_log_complaint", "complaint"),
    sqlite_autoincrement=True,
)
