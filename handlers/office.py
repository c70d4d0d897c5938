"""What a use case may reach during one turn or one sweep: the records, the rules of the site, the people, the clock.

Every change of a complaint goes through `Office.apply`: the record, its events, its promises and the messages that
follow are written together or not at all.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from structlog.contextvars import bind_contextvars

from bot.dialogue.message import Reply
from domain import authority, clocks, routing
from domain.complaint import Complaint, WorkOrder
from domain.decision import Decision, Refused
from domain.people import Person, Roster
from domain.powers import Action
from domain.refusals import Why
from domain.rules import Rules
from handlers.notices import Notices
from storage.outbox import rendered
from storage.work import Work

RulesOf = Callable[[str], Rules]
UNKNOWN_RECORD = "unknown_record"


@dataclass
class Office:
    """The desk behind one transaction. `actor` is None when time itself acts (a sweep)."""

    work: Work
    rules_of: RulesOf
    notices: Notices
    now: datetime
    actor: Person | None = None
    channel: str = "console"
    _rosters: dict[str, Roster] = field(default_factory=dict)

    @property
    def writes(self) -> int:
        """Grows with each write; the dialogue engine's guard compares it."""
        return self.work.writes

    @property
    def person(self) -> Person:
        """Who acts; only for use cases that people start."""
        if self.actor is None:
            raise RuntimeError("a sweep has no acting person")
        return self.actor

    def rules(self, site: str) -> Rules:
        return self.rules_of(site)

    def zone(self, site: str) -> ZoneInfo:
        return self.rules(site).zone

    def today(self, site: str) -> date:
        return self.now.astimezone(self.zone(site)).date()

    async def roster(self, site: str) -> Roster:
        """The staff of a site with their load, read once per transaction."""
        if site not in self._rosters:
            self._rosters[site] = await self.work.people.roster(site)
        return self._rosters[site]

    async def complaint(self, number: str) -> Complaint:
        """The complaint by its number or that of its work order or card; raises Refused(UNKNOWN_RECORD)."""
        known = self.work.complaints
        found = await (known.get(number) if number.startswith("TS") else known.of_order(number))
        if found is None:
            raise Refused(UNKNOWN_RECORD)
        bind_contextvars(record=found.number)  # every log line from here on names it
        return found

    async def opened(self, number: str, action: Action) -> tuple[Complaint, WorkOrder | None]:
        """The complaint (and the work order, where the number is one) that the acting person may do `action` on.

        Raises Refused: UNKNOWN_RECORD where they may not even know of it, NOT_ALLOWED where it is not theirs to do.
        """
        complaint = await self.complaint(number)
        order = next((o for o in complaint.orders if o.number == number), None)
        acting_for = await self.acting_for(self.person, complaint.site)
        if not authority.may(self.person, Action.VIEW, complaint, order, acting_for=acting_for):
            raise Refused(UNKNOWN_RECORD)
        if not authority.may(self.person, action, complaint, order, acting_for=acting_for):
            raise Refused(Why.NOT_ALLOWED)
        return complaint, order

    async def acting_for(self, person: Person, site: str) -> tuple[Person, ...]:
        """Those on leave whom this member of staff stands in for today (§2 rule 3)."""
        if person.resident:
            return ()
        roster, today = await self.roster(site), self.today(site)
        away = (p for p in roster.staff if p.id != person.id and p.on_leave(today))
        return tuple(p for p in away if routing.stand_in(p, roster, today) == person)

    async def apply(self, decision: Decision[Complaint]) -> Complaint:
        """Write what a rule decided: record, events, promises, messages. Returns the record as written."""
        complaint = decision.record
        bind_contextvars(record=complaint.number)
        if not decision.events and complaint == await self.work.complaints.get(complaint.number):
            return complaint  # a change that nobody is told of still has to be kept, and its promises with it
        self.work.complaints.save(complaint)
        for event in decision.events:
            self.work.events.append(
                complaint.number,
                event,
                site=complaint.site,
                by=self.actor.id if self.actor else None,
                at=self.now,
                channel=self.channel,
            )
        self.work.media.link(_photos_of(complaint), complaint.number)
        self._rosters.pop(complaint.site, None)
        promises = clocks.promises(complaint, self.rules(complaint.site))
        self.work.deadlines.reconcile("complaint", complaint.number, promises, site=complaint.site)
        for event in decision.events:
            await self.notices.tell(event, complaint, self)
        return complaint

    async def tell(
        self,
        people: str | Iterable[str | None] | None,
        reply: Reply,
        *,
        matter: str | None = None,
        not_before: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """Post one message to each of these people, in their language; absent ids are passed over."""
        ids = [people] if people is None or isinstance(people, str) else people
        for person_id in dict.fromkeys(i for i in ids if i):
            person = await self.work.people.get(person_id)
            if person is None or person.left:
                continue
            self.work.outbox.post(rendered(reply, person, matter=matter, not_before=not_before, expires_at=expires_at))

    async def name(self, person_id: str | None) -> str:
        """What to call a person in a message; the desk itself has no id."""
        person = await self.work.people.get(person_id) if person_id else None
        return person.name if person else "Huiyin"


def _photos_of(complaint: Complaint) -> tuple[str, ...]:
    """Every stored photo of the matter: who may see the complaint may see them."""
    visit = complaint.callback.visit.photos if complaint.callback and complaint.callback.visit else ()
    notes = (photo for note in complaint.notes for photo in note.photos)
    orders = (photo for order in complaint.orders for photo in order.photos)
    return (*complaint.photos, *notes, *orders, *visit)
