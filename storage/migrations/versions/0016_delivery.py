"""Sending: when each message was last tried and how often nobody knew, and who holds what for all replicas."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("outbox", sa.Column("attempted_at", MOMENT, nullable=True))
    op.add_column("outbox", sa.Column("uncertain", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("tried", sa.Text(), nullable=False, server_default=""))
    tried = sa.text("attempted_at IS NOT NULL")
    op.create_index(
        "ix_outbox_attempted", "outbox", ["channel", "attempted_at"], sqlite_where=tried, postgresql_where=tried
    )
    sending = sa.text("state = 'sending'")
    op.create_index(
        "ix_outbox_sending", "outbox", ["channel", "lease_until"], sqlite_where=sending, postgresql_where=sending
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )


def downgrade() -> None:
    op.drop_table("leases")
    op.drop_index("ix_outbox_sending", table_name="outbox")
    op.drop_index("ix_outbox_attempted", table_name="outbox")
    for column in ("tried", "uncertain", "attempted_at"):
        op.drop_column("outbox", column)
