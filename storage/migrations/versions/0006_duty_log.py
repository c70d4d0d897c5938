"""The duty log."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "duty_log",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("heard_at", MOMENT, nullable=False),
        sa.Column("contact", sa.String(length=16), nullable=False),
        sa.Column("shift", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=96), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=True),
        sa.Column("complaint", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_duty_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_duty_log_complaint", "duty_log", ["complaint"])
    op.create_index("ix_duty_log_site_at", "duty_log", ["site", "at", "id"])


def downgrade() -> None:
    op.drop_table("duty_log")
