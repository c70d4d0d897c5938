"""Logs: readable lines on a terminal, JSON elsewhere; ids of records, never words or phone numbers of people.

What the desk's own lines say holds no personal data. `without_people` is the second net, for what errors of libraries
bring along. Every line, of a library too, takes the same way out.
"""

import asyncio
import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, cast

import structlog
from structlog.typing import EventDict, Processor

from bot.settings import LogSettings

log = structlog.get_logger()

_NOT_IN_A_WORD, _NOR_AFTER = r"(?<![0-9A-Za-z_.])", r"(?![0-9A-Za-z_])"
SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?m)^(\s*)DETAIL:.*$"), r"\1DETAIL: [left out]"),  # PostgreSQL tells the whole row
    (re.compile(r"\[parameters: .*?\](?=\s|$)", re.DOTALL), "[parameters left out]"),
    (re.compile(r"(?<=://)[^\s/:@]+:[^\s/@]+(?=@)"), "[account]"),
    (re.compile(r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}"), "[token]"),
    (re.compile(r"(?i)\b(bearer\s+|(?:access_token|key|code|secret|token|password)=)[^\s&\"']+"), r"\1[secret]"),
    (re.compile(_NOT_IN_A_WORD + r"\d{6}(?:18|19|20)\d{9}[\dXx]" + _NOR_AFTER), "[id number]"),
    (re.compile(_NOT_IN_A_WORD + r"(?:(?:\+|00)86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}" + _NOR_AFTER), "[phone]"),
    (re.compile(_NOT_IN_A_WORD + r"(?:0\d{2,3}-\d{7,8}|\+\d{8,15})" + _NOR_AFTER), "[phone]"),
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+"), "[mail]"),
)
OURS = frozenset({"timestamp", "level", "request", "logger"})
"""Made by ourselves: nothing to be found there, and nothing to be mistaken."""


def set_up_logs(settings: LogSettings) -> None:
    """Set the level and the shape of every log line of this process, those of libraries too."""
    plain = settings.format == "text" or (settings.format == "auto" and sys.stderr.isatty())
    level = getattr(logging, settings.level.upper())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_people,
    ]
    shape: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if plain
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, shape],
        )
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick left out because one runs is no news
    structlog.configure(
        processors=[*shared, shape],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def without_people(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Blacken what looks like a phone number, an identity number, a mail address or a secret, wherever it stands."""
    told = {key: value for key, value in event.items() if value is not None}
    return {key: value if key in OURS else _blackened(value) for key, value in told.items()}


def _blackened(value: Any) -> Any:
    if isinstance(value, str):
        for pattern, instead in SECRETS:
            value = pattern.sub(instead, value)
        return value
    if isinstance(value, Mapping):
        return {key: _blackened(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_blackened(inner) for inner in value]
    if isinstance(value, (bool, int, float, type(None))):
        return value
    return _blackened(str(value))


def log_lost_errors(loop: asyncio.AbstractEventLoop) -> None:
    """An error that nobody awaits is told once, as a line like the others, with what it was doing."""

    def tell(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        task = cast("asyncio.Task[Any] | None", context.get("task") or context.get("future"))
        name = task.get_coro() if isinstance(task, asyncio.Task) else None
        log.error(
            "task_failed",
            what=context.get("message", ""),
            task=getattr(name, "__qualname__", None),
            exc_info=error,
        )

    loop.set_exception_handler(tell)
