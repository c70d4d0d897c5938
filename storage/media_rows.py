"""What the desk knows of each stored file, and which matters it belongs to: who may see it follows from that."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, false, func, insert, select, update

from storage.tables.matters import media, media_links
from storage.tables.privacy import media_keeping
from storage.writes import Lock, insert_or_ignore, insert_or_update

if TYPE_CHECKING:
    from storage.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRow:
    """One stored file: `id` is opaque, `digest` (sha256 of the stored content) its place, `type` found in it."""

    id: str
    digest: str
    name: str
    type: str
    size: int
    width: int | None
    height: int | None
    owner: str
    created_at: datetime
    sealed: bool = False
    """Encrypted at rest (a copy of an identity paper)."""
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """What the media store found out about a file that it took in."""

    digest: str
    name: str
    type: str
    size: int
    width: int | None = None
    height: int | None = None
    sealed: bool = False


class MediaRows:
    """`work.media`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def add_stored(self, stored: Stored, owner: str) -> str:
        """Write down what the store took in for this person, and return its new, opaque id."""
        media_id = "m-" + secrets.token_hex(10)
        values = {field.name: getattr(stored, field.name) for field in fields(stored) if field.name != "sealed"}
        row = values | {"id": media_id, "owner": owner, "created_at": self._work.now}
        self._work.collected.add(Lock.REST, media, _ADD, row)
        if stored.sealed:
            self._keep(media_id, stored.digest, sealed=True, erased=False)
        return media_id

    def _keep(self, media_id: str, digest: str, *, sealed: bool, erased: bool) -> None:
        statement = insert_or_update(self._work.dialect, media_keeping, ("media",), ("erased_at",))
        row = {"media": media_id, "digest": digest, "sealed": sealed, "erased_at": self._work.now if erased else None}
        self._work.collected.add(Lock.REST, media_keeping, statement, row, place=1)

    def erase(self, digests: Mapping[str, str]) -> None:
        """Give these files up (id → digest): nobody sees them any more, and `removable` names their bytes."""
        for media_id, digest in digests.items():
            self._keep(media_id, digest, sealed=False, erased=True)

    async def removable(self, limit: int = 500) -> dict[str, str]:
        """Erased files whose bytes no other row needs (id → digest)."""
        await self._work.sees(media, media_keeping)
        rows = (await self._work.connection.execute(_REMOVABLE, {"limit": limit})).all()
        return {row.media: row.digest for row in rows}

    async def removed(self, media_ids: Iterable[str]) -> None:
        """Their bytes are gone."""
        self._work.collected.touch(media_keeping)
        values = {"ids": sorted(media_ids), "now": self._work.now}
        await self._work.connection.execute(_REMOVED, values)

    async def get(self, media_id: str) -> MediaRow | None:
        await self._work.sees(media)
        row = (await self._work.connection.execute(_GET, {"media_id": media_id})).one_or_none()
        return None if row is None else MediaRow(**row._asdict())

    async def get_many(self, media_ids: Iterable[str]) -> dict[str, MediaRow]:
        """The files there are, by id, in one query."""
        await self._work.sees(media)
        rows = (await self._work.connection.execute(_MANY, {"ids": sorted(set(media_ids))})).all()
        return {row.id: MediaRow(**row._asdict()) for row in rows}

    def link(self, media_ids: Iterable[str], matter: str) -> None:
        """Say that these files belong to the matter (a complaint's number, a thread's subject …)."""
        statement = insert_or_ignore(self._work.dialect, media_links, "media", "matter")
        for media_id in media_ids:
            self._work.collected.add(Lock.REST, media_links, statement, {"media": media_id, "matter": matter}, place=1)

    async def matters_of(self, media_id: str) -> tuple[str, ...]:
        await self._work.sees(media_links)
        return tuple((await self._work.connection.execute(_MATTERS, {"media_id": media_id})).scalars())


_ADD = insert(media)
_kept = media.outerjoin(media_keeping, media_keeping.c.media == media.c.id)
_ROW = select(
    media,
    func.coalesce(media_keeping.c.sealed, false()).label("sealed"),
    media_keeping.c.erased_at.is_not(None).label("erased"),
).select_from(_kept)
_GET = _ROW.where(media.c.id == bindparam("media_id"))
_MANY = _ROW.where(media.c.id.in_(bindparam("ids", expanding=True)))
_other = media.alias("other")
_other_kept = media_keeping.alias("other_kept")
_in_use = (
    select(_other.c.id)
    .select_from(_other.outerjoin(_other_kept, _other_kept.c.media == _other.c.id))
    .where(_other.c.digest == media_keeping.c.digest, _other_kept.c.erased_at.is_(None))
)
_REMOVABLE = (
    select(media_keeping.c.media, media_keeping.c.digest)
    .where(media_keeping.c.removed_at.is_(None), media_keeping.c.erased_at.is_not(None), ~_in_use.exists())
    .order_by(media_keeping.c.erased_at)
    .limit(bindparam("limit"))
)
_REMOVED = (
    update(media_keeping)
    .where(media_keeping.c.media.in_(bindparam("ids", expanding=True)))
    .values(removed_at=bindparam("now"))
)
_MATTERS = (
    select(media_links.c.matter).where(media_links.c.media == bindparam("media_id")).order_by(media_links.c.matter)
)
