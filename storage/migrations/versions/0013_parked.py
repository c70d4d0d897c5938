"""Find what is parked without reading every message and every promise there ever was."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0006"
branch_labels = None
depends_on = None

_PARKED = sa.text("state = 'parked'")


def upgrade() -> None:
    for table in ("inbox", "deadlines"):
        op.create_index(f"ix_{table}_parked", table, ["id"], sqlite_where=_PARKED, postgresql_where=_PARKED)


def downgrade() -> None:
    for table in ("deadlines", "inbox"):
        op.drop_index(f"ix_{table}_parked", table)
