"""The tables, one module a subject; `metadata` knows them all."""

from storage.tables import matters, messages, people, time
from storage.tables.types import metadata

__all__ = ["matters", "messages", "metadata", "people", "time"]
