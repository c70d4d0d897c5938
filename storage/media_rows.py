"""What the desk knows of each stored file, and which matters it belongs to: who may see it follows from that."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select

from storage.tables.matters import media, media_links
from storage.writes import Lock, insert_or_ignore

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


@dataclass(frozen=True, slots=True)
class Stored:
    """What the media store found out about a file that it took in."""

    digest: str
    name: str
    type: str
    size: int
    width: int | None = None
    height: int | None = None


class MediaRows:
    """`work.media`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def add_stored(self, stored: Stored, owner: str) -> str:
        """Write down what the store took in for this person, and return its new, opaque id."""
        media_id = "m-" + secrets.token_hex(10)
        values = {field.name: getattr(stored, field.name) for field in fields(stored)}
        row = values | {"id": media_id, "owner": owner, "created_at": self._work.now}
        self._work.collected.add(Lock.REST, media, _ADD, row)
        return media_id

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
_GET = select(media).where(media.c.id == bindparam("media_id"))
_MANY = select(media).where(media.c.id.in_(bindparam("ids", expanding=True)))
_MATTERS = (
    select(media_links.c.matter).where(media_links.c.media == bindparam("media_id")).order_by(media_links.c.matter)
)
