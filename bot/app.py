"""The house put together: storage, dialogue, handlers, sweeps and the clock. The only place that knows everything."""

import asyncio
import contextlib
import gc
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import structlog

from bot.audit import Audit
from bot.channels.console import Changes
from bot.clock import Clock, MovableClock, SystemClock
from bot.config import Config
from bot.courier import Courier
from bot.delivery import Delivery
from bot.demo import DEMO, seed
from bot.intake import Intake
from bot.keeping import nightly_pruning
from bot.metrics import Metrics
from bot.network import House, Network
from bot.pulse import Pulse
from bot.sending import Sender
from bot.site_rules import SiteRules
from bot.talk import DRAFT, Talk
from domain.people import Person
from handlers.desk import BOOK, DUTIES, KEEPERS, NOTICES, commands, intercept, undelivered
from handlers.office import Office
from scheduler.duties import Duties, Duty
from scheduler.runner import Runner
from scheduler.sweeps import keep_promises
from storage.backlog import Backlog, read_backlog
from storage.database import Database
from storage.deadlines import DeadlineRow
from storage.engine import Limits
from storage.ledger import Sendable
from storage.people import CONSOLE
from storage.wakeups import News, Wakeups
from storage.work import Work

log = structlog.get_logger()

CLOCK_OFFSET = "clock_offset_seconds"
CLOCK_STANDS = "clock_stands_at"
"""Setting of a demo whose clock stands still until it is moved: what it shows can then be foretold to the minute."""
COLLECT_AFTER = (20_000, 20, 20)
"""Thresholds of the cyclic garbage collector: a batch makes thousands of objects, hardly any of them in cycles."""
SITES_SECONDS = 20.0
"""So often it is seen whether a roster was imported beside us."""
LOOK_AGAIN_SECONDS = 1.0
"""The reader of the inbox comes round so often even when nobody says anything, to show that it lives."""


class App:
    """One process of the house over one database. `settle` does everything that is due now, and nothing twice."""

    def __init__(
        self,
        config: Config,
        db: Database,
        clock: Clock,
        *,
        demo: bool,
        senders: Sequence[Sender] = (),
        networks: Sequence[Network] = (),
    ) -> None:
        self.config = config
        self.db = db
        self.clock = clock
        self.demo = demo
        self.changes = Changes()
        self.rules = SiteRules(config)
        self.replica = uuid.uuid4().hex
        """This process among those that share the database, while it lives."""
        self.wakeups = Wakeups(db.url, self.replica, self._heard) if db.many_writers else None
        self.delivery = Delivery(db, self._published, self._woken)
        self.talk = Talk(BOOK, self.office, self.rules, intercept)
        self.metrics = Metrics(db.engine.dialect.name)
        self.pulse = Pulse()
        self.readiness: dict[str, Callable[[], Awaitable[str]]] = {}
        """Further checks of /readyz: each gives `ok` or the reason."""
        self.intake = Intake(db, self.delivery.begin, self.talk, self.metrics)
        rows = [Duty(**row) for row in DUTIES]
        self.duties = Duties(rows, self.delivery.begin, self._office_of_time, self.rules)
        self.audit = Audit(config, db, self.delivery.begin, self.duties.overdue, self.metrics, holder=self.replica)
        self.retention = nightly_pruning(config, self.delivery.begin)
        self._keepers = self._make_keepers()
        self.networks = networks
        senders = (*(network.sender for network in networks), *senders)
        self.couriers = {sender.channel: self._courier(sender) for sender in senders}
        self._arrived = asyncio.Event()
        self._busy = asyncio.Lock()
        self._runner = Runner(self._tick)
        house = House(self.delivery.begin, clock, self.arrived, self.replica, commands())
        for network in networks:
            network.attach(house)
        self._sites_known_until = 0.0
        self.stopping = False
        self._reader: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._auditing: asyncio.Task[None] | None = None
        self._listening: list[asyncio.Task[None]] = []
        self._sending: list[asyncio.Task[None]] = []
        self._receiving: list[asyncio.Task[None]] = []

    @classmethod
    async def open(
        cls,
        config: Config,
        *,
        clock: Clock | None = None,
        demo: bool = False,
        senders: Sequence[Sender] = (),
        networks: Sequence[Network] = (),
    ) -> Self:
        """Open and migrate the database; a database marked demo gets the movable clock it was left with.

        `networks` are the channels in use beside the console, the one to be preferred first (`senders`: such as only
        send); everybody else has the console.

        `demo` marks an empty database as one and gives it the sample sites; one in use keeps what it is.
        """
        waits = config.database
        limits = Limits(waits.pool_size, waits.statement_seconds, waits.lock_seconds, waits.busy_seconds)
        sending = (*(network.sender for network in networks), *senders)
        channels = (*(sender.channel for sender in sending), CONSOLE)
        db = await Database.open(waits.url, channels, limits)
        await db.migrate()
        opened_at = clock.now() if clock else datetime.now(UTC)
        if demo:
            await seed(db, opened_at)
        async with db.read(opened_at) as work:
            demo = bool(await work.settings.get(DEMO, False))
            offset = timedelta(seconds=await work.settings.get(CLOCK_OFFSET, 0))
            stands = await work.settings.get(CLOCK_STANDS)
            sites = await work.people.sites()
        clock = clock or (_demo_clock(offset, stands) if demo else SystemClock())
        app = cls(config, db, clock, demo=demo, senders=senders, networks=networks)
        app.rules.learn(sites)
        return app

    async def close(self) -> None:
        """Leave what this process holds to others, and the database."""
        for courier in self.couriers.values():
            await courier.close(self.clock.now())
        await self.db.close()

    def office(self, work: Work, person: Person | None, channel: str, now: datetime) -> Office:
        return Office(work=work, rules_of=self.rules, notices=NOTICES, now=now, actor=person, channel=channel)

    def _office_of_time(self, work: Work, now: datetime) -> Office:
        """The office when nobody acts but the clock."""
        return self.office(work, None, "", now)

    # ------------------------------------------------------------------------------------------ doing what is due

    async def settle(self) -> None:
        """Drain inbox, sweeps, duties and outbox at the present moment, until nothing more is due."""
        async with self._busy:
            await self._settle()

    async def _settle(self) -> None:
        while True:
            now = self.clock.now()
            did = await self.intake.step(now)
            did += await keep_promises(self.delivery.begin, self._keepers, now)
            did += await self.duties.run_due(now)
            did += await self.delivery.deliver_due(now)
            if not self.started or self.stopping:  # else each has a loop of its own and waits for no sweep
                for courier in self.couriers.values():
                    did += await courier.flush(now)
            self.pulse.beat("sweeps")
            self.pulse.beat("sweeps_done")
            if not did:
                return

    async def next_due(self) -> datetime | None:
        """When something happens by itself next: a promise, a duty, or a message that waits for its hour."""
        async with self.db.read(self.clock.now()) as work:
            moments = [await work.deadlines.next_due(), await work.outbox.next_due(), self.duties.next_due()]
        moments += [courier.waiting_until for courier in self.couriers.values()]
        return min((moment for moment in moments if moment is not None), default=None)

    async def advance(self, by: timedelta) -> datetime:
        """Move a demo's or a test's clock, stopping at every due moment on the way. Raises ValueError if negative."""
        if by < timedelta(0) or not isinstance(self.clock, MovableClock):
            raise ValueError("only a movable clock moves, and only forward")
        async with self._busy:
            target = self.clock.now() + by
            await self._settle()
            while (due := await self.next_due()) is not None and due <= target:
                self.clock.move_to(max(due, self.clock.now()))
                before = due
                await self._settle()
                if await self.next_due() == before:
                    break  # what keeps failing waits for its retry; it must not stop the clock
            self.clock.move_to(target)
            await self._settle()
            now = self.clock.now()
            async with self.db.begin(now) as work:
                work.settings.set(CLOCK_OFFSET, self.clock.offset.total_seconds())
        self.changes.publish_clock()
        return now

    def arrived(self) -> None:
        """Something is in the inbox."""
        self._arrived.set()

    # -------------------------------------------------------------------------------------------------- running

    def start(self) -> None:
        """Read the inbox as messages arrive, and let the clock wake the sweeps."""
        loop = asyncio.get_running_loop()
        gc.freeze()  # what is loaded by now stays for good: a full collection need not walk over it
        gc.set_threshold(*COLLECT_AFTER)
        for part in ("intake", "sweeps", "sweeps_done"):
            self.pulse.beat(part)
        self._reader = loop.create_task(self._read())
        self._watch = loop.create_task(self.pulse.watch_loop(self.metrics.loop_lag.observe))
        self._auditing = loop.create_task(self.audit.run(self.clock))
        self._listening = [loop.create_task(self.wakeups.run())] if self.wakeups is not None else []
        self._sending = [loop.create_task(courier.run(self.clock)) for courier in self.couriers.values()]
        self._receiving = [loop.create_task(network.run()) for network in self.networks]
        self._runner.start()

    async def drain(self) -> None:
        """Take no new work from outside and do what is due already."""
        self.stopping = True
        for task in self._receiving:
            task.cancel()  # what is not committed is not confirmed: the service sends it again
        for network in self.networks:
            await network.let_go()
        for courier in self.couriers.values():
            courier.stop()
        if self._sending:
            await asyncio.wait(self._sending)
        await self.settle()
        for courier in self.couriers.values():
            await courier.let_go(self.clock.now())

    async def stop(self) -> None:
        """Finish the batch in hand and stop; what is left stands in the database."""
        self.stopping = True
        if self._reader is None or self._watch is None or self._auditing is None:
            return
        async with self._busy:  # stopping the runner cuts off a sweep in hand
            self._runner.stop()
        self._arrived.set()
        others = [self._watch, self._auditing, *self._listening, *self._sending, *self._receiving]
        for task in others:
            task.cancel()  # a sending cut off here stands in the ledger as maybe sent
        await asyncio.wait([self._reader, *others])

    @property
    def started(self) -> bool:
        return self._reader is not None

    @property
    def stopped(self) -> bool:
        """Whether messages are no longer read: not started yet, or going down."""
        return self.stopping or self._reader is None or self._reader.done()

    async def _read(self) -> None:
        while not self.stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                    await self._arrived.wait()
            try:
                if self._arrived.is_set():
                    self._arrived.clear()
                    await self._read_all()
            except Exception:
                log.exception("intake_failed")
            self.pulse.beat("intake")

    async def _read_all(self) -> None:
        """Batch after batch; between two of them a sweep has its turn, however much is said."""
        did = 1
        while did and not self.stopping:
            async with self._busy:
                did = await self.intake.step(self.clock.now())
            self.pulse.beat("intake")

    async def _tick(self) -> None:
        started = time.monotonic()
        try:
            await self._learn_sites(started)
            await self.settle()
            await self.retention.run_due(self.clock.now())
        except Exception:
            log.exception("sweep_failed")
            self.metrics.sweep_errors.inc()
        self.pulse.beat("sweeps")
        self.metrics.sweeps.observe(time.monotonic() - started)

    async def _learn_sites(self, moment: float) -> None:
        """The roster may be imported beside us: now and then see whether sites came, went or changed."""
        if moment < self._sites_known_until:
            return
        async with self.db.read(self.clock.now()) as work:
            if self.rules.learn(await work.people.sites()):
                self.duties.forget()
        self._sites_known_until = moment + SITES_SECONDS

    async def exposition(self) -> bytes:
        """The text of /metrics."""
        now = self.clock.now()

        async def read() -> Backlog:
            async with self.db.read(now) as work:
                return await read_backlog(work)

        return await self.metrics.page(self.pulse.ages(), now, read)

    # --------------------------------------------------------------------------------------------------- sending

    def _courier(self, sender: Sender) -> Courier:
        return Courier(
            sender,
            self.delivery.begin,
            self.db.read,
            self.config.delivery,
            self._undelivered,
            self.metrics,
            holder=self.replica,
        )

    def _published(self, person: str, message: int) -> None:
        self.changes.publish(person, message)
        if self.wakeups is not None:
            self.wakeups.tell(News({person: message}))

    def _woken(self, channels: frozenset[str]) -> None:
        ours = channels & self.couriers.keys()
        for channel in ours:
            self.couriers[channel].wake()
        if ours and self.wakeups is not None:
            self.wakeups.tell(News(channels=ours))

    def _heard(self, news: News) -> None:
        """Another replica has committed something for people or channels that may wait here."""
        for person, message in news.people.items():
            self.changes.publish(person, message)
        for channel in self.couriers.keys() & set(news.channels):
            self.couriers[channel].wake()

    async def _undelivered(self, work: Work, message: Sendable, now: datetime) -> None:
        await undelivered(self._office_of_time(work, now), message)

    # -------------------------------------------------------------------------------------------------- keepers

    def _make_keepers(self) -> Mapping[str, Callable[[Work, DeadlineRow, datetime], Awaitable[None]]]:
        def with_office(keep: Callable[[Office, DeadlineRow], Awaitable[Any]]) -> Any:
            async def kept(work: Work, row: DeadlineRow, now: datetime) -> None:
                await keep(self._office_of_time(work, now), row)

            return kept

        return {DRAFT: self.talk.wake, **{kind: with_office(keep) for kind, keep in KEEPERS.items()}}


def _demo_clock(offset: timedelta, stands: str | None) -> MovableClock:
    return MovableClock(offset, datetime.fromisoformat(stands) if stands else None)
