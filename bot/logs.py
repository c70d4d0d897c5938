"""Logs: readable lines on a terminal, JSON elsewhere; ids of records, never words or phone numbers of people."""

import logging
import sys

import structlog

from bot.settings import LogSettings


def set_up_logs(settings: LogSettings) -> None:
    """Set the level and the shape of every log line of this process."""
    plain = settings.format == "text" or (settings.format == "auto" and sys.stderr.isatty())
    level = getattr(logging, settings.level.upper())
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if plain else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
