"""Since when nothing reaches an address; messages found by the id a network channel gave them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bindings", sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True))
    given = sa.text("channel <> 'console' AND slot IS NOT NULL")
    op.create_index(
        "ix_outbox_given", "outbox", ["person", "channel_message"], sqlite_where=given, postgresql_where=given
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_given", table_name="outbox")
    op.drop_column("bindings", "blocked_at")
