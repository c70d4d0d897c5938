"""Token buckets: how fast one account, one chat, one group may be written to. No clock: every call is given `now`."""

import math
from collections.abc import Callable, Iterable
from datetime import datetime

from bot.sending import Rate

NEVER = float("-inf")
UNLIMITED = Rate(math.inf, 1.0)


class Bucket:
    """One rate, kept as the moment when the last message would have come at an even pace. Seconds since the epoch."""

    def __init__(self, rate: Rate) -> None:
        self._interval = rate.interval
        self._burst = rate.burst
        self._paced = NEVER
        self._held = NEVER

    def ready_at(self, leave: int = 0) -> float:
        """When the next message may go so that `leave` more could follow at once (none, where it takes no burst)."""
        slack = max(0, self._burst - 1 - leave) * self._interval
        return max(self._held, self._paced - slack)

    def take(self, now: float) -> None:
        self._paced = max(self._paced, now) + self._interval

    def hold(self, until: float) -> None:
        """The service asked for a rest."""
        self._held = max(self._held, until)

    def full_at(self) -> float:
        """From then on it remembers nothing."""
        return max(self._held, self._paced)

    def clock_went_back(self, by: float) -> None:
        self._paced -= by
        self._held -= by


class Rates:
    """The buckets of one account and of every chat it wrote to lately."""

    def __init__(self, whole: tuple[Rate, ...], of_chat: Callable[[str], tuple[Rate, ...]]) -> None:
        self._whole = [Bucket(rate) for rate in whole or (UNLIMITED,)]
        self._of_chat = of_chat
        self._chats: dict[str, list[Bucket]] = {}
        self._last = NEVER
        self.most_at_once = min((rate.burst for rate in whole), default=1)

    def at(self, moment: datetime) -> float:
        """The moment as seconds; where the clock was set back, what was booked ahead moves with it."""
        now = moment.timestamp()
        if now < self._last:
            for bucket in self._all():
                bucket.clock_went_back(self._last - now)
        self._last = now
        return now

    def ready_at(self, leave: int = 0) -> float:
        """When the account as a whole may send again."""
        return max((bucket.ready_at(leave) for bucket in self._whole), default=NEVER)

    def chat_ready_at(self, address: str, leave: int = 0) -> float:
        return max((bucket.ready_at(leave) for bucket in self._chats.get(address, ())), default=NEVER)

    def take(self, address: str, now: float) -> None:
        for bucket in (*self._whole, *self._buckets(address)):
            bucket.take(now)

    def hold(self, until: float, address: str | None = None) -> None:
        """Nothing goes to this chat, or to anybody, before then."""
        for bucket in self._whole if address is None else self._buckets(address):
            bucket.hold(until)

    def busy(self, now: float) -> list[str]:
        """Chats that must wait; those that have rested long enough are forgotten."""
        self._chats = {a: buckets for a, buckets in self._chats.items() if any(b.full_at() > now for b in buckets)}
        return [address for address in self._chats if self.chat_ready_at(address) > now]

    def next_ready(self, addresses: Iterable[str]) -> float:
        """When the first of these chats may be written to again."""
        return min((self.chat_ready_at(address) for address in addresses), default=NEVER)

    def _buckets(self, address: str) -> list[Bucket]:
        if address not in self._chats:
            self._chats[address] = [Bucket(rate) for rate in self._of_chat(address) or (UNLIMITED,)]
        return self._chats[address]

    def _all(self) -> Iterable[Bucket]:
        yield from self._whole
        for buckets in self._chats.values():
            yield from buckets
