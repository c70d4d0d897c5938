"""APScheduler as the clock: it wakes the sweeps, and holds no job of ours in memory or in a store."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler


class Runner:
    """Calls `tick` again and again; a tick still running is never doubled, and none is skipped as too late."""

    def __init__(self, tick: Callable[[], Awaitable[None]], every: timedelta = timedelta(milliseconds=500)) -> None:
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._scheduler.add_job(
            tick,
            "interval",
            seconds=every.total_seconds(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)
