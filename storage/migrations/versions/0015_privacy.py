"""Consents, who read what, legal holds, erasures; events may be changed by an erasure alone."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
REFUSAL = "events are never changed or deleted"
KEPT = ("id", "subject", "site", "kind", "clause", "by", "at", "channel")
"""What even an erasure leaves as it is: who did what, when and by which clause."""


def upgrade() -> None:
    _tables()
    op.create_index("ix_drafts_ended", "drafts", ["ended_at"])
    op.create_index("ix_media_created", "media", ["created_at"])
    if op.get_bind().dialect.name == "postgresql":
        _postgresql_triggers()
    else:
        op.execute("DROP TRIGGER events_refuse_update")
        changed = " OR ".join(f'NEW."{name}" IS NOT OLD."{name}"' for name in KEPT)
        when = f"NOT EXISTS (SELECT 1 FROM erasing) OR {changed}"  # noqa: S608 - constants alone
        refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        op.execute(f"CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events WHEN {when} {refuse}")


def _tables() -> None:
    op.create_table(
        "consents",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("notice", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_person", "consents", ["person", "id"])
    op.create_table(
        "read_log",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("whose", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("matter", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_read_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_read_log_whose", "read_log", ["whose", "id"])
    op.create_table(
        "legal_holds",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_legal_holds"),
    )
    op.create_table(
        "erasures",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    op.create_index("ix_erasures_person", "erasures", ["person"])
    op.create_table(
        "erasing",
        sa.Column("one", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_erasing"),
    )
    op.create_table(
        "media_keeping",
        sa.Column("media", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("erased_at", MOMENT, nullable=True),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["media"], ["media.id"], name="fk_media_keeping_media"),
        sa.PrimaryKeyConstraint("media", name="pk_media_keeping"),
    )
    op.create_index("ix_media_keeping_erased", "media_keeping", ["removed_at", "erased_at"])


def _postgresql_triggers() -> None:
    changed = " OR ".join(f'NEW."{name}" IS DISTINCT FROM OLD."{name}"' for name in KEPT)
    op.execute("DROP TRIGGER events_are_kept ON events")
    op.execute(
        "CREATE TRIGGER events_are_kept BEFORE DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events()"
    )
    unless = f"IF NOT EXISTS (SELECT 1 FROM erasing) OR {changed} THEN RAISE EXCEPTION '{REFUSAL}'; END IF;"  # noqa: S608
    op.execute(
        "CREATE FUNCTION refuse_change_of_event() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {unless} RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER event_is_kept BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change_of_event()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER event_is_kept ON events")
        op.execute("DROP FUNCTION refuse_change_of_event")
        op.execute("DROP TRIGGER events_are_kept ON events")
        op.execute(
            "CREATE TRIGGER events_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events()"
        )
    else:
        op.execute("DROP TRIGGER events_refuse_update")
        op.execute(
            f"CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
    op.drop_index("ix_media_created", table_name="media")
    op.drop_index("ix_drafts_ended", table_name="drafts")
    for table in ("media_keeping", "erasing", "erasures", "legal_holds", "read_log", "consents"):
        op.drop_table(table)
