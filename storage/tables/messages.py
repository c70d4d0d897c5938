"""Chats, what came in, the answers given, what goes out, and the console's message lists."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from storage.tables.types import Json, Serial, UtcDateTime, metadata

_PENDING = text("state = 'pending'")
_PARKED = text("state = 'parked'")
_SENDING = text("state = 'sending'")
_TRIED = text("attempted_at IS NOT NULL")
_GIVEN = text("channel <> 'console' AND slot IS NOT NULL")

chats = Table(
    "chats",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("channel", String(32), nullable=False),
    Column("address", String(128), nullable=False),
    Column("person", ForeignKey("people.id")),
    Column("created_at", UtcDateTime, nullable=False),
    Index("uq_chats_address", "channel", "address", unique=True),
    Index("ix_chats_person", "person"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("channel", String(32), nullable=False),
    Column("message_id", String(128), nullable=False),
    Column("chat", Serial, ForeignKey("chats.id"), nullable=False),
    Column("payload", Json, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", UtcDateTime),
    Column("done_at", UtcDateTime),
    Column("error", Text, nullable=False, server_default=""),
    Index("uq_inbox_message", "channel", "message_id", unique=True),
    Index("ix_inbox_pending", "id", sqlite_where=_PENDING, postgresql_where=_PENDING),
    Index("ix_inbox_pending_chat", "chat", "id", sqlite_where=_PENDING, postgresql_where=_PENDING),
    Index("ix_inbox_parked", "id", sqlite_where=_PARKED, postgresql_where=_PARKED),
    sqlite_autoincrement=True,
)

conversations = Table(
    "conversations",
    metadata,
    Column("chat", Serial, ForeignKey("chats.id"), primary_key=True, autoincrement=False),
    Column("person", String(64), nullable=False),
    Column("state", Json, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    Column("chat", Serial, ForeignKey("chats.id"), primary_key=True, autoincrement=False),
    Column("person", String(64), primary_key=True),
    Column("id", String(32), primary_key=True),
    Column("conversation", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("draft", Json, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Index("ix_drafts_person", "person", "ended_at"),
    Index("ix_drafts_ended", "ended_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("site", String(64), nullable=False),
    Column("lane", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("matter", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("choices", Json, nullable=False),
    Column("offers", Boolean, nullable=False),
    Column("attachments", Json, nullable=False),
    Column("slot", String(96)),
    Column("edit", Boolean, nullable=False),
    Column("target", String(128)),
    Column("reply_to", String(128)),
    Column("key", String(160)),
    Column("not_before", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", UtcDateTime),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcDateTime),
    Column("channel_message", String(128)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("error", Text, nullable=False, server_default=""),
    Column("attempted_at", UtcDateTime),
    Column("uncertain", Integer, nullable=False, server_default="0", doc="tries of which nobody knows the end"),
    Column("tried", Text, nullable=False, server_default="", doc="channels given up, with the code of each"),
    Index("uq_outbox_key", "key", unique=True),
    Index("ix_outbox_pending", "channel", "priority", "id", sqlite_where=_PENDING, postgresql_where=_PENDING),
    Index(
        "ix_outbox_unsettled",
        "person",
        "lane",
        "matter",
        "id",
        sqlite_where=text("state IN ('pending', 'sending')"),
        postgresql_where=text("state IN ('pending', 'sending')"),
    ),
    Index("ix_outbox_attempted", "channel", "attempted_at", sqlite_where=_TRIED, postgresql_where=_TRIED),
    Index("ix_outbox_sending", "channel", "lease_until", sqlite_where=_SENDING, postgresql_where=_SENDING),
    Index("ix_outbox_offers", "person", "id", sqlite_where=text("offers"), postgresql_where=text("offers")),
    Index("ix_outbox_slot", "slot", "person"),
    Index("ix_outbox_given", "person", "channel_message", sqlite_where=_GIVEN, postgresql_where=_GIVEN),
    sqlite_autoincrement=True,
)

console_messages = Table(
    "console_messages",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("sender", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("choices", Json, nullable=False),
    Column("attachments", Json, nullable=False),
    Column("reply_to", Serial),
    Column("edits", Serial),
    Column("slot", String(96)),
    Column("at", UtcDateTime, nullable=False),
    Column("client_id", String(64)),
    Column("outbox", Serial),
    Column("press", Text),
    Index("ix_console_messages_person", "person", "id"),
    Index("ix_console_messages_slot", "person", "slot", "id"),
    Index("uq_console_messages_client", "person", "client_id", unique=True),
    Index("uq_console_messages_outbox", "outbox", unique=True),
    sqlite_autoincrement=True,
)
