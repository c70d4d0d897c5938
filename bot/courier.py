"""Sends one channel account's messages from the ledger, as fast as the service permits (design §1.4).

One replica holds the account at a time. A round is one transaction: it settles what came back, then claims what may
go; only when that is committed are the messages handed over, side by side. Whatever is cut off leaves a row that says
how far it got.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import structlog

from bot.clock import Clock
from bot.metrics import Metrics
from bot.rates import Rates
from bot.sending import Later, Moved, Outcome, Refused, Sender, Sent, Unknown
from bot.settings import DeliverySettings
from bot.verdict import (
    BLOCKED,
    LEASE_OVER,
    NOT_BOUND,
    TOO_LATE,
    Again,
    Done,
    Dropped,
    GivenUp,
    Verdict,
    backoff,
    judge,
    too_late,
)
from storage.database import transient
from storage.ledger import Sendable
from storage.work import Work

log = structlog.get_logger()

Begin = Callable[[datetime], AbstractAsyncContextManager[Work]]
Undelivered = Callable[[Work, Sendable, datetime], Awaitable[None]]
"""Told, in the transaction that gives it up, of a message that no channel carries to its person."""

Judged = list[tuple[Sendable, Verdict]]

LOOK_AGAIN = timedelta(seconds=1)
"""The safety net below the wake-ups."""
GATHER = 0.01
"""Seconds in which answers that come together are settled together."""
TROUBLE = 3
"""Failures in a row after which it is the service that is ill, and only one message at a time is risked on it."""
MOST_AT_ONCE = 64
REMEMBERED = timedelta(hours=1)
"""The longest span over which any service counts."""


class Courier:
    """`run` in a house that lives, `flush` where time stands still between two steps."""

    def __init__(
        self,
        sender: Sender,
        begin: Begin,
        read: Begin,
        rules: DeliverySettings,
        undelivered: Undelivered,
        metrics: Metrics,
        *,
        holder: str,
        dice: Random | None = None,
    ) -> None:
        self.sender = sender
        self.waiting_until: datetime | None = None
        """When to come again for what waits for its turn; None while nothing does."""
        self._channel = sender.channel
        self._lease = f"send:{sender.channel}"
        self._begin = begin
        self._read = read
        self._rules = rules
        self._undelivered = undelivered
        self._metrics = metrics
        self._holder = holder
        self._dice = dice or Random()
        self._rates = Rates(sender.limits, sender.limits_of)
        self._people: dict[str, str] = {}
        self._fence: int | None = None
        self._held_until: datetime | None = None
        self._came_back: Judged = []
        self._in_hand: Counter[str] = Counter()
        self._on_the_way: Counter[str | None] = Counter()
        self._failures = 0
        self._news = asyncio.Event()
        self._stopping = False

    # ------------------------------------------------------------------------------------------------ when to look

    def wake(self) -> None:
        """There is something to send, or something came back."""
        self._news.set()

    async def run(self, clock: Clock) -> None:
        """Round after round until `stop`; then what is in hand comes to its end and the account is let go."""
        async with asyncio.TaskGroup() as tasks:
            while not self._stopping:
                try:
                    await self.round(clock.now(), tasks, clock)
                except Exception:
                    log.exception("delivery_round_failed", channel=self._channel)
                    await asyncio.sleep(LOOK_AGAIN.total_seconds())
                await self._rest(clock.now())
        await self.let_go(clock.now())

    def stop(self) -> None:
        self._stopping = True
        self._news.set()

    async def flush(self, now: datetime) -> int:
        """Send all that may go at this moment and wait for the answers; returns how many messages were tried."""
        tried = 0
        while True:
            async with asyncio.TaskGroup() as tasks:
                claimed = await self.round(now, tasks, None)
            tried += claimed
            if not claimed and not self._came_back:
                return tried

    async def let_go(self, now: datetime) -> None:
        """Settle what has come back and leave the account to the next replica."""
        came_back, self._came_back = self._came_back, []
        async with self._begin(now) as work:
            hopeless = await self._settle(work, came_back)
            await work.leases.release(self._lease, self._holder)
        self._fence = None
        for message, verdict in hopeless:
            await self._give_up(message, verdict, now)

    async def close(self, now: datetime) -> None:
        """Once nothing is sent any more."""
        if self._fence is not None or self._came_back:
            await self.let_go(now)
        await self.sender.close()

    async def _rest(self, now: datetime) -> None:
        until = min(now + LOOK_AGAIN, self.waiting_until or now + LOOK_AGAIN)
        try:
            async with asyncio.timeout(max(0.0, (until - now).total_seconds())):
                await self._news.wait()
            await asyncio.sleep(GATHER)
        except TimeoutError:
            pass
        self._news.clear()

    # -------------------------------------------------------------------------------------------------- one round

    async def round(self, now: datetime, tasks: asyncio.TaskGroup, clock: Clock | None) -> int:
        """Settle, claim, commit, hand over; returns how many messages were claimed."""
        if not self._came_back and self._held_until is not None and now < self._held_until:
            async with self._read(now) as work:
                idle = not await work.ledger.anything(self._channel)
                later = await work.ledger.next_due(self._channel) if idle else None
            if idle:
                self.waiting_until = later
                return 0
        came_back, self._came_back = self._came_back, []
        try:
            chosen, hopeless = await self._settle_and_claim(came_back, now)
        except BaseException:
            self._came_back = came_back + self._came_back  # settling twice changes nothing
            raise
        for message in chosen:
            self._in_hand[message.lane] += 1
            self._on_the_way[message.address] += 1
            tasks.create_task(self._hand_over(message, now, clock))
        for message, verdict in hopeless:
            await self._give_up(message, verdict, now)
        return len(chosen) + len(hopeless)

    async def _settle_and_claim(self, came_back: Judged, now: datetime) -> tuple[list[Sendable], Judged]:
        """What may be handed over once this is committed, and what has to be given up."""
        chosen: list[Sendable] = []
        async with self._begin(now) as work:
            hopeless = await self._settle(work, came_back)
            if await self._hold(work, now):
                hopeless += await self._settle(work, await self._maybe_sent(work, now))
                chosen = await self._choose(work, now, hopeless)
        return chosen, hopeless

    async def _hold(self, work: Work, now: datetime) -> bool:
        """Be the one who sends for this account; a new holder finds out what the last one has used up."""
        until = now + timedelta(seconds=self._rules.holder_seconds)
        fence = await work.leases.hold(self._lease, self._holder, until)
        if fence is None:
            self._fence = None
            self._held_until = None
            self.waiting_until = now + LOOK_AGAIN
            return False
        if fence != self._fence:
            self._rates = Rates(self.sender.limits, self.sender.limits_of)
            for address, moment in await work.ledger.recent(self._channel, now - REMEMBERED):
                self._rates.take(address, moment.timestamp())
            log.info("delivery_held", channel=self._channel, fence=fence)
        self._fence = fence
        self._held_until = now + timedelta(seconds=self._rules.holder_seconds / 3)
        return True

    async def _choose(self, work: Work, now: datetime, hopeless: Judged) -> list[Sendable]:
        """Claim what lanes and rates let go, urgent first; what can never go joins the hopeless."""
        chosen: list[Sendable] = []
        lease_until = now + timedelta(seconds=self._rules.lease_seconds)
        moment = self._rates.at(now)
        looked_at: set[int] = set()
        self.waiting_until = None
        while True:
            rows = await work.ledger.sendable(self._channel, MOST_AT_ONCE, self._busy_people(moment))
            fresh = [row for row in rows if row.id not in looked_at]
            if not fresh:
                break
            targets = await work.ledger.targets(fresh)
            for row in fresh:
                looked_at.add(row.id)
                if row.expires_at is not None and row.expires_at <= now:
                    work.ledger.expire(row)
                elif (why := self._hopeless(row, now)) is not None:
                    hopeless.append((row, GivenUp(why)))
                elif row.edit and row.target is None and row.id not in targets and not row.choices and row.slot:
                    work.ledger.dropped(row, "nothing to edit")
                elif not self._has_room(row.lane, chosen) or self._rates.ready_at(_leaves(row)) > moment:
                    self._come_again(row, moment)
                    return chosen
                else:
                    self._people[row.address or ""] = row.person
                    if self._rates.chat_ready_at(row.address or "") > moment or self._would_overtake(row, chosen):
                        continue
                    self._rates.take(row.address or "", moment)
                    work.ledger.claim(row, self._holder, lease_until)
                    target = row.target or targets.get(row.id)
                    chosen.append(replace(row, attempts=row.attempts + 1, target=target))
        await self._come_again_for_others(work)
        return chosen

    def _hopeless(self, row: Sendable, now: datetime) -> str | None:
        """Why this channel need not even try."""
        if row.address is None:
            return NOT_BOUND
        return TOO_LATE if too_late(row, now, self._rules) else BLOCKED if row.blocked else None

    def _would_overtake(self, row: Sendable, chosen: list[Sendable]) -> bool:
        """Two edits may mean the same message: what is on its way to the chat arrives first."""
        return row.edit and (self._on_the_way[row.address] > 0 or any(row.address == c.address for c in chosen))

    def _has_room(self, lane: str, chosen: list[Sendable]) -> bool:
        """Replies leave a place for urgent pings, and bulk leaves half; a service that is ill gets one at a time."""
        lanes = self._rules.lanes
        if self._failures >= TROUBLE:
            return not chosen and not self._in_hand.total()
        most = {"urgent": lanes, "reply": max(1, lanes - 1), "bulk": max(1, lanes // 2)}[lane]
        return self._in_hand.total() + len(chosen) < most

    def _busy_people(self, moment: float) -> list[str]:
        busy = self._rates.busy(moment)
        self._people = {address: self._people[address] for address in busy if address in self._people}
        return list(self._people.values())

    def _come_again(self, first: Sendable, moment: float) -> None:
        """For bulk, when there is something to claim together; for anybody else at once."""
        together = self._rates.most_at_once // 2 if first.lane == "bulk" else 0
        ready = max(self._rates.ready_at(together), moment)
        self.waiting_until = _moment(ready) if ready > moment else _moment(moment) + LOOK_AGAIN

    async def _come_again_for_others(self, work: Work) -> None:
        """All that is left waits for its chat, for its hour, or for another try."""
        later = [await work.ledger.next_due(self._channel)]
        if self._people:
            later.append(_moment(self._rates.next_ready(self._people)))
        self.waiting_until = min((moment for moment in later if moment is not None), default=None)

    # --------------------------------------------------------------------------------------------- what came of it

    async def _hand_over(self, message: Sendable, now: datetime, clock: Clock | None) -> None:
        lane, started = message.lane, asyncio.get_running_loop().time()
        outcome: Outcome
        try:
            if clock is not None and clock.now() - now > timedelta(seconds=self._rules.lease_seconds / 2):
                outcome = Later(LEASE_OVER)  # we were held up; by now another replica may think it lost
            else:
                async with asyncio.timeout(self._rules.timeout_seconds):
                    outcome = await self.sender.send(message)
        except TimeoutError:
            outcome = Unknown("timeout")
        except Exception as error:
            log.exception("sender_failed", channel=self._channel, outbox=message.id)
            outcome = Unknown(type(error).__name__)
        finally:
            self._in_hand[lane] -= 1
            self._on_the_way -= Counter([message.address])
        ended = clock.now() if clock is not None else now
        self._observe(message, outcome, ended, asyncio.get_running_loop().time() - started)
        keys = self.sender.takes_keys
        verdict = judge(message, outcome, ended, self._rules, takes_keys=keys, dice=self._dice)
        self._came_back.append((message, verdict))
        self._news.set()

    def _observe(self, message: Sendable, outcome: Outcome, now: datetime, seconds: float) -> None:
        """Keep to what the service says, and count."""
        self._metrics.delivery_seconds.labels(self._channel).observe(seconds)
        if isinstance(outcome, Sent):
            waited = (now - message.sendable_since).total_seconds()
            self._metrics.delivery_waited.labels(self._channel, message.lane).observe(max(0.0, waited))
            for _ in range(outcome.calls - 1):
                self._rates.take(message.address or "", self._rates.at(now))
                self._people[message.address or ""] = message.person
        else:
            code = "moved" if isinstance(outcome, Moved) else outcome.code
            self._metrics.delivery_errors.labels(self._channel, code).inc()
        if isinstance(outcome, Sent | Refused | Moved):
            self._failures = 0
        elif isinstance(outcome, Later) and outcome.seconds is not None:
            whose = None if outcome.everybody else message.address
            self._rates.hold(self._rates.at(now) + outcome.seconds, whose)
        else:
            self._failures += 1
            if self._failures >= TROUBLE:
                rest = min(60.0, backoff(self._failures - TROUBLE + 1, self._rules, self._dice))
                self._rates.hold(self._rates.at(now) + rest)

    async def _settle(self, work: Work, judged: Judged) -> Judged:
        """Write down what came of them; what was given up is returned, for a transaction of its own each."""
        return [(message, verdict) for message, verdict in judged if not await self._settled(work, message, verdict)]

    async def _maybe_sent(self, work: Work, now: datetime) -> Judged:
        lost, keys = Unknown("lease_expired"), self.sender.takes_keys
        found = await work.ledger.maybe_sent(self._channel)
        return [(m, judge(m, lost, now, self._rules, takes_keys=keys, dice=self._dice)) for m in found]

    async def _settled(self, work: Work, message: Sendable, verdict: Verdict) -> bool:
        match verdict:
            case Done(given):
                work.ledger.sent(message, given)
            case Again(code, at, uncertain, address):
                work.ledger.again(message, code, at, uncertain=uncertain)
                if address is not None and message.address is not None:
                    await work.bindings.move(self._channel, message.address, address)
            case Dropped(code):
                work.ledger.dropped(message, code, uncertain=True)
                log.warning("maybe_sent_not_repeated", channel=self._channel, outbox=message.id, code=code)
            case GivenUp():
                return False
        return True

    async def _give_up(self, message: Sendable, verdict: Verdict, now: datetime) -> None:
        """Another channel of the same person takes it, else whoever can is told: nobody is silently missed."""
        code = verdict.code if isinstance(verdict, GivenUp) else ""
        try:
            async with self._begin(now) as work:
                if isinstance(verdict, GivenUp) and verdict.gone and message.address is not None:
                    await work.bindings.set_blocked(self._channel, message.address, blocked=True)
                other = await work.ledger.other_channel(message)
                if other is not None:
                    work.ledger.reroute(message, code, other)
                else:
                    await self._undelivered(work, message, now)
                    work.ledger.failed(message, code)
        except Exception as error:
            if transient(error):
                self._came_back.append((message, verdict))
                self._news.set()
                return
            log.exception("undelivered_failed", channel=self._channel, outbox=message.id)
            async with self._begin(now) as work:
                work.ledger.failed(message, f"{code}; {type(error).__name__}")
            other = None
        log.warning("undelivered", channel=self._channel, outbox=message.id, code=code, then=other or "nobody")


def _leaves(message: Sendable) -> int:
    """How much of the account's burst it leaves to others."""
    return 1 if message.lane == "bulk" else 0


def _moment(seconds: float) -> datetime:
    """Never before it: a moment has whole microseconds."""
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=1)
