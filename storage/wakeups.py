"""News between replicas: PostgreSQL's NOTIFY, sent after the commit, on a session connection of its own (design §1).

It only ever says that a look may be worth it. Whatever is lost with a connection, everybody's polling finds.
"""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.engine import make_url

log = structlog.get_logger()

TOPIC = "huiyin"
GATHER = 0.02
"""Seconds in which news is gathered into one message."""
MOST_PEOPLE = 80
"""In one message; its size is limited to 8,000 bytes."""
TRY_AGAIN = 2.0


@dataclass(frozen=True, slots=True)
class News:
    """`people`: the last message id in the list of each; `channels`: where something is to be sent."""

    people: Mapping[str, int] = field(default_factory=dict)
    channels: Collection[str] = ()


class Wakeups:
    """`tell` the others, `heard` is called with what they tell. `run` until cancelled."""

    def __init__(self, url: str, replica: str, heard: Callable[[News], None]) -> None:
        self._address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._replica = replica
        self._heard = heard
        self._people: dict[str, int] = {}
        self._channels: set[str] = set()
        self._news = asyncio.Event()
        self.connected = asyncio.Event()

    def tell(self, news: News) -> None:
        """Costs nothing where nobody listens; returns at once."""
        if not self.connected.is_set():
            return
        self._people.update(news.people)
        self._channels.update(news.channels)
        self._news.set()

    async def run(self) -> None:
        while True:
            try:
                await self._converse()
            except Exception as error:  # noqa: BLE001 - whatever it was, the next connection may live
                log.warning("wakeups_interrupted", reason=type(error).__name__)
            finally:
                self.connected.clear()
            await asyncio.sleep(TRY_AGAIN)

    async def _converse(self) -> None:
        import asyncpg

        connection = await asyncpg.connect(self._address, server_settings={"application_name": "huiyin wake-ups"})
        try:
            connection.add_termination_listener(lambda _: self._news.set())
            await connection.add_listener(TOPIC, self._listen)
            self.connected.set()
            while True:
                await self._news.wait()
                await asyncio.sleep(GATHER)
                self._news.clear()
                for payload in self._payloads():
                    await connection.execute("SELECT pg_notify($1, $2)", TOPIC, payload)
                if connection.is_closed():
                    return
        finally:
            connection.terminate()

    def _payloads(self) -> list[str]:
        people, self._people = list(self._people.items()), {}
        channels, self._channels = sorted(self._channels), set()
        pages = [dict(people[first : first + MOST_PEOPLE]) for first in range(0, len(people), MOST_PEOPLE)]
        if channels and not pages:
            pages = [{}]
        return [json.dumps({"by": self._replica, "people": page, "channels": channels}) for page in pages]

    def _listen(self, _connection: Any, _pid: int, _topic: str, payload: str) -> None:
        try:
            told = json.loads(payload)
            if told["by"] != self._replica:
                self._heard(News({str(k): int(v) for k, v in told["people"].items()}, tuple(told["channels"])))
        except (ValueError, KeyError, TypeError, AttributeError):
            log.warning("wakeup_not_understood")
