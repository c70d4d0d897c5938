"""All that is kept about one person: handed out on request, and erased on request.

What the company must be able to prove stays: that there was a complaint, what was done, when and by whom. What was said
and who said it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, String, Table, and_, bindparam, cast, delete, insert, literal, or_, select, update

from domain.complaint import Complaint, Note
from storage.tables import duty_log as d
from storage.tables import matters as a
from storage.tables import messages as m
from storage.tables import people as t
from storage.tables import privacy as p

if TYPE_CHECKING:
    from storage.work import Work

ERASED = "（已按本人要求删除）"
WORDS = frozenset({"text", "words", "details", "reason", "note", "answer", "name", "phone", "unit", "place", "files"})
"""Keys of an event's data that may hold what somebody said or who they are."""
_WHO: Any = bindparam("who")


class OnHold(Exception):
    """The person's data are under a legal hold; `reason` is the one given."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StillOpen(Exception):
    """The person has complaints that are not filed yet; `numbers` names them."""

    def __init__(self, numbers: tuple[str, ...]) -> None:
        super().__init__(", ".join(numbers))
        self.numbers = numbers


async def everything_about(work: Work, person: str) -> dict[str, list[dict[str, Any]]]:
    """Every row about the person as plain JSON, by table; photos and files by their ids and digests."""
    found: dict[str, list[dict[str, Any]]] = {}
    await work.flush()
    known = await work.people.get(person)
    values = {"who": person, "their_phone": known.phone if known else ""}
    for name, statement in _ABOUT.items():
        rows = (await work.connection.execute(statement, values)).all()
        found[name] = [{key: _plain(value) for key, value in row._asdict().items()} for row in rows]
    return found


async def erase(work: Work, person: str, reason: str) -> dict[str, int]:
    """Take away what the person said and who they are; how many rows of each table were changed.

    Raises OnHold, StillOpen, LookupError for a person there is not.
    """
    known = await work.people.get(person)
    if known is None:
        raise LookupError(person)
    if (why := (await work.privacy.held()).get(person)) is not None:
        raise OnHold(why)
    complaints = await work.complaints.of_resident(person, limit=100_000)
    if still := tuple(complaint.number for complaint in complaints if not complaint.closed):
        raise StillOpen(still)
    for complaint in complaints:
        work.complaints.save(_bared(complaint, person))
    await work.flush()
    run, counts = work.connection.execute, {"complaints": len(complaints)}
    files = (await run(_FILES, {"who": person})).all()
    work.media.erase({row.id: row.digest for row in files})
    counts["media"] = len(files)
    await run(insert(p.erasing), {"one": 1})
    counts["events"] = await _erase_events(work, person)
    await run(delete(p.erasing))
    for name, statement in _ERASE:
        counts[name] = (await run(statement, {"who": person, "their_phone": known.phone})).rowcount
    await run(insert(p.erasures), {"person": person, "reason": reason, "at": work.now, "counts": counts})
    work.people.forget()
    return counts


async def _erase_events(work: Work, person: str) -> int:
    rows = (await work.connection.execute(_EVENTS, {"who": person})).all()
    changed = [{"event": row.id, "bare": _bare(row.data)} for row in rows if _bare(row.data) != row.data]
    if changed:
        await work.connection.execute(_REWRITE, changed)
    return len(changed)


def _bare(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: ERASED if key in WORDS and value else value for key, value in data.items()}


def _bared(complaint: Complaint, person: str) -> Complaint:
    """The complaint without what its complainant said, and without any photo."""
    past = tuple(replace(callback, words="", attempts=()) for callback in complaint.past_callbacks)
    callback = replace(complaint.callback, words="", attempts=()) if complaint.callback else None
    return replace(
        complaint,
        details=ERASED,
        photos=(),
        place=complaint.building,
        unit=None,
        withdrawn_reason="",
        notes=tuple(_bare_note(note, person) for note in complaint.notes),
        orders=tuple(replace(order, photos=(), returned_reason="") for order in complaint.orders),
        callback=callback,
        past_callbacks=past,
    )


def _bare_note(note: Note, person: str) -> Note:
    return replace(note, text=ERASED if note.by == person else note.text, photos=())


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


_chats = select(m.chats.c.id).where(m.chats.c.person == _WHO)
_own_complaints = select(a.complaints.c.number).where(a.complaints.c.complainant == _WHO)
_own_threads = select(a.threads.c.id).where(a.threads.c.resident == _WHO)
_thread_subjects = select(literal("thread-", String) + cast(a.threads.c.id, String)).where(a.threads.c.resident == _WHO)
_about_own = select(m.outbox.c.id).where(m.outbox.c.matter.in_(_own_complaints))
_noted = or_(
    d.duty_log.c.complaint.in_(_own_complaints),
    and_(d.duty_log.c.phone == bindparam("their_phone"), d.duty_log.c.phone != ""),
)
_FILES = select(a.media.c.id, a.media.c.digest).where(
    or_(
        a.media.c.owner == _WHO,
        a.media.c.id.in_(select(a.media_links.c.media).where(a.media_links.c.matter.in_(_own_complaints))),
    )
)
_EVENTS = (
    select(a.events)
    .where(
        or_(
            a.events.c.by == _WHO,
            a.events.c.subject == _WHO,
            a.events.c.subject.in_(_own_complaints),
            a.events.c.subject.in_(_thread_subjects),
        )
    )
    .order_by(a.events.c.id)
)
_REWRITE = update(a.events).where(a.events.c.id == bindparam("event")).values(data=bindparam("bare"))


def _rows(table: Table, column: str) -> Select[Any]:
    return select(table).where(table.c[column] == _WHO)


_ABOUT: dict[str, Select[Any]] = {
    "people": _rows(t.people, "id"),
    "residencies": _rows(t.residencies, "person"),
    "bindings": _rows(t.bindings, "person"),
    "binding_requests": _rows(t.binding_requests, "person"),
    "consents": _rows(p.consents, "person"),
    "read_log": _rows(p.read_log, "whose"),
    "complaints": _rows(a.complaints, "complainant"),
    "events": _EVENTS,
    "call_tasks": _rows(a.call_tasks, "person"),
    "duty_log": select(d.duty_log).where(_noted),
    "threads": _rows(a.threads, "resident"),
    "thread_messages": select(a.thread_messages).where(a.thread_messages.c.thread.in_(_own_threads)),
    "inbox": select(m.inbox).where(m.inbox.c.chat.in_(_chats)),
    "conversations": _rows(m.conversations, "person"),
    "drafts": _rows(m.drafts, "person"),
    "outbox": _rows(m.outbox, "person"),
    "console_messages": _rows(m.console_messages, "person"),
    "media": select(a.media).where(a.media.c.owner == _WHO),
    "erasures": _rows(p.erasures, "person"),
}
"""Where there may be something about a person; a test compares this list with the tables there are."""


def _erasing() -> Iterator[tuple[str, Any]]:
    """What is said or known, emptied or deleted; rows that prove that something happened stay."""
    yield "inbox", update(m.inbox).where(m.inbox.c.chat.in_(_chats)).values(payload={}, error="")
    yield "conversations", delete(m.conversations).where(m.conversations.c.person == _WHO)
    yield "drafts", delete(m.drafts).where(m.drafts.c.person == _WHO)
    bare = {"text": ERASED, "choices": [], "attachments": []}
    yield (
        "outbox",
        update(m.outbox).where(or_(m.outbox.c.person == _WHO, m.outbox.c.matter.in_(_own_complaints))).values(**bare),
    )
    yield (
        "console_messages",
        update(m.console_messages)
        .where(or_(m.console_messages.c.person == _WHO, m.console_messages.c.outbox.in_(_about_own)))
        .values(**bare),
    )
    said = {"text": ERASED, "attachments": []}
    yield (
        "thread_messages",
        update(a.thread_messages).where(a.thread_messages.c.thread.in_(_own_threads)).values(**said),
    )
    yield (
        "call_tasks",
        update(a.call_tasks).where(a.call_tasks.c.person == _WHO).values(phone="", text=ERASED, outcome=ERASED),
    )
    yield (
        "duty_log",
        update(d.duty_log)
        .where(_noted)
        .values(name=ERASED, phone="", unit=None, place="", matter=ERASED, answer=ERASED),
    )
    yield (
        "binding_requests",
        update(t.binding_requests)
        .where(t.binding_requests.c.person == _WHO)
        .values(name=ERASED, phone="", address="", reason=""),
    )
    yield "bindings", delete(t.bindings).where(t.bindings.c.person == _WHO)
    yield "chats", update(m.chats).where(m.chats.c.person == _WHO, m.chats.c.channel != "console").values(person=None)
    yield "residencies", delete(t.residencies).where(t.residencies.c.person == _WHO)
    yield "one_time_codes", delete(t.one_time_codes).where(t.one_time_codes.c.person == _WHO)
    yield "people", update(t.people).where(t.people.c.id == _WHO).values(name=ERASED, phone="", has_left=True)


_ERASE = tuple(_erasing())
