"""The tables, one module a subject; `metadata` knows them all."""

from storage.tables import duty_log, matters, messages, people, privacy, time
from storage.tables.types import metadata

__all__ = ["duty_log", "matters", "messages", "metadata", "people", "privacy", "time"]
