"""Recurring duties as data (§3.1): each has its times, its clause, and what becomes of it after downtime.

An occurrence is a row, unique by duty, site and moment, so it runs once however many replicas there are.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from structlog.contextvars import bound_contextvars

from domain.rules import Rules
from handlers.office import Office
from scheduler.sweeps import Begin
from storage.work import Work


class AfterDowntime(StrEnum):
    """What happens to occurrences that fell while the desk was down."""

    EACH = "each"
    LATEST = "latest"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Duty:
    """One row of §3.1. `skip_after` bounds how late an occurrence may still run under `SKIP`."""

    code: str
    clause: str
    times: Callable[[Rules], Sequence[time]]
    run: Callable[[Office, str, datetime], Awaitable[None]]
    after_downtime: AfterDowntime = AfterDowntime.LATEST
    skip_after: timedelta = timedelta(hours=1)

    def trigger(self, rules: Rules) -> OrTrigger:
        return OrTrigger(
            [
                CronTrigger(hour=at.hour, minute=at.minute, second=at.second, timezone=rules.zone)
                for at in self.times(rules)
            ]
        )

    def next_after(self, moment: datetime, rules: Rules) -> datetime | None:
        """The first occurrence strictly after `moment`."""
        found: datetime | None = self.trigger(rules).get_next_fire_time(None, moment + timedelta(microseconds=1))
        return found

    def missed(self, last: datetime, now: datetime, rules: Rules) -> list[datetime]:
        """The occurrences after `last` and up to `now` that are still to run, oldest first (at most 400)."""
        found: list[datetime] = []
        moment = self.next_after(last, rules)
        while moment is not None and moment <= now and len(found) < 400:
            found.append(moment)
            moment = self.next_after(moment, rules)
        match self.after_downtime:
            case AfterDowntime.EACH:
                return found
            case AfterDowntime.LATEST:
                return found[-1:]
            case AfterDowntime.SKIP:
                return [m for m in found if now - m <= self.skip_after]


OfficeFor = Callable[[Work, datetime], Office]
RulesOf = Callable[[str], Rules]


class Duties:
    """The duties of all sites. What is remembered here is only when to look next; the truth is the rows."""

    def __init__(self, duties: Sequence[Duty], begin: Begin, office_for: OfficeFor, rules_of: RulesOf) -> None:
        self._duties = tuple(duties)
        self._begin = begin
        self._office_for = office_for
        self._rules_of = rules_of
        self._next: dict[tuple[str, str], datetime] = {}

    async def run_due(self, now: datetime) -> int:
        """Run every occurrence that is due, each in a transaction of its own; returns how many ran."""
        await self._learn_sites(now)
        ran = 0
        for (code, site), due_at in sorted(self._next.items(), key=lambda item: item[1]):
            if due_at <= now:
                ran += await self._catch_up(self._duty(code), site, now)
        return ran

    def next_due(self) -> datetime | None:
        return min(self._next.values(), default=None)

    async def overdue(self, work: Work, now: datetime) -> list[str]:
        """Duties that should have run by `now` and did not, as "code site", read from the rows alone."""
        lasts, sites = await work.duties.lasts(), {site.id for site in await work.people.sites()}
        duties = {duty.code: duty for duty in self._duties}
        return [
            f"{code} {site}"
            for (code, site), last in sorted(lasts.items())
            if site in sites and code in duties and duties[code].missed(last, now, self._rules_of(site))
        ]

    def _duty(self, code: str) -> Duty:
        return next(duty for duty in self._duties if duty.code == code)

    async def _learn_sites(self, now: datetime) -> None:
        """On the first look, and after a roster import added a site: find out where each duty stands."""
        if self._next:
            return
        async with self._begin(now) as work:
            for site in await work.people.sites():
                for duty in self._duties:
                    last = await work.duties.last(duty.code, site.id)
                    if last is None:
                        # A new site or a new duty owes nothing for the past.
                        await work.duties.claim(duty.code, site.id, now)
                    self._schedule(duty, site.id, last or now)

    def _schedule(self, duty: Duty, site: str, after: datetime) -> None:
        due_at = duty.next_after(after, self._rules_of(site))
        if due_at is not None:
            self._next[duty.code, site] = due_at

    async def _catch_up(self, duty: Duty, site: str, now: datetime) -> int:
        async with self._begin(now) as work:
            last = await work.duties.last(duty.code, site) or now
        ran = 0
        for occurrence in duty.missed(last, now, self._rules_of(site)):
            async with self._begin(now) as work:
                if await work.duties.claim(duty.code, site, occurrence):
                    with bound_contextvars(request=f"{duty.code} {occurrence:%Y%m%dT%H%M}", record=None):
                        await duty.run(self._office_for(work, now), site, occurrence)
                    ran += 1
        self._schedule(duty, site, now)
        return ran

    def forget(self) -> None:
        """Look again at every site (after a roster import, or when the clock was moved)."""
        self._next.clear()
