"""What the desk counts for Prometheus, one registry for each house; docs/operating.md says what each figure means.

Counters and histograms are kept while working; what stands in the database is read when somebody scrapes.
"""

import math
import platform
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from storage.backlog import Backlog

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
WAITED = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300)
MESSAGES = (1, 2, 4, 8, 16, 32, 64, 128)

FRESH_SECONDS = 1.0
MOST_SHARE = 0.05
"""A reading is good for a second, and longer where it took long: scraping may take this share of the time."""


class Metrics:
    """`page` is what /metrics answers; the attributes are what others count with."""

    def __init__(self, database: str) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

        self._registry = registry = CollectorRegistry()
        ProcessCollector(namespace="huiyin", registry=registry)
        info = ["version", "python", "database"]
        built = Gauge("huiyin_build_info", "The program that runs", info, registry=registry)
        built.labels(program_version(), platform.python_version(), database).set(1)

        self.turns = Histogram("huiyin_turn_seconds", "One turn", buckets=QUICK, registry=registry)
        self.answers = Histogram("huiyin_answer_seconds", "Message to answer", buckets=WAITED, registry=registry)
        self.batches = Histogram("huiyin_batch_messages", "Messages a commit", buckets=MESSAGES, registry=registry)
        self.pushed_back = Counter("huiyin_pushed_back", "Messages asked to come later", registry=registry)
        self.turn_errors = Counter("huiyin_turn_errors", "Turns that failed", registry=registry)
        self.sweeps = Histogram("huiyin_sweep_seconds", "One pass of sweeps", buckets=QUICK, registry=registry)
        self.sweep_errors = Counter("huiyin_sweep_errors", "Passes of sweeps that failed", registry=registry)
        self.loop_lag = Histogram("huiyin_loop_lag_seconds", "Lateness of the loop", buckets=QUICK, registry=registry)
        by = ["channel", "code"]
        self.delivery_errors = Counter("huiyin_delivery_errors", "Failed sends", by, registry=registry)
        self.delivery_seconds = Histogram(
            "huiyin_delivery_seconds", "One call to the service", ["channel"], buckets=QUICK, registry=registry
        )
        self.delivery_waited = Histogram(
            "huiyin_delivery_waited_seconds",
            "From sendable to accepted",
            ["channel", "lane"],
            buckets=WAITED,
            registry=registry,
        )
        by = ["method", "route", "status"]
        self.requests = Counter("huiyin_http_requests", "HTTP requests answered", by, registry=registry)

        def gauge(name: str, meaning: str, *labels: str) -> Gauge:
            return Gauge(f"huiyin_{name}", meaning, labels, registry=registry)

        self._passes = gauge("last_pass_age_seconds", "Since the last pass", "part")
        self._inbox = gauge("inbox_pending", "Messages not yet handled")
        self._inbox_age = gauge("inbox_oldest_seconds", "Age of the oldest of them")
        self._inbox_parked = gauge("inbox_parked", "Messages that kept failing")
        self._outbox = gauge("outbox_pending", "Messages not yet sent", "channel", "lane")
        self._outbox_age = gauge("outbox_oldest_seconds", "Age of the oldest of them", "channel", "lane")
        self._late = gauge("deadlines_late", "Promises past their moment and not acted on")
        self._latest = gauge("deadlines_late_seconds", "How late the latest of them is")
        self._parked = gauge("deadlines_parked", "Promises that keep failing")
        self.audit_problems = gauge("audit_problems", "Overdue and unhandled, at the last look", "code")
        self.audits = Counter("huiyin_audits", "Looks at what is overdue", ["clean"], registry=registry)
        self.heartbeats = Counter("huiyin_heartbeats", "Visits to the dead-man's switch", ["result"], registry=registry)
        self._backed_up = gauge("backup_age_seconds", "Since the last huiyin backup; NaN before the first")
        self._backed_up.set(math.nan)
        self._fresh_until = 0.0

    async def page(self, ages: Mapping[str, float], now: datetime, read: Callable[[], Awaitable[Backlog]]) -> bytes:
        """The exposition text; `read` is asked again only when the last reading is no longer fresh."""
        from prometheus_client import generate_latest

        for part, age in ages.items():
            self._passes.labels(part).set(age)
        asked = time.monotonic()
        if asked >= self._fresh_until:
            self._show(await read(), now)
            taken = time.monotonic() - asked
            self._fresh_until = asked + max(FRESH_SECONDS, taken / MOST_SHARE)
        return generate_latest(self._registry)

    def _show(self, backlog: Backlog, now: datetime) -> None:
        self._inbox.set(backlog.inbox.count)
        self._inbox_age.set(backlog.inbox.age(now))
        self._inbox_parked.set(backlog.inbox_parked)
        self._outbox.clear()
        self._outbox_age.clear()
        for (channel, lane), queue in backlog.outbox.items():
            self._outbox.labels(channel, lane).set(queue.count)
            self._outbox_age.labels(channel, lane).set(queue.age(now))
        self._late.set(backlog.late.count)
        self._latest.set(backlog.late.age(now))
        self._parked.set(backlog.deadlines_parked)
        if backlog.backed_up_at is not None:
            self._backed_up.set((now - backlog.backed_up_at).total_seconds())


def program_version() -> str:
    """As it is installed; `unknown` when it runs without being installed."""
    try:
        return version("huiyin")
    except PackageNotFoundError:
        return "unknown"
