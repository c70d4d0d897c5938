"""/relay 首问责任制 (CP-4.2.5): whoever hears a complaint first passes it on at once, and sees how it ends."""

from datetime import datetime

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Reply, act
from bot.dialogue.text import _, join, render
from domain.complaint import Complaint, Verdict
from domain.decision import Event
from domain.duty_log import Contact
from domain.glossary import STAFF
from domain.ladder import hidden_from
from handlers import heard_at
from handlers.audience import front_desk, in_charge, others
from handlers.notices import Notices
from handlers.office import Office
from handlers.on_behalf import OnBehalfDesk, Teller, resident_of, site_of, unit_of
from handlers.records import buttons
from handlers.wording import ROLES, heading, moment

book = Book()
notices = Notices()

NOW = "now"
SHOWN = ("site", "unit", "who", "name", "phone", "words", "kind", "area", "photos")


async def hand_over(chat: Chat, desk: OnBehalfDesk) -> Reply | None:
    """A relay that was abandoned still reaches the front desk, if it says whose complaint it is (CP-4.2.5)."""
    known = desk.office.work.people
    unit = await known.unit(chat.answer("unit") or "")
    person = await known.get(chat.answer("who") or "")
    name, phone = chat.answer("name", ""), chat.answer("phone", "")
    if unit is None or not (person or (name and phone)):
        return Reply(_("转达没有填完，前台还不知道这件事。请再发“/relay”，或直接打电话给前台。"))
    details = chat.answer("words") or chat.opening.text or render(_("（还没有写情况）"), "zh")
    filed = await desk.file(
        Teller(unit, person, name, phone),
        unit.site,
        kind=chat.answer("kind") or desk.guess(details, unit.site) or desk.kinds(unit.site)[-1].code,
        details=details,
        contact=Contact.RELAY,
        heard_at=chat.opening.at,
        photos=[*chat.answer("photos", ()), *chat.early],
        unfinished=True,
    )
    return Reply(
        _("转达没有填完，我们没有放下：已按现有内容转前台，编号 {number}。").format(number=filed.number),
        choices=(act(_("查看"), "open", filed.number),),
    )


@book.conversation(
    "relay",
    who=STAFF,
    commands=("/relay",),
    phrases=("转达投诉", "业户投诉", "替业户投诉"),
    title=_("转达业户投诉"),
    takes_files=True,
    on_expiry=hand_over,
)
async def relay(chat: Chat, desk: OnBehalfDesk) -> Reply | None:
    """Whose words, which words, when they were heard; the front desk has it with the last press."""
    site = await site_of(chat, desk)
    unit = await unit_of(chat, desk, site)
    teller = await resident_of(chat, desk, unit)
    opening = "" if await desk.named_unit(site, chat.opening.text) else chat.opening.text
    words = await chat.text("words", _("业户怎么说的？尽量写原话。"), label=_("情况"), at_least=4, taken=opening)
    kind: str = await chat.choose(
        "kind", _("是哪方面的问题？"), desk.kinds(site), label=_("类别"), proposed=desk.guess(words, site)
    )
    area: str = await chat.choose(
        "area",
        _("在家里，还是公共区域？"),
        [Option("private", _("家里")), Option("public", _("公共区域"))],
        label=_("位置"),
    )
    pictures = await chat.photos("photos", _("有照片吗？可以直接发，发完点“完成”。"), label=_("照片"))
    first_report_at = await _heard(chat)
    secret: str = await chat.choose(
        "secret",
        _("业户要求保密吗？"),
        [Option("no", _("不用保密")), Option("yes", _("要保密"))],
        label=_("保密"),
    )
    when = "when" if chat.answer("when") == NOW else "heard"
    await chat.confirm(_("请确认，提交后前台马上收到"), *SHOWN, when, "secret")
    filed = await desk.file(
        teller,
        site,
        kind=kind,
        details=words,
        contact=Contact.RELAY,
        heard_at=first_report_at,
        public_area=area == "public",
        photos=pictures,
        confidential=secret == "yes",
    )
    text = _("已转前台，编号 {number}。您是首问责任人，办结后会告诉您结果，谢谢。").format(number=filed.number)
    return Reply(text, choices=(act(_("查看"), "open", filed.number),))


async def _heard(chat: Chat) -> datetime:
    """The first report: when the first-asked person heard it, never later than the entry (D-10)."""
    when: str = await chat.choose(
        "when", _("什么时候听到的？"), [Option(NOW, _("刚刚")), Option("earlier", _("早些时候"))], label=_("听到时间")
    )
    if when == NOW:
        return chat.opening.at
    said = await chat.text(
        "heard",
        _("大概几点，或多久以前？比如“20分钟前”“上午9:30”。"),
        label=_("听到时间"),
        at_most=40,
        check=lambda text: heard_at.problem(text, chat.now, chat.zone),
    )
    base: str = await chat.fact("asked_at", lambda: _at(chat, said))
    return datetime.fromisoformat(base)


async def _at(chat: Chat, said: str) -> str:
    """Read once, when it is said: 20 分钟前 counts from then."""
    return (heard_at.read(said, chat.now, chat.zone) or chat.opening.at).isoformat()


@notices.on("complaint.received")
async def tell_complainant(_event: Event, complaint: Complaint, office: Office) -> None:
    """Who is bound reads that it was taken down for them, with the receipt of any complaint (CP-4.2.1c)."""
    person = await office.work.people.get(complaint.complainant)
    if complaint.taken_by is None or person is None or not await office.work.people.channel_of(person.id):
        return
    taker = await office.work.people.get(complaint.taken_by)
    text = _(
        "{role}{name}已替您登记投诉，编号 {number}：\n{details}\n{minutes} 分钟内会派到责任部门，派好马上告诉您。"
        "内容不对请点“补充”，随时回复“进度”查询。"
    ).format(
        role=ROLES.get(taker.role, "") if taker else "",
        name=taker.name if taker else "",
        number=complaint.number,
        details=complaint.details,
        minutes=office.rules(complaint.site).complaint.dispatch_minutes,
    )
    reply = Reply(text, choices=await buttons(complaint, person, office))
    await office.tell(person.id, reply, matter=complaint.number)


@notices.on("complaint.archived", "complaint.reopened")
async def tell_first_asked(event: Event, complaint: Complaint, office: Office) -> None:
    """The first-asked person sees the outcome; not who hears of it anyway, nor anybody it is about."""
    taker = await office.work.people.get(complaint.taken_by) if complaint.taken_by else None
    if complaint.channel != Contact.RELAY or taker is None or hidden_from(taker, complaint):
        return
    title = heading(complaint, office.rules(complaint.site))
    if event.kind == "complaint.reopened":
        informed = {*await front_desk(complaint, office), *(p for o in complaint.open_orders for p in in_charge(o))}
        if taker.id in informed:
            return
        text = join(_("您转达的投诉，业户还不满意，已重新处理："), title)
    else:
        satisfied = complaint.callback is not None and complaint.callback.verdict is Verdict.SATISFIED
        said = _("业户满意") if satisfied else _("回访没有得到业户答复")
        heard = moment(complaint.first_report_at, office.zone(complaint.site), office.now)
        text = join(
            _("您 {heard} 听到并转达的投诉已办结，{said}：").format(heard=heard, said=said),
            title,
            _("谢谢您第一时间转达。"),
        )
    await office.tell(others(office, (taker.id,)), Reply(text), matter=complaint.number)
