"""Column types that behave the same on SQLite and on PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData, String, literal_column
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Serial = BigInteger().with_variant(Integer, "sqlite")
"""The type of counting ids: SQLite counts only in plain INTEGER, which has 64 bits there."""

Json = JSON(none_as_null=True)
"""Plain JSON on both engines, not JSONB: the order of an answers log must survive."""


# Partial indexes are used only where the query spells the same word: a bound parameter could be any.
PENDING = literal_column("'pending'", String)
SENDING = literal_column("'sending'", String)
PARKED = literal_column("'parked'", String)
CLOSED = literal_column("'closed'", String)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment; naive ones are refused, and what comes back is always UTC (SQLite drops zones by itself)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """Straight to what the driver takes: this runs for every moment of every row."""
        return _sqlite_text if dialect.name == "sqlite" else _in_utc

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError(f"a naive time cannot be stored: {value.isoformat()}")
    return value.astimezone(UTC)


def _sqlite_text(value: datetime | None) -> str | None:
    """As SQLAlchemy writes it, `2026-11-23 02:00:00.000000`: texts that sort by time."""
    moment = _in_utc(value)
    return None if moment is None else moment.isoformat(" ", "microseconds")[:26]
