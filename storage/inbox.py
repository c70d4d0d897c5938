"""The inbox: everything said is a row before it is acknowledged; each chat is worked in order by one worker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, bindparam, func, select, tuple_, update

from storage.people import CONSOLE
from storage.statement import write_returning
from storage.tables.messages import chats, inbox
from storage.tables.people import bindings
from storage.tables.types import PARKED, PENDING
from storage.writes import Lock, insert_or_ignore

if TYPE_CHECKING:
    from storage.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxMessage:
    """One raw message on its way in. `address` is the chat's address on the channel, `at` the platform's time."""

    channel: str
    message_id: str
    address: str
    payload: dict[str, Any]
    at: datetime
    held_until: datetime | None = None
    """It waits, and its chat with it, for files that are being fetched; until then at the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One message to be handled; `person` is None where the address is bound to nobody."""

    id: int
    chat: int
    person: str | None
    channel: str
    address: str
    message_id: str
    payload: dict[str, Any]
    at: datetime
    received_at: datetime
    attempts: int
    error: str


class Inbox:
    """`work.inbox`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.stored: dict[int, int] = {}
        """What this work has put in: the chat of each message."""

    async def add(self, messages: Sequence[InboxMessage]) -> list[int]:
        """Store what is new and return its ids; what came before (channel and message id) is ignored."""
        if not messages:
            return []
        self._work.collected.touch(inbox)
        chat_ids = await self._chats({(m.channel, m.address) for m in messages})
        rows = [
            {
                "channel": m.channel,
                "message_id": m.message_id,
                "chat": chat_ids[(m.channel, m.address)],
                "payload": m.payload,
                "at": m.at,
                "received_at": self._work.now,
                "state": "pending",
                "attempts": 0,
                "retry_at": m.held_until,
            }
            for m in messages
        ]
        added = dict(await write_returning(self._work.connection, _add(self._work.dialect), rows))
        self.stored.update(added)
        return sorted(added)

    async def _chats(self, addresses: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """The id of each chat; a chat comes to be with its first message."""
        wanted = sorted(addresses)
        found = await self._chat_ids(wanted)
        new = [address for address in wanted if address not in found]
        if new:
            people = await self._bound(new)
            rows = [
                {"channel": channel, "address": at, "person": people.get((channel, at)), "created_at": self._work.now}
                for channel, at in new
            ]
            await self._work.connection.execute(insert_or_ignore(self._work.dialect, chats, "channel", "address"), rows)
            found |= await self._chat_ids(new)
        return found

    async def _chat_ids(self, addresses: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
        rows = (await self._work.connection.execute(_CHATS, {"addresses": addresses})).all()
        return {(row.channel, row.address): row.id for row in rows}

    async def _bound(self, addresses: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
        consoles = {at: at for channel, at in addresses if channel == CONSOLE}
        await self._work.people.preload(consoles)
        known = {(CONSOLE, p.id): p.id for p in await self._work.people.all(consoles)}
        rows = (await self._work.connection.execute(_BOUND, {"addresses": addresses})).all()
        return known | {(row.channel, row.address): row.person for row in rows}

    async def claim(self, limit: int, chats_only: Sequence[int] | None = None) -> list[InboxRow]:
        """The oldest pending message of each of up to `limit` chats, their chat rows locked until this work ends.

        A chat whose oldest message is backing off, or which another worker holds, is left out; nothing overtakes.
        `chats_only` limits the claim to these chats (for running the messages of a failed batch singly).
        """
        await self._work.sees(inbox)
        run = self._work.connection.execute
        waiting = list(chats_only) if chats_only is not None else await self._waiting_chats(limit)
        if not waiting:
            return []
        held = sorted(waiting)
        if self._work.dialect != "sqlite":  # there, whoever writes has the file for themselves
            # A statement of its own: what another worker finished before we got the lock must be seen as finished.
            held = list((await run(_HOLD, {"ids": held})).scalars())
        rows = (await run(_OLDEST, {"ids": held})).all()
        ready = [row for row in rows if row.retry_at is None or row.retry_at <= self._work.now]
        return [_row(row) for row in ready[:limit]]

    async def _waiting_chats(self, limit: int) -> list[int]:
        """Chats with something pending, the longest waiting first; others' locked ones may be among them."""
        window = max(4 * limit, 64)
        rows = (await self._work.connection.execute(_PENDING, {"window": window})).scalars().all()
        found = list(dict.fromkeys(rows))
        if len(found) < limit and len(rows) == window:  # a few chats flood the window
            found = list((await self._work.connection.execute(_PENDING_CHATS, {"window": window})).scalars())
        return found[: 2 * limit]

    async def ids(self, channel: str, message_ids: Sequence[str]) -> dict[str, int]:
        """The row of each of these messages, if this very work has put it in."""
        if not self.stored:
            return {}
        rows = (await self._work.connection.execute(_IDS_OF, {"on": channel, "given": list(message_ids)})).all()
        return {row.message_id: row.id for row in rows if row.id in self.stored}

    async def held(self, channel: str) -> list[InboxRow]:
        """Messages of the channel that wait for their files, oldest first."""
        await self._work.sees(inbox)
        rows = (await self._work.connection.execute(_HELD, {"on": channel, "now": self._work.now})).all()
        return [row for row in map(_row, rows) if "fetch" in row.payload]

    async def let_go(self, message: int, payload: dict[str, Any]) -> None:
        """Its files are here, or never will be: it is handled next."""
        self._work.collected.touch(inbox)
        await self._work.connection.execute(_LET_GO, {"message": message, "holds": payload})

    async def pending(self) -> int:
        await self._work.sees(inbox)
        return int((await self._work.connection.execute(_COUNT)).scalar_one())

    def done(self, ids: Iterable[int]) -> None:
        for message in ids:
            self._settle(message, "done", "")

    def fail(self, message: int, error: str) -> None:
        """Count a failed attempt in this work; `Database.note_failure` does so outside a failed one."""
        self._work.collected.add(Lock.CHAT, inbox, _FAIL, {"message": message, "why": error[:2000]})

    def park(self, message: int, error: str = "") -> None:
        self._settle(message, "parked", error)

    async def parked(self) -> list[InboxRow]:
        await self._work.sees(inbox)
        return [_row(row) for row in (await self._work.connection.execute(_PARKED)).all()]

    async def replay(self, message: int) -> bool:
        """Make a parked message pending again, with all its attempts; False when it is not parked."""
        self._work.collected.touch(inbox)
        return (await self._work.connection.execute(_REPLAY, {"message": message})).rowcount == 1

    def _settle(self, message: int, state: str, error: str) -> None:
        row = {"message": message, "new_state": state, "now": self._work.now, "why": error[:2000]}
        self._work.collected.add(Lock.CHAT, inbox, _SETTLE, row)


@cache
def _add(dialect: str) -> Any:
    new = insert_or_ignore(dialect, inbox, "channel", "message_id")
    return new.returning(inbox.c.id, inbox.c.chat)


def _row(row: Any) -> InboxRow:
    values = row._asdict()
    values.pop("retry_at")
    return InboxRow(**values)


_ADDRESSES: BindParameter[Any] = bindparam("addresses", expanding=True)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_MESSAGE = inbox.c.id == bindparam("message")
_CHATS = select(chats.c.id, chats.c.channel, chats.c.address).where(
    tuple_(chats.c.channel, chats.c.address).in_(_ADDRESSES)
)
_BOUND = select(bindings.c.channel, bindings.c.address, bindings.c.person).where(
    tuple_(bindings.c.channel, bindings.c.address).in_(_ADDRESSES)
)
_PENDING = select(inbox.c.chat).where(inbox.c.state == PENDING).order_by(inbox.c.id).limit(bindparam("window"))
_PENDING_CHATS = (
    select(inbox.c.chat)
    .where(inbox.c.state == PENDING)
    .group_by(inbox.c.chat)
    .order_by(func.min(inbox.c.id))
    .limit(bindparam("window"))
)
_COUNT = select(func.count()).select_from(inbox).where(inbox.c.state == PENDING)
_HOLD = select(chats.c.id).where(chats.c.id.in_(_IDS)).order_by(chats.c.id).with_for_update(skip_locked=True)
_WHOLE = select(
    inbox.c.id,
    inbox.c.chat,
    chats.c.person,
    inbox.c.channel,
    chats.c.address,
    inbox.c.message_id,
    inbox.c.payload,
    inbox.c.at,
    inbox.c.received_at,
    inbox.c.attempts,
    inbox.c.retry_at,
    inbox.c.error,
).join(chats, chats.c.id == inbox.c.chat)
# One look into the index a chat, however much is waiting there.
_FIRST = select(
    select(func.min(inbox.c.id))
    .where(inbox.c.chat == chats.c.id, inbox.c.state == PENDING)
    .correlate(chats)
    .scalar_subquery()
).where(chats.c.id.in_(_IDS))
_OLDEST = _WHOLE.where(inbox.c.id.in_(_FIRST)).order_by(inbox.c.id)
_PARKED = _WHOLE.where(inbox.c.state == PARKED).order_by(inbox.c.id)
_SETTLE = (
    update(inbox).where(_MESSAGE).values(state=bindparam("new_state"), done_at=bindparam("now"), error=bindparam("why"))
)
_FAIL = update(inbox).where(_MESSAGE).values(attempts=inbox.c.attempts + 1, error=bindparam("why"))
_IDS_OF = select(inbox.c.id, inbox.c.message_id).where(
    inbox.c.channel == bindparam("on"), inbox.c.message_id.in_(bindparam("given", expanding=True))
)
_HELD = _WHOLE.where(
    inbox.c.state == PENDING, inbox.c.channel == bindparam("on"), inbox.c.retry_at > bindparam("now")
).order_by(inbox.c.id)
_LET_GO = update(inbox).where(_MESSAGE, inbox.c.state == PENDING).values(payload=bindparam("holds"), retry_at=None)
_REPLAY = (
    update(inbox)
    .where(_MESSAGE, inbox.c.state == PARKED)
    .values(state="pending", attempts=0, retry_at=None, done_at=None)
)
