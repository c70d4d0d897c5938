"""The outbox: what is to be said to people, in lanes, each at most once where it has a key (design §1.4).

The console takes its messages from here; network channels take theirs through the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import insert

from bot.dialogue.message import Reply
from bot.dialogue.text import personal_in, render
from domain.people import Person
from storage.outbox_statements import (
    DROP,
    EXPIRE_ONE,
    NEXT,
    OFFERED,
    OFFERS,
    SENT,
    SLOTS,
    SUPERSEDE,
    TAKEABLE,
    WAITING,
    WITHDRAW,
)
from storage.tables.messages import outbox
from storage.writes import Lock, insert_or_ignore

if TYPE_CHECKING:
    from storage.work import Work

Lane = Literal["urgent", "reply", "bulk"]
PRIORITY: dict[str, int] = {"urgent": 0, "reply": 1, "bulk": 2}
Offer = tuple[str, str, bool]
"""Label, value, enabled."""
File = dict[str, str]
"""media, name, type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """One message to one person, in that person's language. The same `key` is posted once, ever.

    `edit` replaces the message `target` (the channel's id of it) or, without one, the last message of `slot`.
    """

    person: str
    lane: Lane
    text: str
    choices: Sequence[Offer] = ()
    attachments: Sequence[File] = ()
    slot: str | None = None
    edit: bool = False
    target: str | None = None
    key: str | None = None
    matter: str | None = None
    site: str = ""
    not_before: datetime | None = None
    expires_at: datetime | None = None
    reply_to: str | None = None
    shows: frozenset[str] = frozenset()
    """Whose telephone numbers stand in it, by person id: noted in the read log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One message of the ledger; `state` is pending, sending, sent, failed, dropped, superseded, withdrawn, expired."""

    id: int
    person: str
    channel: str
    lane: str
    matter: str
    text: str
    choices: list[Offer]
    attachments: list[File]
    slot: str | None
    edit: bool
    target: str | None
    reply_to: str | None
    key: str | None
    expires_at: datetime | None
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Offering:
    """What a message offered to whom; `latest` while nothing was offered to them since."""

    person: str
    text: str
    choices: list[Offer]
    latest: bool


def rendered(
    reply: Reply,
    person: Person,
    *,
    matter: str | None = None,
    key: str | None = None,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
    reply_to: str | None = None,
    target: str | None = None,
) -> OutboxMessage:
    """The reply as it goes to this person, in their language; `target` is the message an edit replaces, if known."""
    if reply.lane not in PRIORITY:
        raise ValueError(f"there is no lane {reply.lane}")
    return OutboxMessage(
        person=person.id,
        lane=cast(Lane, reply.lane),
        text=render(reply.text, person.language),
        choices=[(render(choice.label, person.language), choice.value, choice.enabled) for choice in reply.choices],
        attachments=[file.to_json() for file in reply.attachments],
        slot=reply.slot,
        edit=reply.edit,
        target=target,
        key=key,
        matter=matter,
        site=person.site,
        not_before=not_before,
        expires_at=expires_at,
        reply_to=reply_to,
        shows=personal_in(reply.text),
    )


class Outbox:
    """`work.outbox`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._posted: list[OutboxMessage] = []
        self._offered: dict[str, list[Offer]] = {}
        self.channels_posted: set[str] = set()
        """Where something new is to be sent, for whoever wakes the senders after the commit."""

    def post(self, message: OutboxMessage) -> None:
        """Write the message into the ledger; a pending edit of the same slot and person gives way to a newer one."""
        if message.edit and message.slot is not None:
            same = (message.person, message.slot)
            self._posted = [m for m in self._posted if not (m.edit and (m.person, m.slot) == same)]
        self._posted.append(message)
        for whose in message.shows:
            self._work.privacy.read(whose, (message.person,), "phone", message.matter or "")
        if message.choices:
            self._offered[message.person] = [(label, value, enabled) for label, value, enabled in message.choices]
        self._work.collected.touch(outbox)

    async def prepare(self) -> None:
        """Find each person's channel and queue the rows (called by the flush)."""
        posted, self._posted = self._posted, []
        channels = await self._work.bindings.channels_of({message.person for message in posted})
        statement = insert_or_ignore(self._work.dialect, outbox, "key")
        add = self._work.collected.add
        for message in posted:
            if message.edit and message.slot is not None:
                add(Lock.OUTBOX, outbox, SUPERSEDE, self._settled(person_is=message.person, slot_is=message.slot))
            row = self._row(message, channels[message.person])
            self.channels_posted.add(row["channel"])
            # A key may be there already; rows without one need no look.
            add(Lock.OUTBOX, outbox, _INSERT if message.key is None else statement, row, place=1)

    def _row(self, message: OutboxMessage, channel: str | None) -> dict[str, Any]:
        return {
            "person": message.person,
            "channel": channel or "none",
            "site": message.site,
            "lane": message.lane,
            "priority": PRIORITY[message.lane],
            "matter": message.matter or "",
            "text": message.text,
            "choices": [list(offer) for offer in message.choices],
            "offers": bool(message.choices),
            "attachments": list(message.attachments),
            "slot": message.slot,
            "edit": message.edit,
            "target": message.target,
            "reply_to": message.reply_to,
            "key": message.key,
            "not_before": message.not_before,
            "expires_at": message.expires_at,
            "state": "failed" if channel is None else "pending",
            "attempts": 0,
            "created_at": self._work.now,
            "settled_at": self._work.now if channel is None else None,
            "error": _NO_CHANNEL if channel is None else "",
        }

    def withdraw(self, slot: str, person: str | None = None) -> None:
        """Never send what is still pending of this slot, to one person or to all: it is obsolete."""
        self._posted = [m for m in self._posted if m.slot != slot or person not in (None, m.person)]
        self._work.collected.add(Lock.OUTBOX, outbox, WITHDRAW, self._settled(slot_is=slot, person_is=person), place=2)

    async def last_offered(self, person_id: str) -> list[tuple[str, str]]:
        """Label and value of each choice of the last message that offered any, so that "2" can be understood."""
        await self.preload_offered((person_id,))
        return [(label, value) for label, value, enabled in self._offered[person_id] if enabled]

    async def preload_offered(self, person_ids: Iterable[str]) -> None:
        """Read what was last offered to each of these people, in one query."""
        missing = sorted(set(person_ids) - self._offered.keys())
        if missing:
            rows = (await self._work.connection.execute(OFFERED, {"ids": missing})).all()
            self._offered.update({person: [] for person in missing})
            self._offered.update({row.person: [tuple(offer) for offer in row.choices] for row in rows})

    async def offers(self, ids: Iterable[int]) -> dict[int, Offering]:
        """What these messages of the ledger offered, by id; what is pruned or never was is left out."""
        await self._work.sees(outbox)
        rows = (await self._work.connection.execute(OFFERS, {"ids": sorted(set(ids))})).all()
        return {
            row.id: Offering(row.person, row.text, [tuple(offer) for offer in row.choices], row.id == row.latest)
            for row in rows
        }

    async def slots(self, channel: str, person: str, messages: Iterable[str]) -> dict[str, str]:
        """The slot of each message that this person has in the channel, by the channel's id of it."""
        values = {"channel": channel, "person_is": person, "given": sorted(set(messages))}
        rows = (await self._work.connection.execute(SLOTS, values)).all()
        return {row.channel_message: row.slot for row in rows}

    async def take(self, channel: str, now: datetime, limit: int) -> list[OutboxRow]:
        """All that may be delivered now, in order, for a channel that delivers inside this very transaction.

        What is past its expiry becomes `expired` instead.
        """
        await self._work.sees(outbox)
        rows = await self._pending(TAKEABLE, channel, now, limit)
        late = {row.id for row in rows if row.expires_at is not None and row.expires_at <= now}
        for message in late:
            self._work.collected.add(Lock.OUTBOX, outbox, EXPIRE_ONE, {"message": message, "now": now})
        return [row for row in rows if row.id not in late]

    async def _pending(self, statement: Any, channel: str, now: datetime, limit: int) -> list[OutboxRow]:
        rows = await self._work.connection.execute(statement, {"channel": channel, "now": now, "limit": limit})
        return [OutboxRow(**row._asdict()) for row in rows.all()]

    def sent(self, message: int, channel_message: str) -> None:
        self._work.collected.add(
            Lock.OUTBOX, outbox, SENT, {"message": message, "given": channel_message, "now": self._work.now}
        )

    def drop(self, message: int, reason: str) -> None:
        """Give it up without another try."""
        row = {"message": message, "why": reason[:2000], "now": self._work.now}
        self._work.collected.add(Lock.OUTBOX, outbox, DROP, row)

    async def waiting(self, channel: str | None = None) -> int:
        """How many messages are pending or being sent."""
        await self._work.sees(outbox)
        statement = WAITING if channel is None else WAITING.where(outbox.c.channel == channel)
        return int((await self._work.connection.execute(statement)).scalar_one())

    async def next_due(self) -> datetime | None:
        """When the next pending message that waits for its hour, or for another try, may be sent."""
        await self._work.sees(outbox)
        found: datetime | None = (await self._work.connection.execute(NEXT, {"now": self._work.now})).scalar()
        return found

    def _settled(self, **values: Any) -> dict[str, Any]:
        return values | {"now": self._work.now}


_NO_CHANNEL = "no channel reaches this person"
_INSERT = insert(outbox)
