"""Who is this? How an address that nobody knows comes to speak for a resident or a colleague.

Three ways, and none by opening a link: the sender's own telephone number where the channel vouches for it, a named
one-time code handed over in person, or the front desk. Whatever is asked, a stranger learns nothing about who lives
where.
"""

from datetime import datetime, timedelta

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Choice, Reply, act
from bot.dialogue.press import Press, Start
from bot.dialogue.text import Text, _, join, listed
from domain import routing
from domain.decision import Event
from domain.glossary import RESIDENTS, STAFF, Role
from domain.people import Person
from domain.powers import HEADS
from handlers.bind import RELATIONS, decisions, described
from handlers.notices import Notices
from handlers.office import Office
from handlers.privacy import NOT_WITHOUT, PrivacyDesk, consented
from storage.bindings import BindingRequest

book = Book()
notices = Notices()

GUEST = (Role.GUEST,)
INVITERS = (*HEADS, Role.CS_SUPERVISOR, Role.SITE_MANAGER, Role.FRONT_DESK)
MOST_TRIES = 5
TRIES_WITHIN = timedelta(hours=1)
CODE_LASTS = timedelta(days=3)
SHARE: Text = _("分享我的手机号")
WRONG: Text = _("没有成功：绑定码可能打错、用过或过期了。请向前台要一个新的，也可以选“请前台核对”。")
ASKED: Text = _("已交给前台核对，核对好后在这里告诉您。急事请直接打前台电话。")


class FrontDoor:
    """Binds the acting guest's address to somebody on the roster."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def address(self) -> str:
        """The guest's own address on the channel they write from."""
        found = await self.office.work.bindings.addresses_of(self.office.person.id)
        return next(address for channel, address in found if channel == self.office.channel)

    async def by_phone(self, phone: str) -> Person | None:
        """The resident with this number, which the channel vouches for. Colleagues are bound by a code alone."""
        known = await self.office.work.people.by_phone(national(phone))
        return next((person for person in known if person.role in RESIDENTS), None)

    async def may_try(self) -> bool:
        """Count one try with a code; False when there were too many lately."""
        work, now = self.office.work, self.office.now
        name = f"code_tries.{self.office.person.id}"
        kept = await work.settings.get(name, {"since": now.isoformat(), "count": 0})
        if now.timestamp() - _stamp(kept["since"]) > TRIES_WITHIN.total_seconds():
            kept = {"since": now.isoformat(), "count": 0}
        work.settings.set(name, {**kept, "count": kept["count"] + 1})
        return bool(kept["count"] < MOST_TRIES)

    async def bind(self, person: Person, how: str) -> Reply:
        """From now on this address speaks for them; whoever shares their unit is told."""
        office, guest = self.office, self.office.person
        address = await self.address()
        if not await office.work.bindings.addresses_of(person.id) and guest.language != person.language:
            await office.work.people.set_language(person.id, guest.language)
        await office.work.bindings.bind(office.channel, address, person.id)
        told = Event("binding.made", "CP-3.1", {"how": how, "by": person.id})
        office.work.events.append(
            f"person-{person.id}", told, site=person.site, by=person.id, at=office.now, channel=office.channel
        )
        await self._tell_household(person)
        welcome = _("{name}，您好，已经认识您了。{units}").format(name=person.name, units=_units(person))
        next_step = _("有事直接说，比如“厨房漏水”；回复“帮助”看我能做什么。")
        choices = () if not person.resident else (act(_("同意告知"), "privacy_agree"), act(_("看告知"), "privacy"))
        await office.tell(person.id, Reply(join(welcome, next_step), choices=choices))
        return Reply(_("好了。"))

    async def _tell_household(self, person: Person) -> None:
        others = {
            other.id
            for unit in person.units
            for other in await self.office.work.people.residents_of(unit.id)
            if other.id != person.id
        }
        text = _("{name}绑定了{units}。不认识的话，请马上回复“人工”。").format(name=person.name, units=_units(person))
        await self.office.tell(sorted(others), Reply(text))

    async def ask(self, site: str, label: str, name: str, phone: str, relation: str) -> None:
        """Put it to the front desk; what they know of the unit is theirs."""
        office = self.office
        roster = await office.roster(site)
        desk = [p.id for p in routing.on_shift(Role.FRONT_DESK, roster, office.today(site))]
        found = await office.work.people.search_unit(site, label, 2)
        if len(found) != 1:
            text = _("有人要绑定，但房号对不上，请致电核对：\n{name} {phone}\n写的房号：{label}")
            await office.tell(desk, Reply(text.format(name=name, phone=phone, label=label)))
            return
        request = BindingRequest(
            channel=office.channel,
            address=await self.address(),
            name=name,
            phone=national(phone),
            relation=relation,
            site=site,
            unit=found[0].id,
        )
        number = await office.work.bindings.request(request)
        asked = await office.work.bindings.requested(number)
        if asked is not None:
            reply = Reply(described(asked, found[0]), choices=decisions(asked), slot=f"binding:{number}")
            await office.tell(desk, reply, matter=f"binding-{number}")


def national(phone: str) -> str:
    """A number as the roster has it: digits alone, without +86."""
    digits = "".join(c for c in phone if c.isascii() and c.isdigit())
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits


@book.button("welcome", who=GUEST, commands=("/start", "/help"), phrases=("帮助", "你好", "您好"))
async def welcome(press: Press, _desk: FrontDoor) -> Reply | Start:
    """The three ways in. A link from a door or a colleague opens the same: it never binds by itself."""
    if press.text.startswith("b-"):
        return press.start("redeem", text=press.text.removeprefix("b-"))
    return Reply(
        join(
            _("您好，这里是物业服务台。第一次来，先认一认您是谁："),
            _("登记过手机号的业主住户，点“分享我的手机号”最快；有绑定码就点“输入绑定码”；都没有，请前台核对。"),
        ),
        choices=_ways(),
    )


@book.button("contact", who=(*GUEST, *RESIDENTS, *STAFF))
async def contact(press: Press, desk: FrontDoor) -> Reply:
    """The sender's own number, as the channel hands it over (design §2: accepted only if it is theirs)."""
    if press.person.role is not Role.GUEST:
        return Reply(_("已经认识您了，{name}。").format(name=press.person.name))
    if not press.subject:
        return Reply(_("请点输入框下面的“分享我的手机号”按钮。没有看到的话，选“请前台核对”。"), choices=_ways())
    person = await desk.by_phone(press.subject)
    if person is None:
        text = _("收到。这个号码我们还没有登记，请前台核对一下，或输入绑定码。")
        return Reply(text, choices=_ways()[1:])
    return await desk.bind(person, "contact")


@book.button("contact_of_another", who=(*GUEST, *RESIDENTS, *STAFF))
async def contact_of_another(_press: Press, _desk: FrontDoor) -> Reply:
    return Reply(_("这不是您自己的号码。请用“分享我的手机号”按钮发您自己的。"))


@book.conversation("redeem", who=GUEST, commands=("/code",), phrases=("绑定码",), title=_("输入绑定码"))
async def redeem(chat: Chat, desk: FrontDoor) -> Reply | None:
    """A named code, used up by binding and not by opening."""
    code = await chat.text("code", _("请输入 10 位绑定码。"), taken=chat.opening, at_most=40)
    options = [Option("yes", _("绑定")), Option("no", _("不绑定"))]
    if await chat.choose("sure", _("用绑定码 {code} 绑定这个账号吗？").format(code=code), options) == "no":
        return Reply(_("好的，没有绑定，绑定码还能用。"))
    if not await desk.may_try():
        return Reply(_("试的次数太多了，请一小时后再试，或请前台核对。"), choices=_ways()[2:])
    whose = await desk.office.work.codes.redeem(code)
    person = await desk.office.work.people.get(whose) if whose else None
    if person is None or person.left:
        return Reply(WRONG, choices=_ways()[1:])
    return await desk.bind(person, "code")


@book.conversation("introduce", who=GUEST, phrases=("请前台核对",), title=_("请前台核对"))
async def introduce(chat: Chat, desk: FrontDoor) -> Reply | None:
    """Site, unit, name, number, relation; the answer is the same whatever of it is known."""
    if not await consented(chat, desk.office):
        return Reply(NOT_WITHOUT)
    sites = [Option(site.id, site.name) for site in await desk.office.work.people.sites()]
    site: str = await chat.choose("site", _("在哪个小区？"), sites, label=_("小区"), skip_if_single=True)
    label = await chat.text("unit", _("房号是？比如“3-1-201”。"), at_most=40, label=_("房号"))
    name = await chat.text("name", _("您的姓名？"), at_most=40, label=_("姓名"))
    phone = await chat.text("phone", _("您的手机号？前台会打来核对。"), at_most=20, check=_no_phone, label=_("手机号"))
    relation: str = await chat.choose("relation", _("您是这套房的？"), RELATIONS, label=_("身份"))
    await chat.confirm(_("请确认，提交后由前台核对"), "site", "unit", "name", "phone", "relation")
    await PrivacyDesk(desk.office).agree()
    await desk.ask(site, label, name, phone, relation)
    return Reply(ASKED)


@book.conversation("invite", who=INVITERS, commands=("/invite",), title=_("发绑定码"))
async def invite(chat: Chat, desk: FrontDoor) -> Reply | None:
    """A code for one named person, to be handed over in person: a head's own people, the front desk's residents."""
    found = await _invitable(chat, desk.office)
    if found is None:
        return Reply(_("没有找到可以发码的人。请核对手机号，或先在花名册里登记。"))
    await chat.confirm(_("给{name}发绑定码，请当面交给本人").format(name=found.name))
    code = await desk.office.work.codes.issue(found.id, CODE_LASTS)
    text = _("{name}的绑定码：{code}\n三天内有效，只能用一次。请当面交给本人，不要转发。")
    return Reply(text.format(name=found.name, code=code))


@book.button("language", who=(*GUEST, *RESIDENTS, *STAFF), commands=("/language",), phrases=("语言", "language"))
async def language(press: Press, desk: FrontDoor) -> Reply:
    """Chinese or English, from now on."""
    if press.subject not in ("zh", "en"):
        return Reply(_("用哪种语言？"), choices=(act("中文", "language", "zh"), act("English", "language", "en")))
    await desk.office.work.people.set_language(press.person.id, press.subject)
    return Reply("好的，以后用中文。" if press.subject == "zh" else "All right, English from now on.")


async def _invitable(chat: Chat, office: Office) -> Person | None:
    phone = national(await chat.text("phone", _("给谁发？请写对方的手机号。"), at_most=20, check=_no_phone))
    inviter = office.person
    for person in await office.work.people.by_phone(phone):
        if inviter.site not in ("", person.site):
            continue
        if inviter.role is Role.FRONT_DESK and not person.resident:
            continue
        if inviter.role in HEADS and person.department is not inviter.department:
            continue
        return person
    return None


def _no_phone(text: str) -> Text | None:
    return None if 7 <= len(national(text)) <= 15 else _("这不像手机号，请再写一次。")


def _ways() -> tuple[Choice, ...]:
    return (
        act(SHARE, "contact"),
        act(_("输入绑定码"), "redeem"),
        act(_("请前台核对"), "introduce"),
    )


def _units(person: Person) -> Text | str:
    return listed([unit.label for unit in person.units])


def _stamp(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
