"""/bind: a resident asks for a unit, the front desk decides, the roster follows."""

from dataclasses import replace

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Choice, Reply, act
from bot.dialogue.press import Press
from bot.dialogue.text import Personal, Text, _, join
from domain import routing
from domain.decision import Event, Refused
from domain.glossary import RESIDENTS, Relation, Role
from domain.people import Unit
from domain.powers import Action, roles_of
from domain.refusals import Why
from handlers.notices import Notices
from handlers.office import UNKNOWN_RECORD, Office
from handlers.privacy import NOT_WITHOUT, PrivacyDesk, consented
from handlers.wording import ROLES
from storage.bindings import BindingRequest

book = Book()
notices = Notices()

MOST_SHOWN = 8
RELATIONS = tuple(Option(relation.value, ROLES[Role(relation.value)]) for relation in Relation)


class BindingDesk:
    """Requests to be bound to a unit, and what the front desk makes of them."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def units(self, text: str) -> tuple[Unit, ...]:
        return await self.office.work.people.search_unit(self.office.person.site, text, MOST_SHOWN)

    async def unknown(self, text: str) -> Text | None:
        """Why this label leads nowhere, or None."""
        if await self.units(text):
            return None
        return _("没有找到这套房，请按“3-1-201”的样子再写一次，也可以回复“人工”。")

    async def ask(self, unit: Unit, relation: str) -> BindingRequest:
        """Put the request to the front desk. Raises Refused for a unit that is theirs, or asked for already."""
        office, person = self.office, self.office.person
        if unit.id in {own.id for own in person.units}:
            raise Refused("already_bound")
        waiting = await office.work.bindings.open_requests(unit.site)
        if any(request.person == person.id and request.unit == unit.id for request in waiting):
            raise Refused("already_asked")
        number = await office.work.bindings.request(
            BindingRequest(
                channel=office.channel,
                address=person.id,
                name=person.name,
                phone=person.phone,
                relation=relation,
                site=unit.site,
                unit=unit.id,
                person=person.id,
            )
        )
        self._note(number, "binding.asked", unit.site, {"unit": unit.label, "relation": relation})
        request = await self.pending(str(number))
        await self._tell_front_desk(request, unit)
        return request

    async def pending(self, subject: str) -> BindingRequest:
        """The request, still undecided and known to this person. Raises Refused, ALREADY with who decided and when."""
        found = await self.office.work.bindings.requested(int(subject)) if subject.isdigit() else None
        if found is None or (found.person != self.office.person.id and not self._decides(found)):
            raise Refused(UNKNOWN_RECORD)
        if found.state != "pending":
            at = found.decided_at.isoformat() if found.decided_at else None
            raise Refused(Why.ALREADY, what="approve_binding", by=found.decided_by, at=at)
        return found

    async def decide(self, subject: str, approved: bool, reason: str = "") -> tuple[BindingRequest, Unit]:
        """Approve, with the roster row that follows, or refuse; the resident is told. Raises Refused."""
        office, request = self.office, await self.pending(subject)
        unit = await office.work.people.unit(request.unit)
        if unit is None:
            raise Refused(UNKNOWN_RECORD)
        if not self._decides(request):
            raise Refused(Why.NOT_ALLOWED)
        if not await office.work.bindings.decide(request.id, approved, office.person.id, reason):
            raise Refused(Why.ALREADY, what="approve_binding", by=None, at=None)
        if request.person is None:
            request = await self._introduced(request, approved)
        if approved and request.person is not None:
            await office.work.people.add_unit(request.person, unit.id, Relation(request.relation))
        kind = "binding.approved" if approved else "binding.refused"
        self._note(request.id, kind, request.site, {"unit": unit.label, "reason": reason})
        await self._tell_decided(request, unit, approved, reason)
        return request, unit

    async def _introduced(self, request: BindingRequest, approved: bool) -> BindingRequest:
        """A newcomer: put on the roster and bound, or told as the guest they stay."""
        work = self.office.work
        if not approved:
            found = (await work.bindings.at(request.channel, (request.address,))).get(request.address)
            return replace(request, person=found[0] if found else None)
        role = Role(request.relation)
        newcomer = await work.people.newcomer(request.site, request.name, request.phone, role)
        await work.flush()
        await work.bindings.bind(request.channel, request.address, newcomer.id)
        return replace(request, person=newcomer.id)

    def _decides(self, request: BindingRequest) -> bool:
        person = self.office.person
        return person.role in roles_of(Action.APPROVE_BINDING) and person.site in ("", request.site)

    def _note(self, number: int, kind: str, site: str, data: dict[str, str]) -> None:
        office, by = self.office, self.office.person.id
        told = Event(kind, "CP-3.1", {**data, "by": by})
        office.work.events.append(f"binding-{number}", told, site=site, by=by, at=office.now, channel=office.channel)

    async def _tell_front_desk(self, request: BindingRequest, unit: Unit) -> None:
        office = self.office
        roster = await office.roster(request.site)
        desk = routing.on_shift(Role.FRONT_DESK, roster, office.today(request.site))
        reply = Reply(described(request, unit), choices=decisions(request), slot=_slot(request))
        await office.tell([person.id for person in desk], reply, matter=f"binding-{request.id}")

    async def _tell_decided(self, request: BindingRequest, unit: Unit, approved: bool, reason: str) -> None:
        office, matter = self.office, f"binding-{request.id}"
        roster = await office.roster(request.site)
        desk = routing.on_shift(Role.FRONT_DESK, roster, office.today(request.site))
        word = _("已由{name}批准") if approved else _("已由{name}退回")
        settled = join(word.format(name=office.person.name), described(request, unit))
        others = [person.id for person in desk if person.id != office.person.id]
        await office.tell(others, Reply(settled, slot=_slot(request), edit=True), matter=matter)
        if approved:
            text: Text = _("{unit} 已绑定，可以投诉、报事了。").format(unit=unit.label)
        else:
            why = _("原因：{reason}").format(reason=reason) if reason else None
            said = _("抱歉，{unit} 的绑定没有通过。").format(unit=unit.label)
            text = join(said, why, _("有疑问请回复“人工”，前台会帮您。"))
        await office.tell(request.person, Reply(text), matter=matter)


@book.conversation(
    "bind", who=RESIDENTS, commands=("/bind",), phrases=("绑定房号", "绑定房屋", "绑定"), title=_("绑定房号")
)
async def bind(chat: Chat, desk: BindingDesk) -> Reply | None:
    """Consent to the notice, which unit, in which relation; the front desk confirms."""
    if not await consented(chat, desk.office):
        return Reply(NOT_WITHOUT)
    label = await chat.text("label", _("请写房号，比如“3-1-201”。"), at_most=40, check=desk.unknown)
    found = [Option(unit.id, unit.label, unit) for unit in await desk.units(label)]
    unit: Unit = await chat.choose("unit", _("是哪一套？"), found, label=_("房号"), skip_if_single=True)
    relation: str = await chat.choose("relation", _("您是这套房的？"), RELATIONS, label=_("身份"))
    await chat.confirm(_("请确认，提交后由前台核对"), "unit", "relation")
    await PrivacyDesk(desk.office).agree()
    await desk.ask(unit, relation)
    return Reply(_("已提交，前台核对后会告诉您。急事请回复“人工”。"))


@book.button("bindings", who=roles_of(Action.APPROVE_BINDING), phrases=("绑定申请",))
async def bindings(press: Press, desk: BindingDesk) -> Reply:
    """Requests waiting for the front desk, the oldest one with its buttons."""
    office = desk.office
    waiting = await office.work.bindings.open_requests(press.person.site)
    if not waiting:
        return Reply(_("没有待核对的绑定申请。"))
    unit = await office.work.people.unit(waiting[0].unit)
    if unit is None:
        raise Refused("unknown_unit")
    title = _("待核对的绑定申请 {count} 个，最早的一个：").format(count=len(waiting))
    return Reply(join(title, described(waiting[0], unit)), choices=decisions(waiting[0]))


@book.button("approve_binding", who=roles_of(Action.APPROVE_BINDING))
async def approve_binding(press: Press, desk: BindingDesk) -> Reply:
    request, unit = await desk.decide(press.subject, approved=True)
    text = _("已批准：{name} 绑定 {unit}，业户已收到通知。").format(name=request.name, unit=unit.label)
    return Reply(text, choices=_next(), edit=press.on is not None)


@book.conversation("refuse_binding", who=roles_of(Action.APPROVE_BINDING))
async def refuse_binding(chat: Chat, desk: BindingDesk) -> Reply | None:
    await desk.pending(chat.subject)
    reason = await chat.text("reason", _("为什么不批准？业户会看到。"), optional=True, at_most=300)
    request, unit = await desk.decide(chat.subject, approved=False, reason=reason)
    text = _("已退回：{name} 绑定 {unit}，业户已收到通知。").format(name=request.name, unit=unit.label)
    return Reply(text, choices=_next())


def described(request: BindingRequest, unit: Unit) -> Text:
    return _("绑定申请\n{name} {phone}\n房号：{unit} · 身份：{relation}").format(
        name=request.name,
        phone=Personal(request.phone, request.person or ""),
        unit=unit.label,
        relation=ROLES[Role(request.relation)],
    )


def decisions(request: BindingRequest) -> tuple[Choice, ...]:
    return (
        act(_("批准"), "approve_binding", str(request.id)),
        act(_("不批准"), "refuse_binding", str(request.id)),
    )


def _next() -> tuple[Choice, ...]:
    return (act(_("其他绑定申请"), "bindings"),)


def _slot(request: BindingRequest) -> str:
    return f"binding:{request.id}"
