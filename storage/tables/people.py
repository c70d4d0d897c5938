"""Sites, units, people and how they are reached."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from storage.tables.types import Json, Serial, UtcDateTime, metadata

sites = Table(
    "sites",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("company", Text, nullable=False, server_default=""),
    Column("grp", Text, nullable=False, server_default=""),
    Column("timezone", String(64), nullable=False),
)

units = Table(
    "units",
    metadata,
    Column("id", String(96), primary_key=True),
    Column("site", ForeignKey("sites.id"), nullable=False),
    Column("building", String(64), nullable=False),
    Column("label", String(64), nullable=False),
    Column("area", Text, nullable=False, server_default=""),
    Column("kind", Text, nullable=False, server_default=""),
    Index("uq_units_site_label", "site", "label", unique=True),
)

people = Table(
    "people",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(32), nullable=False),
    Column("site", String(64), nullable=False, server_default=""),
    Column("phone", String(32), nullable=False, server_default=""),
    Column("language", String(8), nullable=False, server_default="zh"),
    Column("key_resident", Boolean, nullable=False),
    Column("department", String(32)),
    Column("buildings", Json, nullable=False),
    Column("duty", Boolean, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("deputy", String(64)),
    Column("leave_from", Date),
    Column("leave_to", Date),
    Column("has_left", Boolean, nullable=False),
    Index("ix_people_site_role", "site", "role"),
    Index("ix_people_phone", "phone"),
)

residencies = Table(
    "residencies",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True),
    Column("unit", ForeignKey("units.id"), primary_key=True),
    Column("relation", String(32), nullable=False),
    Column("position", Integer, nullable=False),
    Index("ix_residencies_unit", "unit"),
)

bindings = Table(
    "bindings",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("address", String(128), primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("bound_at", UtcDateTime, nullable=False),
    Column("blocked_at", UtcDateTime, doc="since when nothing reaches it; None once somebody writes from there"),
    Index("ix_bindings_person", "person"),
)

binding_requests = Table(
    "binding_requests",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("channel", String(32), nullable=False),
    Column("address", String(128), nullable=False),
    Column("person", String(64)),
    Column("name", Text, nullable=False),
    Column("phone", String(32), nullable=False),
    Column("relation", String(32), nullable=False),
    Column("site", String(64), nullable=False),
    Column("unit", ForeignKey("units.id"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("decided_by", String(64)),
    Column("decided_at", UtcDateTime),
    Column("reason", Text, nullable=False, server_default=""),
    Index("ix_binding_requests_site_state", "site", "state"),
)

one_time_codes = Table(
    "one_time_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)
