"""One-time codes (`huiyin bind-code`): stored as a digest, good once and for a while."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, update

from storage.tables.people import one_time_codes
from storage.writes import Lock

if TYPE_CHECKING:
    from storage.work import Work

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without what is misread: 0 and O, 1 and I."""


class OneTimeCodes:
    """`work.codes`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def issue(self, person_id: str, good_for: timedelta = timedelta(minutes=30)) -> str:
        """A new code of ten letters and digits; only its digest is stored."""
        code = "".join(secrets.choice(_ALPHABET) for _ in range(10))
        row = {"digest": _digest(code), "person": person_id, "expires_at": self._work.now + good_for}
        self._work.collected.add(Lock.REST, one_time_codes, _ISSUE, row)
        return code

    def revoke(self) -> None:
        """End every code that was not used yet."""
        self._work.collected.add(Lock.REST, one_time_codes, _REVOKE, {"now": self._work.now})

    async def redeem(self, code: str) -> str | None:
        """Use the code up and return whose it was; None when unknown, used or too old."""
        await self._work.sees(one_time_codes)
        self._work.collected.touch(one_time_codes)
        used = await self._work.connection.execute(_REDEEM, {"given": _digest(code), "now": self._work.now})
        person: str | None = used.scalar_one_or_none()
        return person


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


_ISSUE = insert(one_time_codes)
_REVOKE = update(one_time_codes).where(one_time_codes.c.used_at.is_(None)).values(expires_at=bindparam("now"))
_REDEEM = (
    update(one_time_codes)
    .where(
        one_time_codes.c.digest == bindparam("given"),
        one_time_codes.c.used_at.is_(None),
        one_time_codes.c.expires_at > bindparam("now"),
    )
    .values(used_at=bindparam("now"))
    .returning(one_time_codes.c.person)
)
