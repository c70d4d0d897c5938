"""The limit: the standard library's driver in a worker thread, doing the statements of one of our turns."""

import asyncio
import json
import queue
import sqlite3
import threading
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.conversation import OPENING, QUESTIONS, RECEIVED, prompt
from benchmarks.durable import count_complaints, file_complaint, open_database, transaction
from benchmarks.subject import NoReplyError

SCHEMA = """
    CREATE TABLE IF NOT EXISTS inbox (
        id INTEGER PRIMARY KEY, channel TEXT NOT NULL, message TEXT NOT NULL, chat INTEGER NOT NULL,
        body TEXT NOT NULL, state TEXT NOT NULL, UNIQUE (channel, message));
    CREATE TABLE IF NOT EXISTS conversation (chat INTEGER PRIMARY KEY, answers TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS event (
        id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS deadline (
        chat INTEGER PRIMARY KEY, clause TEXT NOT NULL, due_at REAL NOT NULL, state TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS outbox (
        id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, key TEXT NOT NULL UNIQUE, body TEXT NOT NULL,
        state TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS console_message (
        id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, sender TEXT NOT NULL, body TEXT NOT NULL);
"""
SET_DEADLINE = """
    INSERT INTO deadline VALUES (?, 'draft', 0.0, 'open')
    ON CONFLICT (chat) DO UPDATE SET due_at = due_at + 1, state = 'open'
"""
SAVE_ANSWERS = "INSERT INTO conversation VALUES (?, ?) ON CONFLICT (chat) DO UPDATE SET answers = excluded.answers"


@dataclass
class Message:
    chat: int
    text: str
    done: asyncio.Future[None]
    inbox_id: int = 0
    outbox_id: int = 0
    reply: str = ""


@dataclass
class RawDriver:
    """`steps`: one transaction for all of a message, or three (accepted, turn, handed over).

    `batch`: how many waiting messages may share each transaction.
    """

    steps: int
    batch: int
    _waiting: queue.SimpleQueue[Message | None] = field(default_factory=queue.SimpleQueue)

    async def start(self, path: Path) -> None:
        self._db = open_database(path)
        self._db.executescript(SCHEMA)
        self._loop = asyncio.get_running_loop()
        self._worker = threading.Thread(target=self._work, daemon=True)
        self._worker.start()

    async def say(self, chat: int, text: str) -> None:
        message = Message(chat, text, self._loop.create_future())
        self._waiting.put(message)
        await message.done
        if not message.reply:
            raise NoReplyError(text)

    async def filed(self) -> int:
        return count_complaints(self._db)

    async def stop(self) -> None:
        self._waiting.put(None)
        await asyncio.to_thread(self._worker.join)
        self._db.close()

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            messages = [first]
            while len(messages) < self.batch and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    return
                messages.append(following)
            self._commit(messages)
            self._loop.call_soon_threadsafe(settle, messages)

    def _commit(self, messages: list[Message]) -> None:
        stages = (accept, take_turn, hand_over)
        for stage_group in [stages] if self.steps == 1 else [(stage,) for stage in stages]:
            with transaction(self._db):
                for stage in stage_group:
                    for message in messages:
                        stage(self._db, message)


def settle(messages: list[Message]) -> None:
    for message in messages:
        message.done.set_result(None)


def accept(db: sqlite3.Connection, message: Message) -> None:
    inserted = db.execute(
        "INSERT INTO inbox (channel, message, chat, body, state) VALUES ('console', hex(randomblob(8)), ?, ?, 'new')",
        (message.chat, json.dumps({"text": message.text}, ensure_ascii=False)),
    )
    message.inbox_id = inserted.lastrowid or 0


def take_turn(db: sqlite3.Connection, message: Message) -> None:
    db.execute("UPDATE inbox SET state = 'done' WHERE id = ?", (message.inbox_id,))
    converse(db, message)
    body = json.dumps({"text": message.text}, ensure_ascii=False)
    db.execute("INSERT INTO event (chat, kind, body) VALUES (?, 'answered', ?)", (message.chat, body))
    db.execute(SET_DEADLINE, (message.chat,))
    queued = db.execute(
        "INSERT INTO outbox (chat, key, body, state) VALUES (?, ?, ?, 'sending')",
        (message.chat, f"reply:{message.inbox_id}", json.dumps({"text": message.reply}, ensure_ascii=False)),
    )
    message.outbox_id = queued.lastrowid or 0


def hand_over(db: sqlite3.Connection, message: Message) -> None:
    db.execute("UPDATE outbox SET state = 'sent' WHERE id = ?", (message.outbox_id,))
    db.execute(
        "INSERT INTO console_message (chat, sender, body) VALUES (?, 'bot', ?)",
        (message.chat, json.dumps({"text": message.reply}, ensure_ascii=False)),
    )


def converse(db: sqlite3.Connection, message: Message) -> None:
    """Record the answer to the pending question and choose the reply; leave it empty when nothing fits."""
    row = db.execute("SELECT answers FROM conversation WHERE chat = ?", (message.chat,)).fetchone()
    if row is None:
        if message.text == OPENING:
            db.execute(SAVE_ANSWERS, (message.chat, "{}"))
            message.reply = prompt(QUESTIONS[0], {})
        return
    answers: dict[str, str] = json.loads(row[0])
    question = QUESTIONS[len(answers)]
    value = question.accept(message.text)
    if value is None:
        message.reply = prompt(question, answers)
        return
    answers[question.key] = value
    if len(answers) == len(QUESTIONS):
        file_complaint(db, message.chat, answers)
        db.execute("DELETE FROM conversation WHERE chat = ?", (message.chat,))
        message.reply = RECEIVED
    else:
        db.execute(SAVE_ANSWERS, (message.chat, json.dumps(answers, ensure_ascii=False)))
        message.reply = prompt(QUESTIONS[len(answers)], answers)
