"""From the inbox to the dialogue and back: messages of different chats share a transaction, each chat keeps its order.

A batch that fails is rolled back and its messages run singly; one that keeps failing is parked for the bot operator,
and its sender gets one apology with a reference. Nothing is ever dropped, and nothing wedges the queue.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars

from bot.dialogue.message import Reply
from bot.dialogue.text import _
from bot.metrics import Metrics
from bot.talk import Talk
from storage.database import Database, transient
from storage.inbox import InboxRow
from storage.work import Work

log = structlog.get_logger()

Begin = Callable[[datetime], AbstractAsyncContextManager[Work]]

MOST_CHATS = 64
MOST_SECONDS = 0.1
"""A batch is bounded in messages and in time, so that nobody waits long for the company of others."""
TRIES = 3


class Intake:
    """Works the inbox off. `begin` is the transaction that also delivers to the console."""

    def __init__(self, db: Database, begin: Begin, talk: Talk[Any], metrics: Metrics) -> None:
        self._db = db
        self._begin = begin
        self._talk = talk
        self._metrics = metrics

    async def step(self, now: datetime) -> int:
        """Handle one batch; returns how many messages were dealt with (0: the inbox is empty)."""
        try:
            return await self._batch(now)
        except Exception as error:
            if not transient(error):
                log.exception("batch_failed_going_one_by_one")
        return await self._one_by_one(now)

    async def answer_stored(self, work: Work, now: datetime) -> bool:
        """Answer within `work` what it has just put into the inbox; False when some of it is left for later.

        What was waiting in those chats before goes first, and a chat that another replica holds is left alone.
        """
        stored = work.inbox.stored
        if not stored:
            return True
        started = time.monotonic()
        rows = await work.inbox.claim(MOST_CHATS, chats_only=list(dict.fromkeys(stored.values())))
        done = await self._answer_rows(work, rows, now)
        self._told(done, now, started)
        return stored.keys() <= {row.id for row in done}

    async def _batch(self, now: datetime) -> int:
        started = time.monotonic()
        async with self._begin(now) as work:
            done = await self._answer_rows(work, await work.inbox.claim(MOST_CHATS), now)
        self._told(done, now, started)
        return len(done)

    async def _answer_rows(self, work: Work, rows: Sequence[InboxRow], now: datetime) -> list[InboxRow]:
        """Answer these in order, as many as the time of a batch allows; which were answered."""
        done: list[InboxRow] = []
        await work.people.preload(row.person for row in rows if row.person)
        await work.conversations.preload(row.chat for row in rows)
        await work.outbox.preload_offered(row.person for row in rows if row.person)
        started = turn_started = time.monotonic()
        for row in rows:
            with told_of(row):
                await self._talk.answer(work, row, now)
            done.append(row)
            ended = time.monotonic()
            self._metrics.turns.observe(ended - turn_started)
            turn_started = ended
            if ended - started > MOST_SECONDS:
                break
        work.inbox.done(row.id for row in done)
        return done

    def _told(self, done: Sequence[InboxRow], now: datetime, started: float) -> None:
        if not done:
            return
        taken = time.monotonic() - started
        self._metrics.batches.observe(len(done))
        for row in done:
            self._metrics.answers.observe(max(0.0, (now - row.received_at).total_seconds()) + taken)

    async def _one_by_one(self, now: datetime) -> int:
        async with self._db.read(now) as work:
            chats = [row.chat for row in await work.inbox.claim(MOST_CHATS)]
        for chat in chats:
            await self._single(chat, now)
        return len(chats)

    async def _single(self, chat: int, now: datetime) -> None:
        row: InboxRow | None = None
        try:
            async with self._begin(now) as work:
                for row in await work.inbox.claim(1, chats_only=[chat]):
                    with told_of(row):
                        await self._talk.answer(work, row, now)
                    work.inbox.done([row.id])
        except Exception as error:
            if row is None:
                raise
            with told_of(row):
                log.exception("message_failed")
            self._metrics.turn_errors.inc()
            if await self._db.note_failure(row.id, f"{type(error).__name__}: {error}", park_after=TRIES):
                await self._apologise(row, now)

    async def _apologise(self, row: InboxRow, now: datetime) -> None:
        with told_of(row):
            log.error("message_parked")
        async with self._begin(now) as work:
            person = await work.people.get(row.person) if row.person else None
            if person is not None:
                text = _(
                    "抱歉，刚才这句话我们没能处理好，已经记下并转给技术同事，参考号 {reference}。急事请回复“人工”。"
                )
                self._talk.post(work, Reply(text.format(reference=reference(row))), person)


def reference(row: InboxRow) -> str:
    """What a person may quote and an operator look for in the log."""
    return f"E{row.id:06d}"


def told_of(row: InboxRow) -> AbstractContextManager[None]:
    """Every log line of this turn names it, its chat, and (once the desk has it in hand) its record."""
    return bound_contextvars(request=reference(row), chat=row.chat, record=None)
