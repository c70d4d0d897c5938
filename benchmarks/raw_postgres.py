"""The limit on PostgreSQL: asyncpg doing the statements of one of our turns, one transaction a message, in a pool."""

import json
from pathlib import Path

import asyncpg

from benchmarks.conversation import OPENING, QUESTIONS, RECEIVED, prompt
from benchmarks.subject import NoReplyError

CONNECTIONS = 16
"""As many as our own pool may open."""
SCHEMA = """
    CREATE TABLE complaint (id bigserial PRIMARY KEY, chat bigint NOT NULL, answers text NOT NULL);
    CREATE TABLE inbox (
        id bigserial PRIMARY KEY, channel text NOT NULL, message text NOT NULL, chat bigint NOT NULL,
        body text NOT NULL, state text NOT NULL, UNIQUE (channel, message));
    CREATE TABLE conversation (chat bigint PRIMARY KEY, answers text NOT NULL);
    CREATE TABLE event (id bigserial PRIMARY KEY, chat bigint NOT NULL, kind text NOT NULL, body text NOT NULL);
    CREATE TABLE deadline (
        chat bigint PRIMARY KEY, clause text NOT NULL, due_at double precision NOT NULL, state text NOT NULL);
    CREATE TABLE outbox (
        id bigserial PRIMARY KEY, chat bigint NOT NULL, key text NOT NULL UNIQUE, body text NOT NULL,
        state text NOT NULL);
    CREATE TABLE console_message (
        id bigserial PRIMARY KEY, chat bigint NOT NULL, sender text NOT NULL, body text NOT NULL)
"""
ACCEPT = """
    INSERT INTO inbox (channel, message, chat, body, state)
    VALUES ('console', gen_random_uuid()::text, $1, $2, 'new') RETURNING id
"""
SAVE_ANSWERS = "INSERT INTO conversation VALUES ($1, $2) ON CONFLICT (chat) DO UPDATE SET answers = excluded.answers"
SET_DEADLINE = """
    INSERT INTO deadline VALUES ($1, 'draft', 0.0, 'open')
    ON CONFLICT (chat) DO UPDATE SET due_at = deadline.due_at + 1, state = 'open'
"""
QUEUE = "INSERT INTO outbox (chat, key, body, state) VALUES ($1, $2, $3, 'sending') RETURNING id"


class RawPostgres:
    def __init__(self, url: str) -> None:
        self._url = url.replace("+asyncpg", "")

    async def start(self, _path: Path) -> None:
        self._pool = await asyncpg.create_pool(self._url, min_size=CONNECTIONS, max_size=CONNECTIONS)
        await self._pool.execute(SCHEMA)

    async def say(self, chat: int, text: str) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            reply = await turn(connection, chat, text)
        if not reply:
            raise NoReplyError(text)

    async def filed(self) -> int:
        return int(await self._pool.fetchval("SELECT count(*) FROM complaint"))

    async def stop(self) -> None:
        await self._pool.close()


async def turn(db: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", chat: int, text: str) -> str:
    """What `benchmarks.raw` does in its three stages."""
    said = json.dumps({"text": text}, ensure_ascii=False)
    inbox = await db.fetchval(ACCEPT, chat, said)
    await db.execute("UPDATE inbox SET state = 'done' WHERE id = $1", inbox)
    reply = await converse(db, chat, text)
    answer = json.dumps({"text": reply}, ensure_ascii=False)
    await db.execute("INSERT INTO event (chat, kind, body) VALUES ($1, 'answered', $2)", chat, said)
    await db.execute(SET_DEADLINE, chat)
    outbox = await db.fetchval(QUEUE, chat, f"reply:{inbox}", answer)
    await db.execute("UPDATE outbox SET state = 'sent' WHERE id = $1", outbox)
    await db.execute("INSERT INTO console_message (chat, sender, body) VALUES ($1, 'bot', $2)", chat, answer)
    return reply


async def converse(db: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", chat: int, text: str) -> str:
    """Record the answer to the pending question and choose the reply; empty when nothing fits."""
    stored = await db.fetchval("SELECT answers FROM conversation WHERE chat = $1", chat)
    if stored is None:
        if text != OPENING:
            return ""
        await db.execute(SAVE_ANSWERS, chat, "{}")
        return prompt(QUESTIONS[0], {})
    answers: dict[str, str] = json.loads(stored)
    question = QUESTIONS[len(answers)]
    value = question.accept(text)
    if value is None:
        return prompt(question, answers)
    answers[question.key] = value
    if len(answers) == len(QUESTIONS):
        body = json.dumps(answers, ensure_ascii=False)
        await db.execute("INSERT INTO complaint (chat, answers) VALUES ($1, $2)", chat, body)
        await db.execute("DELETE FROM conversation WHERE chat = $1", chat)
        return RECEIVED
    await db.execute(SAVE_ANSWERS, chat, json.dumps(answers, ensure_ascii=False))
    return prompt(QUESTIONS[len(answers)], answers)
