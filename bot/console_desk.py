"""The house as the console sees it: people, message lists, media, records, the demo's clock."""

import errno
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

import structlog

from bot.accepting import CONSOLE, Accepting
from bot.app import App
from bot.channels.console import port
from bot.dialogue.text import Text, render
from domain import authority
from domain.complaint import Complaint
from domain.glossary import Department, Role
from domain.people import Person
from domain.powers import Action
from handlers import timeline
from handlers.records import order_for
from handlers.wording import STATES, kind_name
from storage.console import ConsoleMessage
from storage.media import MediaStore, TooLarge, TooManyPixels, UnsupportedMedia
from storage.work import Work

log = structlog.get_logger()

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class ConsoleDesk:
    """Implements the console's `Desk` port over the app."""

    def __init__(self, app: App, media: MediaStore) -> None:
        self._app = app
        self._media = media
        self._accepting = Accepting(app)
        self.demo = app.demo
        self.zone = str(app.rules("").zone)
        self.changes = app.changes

    # ------------------------------------------------------------------------------------------------ people

    async def people(self) -> Sequence[port.PersonView]:
        async with self._read() as work:
            return [_person_view(person) for person in await work.people.everybody() if not person.left]

    async def person(self, person_id: str) -> port.PersonView | None:
        async with self._read() as work:
            found = await work.people.get(person_id)
        return _person_view(found) if found is not None and not found.left else None

    async def suggested(self) -> Sequence[str]:
        """An owner, the front desk, a technician, the head of engineering and the cs supervisor of one site."""
        async with self._read() as work:
            everybody = await work.people.everybody()
        return suggested(everybody)

    async def redeem_code(self, code: str) -> str | None:
        async with self._app.db.begin(self._app.clock.now()) as work:
            return await work.codes.redeem(code)

    # ---------------------------------------------------------------------------------------------- messages

    async def accept(self, person_id: str, incoming: port.Incoming) -> int:
        """The person's own message into their list and the inbox, in one transaction."""
        message = await self._accepting.accept(person_id, incoming)
        self.changes.publish(person_id, message)
        return message

    async def messages(self, person_id: str, after: int | None) -> Sequence[port.MessageView]:
        async with self._read() as work:
            await self._known(work, person_id)
            return [_message_view(message) for message in await work.console.list(person_id, after)]

    # ------------------------------------------------------------------------------------------------- media

    async def store_media(self, person_id: str, upload: port.Upload) -> str:
        now = self._app.clock.now()
        async with self._read() as work:
            await self._known(work, person_id)
        try:
            stored = await self._media.store(upload.chunks, upload.name, upload.declared_type)
        except (TooLarge, TooManyPixels) as error:
            raise port.TooLarge(str(error)) from error
        except UnsupportedMedia as error:
            raise port.UnsupportedMedia(str(error)) from error
        except OSError as error:
            if error.errno not in FULL:
                raise
            log.exception("disk_full")
            raise port.NoRoom from error
        async with self._app.db.begin(now) as work:
            return work.media.add_stored(stored, owner=person_id)

    async def may_see(self, person_id: str, media_id: str) -> bool:
        """One's own, what stands in one's own message list, and what belongs to a matter one may see."""
        async with self._read() as work:
            person = await self._known(work, person_id)
            row = await work.media.get(media_id)
            if row is None:
                return False
            if row.owner == person_id or await work.console.has_media(person_id, media_id):
                return True
            numbers = await work.media.matters_of(media_id)
            matters = [await work.complaints.get(number) for number in numbers]
            return any(authority.may(person, Action.VIEW, c, order_for(c, person)) for c in matters if c is not None)

    async def open_media(self, media_id: str, person_id: str) -> port.OpenMedia:
        """For whom `may_see` said yes; opening a copy of an identity paper goes on record."""
        async with self._read() as work:
            row = await work.media.get(media_id)
        if row is None or row.erased or not self._media.path(row).exists():
            raise port.Gone("the file is gone")
        if not row.sealed:
            return port.OpenMedia(row.name, row.type, self._media.path(row))
        async with self._app.db.begin(self._app.clock.now()) as work:
            matters = await work.media.matters_of(media_id)
            work.privacy.read(row.owner, [person_id], "identity_paper", ", ".join(matters)[:64], CONSOLE)
        return port.OpenMedia(row.name, row.type, await self._media.unsealed(row), sealed=True)

    # ------------------------------------------------------------------------------------------------- clock

    async def now(self) -> datetime:
        return self._app.clock.now()

    async def advance(self, by: timedelta) -> datetime:
        return await self._app.advance(by)

    async def next_due(self) -> datetime | None:
        return await self._app.next_due()

    # ----------------------------------------------------------------------------------------------- records

    async def records(self, person_id: str, language: str) -> Sequence[port.RecordView]:
        async with self._read() as work:
            person = await self._known(work, person_id)
            if person.resident:
                found = await work.complaints.of_resident(person_id, limit=50)
            else:
                found = await work.complaints.latest(person.site or None, limit=100)
                found = tuple(c for c in found if authority.may(person, Action.VIEW, c, order_for(c, person)))
            return [self._record_view(complaint, language) for complaint in found]

    def _record_view(self, complaint: Complaint, language: str) -> port.RecordView:
        kind = render(kind_name(complaint.kind, self._app.rules(complaint.site)), language)
        return port.RecordView(
            complaint.number, f"{complaint.place} · {kind}", render(STATES[complaint.state], language)
        )

    async def timeline(self, person_id: str, number: str, language: str) -> port.TimelineView:
        now = self._app.clock.now()
        async with self._app.db.read(now) as work:
            person = await self._known(work, person_id)
            complaint = await work.complaints.get(number) or await work.complaints.of_order(number)
            order = order_for(complaint, person) if complaint is not None else None
            if complaint is None or not authority.may(person, Action.VIEW, complaint, order):
                raise port.UnknownRecord("there is no such record")
            office = self._app.office(work, person, CONSOLE, now)
            told = await timeline.story(complaint, person, office, await work.events.of(complaint.number))

        def say(text: Text | str | None) -> str:
            return render(text, language) if text is not None else ""

        return port.TimelineView(
            number=told.number,
            title=say(told.title),
            state=say(told.state),
            fields=[(say(label), say(value)) for label, value in told.fields],
            entries=[port.EntryView(h.at, say(h.text), h.clause, say(h.clause_title) or None) for h in told.happened],
            due=[port.DueView(say(d.what), d.due_at, say(d.in_words), d.clause, say(d.clause_title)) for d in told.due],
        )

    # ------------------------------------------------------------------------------------------------ inside

    def _read(self) -> AbstractAsyncContextManager[Work]:
        return self._app.db.read(self._app.clock.now())

    async def _known(self, work: Work, person_id: str) -> Person:
        person = await work.people.get(person_id)
        if person is None or person.left:
            raise port.UnknownPerson("there is no such person")
        return person


SIDE_BY_SIDE: tuple[tuple[Role, Department | None], ...] = (
    (Role.OWNER, None),
    (Role.FRONT_DESK, None),
    (Role.TECHNICIAN, None),
    (Role.DEPARTMENT_HEAD, Department.ENGINEERING),
    (Role.CS_SUPERVISOR, None),
)
"""Whom a first visitor of the demo is shown side by side."""


def suggested(everybody: Sequence[Person]) -> list[str]:
    """One person for each of `SIDE_BY_SIDE`, all of the site that comes first, nobody on leave."""
    site = min((p.site for p in everybody if p.role is Role.FRONT_DESK), default="")
    here = [p for p in everybody if p.site == site and p.leave_from is None and p.duty and not p.left]
    found: list[str] = []
    for role, department in SIDE_BY_SIDE:
        fitting = [p.id for p in here if p.role is role and department in (None, p.department)]
        found += fitting[:1]
    return found


def _person_view(person: Person) -> port.PersonView:
    return port.PersonView(
        id=person.id,
        name=person.name,
        role=person.role.value,
        site=person.site,
        unit=person.units[0].label if person.units else None,
        department=person.department.value if person.department else None,
        language=person.language,
    )


def _message_view(message: ConsoleMessage) -> port.MessageView:
    return port.MessageView(
        id=message.id,
        sender="bot" if message.sender == "bot" else "person",
        text=message.text,
        at=message.at,
        choices=tuple(port.ChoiceView(label, value, enabled) for label, value, enabled in message.choices),
        attachments=tuple(port.AttachmentView(f["media"], f["name"], f["type"]) for f in message.attachments),
        reply_to=message.reply_to,
        edits=message.edits,
    )
