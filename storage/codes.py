"""One-time codes (`huiyin bind-code`): stored as a digest under the binding key, good once and for a while."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, update

from storage.keys import Use, usable
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

    async def issue(self, person_id: str, good_for: timedelta = timedelta(minutes=30)) -> str:
        """A new code of ten letters and digits; only its digest is stored. It ends with the key, if that is sooner."""
        code = "".join(secrets.choice(_ALPHABET) for _ in range(10))
        key = (await self._keys())[0]
        row = {"digest": _digest(code, key), "person": person_id, "expires_at": self._work.now + good_for}
        self._work.collected.add(Lock.REST, one_time_codes, _ISSUE, row)
        return code

    async def redeem(self, code: str) -> str | None:
        """Use the code up and return whose it was; None when unknown, used or too old."""
        await self._work.sees(one_time_codes)
        self._work.collected.touch(one_time_codes)
        given = [_digest(code, key) for key in await self._keys()]
        used = await self._work.connection.execute(_REDEEM, {"given": given, "now": self._work.now})
        person: str | None = used.scalar_one_or_none()
        return person

    async def _keys(self) -> tuple[bytes, ...]:
        return usable(await self._work.keys.ring(Use.BINDING), self._work.now)


def _digest(code: str, key: bytes) -> str:
    return hmac.digest(key, code.strip().upper().encode(), "sha256").hex()


_ISSUE = insert(one_time_codes)
_REDEEM = (
    update(one_time_codes)
    .where(
        one_time_codes.c.digest.in_(bindparam("given", expanding=True)),
        one_time_codes.c.used_at.is_(None),
        one_time_codes.c.expires_at > bindparam("now"),
    )
    .values(used_at=bindparam("now"))
    .returning(one_time_codes.c.person)
)
