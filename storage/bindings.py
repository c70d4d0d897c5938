"""Which address of which channel speaks for whom, and requests to be bound (`/bind`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from domain.glossary import OUTSIDE
from storage.people import CONSOLE
from storage.tables import people as t
from storage.tables.messages import chats
from storage.writes import insert_or_update

if TYPE_CHECKING:
    from storage.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingRequest:
    """Somebody asks to be bound to a unit; the front desk decides. `state`: pending, approved, refused."""

    channel: str
    address: str
    name: str
    phone: str
    relation: str
    site: str
    unit: str
    person: str | None = None
    """The person already bound who asks for one more unit; None for a newcomer."""
    id: int = 0
    state: str = "pending"
    at: datetime | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str = ""


class Bindings:
    """`work.bindings`. Binding is rare: it writes at once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._channels: dict[str, tuple[str, ...]] = {}

    async def person_at(self, channel: str, address: str) -> str | None:
        """The person id behind an address; on the console the address is the person."""
        if channel == CONSOLE:
            return address
        row = await self._work.connection.execute(_AT, {"channel": channel, "address": address})
        found: str | None = row.scalar_one_or_none()
        return found

    async def bind(self, channel: str, address: str, person_id: str) -> None:
        self._work.collected.touch(t.bindings)
        statement = insert_or_update(self._work.dialect, t.bindings, ("channel", "address"), _BINDING)
        row = {"channel": channel, "address": address, "person": person_id, "bound_at": self._work.now}
        row |= {"blocked_at": None}
        await self._work.connection.execute(statement, row)
        await self._work.connection.execute(_TELL_CHAT, {"on": channel, "at": address, "whose": person_id})
        self._channels.pop(person_id, None)

    async def unbind(self, channel: str, address: str) -> None:
        self._work.collected.touch(t.bindings)
        await self._work.connection.execute(_UNBIND, {"on": channel, "at": address})
        await self._work.connection.execute(_TELL_CHAT, {"on": channel, "at": address, "whose": None})
        self._channels.clear()

    async def at(self, channel: str, addresses: Iterable[str]) -> dict[str, tuple[str, bool]]:
        """Of each of these addresses that is bound: the person, and whether nothing reaches it."""
        values = {"on": channel, "addresses": sorted(set(addresses))}
        rows = (await self._work.connection.execute(_BOUND_AT, values)).all()
        return {row.address: (row.person, row.blocked_at is not None) for row in rows}

    async def set_blocked(self, channel: str, address: str, *, blocked: bool) -> None:
        """Nothing reaches this address from now on, or something does again."""
        self._work.collected.touch(t.bindings)
        values = {"on": channel, "at": address, "since": self._work.now if blocked else None}
        await self._work.connection.execute(_BLOCK if blocked else _UNBLOCK, values)

    async def move(self, channel: str, address: str, to: str) -> None:
        """The same chat under another address (a group that grew); nothing where it has moved already."""
        found = (await self.at(channel, (address,))).get(address)
        if found is not None:
            await self.unbind(channel, address)
            await self.bind(channel, to, found[0])

    async def addresses_of(self, person_id: str) -> tuple[tuple[str, str], ...]:
        """(channel, address) of every binding of the person."""
        rows = (await self._work.connection.execute(_OF, {"ids": [person_id]})).all()
        return tuple((row.channel, row.address) for row in rows)

    async def uses_console(self, person_id: str) -> bool:
        """Whether this person has ever written there; everybody has one, not everybody looks at it."""
        return (await self._work.connection.execute(_CONSOLE, {"whose": person_id})).first() is not None

    async def channels_of(self, person_ids: Iterable[str]) -> dict[str, str | None]:
        """Each person's channel: the first one in use to which they are bound; who is on the roster has a console."""
        wanted = set(person_ids)
        missing = sorted(wanted - self._channels.keys())
        if missing and self._work.channels != (CONSOLE,):
            bound: dict[str, list[str]] = {person: [] for person in missing}
            for row in (await self._work.connection.execute(_OF, {"ids": missing})).all():
                bound[row.person].append(row.channel)
            self._channels.update({person: tuple(channels) for person, channels in bound.items()})
        outside = {p.id for p in await self._work.people.all(wanted) if p.role in OUTSIDE}
        return {person: self._first(self._channels.get(person, ()), person in outside) for person in wanted}

    def _first(self, bound: tuple[str, ...], outside: bool) -> str | None:
        usable = (*bound,) if outside else (*bound, CONSOLE)
        return next((channel for channel in self._work.channels if channel in usable), None)

    async def request(self, request: BindingRequest) -> int:
        """Note the request and return its id."""
        self._work.collected.touch(t.binding_requests)
        row = {name: getattr(request, name) for name in _ASKED} | {"state": "pending", "at": self._work.now}
        return int((await self._work.connection.execute(_REQUEST, row)).scalar_one())

    async def requested(self, request_id: int) -> BindingRequest | None:
        row = (await self._work.connection.execute(_REQUESTED, {"asked": request_id})).one_or_none()
        return None if row is None else _request(row)

    async def open_requests(self, site: str) -> tuple[BindingRequest, ...]:
        rows = (await self._work.connection.execute(_OPEN, {"site": site})).all()
        return tuple(_request(row) for row in rows)

    async def decide(self, request_id: int, approved: bool, by: str, reason: str = "") -> bool:
        """Record the decision; False when somebody decided before."""
        self._work.collected.touch(t.binding_requests)
        state = "approved" if approved else "refused"
        row = {"asked": request_id, "new_state": state, "who": by, "now": self._work.now, "why": reason}
        return (await self._work.connection.execute(_DECIDE, row)).rowcount == 1


def _request(row: Any) -> BindingRequest:
    return BindingRequest(**row._asdict())


_ASKED = ("channel", "address", "name", "phone", "relation", "site", "unit", "person", "reason")
_BINDING = ("person", "bound_at", "blocked_at")
_BOUND_AT = select(t.bindings.c.address, t.bindings.c.person, t.bindings.c.blocked_at).where(
    t.bindings.c.channel == bindparam("on"), t.bindings.c.address.in_(bindparam("addresses", expanding=True))
)
_ONE = (t.bindings.c.channel == bindparam("on"), t.bindings.c.address == bindparam("at"))
_BLOCK = update(t.bindings).where(*_ONE, t.bindings.c.blocked_at.is_(None)).values(blocked_at=bindparam("since"))
_UNBLOCK = update(t.bindings).where(*_ONE, t.bindings.c.blocked_at.is_not(None)).values(blocked_at=bindparam("since"))
_AT = select(t.bindings.c.person).where(
    t.bindings.c.channel == bindparam("channel"), t.bindings.c.address == bindparam("address")
)
_OF = (
    select(t.bindings.c.person, t.bindings.c.channel, t.bindings.c.address)
    .where(t.bindings.c.person.in_(bindparam("ids", expanding=True)))
    .order_by(t.bindings.c.person, t.bindings.c.channel, t.bindings.c.bound_at)
)
_CONSOLE = select(chats.c.id).where(chats.c.channel == CONSOLE, chats.c.address == bindparam("whose")).limit(1)
_TELL_CHAT = (
    update(chats)
    .where(chats.c.channel == bindparam("on"), chats.c.address == bindparam("at"))
    .values(person=bindparam("whose"))
)
_UNBIND = delete(t.bindings).where(t.bindings.c.channel == bindparam("on"), t.bindings.c.address == bindparam("at"))
_REQUEST = insert(t.binding_requests).returning(t.binding_requests.c.id)
_REQUESTED = select(t.binding_requests).where(t.binding_requests.c.id == bindparam("asked"))
_OPEN = (
    select(t.binding_requests)
    .where(t.binding_requests.c.site == bindparam("site"), t.binding_requests.c.state == "pending")
    .order_by(t.binding_requests.c.id)
)
_DECIDE = (
    update(t.binding_requests)
    .where(t.binding_requests.c.id == bindparam("asked"), t.binding_requests.c.state == "pending")
    .values(
        state=bindparam("new_state"), decided_by=bindparam("who"), decided_at=bindparam("now"), reason=bindparam("why")
    )
)
