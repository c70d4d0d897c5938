"""A complaint that a member of staff takes down for somebody: whose it is, filing it, the front desk's title line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Attachment
from bot.dialogue.text import Text, _, join
from domain import filing, routing
from domain.complaint import Complaint
from domain.duty_log import Contact, phone_of
from domain.people import Person, Unit
from handlers.office import Office
from handlers.queue import QueueDesk
from handlers.wording import ROLES, kind_name, moment, span

MOST_SHOWN = 8
NOT_LISTED = "other"


@dataclass(frozen=True, slots=True)
class Teller:
    """Whose words they are: a resident of the roster, or somebody known by name and telephone."""

    unit: Unit | None
    person: Person | None
    name: str
    phone: str
    place: str = ""


class OnBehalfDesk:
    """What relaying and the duty log share."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def units(self, site: str, text: str) -> tuple[Unit, ...]:
        return await self.office.work.people.search_unit(site, text, MOST_SHOWN)

    async def named_unit(self, site: str, text: str) -> str:
        """The label that the opening words are, where they are nothing else."""
        found = await self.units(site, text) if text.strip() else ()
        return found[0].label if len(found) == 1 and found[0].label == text.strip() else ""

    async def unknown(self, site: str, text: str) -> Text | None:
        """Why this label leads nowhere, or None."""
        if await self.units(site, text):
            return None
        return _("没有找到这套房，请按“3-1-201”的样子再写一次。")

    def kinds(self, site: str) -> list[Option]:
        rules = self.office.rules(site)
        return [Option(kind.code, kind_name(kind.code, rules)) for kind in rules.kinds]

    def guess(self, text: str, site: str) -> str | None:
        kind = routing.guess_kind(text, self.office.rules(site))
        return kind.code if kind else None

    async def file(
        self,
        teller: Teller,
        site: str,
        *,
        kind: str,
        details: str,
        contact: Contact,
        heard_at: datetime,
        public_area: bool = False,
        photos: Sequence[Attachment] = (),
        confidential: bool = False,
        unfinished: bool = False,
    ) -> Complaint:
        """File it in the name of whoever told it; the acting person has taken it down (CP-4.2.5, D-10)."""
        office, rules, unit = self.office, self.office.rules(site), teller.unit
        complainant = teller.person or await office.work.people.caller(site, teller.name, teller.phone)
        complaint = await office.apply(
            filing.receive(
                await office.work.numbers.next("TS", office.today(site)),
                site=site,
                unit=unit.id if unit else None,
                building=unit.building if unit else "",
                place=unit.label if unit else teller.place,
                complainant=complainant.id,
                kind=kind,
                public_area=public_area,
                details=details,
                photos=tuple(photo.media for photo in photos),
                wishes_urgent=False,
                contact_from=None,
                contact_until=None,
                first_report_at=heard_at,
                now=office.now,
                rules=rules,
                channel=contact,
                taken_by=office.person.id,
                key_resident=complainant.key_resident,
                unfinished=unfinished,
                confidential=confidential,
            )
        )
        if rules.complaint.auto_issue and not unfinished:
            complaint = await QueueDesk(office).issue_by_itself(complaint)
        return complaint


async def site_of(chat: Chat, desk: OnBehalfDesk) -> str:
    """The person's own site; staff of the company say which."""
    if chat.person.site:
        return chat.person.site
    sites = [Option(site.id, site.name) for site in await desk.office.work.people.sites()]
    site: str = await chat.choose("site", _("哪个管理处的业户？"), sites, label=_("管理处"), skip_if_single=True)
    return site


async def unit_of(chat: Chat, desk: OnBehalfDesk, site: str) -> Unit:
    """Search by text, then choose; a unit named in the opening words is not asked again."""
    label: str = await chat.fact("named", lambda: desk.named_unit(site, chat.opening.text))
    if not label:
        label = await chat.text(
            "label", _("哪一户？请写房号，比如“3-1-201”。"), at_most=40, check=lambda text: desk.unknown(site, text)
        )
    found = [Option(unit.id, unit.label, unit) for unit in await desk.units(site, label)]
    unit: Unit = await chat.choose("unit", _("是哪一套？"), found, label=_("房号"), skip_if_single=True)
    return unit


async def resident_of(chat: Chat, desk: OnBehalfDesk, unit: Unit) -> Teller:
    """Whose words they are: one of the unit, or somebody who is not on its list."""
    people = await desk.office.work.people.residents_of(unit.id)
    if people:
        listed = [Option(person.id, _called(person)) for person in people]
        who: str = await chat.choose(
            "who", _("是哪位业户说的？"), [*listed, Option(NOT_LISTED, _("不在名单上"))], label=_("业户")
        )
        person = next((p for p in people if p.id == who), None)
        if person is not None:
            phone = person.phone or await _phone(chat)
            return Teller(unit, person, person.name, phone)
    return await stranger(chat, unit)


async def stranger(chat: Chat, unit: Unit | None, place: str = "") -> Teller:
    """Somebody known by name and telephone only."""
    name = await chat.text("name", _("怎么称呼？"), label=_("姓名"), at_most=30)
    return Teller(unit, None, name, await _phone(chat), place)


async def _phone(chat: Chat) -> str:
    text = await chat.text("phone", _("电话是多少？回访要用。"), label=_("电话"), at_most=40, check=_no_phone)
    return phone_of(text) or text


def _no_phone(text: str) -> Text | None:
    return None if phone_of(text) else _("请写电话号码，比如“13800138000”。")


def _called(person: Person) -> Text:
    return _("{name}（{role}）").format(name=person.name, role=ROLES.get(person.role, _("业户")))


async def taken_down(complaint: Complaint, office: Office) -> Text | None:
    """Who heard it first and when, for the front desk's ping; None where the resident wrote it (CP-4.2.5)."""
    if complaint.taken_by is None:
        return None
    zone, late = office.zone(complaint.site), complaint.received_at - complaint.first_report_at
    if complaint.channel == Contact.RELAY:
        line = _("首问责任人：{name}（{at} 听到）")
    elif complaint.channel == Contact.PHONE:
        line = _("来电登记：{name}（{at}）")
    else:
        line = _("来访登记：{name}（{at}）")
    told = line.format(
        name=await office.name(complaint.taken_by), at=moment(complaint.first_report_at, zone, office.now)
    )
    allowed = office.rules(complaint.site).complaint.dispatch_minutes * 60
    delayed = _("⏰ 首报到现在已过 {span}，请先向业户说明").format(span=span(late))
    return join(
        told,
        delayed if late.total_seconds() >= allowed else None,
        _("🔒 业户要求保密，请勿外传") if complaint.confidential else None,
    )
