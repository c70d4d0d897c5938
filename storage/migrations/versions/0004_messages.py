"""Chats, inbox, conversations, outbox, console."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
JSON = sa.JSON()


def upgrade() -> None:
    op.create_table(
        "chats",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=128), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_chats_person"),
        sa.PrimaryKeyConstraint("id", name="pk_chats"),
    )
    op.create_index("ix_chats_person", "chats", ["person"])
    op.create_index("uq_chats_address", "chats", ["channel", "address"], unique=True)
    op.create_table(
        "console_messages",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("choices", JSON, nullable=False),
        sa.Column("attachments", JSON, nullable=False),
        sa.Column("reply_to", SERIAL, nullable=True),
        sa.Column("edits", SERIAL, nullable=True),
        sa.Column("slot", sa.String(length=96), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=True),
        sa.Column("outbox", SERIAL, nullable=True),
        sa.Column("press", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_console_messages_person"),
        sa.PrimaryKeyConstraint("id", name="pk_console_messages"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_console_messages_person", "console_messages", ["person", "id"])
    op.create_index("ix_console_messages_slot", "console_messages", ["person", "slot", "id"])
    op.create_index("uq_console_messages_client", "console_messages", ["person", "client_id"], unique=True)
    op.create_index("uq_console_messages_outbox", "console_messages", ["outbox"], unique=True)
    op.create_table(
        "outbox",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("matter", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("choices", JSON, nullable=False),
        sa.Column("offers", sa.Boolean(), nullable=False),
        sa.Column("attachments", JSON, nullable=False),
        sa.Column("slot", sa.String(length=96), nullable=True),
        sa.Column("edit", sa.Boolean(), nullable=False),
        sa.Column("target", sa.String(length=128), nullable=True),
        sa.Column("reply_to", sa.String(length=128), nullable=True),
        sa.Column("key", sa.String(length=160), nullable=True),
        sa.Column("not_before", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", MOMENT, nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("channel_message", sa.String(length=128), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_outbox_person"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_offers",
        "outbox",
        ["person", "id"],
        sqlite_where=sa.text("offers"),
        postgresql_where=sa.text("offers"),
    )
    op.create_index(
        "ix_outbox_pending",
        "outbox",
        ["channel", "priority", "id"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_outbox_slot", "outbox", ["slot", "person"])
    op.create_index(
        "ix_outbox_unsettled",
        "outbox",
        ["person", "lane", "matter", "id"],
        sqlite_where=sa.text("state IN ('pending', 'sending')"),
        postgresql_where=sa.text("state IN ('pending', 'sending')"),
    )
    op.create_index("uq_outbox_key", "outbox", ["key"], unique=True)
    op.create_table(
        "conversations",
        sa.Column("chat", SERIAL, autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("state", JSON, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["chat"], ["chats.id"], name="fk_conversations_chat"),
        sa.PrimaryKeyConstraint("chat", name="pk_conversations"),
    )
    op.create_table(
        "drafts",
        sa.Column("chat", SERIAL, autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("draft", JSON, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["chat"], ["chats.id"], name="fk_drafts_chat"),
        sa.PrimaryKeyConstraint("chat", "person", "id", name="pk_drafts"),
    )
    op.create_index("ix_drafts_person", "drafts", ["person", "ended_at"])
    op.create_table(
        "inbox",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=128), nullable=False),
        sa.Column("chat", SERIAL, nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", MOMENT, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["chat"], ["chats.id"], name="fk_inbox_chat"),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_inbox_pending",
        "inbox",
        ["id"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_inbox_pending_chat",
        "inbox",
        ["chat", "id"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("uq_inbox_message", "inbox", ["channel", "message_id"], unique=True)


def downgrade() -> None:
    op.drop_table("inbox")
    op.drop_table("drafts")
    op.drop_table("conversations")
    op.drop_table("outbox")
    op.drop_table("console_messages")
    op.drop_table("chats")
