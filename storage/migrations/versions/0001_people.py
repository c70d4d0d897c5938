"""Sites, units, people and how they are reached."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
JSON = sa.JSON()


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=64), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=32), server_default="", nullable=False),
        sa.Column("language", sa.String(length=8), server_default="zh", nullable=False),
        sa.Column("key_resident", sa.Boolean(), nullable=False),
        sa.Column("department", sa.String(length=32), nullable=True),
        sa.Column("buildings", JSON, nullable=False),
        sa.Column("duty", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("deputy", sa.String(length=64), nullable=True),
        sa.Column("leave_from", sa.Date(), nullable=True),
        sa.Column("leave_to", sa.Date(), nullable=True),
        sa.Column("has_left", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_index("ix_people_phone", "people", ["phone"])
    op.create_index("ix_people_site_role", "people", ["site", "role"])
    op.create_table(
        "sites",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), server_default="", nullable=False),
        sa.Column("grp", sa.Text(), server_default="", nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sites"),
    )
    op.create_table(
        "bindings",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=128), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("bound_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_bindings_person"),
        sa.PrimaryKeyConstraint("channel", "address", name="pk_bindings"),
    )
    op.create_index("ix_bindings_person", "bindings", ["person"])
    op.create_table(
        "one_time_codes",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_one_time_codes_person"),
        sa.PrimaryKeyConstraint("digest", name="pk_one_time_codes"),
    )
    op.create_table(
        "units",
        sa.Column("id", sa.String(length=96), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("building", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("area", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name="fk_units_site"),
        sa.PrimaryKeyConstraint("id", name="pk_units"),
    )
    op.create_index("uq_units_site_label", "units", ["site", "label"], unique=True)
    op.create_table(
        "binding_requests",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=128), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("relation", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=96), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name="fk_binding_requests_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_binding_requests"),
    )
    op.create_index("ix_binding_requests_site_state", "binding_requests", ["site", "state"])
    op.create_table(
        "residencies",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=96), nullable=False),
        sa.Column("relation", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_residencies_person"),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name="fk_residencies_unit"),
        sa.PrimaryKeyConstraint("person", "unit", name="pk_residencies"),
    )
    op.create_index("ix_residencies_unit", "residencies", ["unit"])


def downgrade() -> None:
    op.drop_table("residencies")
    op.drop_table("binding_requests")
    op.drop_table("units")
    op.drop_table("one_time_codes")
    op.drop_table("bindings")
    op.drop_table("sites")
    op.drop_table("people")
