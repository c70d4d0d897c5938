"""The console's message lists, one a person, both directions; delivery to it is part of one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, cast, func, insert, select, tuple_

from storage.outbox import File, Offer, OutboxRow
from storage.people import CONSOLE
from storage.statement import write_returning
from storage.tables.messages import console_messages as t

if TYPE_CHECKING:
    from storage.work import Work

Many = list
"""`list` itself is a method of ConsoleMessages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleMessage:
    """One message of a person's list; `sender` is `bot` or `person`, `press` the value pressed."""

    id: int
    person: str
    sender: str
    text: str
    choices: list[Offer]
    attachments: list[File]
    reply_to: int | None
    edits: int | None
    slot: str | None
    at: datetime
    client_id: str | None
    outbox: int | None
    press: str | None


@dataclass(frozen=True, slots=True)
class Saying:
    """What a person says in the console: `text` is also the label of what was pressed, `press` its value."""

    person: str
    text: str
    attachments: Sequence[File] = ()
    press: str | None = None
    reply_to: int | None = None
    client_id: str | None = None


class ConsoleMessages:
    """`work.console`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(
        self,
        person: str,
        text: str,
        *,
        attachments: Sequence[File] = (),
        press: str | None = None,
        reply_to: int | None = None,
        client_id: str | None = None,
    ) -> int:
        """Put what the person said into their list and return its id; ask `with_client_id` first where one is given."""
        return (await self.add_many([Saying(person, text, attachments, press, reply_to, client_id)]))[0]

    async def add_many(self, sayings: Sequence[Saying]) -> Many[int]:
        """Put these into the lists of those who said them; their ids, in the same order."""
        self._work.collected.touch(t)
        rows = [
            {
                "person": saying.person,
                "sender": "person",
                "text": saying.text,
                "choices": [],
                "attachments": list(saying.attachments),
                "reply_to": saying.reply_to,
                "at": self._work.now,
                "client_id": saying.client_id,
                "press": saying.press,
            }
            for saying in sayings
        ]
        return [message for (message,) in await write_returning(self._work.connection, _ADD, rows)]

    async def with_client_id(self, person: str, client_id: str) -> int | None:
        """The id of the message that came with this client id before."""
        return (await self.with_client_ids([(person, client_id)])).get((person, client_id))

    async def with_client_ids(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """The ids of the messages that came with these client ids before, by person and client id."""
        if not wanted:
            return {}
        rows = (await self._work.connection.execute(_CLIENTS, {"wanted": sorted(wanted)})).all()
        return {(row.person, row.client_id): row.id for row in rows}

    async def get(self, person: str, message: int) -> ConsoleMessage | None:
        row = (await self._work.connection.execute(_GET, {"person": person, "message": message})).one_or_none()
        return None if row is None else _message(row)

    async def list(self, person: str, after: int | None = None, limit: int = 1000) -> Many[ConsoleMessage]:
        """The person's messages with a greater id than `after`, oldest first."""
        values = {"person": person, "after": after or 0, "limit": limit}
        return [_message(row) for row in (await self._work.connection.execute(_LIST, values)).all()]

    async def latest(self, person: str) -> int:
        """The id of the person's last message, 0 for an empty list."""
        return int((await self._work.connection.execute(_LATEST, {"person": person})).scalar() or 0)

    async def versions(self, person: str, message: int) -> Many[ConsoleMessage]:
        """Every version of one message, oldest first: what was edited into it, and what it was edited into."""
        known = {m.id: m for m in await self.list(person)}
        first = message
        while first in known and (before := known[first].edits) is not None:
            first = before
        chain = {first}
        for m in known.values():  # ids grow, so an edit comes after what it edits
            if m.edits in chain:
                chain.add(m.id)
        return [known[i] for i in sorted(chain) if i in known]

    async def has_media(self, person: str, media: str) -> bool:
        """Whether this stored file stands in a message of the person's list."""
        found = await self._work.connection.execute(_HAS_MEDIA, {"person": person, "part": f'%"{media}"%'})
        return found.first() is not None

    async def deliver(self, limit: int = 200) -> dict[str, int]:
        """Move pending messages to the console into the lists, exactly once.

        Returns for each person who got any the id of the last one.
        """
        waiting = await self._work.outbox.take(CONSOLE, self._work.now, limit)
        reached: dict[str, int] = {}
        while waiting:
            waiting = await self._deliver_round(waiting, reached)
        return reached

    async def _deliver_round(self, waiting: Many[OutboxRow], reached: dict[str, int]) -> Many[OutboxRow]:
        """Insert all but what edits a message of this very round; those and what follows them come in the next."""
        now, later = _part(waiting)
        targets = await self._last_of_slots(now)
        rows = [self._row(message, targets) for message in now]
        last = {(row["person"], row["edits"]): row["outbox"] for row in rows if row["edits"] is not None}
        kept = [
            row
            for message, row in zip(now, rows, strict=True)
            if last.get((row["person"], row["edits"]), row["outbox"]) == row["outbox"]
            and not _spends_nothing(message, row["edits"])
        ]
        ids = dict(await write_returning(self._work.connection, _DELIVER, kept)) if kept else {}
        for message in now:
            if message.id in ids:
                self._work.outbox.sent(message.id, str(ids[message.id]))
                reached[message.person] = ids[message.id]
            else:
                self._work.outbox.drop(message.id, "superseded or nothing to edit")
        return later

    async def _last_of_slots(self, messages: Many[OutboxRow]) -> dict[tuple[str, str], int]:
        slots = sorted({(m.person, m.slot) for m in messages if m.edit and m.target is None and m.slot is not None})
        if not slots:
            return {}
        rows = (await self._work.connection.execute(_LAST_OF_SLOTS, {"slots": slots})).all()
        return {(row.person, row.slot): row.last for row in rows}

    def _row(self, message: OutboxRow, targets: dict[tuple[str, str], int]) -> dict[str, Any]:
        edits = None
        if message.edit:
            edits = _number(message.target) or targets.get((message.person, message.slot or ""))
        return {
            "person": message.person,
            "sender": "bot",
            "text": message.text,
            "choices": message.choices,
            "attachments": message.attachments,
            "reply_to": _number(message.reply_to),
            "edits": edits,
            "slot": message.slot,
            "at": self._work.now,
            "outbox": message.id,
        }


def _part(waiting: list[OutboxRow]) -> tuple[list[OutboxRow], list[OutboxRow]]:
    """What can be inserted at once, and what must wait for an id; nobody's order changes."""
    now: list[OutboxRow] = []
    later: list[OutboxRow] = []
    slots: set[tuple[str, str]] = set()
    held: set[str] = set()
    for message in waiting:
        slot = (message.person, message.slot or "")
        if message.person in held or (message.edit and message.target is None and slot in slots):
            held.add(message.person)
            later.append(message)
        else:
            now.append(message)
            slots.add(slot)
    return now, later


def _spends_nothing(message: OutboxRow, edits: int | None) -> bool:
    """Whether it only takes the buttons off a message of its slot that this person never got."""
    return message.edit and edits is None and message.slot is not None and not message.choices


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _message(row: Any) -> ConsoleMessage:
    return ConsoleMessage(**row._asdict())


_ADD = insert(t).returning(t.c.id)
_DELIVER = insert(t).returning(t.c.outbox, t.c.id)
_MINE = t.c.person == bindparam("person")
_CLIENTS = select(t.c.id, t.c.person, t.c.client_id).where(
    tuple_(t.c.person, t.c.client_id).in_(bindparam("wanted", expanding=True))
)
_GET = select(t).where(_MINE, t.c.id == bindparam("message"))
_LIST = select(t).where(_MINE, t.c.id > bindparam("after")).order_by(t.c.id).limit(bindparam("limit"))
_HAS_MEDIA = select(t.c.id).where(_MINE, cast(t.c.attachments, String).like(bindparam("part"))).limit(1)
_LATEST = select(func.max(t.c.id)).where(_MINE)
_LAST_OF_SLOTS = (
    select(t.c.person, t.c.slot, func.max(t.c.id).label("last"))
    .where(tuple_(t.c.person, t.c.slot).in_(bindparam("slots", expanding=True)))
    .group_by(t.c.person, t.c.slot)
)
