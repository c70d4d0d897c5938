"""Complaints, work orders, file cards, events."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
JSON = sa.JSON()


def upgrade() -> None:
    op.create_table(
        "complaints",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=96), nullable=True),
        sa.Column("building", sa.String(length=64), nullable=False),
        sa.Column("complainant", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("unfinished", sa.Boolean(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("first_report_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("callback_due_at", MOMENT, nullable=True),
        sa.Column("archived_at", MOMENT, nullable=True),
        sa.Column("data", JSON, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_complaints"),
    )
    op.create_index("ix_complaints_complainant", "complaints", ["complainant", "received_at"])
    op.create_index(
        "ix_complaints_site_open",
        "complaints",
        ["site", "state"],
        sqlite_where=sa.text("NOT closed"),
        postgresql_where=sa.text("NOT closed"),
    )
    op.create_index("ix_complaints_site_received", "complaints", ["site", "received_at"])
    op.create_index("ix_complaints_unit", "complaints", ["unit", "kind"])
    op.create_table(
        "work_orders",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("complaint", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("department", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("handler", sa.String(length=64), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("data", JSON, nullable=False),
        sa.ForeignKeyConstraint(["complaint"], ["complaints.number"], name="fk_work_orders_complaint"),
        sa.PrimaryKeyConstraint("number", name="pk_work_orders"),
    )
    op.create_index("ix_work_orders_complaint", "work_orders", ["complaint"])
    op.create_index("ix_work_orders_department_state", "work_orders", ["site", "department", "state"])
    op.create_index(
        "ix_work_orders_open",
        "work_orders",
        ["site", "department"],
        sqlite_where=sa.text("open"),
        postgresql_where=sa.text("open"),
    )
    op.create_table(
        "order_holders",
        sa.Column("work_order", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["work_order"], ["work_orders.number"], name="fk_order_holders_work_order"),
        sa.PrimaryKeyConstraint("work_order", "person", name="pk_order_holders"),
    )
    op.create_index("ix_order_holders_person", "order_holders", ["person"])
    op.create_index("ix_order_holders_site", "order_holders", ["site", "person"])
    op.create_table(
        "file_cards",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("complaint", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.ForeignKeyConstraint(["complaint"], ["complaints.number"], name="fk_file_cards_complaint"),
        sa.PrimaryKeyConstraint("number", name="pk_file_cards"),
    )
    op.create_index("ix_file_cards_site_state", "file_cards", ["site", "state"])
    op.create_index("uq_file_cards_complaint", "file_cards", ["complaint"], unique=True)
    op.create_table(
        "events",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("clause", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_kind_at", "events", ["kind", "at"])
    op.create_index("ix_events_site_at", "events", ["site", "at"])
    op.create_index("ix_events_subject", "events", ["subject", "id"])

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change_of_events() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'events are never changed or deleted'; END $$"
        )
        op.execute(
            "CREATE TRIGGER events_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events()"
        )
    else:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER events_refuse_{change.lower()} BEFORE {change} ON events "
                "BEGIN SELECT RAISE(ABORT, 'events are never changed or deleted'); END"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER events_are_kept ON events")
        op.execute("DROP FUNCTION refuse_change_of_events")
    op.drop_table("events")
    op.drop_table("file_cards")
    op.drop_table("order_holders")
    op.drop_table("work_orders")
    op.drop_table("complaints")
