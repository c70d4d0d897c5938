"""The sweep over due promises (design §1.3): oldest first, few at a time, one that keeps failing blocks nobody."""

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

import structlog
from structlog.contextvars import bound_contextvars

from bot.talk import DRAFT
from storage.deadlines import DeadlineRow
from storage.work import Work

log = structlog.get_logger()

Begin = Callable[[datetime], AbstractAsyncContextManager[Work]]
Keeper = Callable[[Work, DeadlineRow, datetime], Awaitable[None]]

MOST_SECONDS = 0.05
"""A transaction is bounded in rows and in time, so that people's messages get their turn."""
AT_MOST_TRIES = 6
FIRST_RETRY = timedelta(seconds=10)


async def keep_promises(begin: Begin, keepers: Mapping[str, Keeper], now: datetime, limit: int = 50) -> int:
    """Act on due promises, oldest first; returns how many rows were dealt with (0: nothing is due)."""
    try:
        async with begin(now) as work:
            started, did = time.monotonic(), 0
            for row in await work.deadlines.take_due(now, limit):
                await _keep(work, row, keepers, now)
                did += 1
                if time.monotonic() - started > MOST_SECONDS:
                    break
            return did
    except Exception:
        log.exception("sweep_failed_going_one_by_one")
    return await _one_by_one(begin, keepers, now, limit)


async def _keep(work: Work, row: DeadlineRow, keepers: Mapping[str, Keeper], now: datetime) -> None:
    # Marked first, so that the reconciliation inside the keeper sees it as acted on and never arms it again.
    work.deadlines.done(row, "acted")
    about = {"chat" if row.kind == DRAFT else "record": row.subject}
    with bound_contextvars(request=f"D{row.id:06d}", **about):
        await keepers[row.kind](work, row, now)


async def _one_by_one(begin: Begin, keepers: Mapping[str, Keeper], now: datetime, limit: int) -> int:
    async with begin(now) as work:
        rows = await work.deadlines.due(now, limit)
    for row in rows:
        try:
            async with begin(now) as work:
                if await work.deadlines.take(row):
                    await _keep(work, row, keepers, now)
        except Exception as error:
            log.exception("promise_failed", promise=row.what, subject=row.subject, attempts=row.attempts + 1)
            async with begin(now) as work:
                _count_failure(work, row, error, now)
    return len(rows)


def _count_failure(work: Work, row: DeadlineRow, error: Exception, now: datetime) -> None:
    """Back off exponentially; after `AT_MOST_TRIES` the row waits for the bot operator (`huiyin doctor`)."""
    if row.attempts + 1 >= AT_MOST_TRIES:
        log.error("promise_parked", promise=row.what, subject=row.subject)
        work.deadlines.park(row, repr(error))
    else:
        work.deadlines.fail(row, repr(error), now + FIRST_RETRY * 2**row.attempts)
