"""What has been kept long enough goes, a page at a time; whoever is under a legal hold keeps everything.

Tables that only grow are read from their oldest id on, so a page costs what it looks at, however much is younger.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, bindparam, delete, literal_column, or_, select
from sqlalchemy.sql.selectable import Select

from storage.tables import messages as m
from storage.tables.matters import complaints, media, media_links, thread_messages, threads
from storage.tables.people import one_time_codes
from storage.tables.privacy import media_keeping, read_log

if TYPE_CHECKING:
    from storage.work import Work

PAGE = 500


@dataclass(frozen=True, slots=True)
class _Growing:
    """How to read one table: `born` rises with the id; `ended` is None while the row is still needed."""

    table: Table
    look: Select[Any]


def _growing(table: Table, born: Any, ended: Any, person: Any, joined: Any = None) -> _Growing:
    look = select(table.c.id, born.label("born"), ended.label("ended"), person.label("person"))
    look = look.select_from(joined if joined is not None else table)
    look = look.where(table.c.id > bindparam("after")).order_by(table.c.id).limit(bindparam("limit"))
    return _Growing(table, look)


_of_chat = m.inbox.join(m.chats, m.chats.c.id == m.inbox.c.chat)
_of_thread = thread_messages.join(threads, threads.c.id == thread_messages.c.thread)
GROWING = {
    "inbox": _growing(m.inbox, m.inbox.c.received_at, m.inbox.c.done_at, m.chats.c.person, _of_chat),
    "outbox": _growing(m.outbox, m.outbox.c.created_at, m.outbox.c.settled_at, m.outbox.c.person),
    "console": _growing(
        m.console_messages, m.console_messages.c.at, m.console_messages.c.at, m.console_messages.c.person
    ),
    "threads": _growing(thread_messages, thread_messages.c.at, threads.c.closed_at, threads.c.resident, _of_thread),
    "read_log": _growing(read_log, read_log.c.at, read_log.c.at, read_log.c.whose),
}
"""Tables with rising ids, by the name under which `[retention]` gives their days."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one page came to; `next_after` is where to read on, None at the end of what is old enough."""

    deleted: int
    next_after: int | None


class Retention:
    """`work.retention`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def prune(self, what: str, before: datetime, held: Collection[str], after: int = 0) -> Page:
        """Delete what ended before that moment, among the next PAGE rows after this id."""
        growing, run = GROWING[what], self._work.connection.execute
        self._work.collected.touch(growing.table)
        rows = (await run(growing.look, {"after": after, "limit": PAGE})).all()
        old = [row.id for row in rows if row.ended is not None and row.ended < before and row.person not in held]
        if old:
            await run(delete(growing.table).where(growing.table.c.id.in_(_IDS)), {"ids": old})
        over = len(rows) < PAGE or rows[-1].born >= before
        return Page(len(old), None if over else rows[-1].id)

    async def prune_drafts(self, before: datetime, held: Collection[str]) -> int:
        """Delete the answers of drafts that ended, and of chats silent, since before that moment."""
        self._work.collected.touch(m.drafts)
        run, values = self._work.connection.execute, {"before": before, "held": sorted(held)}
        drafts = (await run(_DRAFTS, values)).rowcount
        return drafts + (await run(_CONVERSATIONS, values)).rowcount

    async def prune_codes(self, before: datetime) -> int:
        self._work.collected.touch(one_time_codes)
        return (await self._work.connection.execute(_CODES, {"before": before})).rowcount

    async def erase_media(self, unused_before: datetime, filed_before: datetime, held: Collection[str]) -> int:
        """Give up files that no matter ever used, and those of matters filed before the second moment."""
        run = self._work.connection.execute
        values = {"held": sorted(held), "limit": PAGE}
        filed_values = {**values, "held_by": sorted(held), "before": filed_before}
        unused = (await run(_UNUSED, values | {"before": unused_before})).all()
        filed = (await run(_FILED, filed_values)).all()
        old = {row.id: row.digest for row in (*unused, *filed)}
        self._work.media.erase(old)
        return len(old)


_IDS: Any = bindparam("ids", expanding=True)
_HELD: Any = bindparam("held", expanding=True)
# A name of its own: an empty list is spelled for IN or for NOT IN once a name, and differently.
_HELD_BY: Any = bindparam("held_by", expanding=True)
_BEFORE: Any = bindparam("before")
_DRAFTS = delete(m.drafts).where(m.drafts.c.ended_at < _BEFORE, m.drafts.c.person.not_in(_HELD))
_CONVERSATIONS = delete(m.conversations).where(
    m.conversations.c.updated_at < _BEFORE, m.conversations.c.person.not_in(_HELD)
)
_CODES = delete(one_time_codes).where(one_time_codes.c.expires_at < _BEFORE)
_kept = select(media_keeping.c.media).where(media_keeping.c.media == media.c.id, media_keeping.c.erased_at.is_not(None))
_linked = select(media_links.c.media).where(media_links.c.media == media.c.id)
_needed: Select[Any] = (
    select(literal_column("1"))
    .select_from(media_links.join(complaints, complaints.c.number == media_links.c.matter))
    .where(media_links.c.media == media.c.id)
)
_UNUSED = (
    select(media.c.id, media.c.digest)
    .where(media.c.created_at < _BEFORE, media.c.owner.not_in(_HELD), ~_linked.exists(), ~_kept.exists())
    .order_by(media.c.created_at)
    .limit(bindparam("limit"))
)
_FILED = (
    select(media.c.id, media.c.digest)
    .where(
        media.c.created_at < _BEFORE,
        media.c.owner.not_in(_HELD),
        _linked.exists(),
        ~_needed.where(
            or_(
                complaints.c.archived_at.is_(None),
                complaints.c.archived_at >= _BEFORE,
                complaints.c.complainant.in_(_HELD_BY),
            )
        ).exists(),
        ~_kept.exists(),
    )
    .order_by(media.c.created_at)
    .limit(bindparam("limit"))
)
