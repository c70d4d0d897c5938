"""Complaints with their work orders and file cards, the events that tell their story, and the numbers they carry."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from storage.tables.types import Json, Serial, UtcDateTime, metadata

complaints = Table(
    "complaints",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("site", String(64), nullable=False),
    Column("unit", String(96)),
    Column("building", String(64), nullable=False),
    Column("complainant", String(64), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("state", String(32), nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("unfinished", Boolean, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("first_report_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("callback_due_at", UtcDateTime),
    Column("archived_at", UtcDateTime),
    Column("data", Json, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_complaints_complainant", "complainant", "received_at"),
    Index(
        "ix_complaints_site_open",
        "site",
        "state",
        sqlite_where=text("NOT closed"),
        postgresql_where=text("NOT closed"),
    ),
    Index("ix_complaints_unit", "unit", "kind"),
    Index("ix_complaints_site_received", "site", "received_at"),
)

work_orders = Table(
    "work_orders",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("complaint", ForeignKey("complaints.number"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("site", String(64), nullable=False),
    Column("department", String(32), nullable=False),
    Column("state", String(32), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("handler", String(64)),
    Column("received_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("data", Json, nullable=False),
    Index("ix_work_orders_complaint", "complaint"),
    Index("ix_work_orders_open", "site", "department", sqlite_where=text("open"), postgresql_where=text("open")),
    Index("ix_work_orders_department_state", "site", "department", "state"),
)

order_holders = Table(
    "order_holders",
    metadata,
    Column("work_order", ForeignKey("work_orders.number"), primary_key=True),
    Column("person", String(64), primary_key=True),
    Column("site", String(64), nullable=False),
    Index("ix_order_holders_person", "person"),
    Index("ix_order_holders_site", "site", "person"),
)
"""Who has each open work order in hand: its handler, or everybody pinged while nobody has accepted."""

file_cards = Table(
    "file_cards",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("complaint", ForeignKey("complaints.number"), nullable=False),
    Column("site", String(64), nullable=False),
    Column("state", String(32), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("data", Json, nullable=False),
    Index("uq_file_cards_complaint", "complaint", unique=True),
    Index("ix_file_cards_site_state", "site", "state"),
)

events = Table(
    "events",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("subject", String(64), nullable=False),
    Column("site", String(64), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("clause", String(32), nullable=False),
    Column("by", String(64)),
    Column("at", UtcDateTime, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("data", Json, nullable=False),
    Index("ix_events_subject", "subject", "id"),
    Index("ix_events_site_at", "site", "at"),
    Index("ix_events_kind_at", "kind", "at"),
    sqlite_autoincrement=True,
)

numbers = Table(
    "numbers",
    metadata,
    Column("prefix", String(8), primary_key=True),
    Column("day", String(8), primary_key=True),
    Column("last", Integer, nullable=False),
)

call_tasks = Table(
    "call_tasks",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("site", String(64), nullable=False),
    Column("person", String(64)),
    Column("phone", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("matter", String(64)),
    Column("state", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("outcome", Text, nullable=False, server_default=""),
    Column("done_by", String(64)),
    Column("done_at", UtcDateTime),
    Index("ix_call_tasks_site_state", "site", "state"),
    Index("ix_call_tasks_matter", "matter"),
)

threads = Table(
    "threads",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("resident", ForeignKey("people.id"), nullable=False),
    Column("site", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("taken_by", String(64)),
    Column("taken_at", UtcDateTime),
    Column("last_at", UtcDateTime, nullable=False),
    Column("last_by", String(64), nullable=False),
    Column("closed_at", UtcDateTime),
    Column("closed_by", String(64)),
    Column("reason", String(32), nullable=False, server_default=""),
    Index(
        "uq_threads_resident_live",
        "resident",
        unique=True,
        sqlite_where=text("state <> 'closed'"),
        postgresql_where=text("state <> 'closed'"),
    ),
    Index("ix_threads_site_state", "site", "state"),
)

thread_messages = Table(
    "thread_messages",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("thread", Serial, ForeignKey("threads.id"), nullable=False),
    Column("by", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("attachments", Json, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_thread_messages_thread", "thread", "id"),
)

media = Table(
    "media",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("type", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("owner", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_media_digest", "digest"),
    Index("ix_media_created", "created_at"),
)

media_links = Table(
    "media_links",
    metadata,
    Column("media", ForeignKey("media.id"), primary_key=True),
    Column("matter", String(64), primary_key=True),
    Index("ix_media_links_matter", "matter"),
)
