"""Watches over the desk itself: nothing overdue and unhandled, nothing stuck, nothing forgotten.

What it asks the database does not go through the sweeps it watches. All is well: the dead-man's switch is visited. It
is not: the switch is left alone, and the operators named are told, once, and again while it lasts. One replica looks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.config import Config
from bot.dialogue.message import Reply
from bot.dialogue.text import Text, _, join
from bot.metrics import Metrics
from scheduler.sweeps import Begin
from storage.backlog import Backlog, forgotten, read_backlog
from storage.database import Database
from storage.outbox import rendered
from storage.work import Work

log = structlog.get_logger()

LEASE = "audit"
SETTING = "audit"
PING_SECONDS = 10
Overdue = Callable[[Work, datetime], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is stable and carries no personal data: it is what logs, metrics and repetitions go by."""

    code: str
    text: Text


class Audit:
    """`run` in a house that lives; `look` is one look."""

    def __init__(
        self, config: Config, db: Database, begin: Begin, duties_overdue: Overdue, metrics: Metrics, *, holder: str
    ) -> None:
        self._rules = config.heartbeat
        self._delivery = config.delivery
        self._db = db
        self._begin = begin
        self._duties_overdue = duties_overdue
        self._metrics = metrics
        self._holder = holder

    async def run(self, clock: Clock) -> None:
        while True:
            await asyncio.sleep(self._rules.every_seconds)
            try:
                await self.look(clock.now())
            except Exception:
                log.exception("audit_failed")

    async def look(self, now: datetime) -> list[Problem] | None:
        """What is wrong; None where another replica is the one who looks."""
        async with self._db.begin(now) as work:  # not the one that delivers: that would hide what it looks for
            until = now + timedelta(seconds=3 * self._rules.every_seconds)
            if await work.leases.hold(LEASE, self._holder, until) is None:
                return None
        async with self._db.read(now) as work:
            found = [*self._of_backlog(await read_backlog(work), now), *await self._of_records(work, now)]
        self._metrics.audit_problems.clear()
        for problem in found:
            self._metrics.audit_problems.labels(problem.code).set(1)
        self._metrics.audits.labels(str(not found).lower()).inc()
        await self._tell(found, now)
        if found:
            log.error("overdue_and_unhandled", problems=[problem.code for problem in found])
        elif self._rules.url:
            await self._visit(self._rules.url)
        return found

    def _of_backlog(self, backlog: Backlog, now: datetime) -> list[Problem]:
        grace, found = self._rules.grace_seconds, []
        if backlog.inbox.age(now) > grace:
            found.append(Problem("inbox", _("有 {n} 条来信没有处理").format(n=backlog.inbox.count)))
        if backlog.inbox_parked:
            found.append(Problem("inbox_parked", _("有 {n} 条来信处理不了，已搁置").format(n=backlog.inbox_parked)))
        if backlog.late.age(now) > grace:
            found.append(Problem("deadlines_late", _("有 {n} 个时限过时未办").format(n=backlog.late.count)))
        if backlog.deadlines_parked:
            text = _("有 {n} 个时限办不了，已搁置").format(n=backlog.deadlines_parked)
            found.append(Problem("deadlines_parked", text))
        for (channel, lane), queue in sorted(backlog.outbox.items()):
            if queue.age(now) > self._stuck_after[lane]:
                text = _("{channel} 有 {n} 条消息发不出去").format(channel=channel, n=queue.count)
                found.append(Problem(f"delivery:{channel}:{lane}", text))
        return found

    @property
    def _stuck_after(self) -> Mapping[str, float]:
        """Seconds by lane; a long bulk sending is no trouble before half its life is over."""
        rules = self._delivery
        return {"urgent": rules.urgent_stuck_seconds, "reply": rules.stuck_seconds, "bulk": rules.bulk_hours * 1800}

    async def _of_records(self, work: Work, now: datetime) -> list[Problem]:
        found = []
        if lost := await forgotten(work):
            found.append(Problem("forgotten", _("有 {n} 件投诉没有任何时限在走").format(n=len(lost))))
        grace = timedelta(seconds=self._rules.grace_seconds)
        if duties := await self._duties_overdue(work, now - grace):
            found.append(Problem("duties", _("有 {n} 项定时任务没有执行").format(n=len(duties))))
        return found

    async def _tell(self, found: Sequence[Problem], now: datetime) -> None:
        """The operators hear of what is new, of what lasts, and of the end."""
        async with self._begin(now) as work:
            before = await work.settings.get(SETTING) or {}
            codes, known = [problem.code for problem in found], set(before.get("codes", ()))
            again = timedelta(minutes=self._rules.repeat_minutes)
            told_at = datetime.fromisoformat(before["told_at"]) if "told_at" in before else None
            if found and (set(codes) - known or told_at is None or now - told_at >= again):
                title = _("⚠ 回音系统需要处理，请运行 huiyin doctor 查看：")
                await self._post(work, join(title, *(problem.text for problem in found)))
                told_at = now
            elif found:
                codes = sorted(known)
            elif known:
                await self._post(work, _("✓ 回音系统恢复正常。"))
            if found:
                work.settings.set(SETTING, {"codes": codes, "told_at": (told_at or now).isoformat()})
            elif known:
                work.settings.set(SETTING, {})

    async def _post(self, work: Work, text: Text) -> None:
        for phone in self._rules.operators:
            staff = [person for person in await work.people.by_phone(phone) if not person.resident and not person.left]
            for person in staff:
                work.outbox.post(rendered(Reply(text, lane="urgent"), person))

    async def _visit(self, url: str) -> None:
        import aiohttp

        try:
            limit = aiohttp.ClientTimeout(total=PING_SECONDS)
            async with aiohttp.ClientSession(timeout=limit) as client, client.get(url) as answer:
                result = "ok" if answer.status < 400 else str(answer.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            result = type(error).__name__
        if result != "ok":
            log.warning("heartbeat_failed", result=result)
        self._metrics.heartbeats.labels(result).inc()
