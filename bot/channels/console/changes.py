"""News of new messages, inside one process: what long polls and event streams wait for."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Subscription:
    """The latest message id of each person that has changed; a slow reader finds news merged, never a long queue."""

    def __init__(self) -> None:
        self._latest: dict[str, int] = {}
        self._clock_moved = False
        self._closed = False
        self._news = asyncio.Event()

    @property
    def closed(self) -> bool:
        return self._closed

    def tell(self, person_id: str, message_id: int) -> None:
        self._latest[person_id] = max(message_id, self._latest.get(person_id, 0))
        self._news.set()

    def tell_clock(self) -> None:
        self._clock_moved = True
        self._news.set()

    def close(self) -> None:
        self._closed = True
        self._news.set()

    async def news(self, seconds: float) -> tuple[dict[str, int], bool]:
        """Wait for news so long at most; return the latest ids by person, and whether the clock was moved."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return {}, False
        latest, clock_moved = self._latest, self._clock_moved
        self._latest, self._clock_moved = {}, False
        if not self._closed:
            self._news.clear()
        return latest, clock_moved

    async def news_of(self, person_id: str, seconds: float) -> None:
        """Wait until this person has something new, so long at most."""
        try:
            async with asyncio.timeout(seconds):
                while not self._closed and person_id not in (await self.news(seconds))[0]:
                    pass
        except TimeoutError:
            return


class Changes:
    """Whoever commits a message calls `publish`; everybody who subscribed hears of it."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()

    def __len__(self) -> int:
        return len(self._subscriptions)

    def publish(self, person_id: str, message_id: int) -> None:
        for subscription in self._subscriptions:
            subscription.tell(person_id, message_id)

    def publish_clock(self) -> None:
        for subscription in self._subscriptions:
            subscription.tell_clock()

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        subscription = Subscription()
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def close(self) -> None:
        """End every wait at once: the server is going down."""
        for subscription in self._subscriptions:
            subscription.close()
