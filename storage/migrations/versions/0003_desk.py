"""Numbers, call tasks, threads, media."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
JSON = sa.JSON()


def upgrade() -> None:
    op.create_table(
        "numbers",
        sa.Column("prefix", sa.String(length=8), nullable=False),
        sa.Column("day", sa.String(length=8), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "day", name="pk_numbers"),
    )
    op.create_table(
        "call_tasks",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("matter", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("done_by", sa.String(length=64), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_call_tasks"),
    )
    op.create_index("ix_call_tasks_matter", "call_tasks", ["matter"])
    op.create_index("ix_call_tasks_site_state", "call_tasks", ["site", "state"])
    op.create_table(
        "threads",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("resident", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=True),
        sa.Column("taken_at", MOMENT, nullable=True),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("last_by", sa.String(length=64), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=32), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["resident"], ["people.id"], name="fk_threads_resident"),
        sa.PrimaryKeyConstraint("id", name="pk_threads"),
    )
    op.create_index("ix_threads_site_state", "threads", ["site", "state"])
    op.create_index(
        "uq_threads_resident_live",
        "threads",
        ["resident"],
        unique=True,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "thread_messages",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("thread", SERIAL, nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("attachments", JSON, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["thread"], ["threads.id"], name="fk_thread_messages_thread"),
        sa.PrimaryKeyConstraint("id", name="pk_thread_messages"),
    )
    op.create_index("ix_thread_messages_thread", "thread_messages", ["thread", "id"])
    op.create_table(
        "media",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_media"),
    )
    op.create_index("ix_media_digest", "media", ["digest"])
    op.create_table(
        "media_links",
        sa.Column("media", sa.String(length=32), nullable=False),
        sa.Column("matter", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["media"], ["media.id"], name="fk_media_links_media"),
        sa.PrimaryKeyConstraint("media", "matter", name="pk_media_links"),
    )
    op.create_index("ix_media_links_matter", "media_links", ["matter"])


def downgrade() -> None:
    op.drop_table("media_links")
    op.drop_table("media")
    op.drop_table("thread_messages")
    op.drop_table("threads")
    op.drop_table("call_tasks")
    op.drop_table("numbers")
