"""The sending side of the outbox: what network channels may send now, what they are sending, what came of it.

`sending` is committed before the call. A lease that runs out there means *maybe sent*; what then happens is decided by
the sender's rules (design §1.4), the ledger only keeps count. Every settling names the channel and the attempt it
belongs to, so an answer that comes after somebody else took the message over changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from storage import ledger_statements as s
from storage.outbox import OutboxRow
from storage.people import CONSOLE
from storage.tables.messages import outbox
from storage.writes import Lock

if TYPE_CHECKING:
    from storage.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Sendable(OutboxRow):
    """One message as a network channel sends it; `address` is None where the person is no longer bound there.

    `target` is the channel's id of the message an edit replaces; None: send the text as a new message.
    """

    address: str | None
    blocked: bool = False
    """Nothing has reached the address lately, and nobody has written from it since."""
    site: str
    not_before: datetime | None
    tried: str

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt at this message."""
        return f"huiyin-{self.id}"

    @property
    def channels_tried(self) -> tuple[str, ...]:
        return tuple(part.partition(":")[0] for part in self.tried.split(";") if part)

    @property
    def sendable_since(self) -> datetime:
        return self.not_before or self.created_at


class Ledger:
    """`work.ledger`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def sendable(self, channel: str, limit: int, busy: Collection[str] = ()) -> list[Sendable]:
        """What may go now, urgent first, then oldest first; of each (person, lane, matter) only the first.

        `busy` people are passed over: they have had their share for now. An edit waits for what it edits.
        """
        await self._work.sees(outbox)
        values = {"channel": channel, "now": self._work.now, "limit": limit, "busy": list(busy) or [""]}
        return await self._rows(s.SENDABLE, values)

    async def maybe_sent(self, channel: str) -> list[Sendable]:
        """Messages whose lease ran out while sending: nobody knows whether they arrived."""
        await self._work.sees(outbox)
        found = await self._rows(s.MAYBE_SENT, {"channel": channel, "now": self._work.now})
        return sorted(found, key=lambda row: row.id)

    async def anything(self, channel: str) -> bool:
        """Whether a round could find something to do: cheap, and it locks nothing."""
        values = {"channel": channel, "now": self._work.now}
        for look in (s.ANYTHING, s.ANYTHING_MAYBE_SENT):
            if (await self._work.connection.execute(look, values)).first() is not None:
                return True
        return False

    async def targets(self, rows: Iterable[Sendable]) -> dict[int, str]:
        """The channel's id of the message that each of these edits replaces, where there is one."""
        wanted = [row for row in rows if row.edit and row.target is None and row.slot is not None]
        if not wanted:
            return {}
        slots = sorted({(row.person, row.slot, row.channel) for row in wanted})
        found = (await self._work.connection.execute(s.LAST_OF_SLOTS, {"slots": slots})).all()
        last = {(row.person, row.slot): row.channel_message for row in found}
        return {row.id: last[row.person, row.slot] for row in wanted if (row.person, row.slot) in last}

    async def recent(self, channel: str, since: datetime) -> list[tuple[str, datetime]]:
        """(address, moment) of every attempt since then, oldest first: to rebuild the rates after a take-over."""
        found = (await self._work.connection.execute(s.RECENT, {"channel": channel, "since": since})).all()
        return [(row.address or "", row.attempted_at) for row in reversed(found)]

    async def next_due(self, channel: str) -> datetime | None:
        """When the next message of this channel that waits for its hour, another try or its lease may be looked at."""
        await self._work.sees(outbox)
        values = {"channel": channel, "now": self._work.now}
        found: datetime | None = (await self._work.connection.execute(s.NEXT, values)).scalar()
        return found

    async def other_channel(self, row: Sendable) -> str | None:
        """Another channel in use that reaches this person and was not given up; a console only if they use it."""
        given_up = {row.channel, *row.channels_tried}
        usable = {channel for channel, _ in await self._work.bindings.addresses_of(row.person)}
        if CONSOLE in self._work.channels and await self._work.bindings.uses_console(row.person):
            usable.add(CONSOLE)
        return next((c for c in self._work.channels if c in usable and c not in given_up), None)

    def expire(self, row: Sendable) -> None:
        """Obsolete by now: never sent."""
        self._settle(s.EXPIRE, row, now=self._work.now)

    def claim(self, row: Sendable, owner: str, until: datetime) -> None:
        values = {"message": row.id, "owner": owner, "until": until, "now": self._work.now}
        self._work.collected.add(Lock.OUTBOX, outbox, s.CLAIM, values)

    def sent(self, row: Sendable, channel_message: str) -> None:
        self._settle(s.SENT, row, given=channel_message, now=self._work.now)

    def again(self, row: Sendable, code: str, retry_at: datetime, *, uncertain: bool = False) -> None:
        """Not sent, or nobody knows (`uncertain`): to be tried again then."""
        self._settle(s.AGAIN, row, why=code[:2000], retry_at=retry_at, more=int(uncertain))

    def dropped(self, row: Sendable, code: str, *, uncertain: bool = False) -> None:
        """No further try: one that may have arrived and must not be doubled, or one with nothing to edit."""
        self._settle(s.DROP, row, why=code[:2000], more=int(uncertain), now=self._work.now)

    def reroute(self, row: Sendable, code: str, channel: str) -> None:
        """From now on it is a new message in another channel; what happened here stays noted in the row."""
        tried = f"{row.tried}{row.channel}:{code};"
        self._settle(s.REROUTE, row, why=code[:2000], elsewhere=channel, noted=tried)

    def failed(self, row: Sendable, code: str) -> None:
        """Given up: nothing reaches this person with it."""
        tried = f"{row.tried}{row.channel}:{code};"
        self._settle(s.FAIL, row, why=code[:2000], noted=tried, now=self._work.now)

    def _settle(self, statement: Any, row: Sendable, **values: Any) -> None:
        values |= {"message": row.id, "by": row.channel, "attempt": row.attempts}
        self._work.collected.add(Lock.OUTBOX, outbox, statement, values)

    async def _rows(self, statement: Any, values: dict[str, Any]) -> list[Sendable]:
        rows = (await self._work.connection.execute(statement, values)).all()
        return [Sendable(**row._asdict()) for row in rows]
