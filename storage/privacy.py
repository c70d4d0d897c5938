"""Consents, the log of who read a telephone number or an identity paper, and legal holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import bindparam, delete, insert, select, update

from storage.tables.privacy import consents, legal_holds, read_log
from storage.writes import Lock, insert_or_update

if TYPE_CHECKING:
    from storage.work import Work

What = Literal["phone", "identity_paper"]


@dataclass(frozen=True, slots=True)
class Consent:
    """One person's answer to one version of the notice; withdrawn ones stay on record."""

    notice: str
    channel: str
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """`by` was shown the telephone number or identity paper of `whose`, about `matter`."""

    at: datetime
    by: str
    whose: str
    what: str
    matter: str
    channel: str


class Privacy:
    """`work.privacy`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._noted: set[tuple[str, str, str, str]] = set()

    async def consent(self, person: str) -> Consent | None:
        """The person's latest answer, withdrawn or not."""
        await self._work.sees(consents)
        row = (await self._work.connection.execute(_CONSENT, {"who": person})).one_or_none()
        return None if row is None else Consent(**row._asdict())

    async def agreed(self, person: str, notice: str) -> bool:
        """Whether the person has agreed to this version of the notice, and not taken it back."""
        last = await self.consent(person)
        return last is not None and last.notice == notice and last.withdrawn_at is None

    def agree(self, person: str, notice: str, channel: str) -> None:
        row = {"person": person, "notice": notice, "channel": channel, "given_at": self._work.now}
        self._work.collected.add(Lock.REST, consents, _AGREE, row)

    def withdraw(self, person: str) -> None:
        """Take back whatever was agreed to; what was done before stays lawful and on record."""
        self._work.collected.add(Lock.REST, consents, _WITHDRAW, {"who": person, "now": self._work.now}, place=1)

    def read(self, whose: str, by: Iterable[str], what: What, matter: str, channel: str = "") -> None:
        """Note who is being shown it; own data and a second look within the same work are no entry."""
        for reader in by:
            if reader == whose or (reader, whose, what, matter) in self._noted:
                continue
            self._noted.add((reader, whose, what, matter))
            row = {"at": self._work.now, "by": reader, "whose": whose, "what": what}
            self._work.collected.add(Lock.REST, read_log, _READ, row | {"matter": matter, "channel": channel})

    async def readings(self, whose: str, limit: int = 1000) -> tuple[Reading, ...]:
        """Who read this person's data, latest first."""
        await self._work.sees(read_log)
        rows = (await self._work.connection.execute(_READINGS, {"who": whose, "limit": limit})).all()
        return tuple(Reading(**row._asdict()) for row in rows)

    async def hold(self, person: str, reason: str) -> None:
        """Keep everything of this person until released, whatever retention and erasure say."""
        self._work.collected.touch(legal_holds)
        statement = insert_or_update(self._work.dialect, legal_holds, ("person",), ("reason",))
        row = {"person": person, "reason": reason, "since": self._work.now}
        await self._work.connection.execute(statement, row)

    async def release(self, person: str) -> bool:
        """End the hold; False where there was none."""
        self._work.collected.touch(legal_holds)
        return (await self._work.connection.execute(_RELEASE, {"who": person})).rowcount == 1

    async def held(self) -> dict[str, str]:
        """Everybody under a legal hold, with the reason."""
        return {row.person: row.reason for row in (await self._work.connection.execute(_HELD)).all()}


_CONSENT = (
    select(consents.c.notice, consents.c.channel, consents.c.given_at, consents.c.withdrawn_at)
    .where(consents.c.person == bindparam("who"))
    .order_by(consents.c.id.desc())
    .limit(1)
)
_AGREE = insert(consents)
_WITHDRAW = (
    update(consents)
    .where(consents.c.person == bindparam("who"), consents.c.withdrawn_at.is_(None))
    .values(withdrawn_at=bindparam("now"))
)
_READ = insert(read_log)
_READINGS = (
    select(read_log.c.at, read_log.c.by, read_log.c.whose, read_log.c.what, read_log.c.matter, read_log.c.channel)
    .where(read_log.c.whose == bindparam("who"))
    .order_by(read_log.c.id.desc())
    .limit(bindparam("limit"))
)
_HELD = select(legal_holds.c.person, legal_holds.c.reason)
_RELEASE = delete(legal_holds).where(legal_holds.c.person == bindparam("who"))
