"""What people say in the console, into their lists and the inbox: those who wait anyway share one transaction.

Whoever comes first while nobody writes does the writing for all who have come meanwhile; alone, a message is a batch of
one and waits for nobody. Each gets an answer of their own, or an error of their own.

While the house is running, the same transaction answers what it stores: a message and its reply cost one commit. The
inbox is used as ever (what was waiting before goes first, a chat that another replica holds is left to it), and if
anything goes wrong the messages are stored alone and the reader of the inbox takes it from there.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.app import App
from bot.channels.console import port
from storage.console import Saying
from storage.database import transient
from storage.inbox import InboxMessage
from storage.work import Work

log = structlog.get_logger()

CONSOLE = "console"
MOST_WAITING = 2_000
"""Messages in the inbox beyond which the console asks people to wait."""
MOST_TOGETHER = 128
SIDE_BY_SIDE = 2
"""Transactions at once where the database allows it: while one waits for the server, the other is worked out."""


@dataclass(slots=True)
class _Request:
    person: str
    incoming: port.Incoming
    answer: "asyncio.Future[int]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Accepting:
    """`accept` returns once the message is committed."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._waiting: list[_Request] = []
        self._in_hand: dict[str, _Request] = {}
        """A request of each person for whom something is being written: what they say next waits, so order holds."""
        self._turns = asyncio.Semaphore(SIDE_BY_SIDE if app.db.many_writers else 1)

    async def accept(self, person: str, incoming: port.Incoming) -> int:
        """The message's id in the person's list. Raises the port's errors."""
        request = _Request(person, incoming)
        self._waiting.append(request)
        async with self._turns:
            await asyncio.sleep(0)  # whoever is on the way in this very moment comes along
            while not request.answer.done():
                if batch := self._take():
                    try:
                        await self._write(batch)
                    finally:
                        self._put_down(batch)
                else:
                    await asyncio.wait([self._in_hand[person].answer])
        return await request.answer

    def _take(self) -> list[_Request]:
        """The next batch: the oldest requests, but for those of people for whom another batch is being written."""
        batch = [request for request in self._waiting if request.person not in self._in_hand][:MOST_TOGETHER]
        taken = set(map(id, batch))
        self._waiting = [request for request in self._waiting if id(request) not in taken]
        self._in_hand |= {request.person: request for request in batch}
        return batch

    def _put_down(self, batch: list[_Request]) -> None:
        """Nobody waits for ever: where the writing was cut off, so are those who waited for it."""
        for request in batch:
            self._in_hand.pop(request.person, None)
            request.answer.cancel()  # does nothing where the answer was given

    async def _write(self, batch: list[_Request]) -> None:
        """One that breaks the transaction is found by going one by one; the others do not suffer for it."""
        if self._app.started and not self._app.stopped and await self._write_and_answer(batch):
            return
        try:
            async with self._app.db.begin(self._app.clock.now()) as work:
                told = await self._store(work, batch)
        except Exception as error:  # noqa: BLE001  (raised where its sender waits)
            if len(batch) == 1:
                _settle(batch[0], error)
                return
            for request in batch:
                if not request.answer.done():
                    await self._write([request])
            return
        _settle_all(told)
        self._app.arrived()

    async def _write_and_answer(self, batch: list[_Request]) -> bool:
        """Store and answer in one transaction; False when that failed and nothing of it stands."""
        now = self._app.clock.now()
        try:
            async with self._app.delivery.begin(now) as work:
                told = await self._store(work, batch)
                answered = await self._app.intake.answer_stored(work, now)
        except Exception as error:
            if not transient(error):
                log.exception("answering_at_once_failed")
            return False
        _settle_all(told)
        if not answered:
            self._app.arrived()
        return True

    async def _store(self, work: Work, batch: list[_Request]) -> list[tuple[_Request, int | Exception]]:
        """Write what can be accepted, and say for each its message id or the error to raise once that is committed."""
        present = await work.people.present(request.person for request in batch)
        earlier = await work.console.with_client_ids(
            [(r.person, r.incoming.client_id) for r in batch if r.incoming.client_id is not None]
        )
        full = await work.inbox.pending() > MOST_WAITING
        told: list[tuple[_Request, int | Exception]] = []
        fresh: list[tuple[Saying, list[_Request]]] = []
        mine: dict[tuple[str, str], list[_Request]] = {}
        for request in batch:
            key = (request.person, request.incoming.client_id or "")
            if key in earlier:
                told.append((request, earlier[key]))
            elif key[1] and key in mine:
                mine[key].append(request)
            else:
                try:
                    saying = await self._saying(work, request, present, full)
                except port.DeskError as error:
                    told.append((request, error))
                else:
                    mine[key] = [request]
                    fresh.append((saying, mine[key]))
        ids = await self._insert(work, [(saying, requests[0].incoming) for saying, requests in fresh])
        for (_, requests), message in zip(fresh, ids, strict=True):
            told += [(request, message) for request in requests]
        return told

    async def _saying(self, work: Work, request: _Request, present: frozenset[str], full: bool) -> Saying:
        if request.person not in present:
            raise port.UnknownPerson("there is no such person")
        if full:
            self._app.metrics.pushed_back.inc()
            raise port.Backlog("too much is waiting", retry_after=5)
        incoming = request.incoming
        text, on = incoming.text, None
        if incoming.press is not None:
            text, on = await _pressed(work, request.person, incoming)
        rows = await work.media.get_many(incoming.media) if incoming.media else {}
        files = [{"media": m, "name": rows[m].name, "type": rows[m].type} for m in incoming.media if m in rows]
        return Saying(request.person, text, files, incoming.press, on, incoming.client_id)

    async def _insert(self, work: Work, accepted: Sequence[tuple[Saying, port.Incoming]]) -> list[int]:
        if not accepted:
            return []
        ids = await work.console.add_many([saying for saying, _ in accepted])
        messages = [
            InboxMessage(
                channel=CONSOLE,
                message_id=str(message),
                address=saying.person,
                payload=_payload(incoming, saying),
                at=work.now,
            )
            for (saying, incoming), message in zip(accepted, ids, strict=True)
        ]
        await work.inbox.add(messages)
        return ids


def _settle_all(told: list[tuple[_Request, int | Exception]]) -> None:
    for request, answer in told:
        _settle(request, answer)


def _settle(request: _Request, answer: int | Exception) -> None:
    """Give the answer, unless whoever asked has gone."""
    if request.answer.done():
        return
    if isinstance(answer, Exception):
        request.answer.set_exception(answer)
    else:
        request.answer.set_result(answer)


def _payload(incoming: port.Incoming, saying: Saying) -> dict[str, Any]:
    on = str(saying.reply_to) if saying.reply_to else None
    return {"text": incoming.text, "press": incoming.press, "on": on, "files": list(saying.attachments)}


async def _pressed(work: Work, person: str, incoming: port.Incoming) -> tuple[str, int]:
    """The label of the choice pressed, and the latest version of the message that offered it."""
    versions = await work.console.versions(person, incoming.message or 0)
    if not versions or versions[0].sender != "bot":
        raise port.UnknownMessage("there is no such message")
    offered = {value: label for version in versions for label, value, _enabled in version.choices}
    if incoming.press is None or incoming.press not in offered:
        raise port.UnknownChoice("the message never offered that")
    return offered[incoming.press], versions[-1].id
