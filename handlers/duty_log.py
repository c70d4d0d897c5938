"""/duty, the duty log 值班记录 (CP-4.1.1): calls and visits are written down whole; what is a complaint is filed."""

from datetime import datetime, timedelta

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Choice, Reply, act
from bot.dialogue.press import Press
from bot.dialogue.text import Text, _, join
from domain import duty_log, limits
from domain.complaint import Complaint
from domain.decision import Event
from domain.duty_log import Contact, DutyEntry
from domain.powers import Action, roles_of
from handlers.notices import Notices
from handlers.office import Office
from handlers.on_behalf import OnBehalfDesk, Teller, resident_of, site_of, stranger, unit_of
from handlers.queue import QueueDesk
from handlers.records import record
from handlers.wording import shortened

book = Book()
notices = Notices()

PER_PAGE = 7
CONTACTS = {
    Contact.PHONE: _("电话"),
    Contact.VISIT: _("来访"),
    Contact.RELAY: _("转达"),
    Contact.CHAT: _("聊天"),
}
OWN_WORDS = "own"
SHOWN = ("site", "contact", "unit", "who", "place", "name", "phone", "matter", "complains", "kind", "area")
ANSWERS = (
    Option("noted", _("您好，情况已记录，马上安排人处理，处理好会回访您。")),
    Option("sorry", _("很抱歉给您带来不便，我们会尽快处理，有进展马上告诉您。")),
    Option("answered", _("已当场解答，业户没有其他疑问。")),
    Option("passed_on", _("已转相关同事，今天内给您回电。")),
    Option(OWN_WORDS, _("我来写")),
)
"""The desk's standard phrases (CP-4.1.1b)."""


class DutyDesk(OnBehalfDesk):
    """The log of one site."""

    async def write(
        self,
        teller: Teller,
        site: str,
        *,
        contact: Contact,
        matter: str,
        answer: str,
        heard_at: datetime,
        complaint: str | None = None,
    ) -> DutyEntry:
        """Raises Refused INCOMPLETE: nothing is saved then (CP-4.1.1a)."""
        office = self.office
        entry = duty_log.entry(
            site=site,
            contact=contact,
            unit=teller.unit,
            place=teller.place,
            name=teller.name,
            phone=teller.phone,
            matter=matter,
            answer=answer,
            taken_by=office.person.id,
            heard_at=heard_at,
            now=office.now,
            rules=office.rules(site),
            complaint=complaint,
        )
        office.work.duty_log.add(entry)
        return entry

    async def today(self, page: int) -> tuple[list[DutyEntry], int]:
        """One page of today's lines, latest first, and how many lines there are."""
        office, site = self.office, self.office.person.site
        rules = office.rules(site)
        start = limits.at_local(office.today(site), datetime.min.time(), rules)
        end = limits.at_local(office.today(site) + timedelta(days=1), datetime.min.time(), rules)
        log = office.work.duty_log
        shown = await log.between(site, start, end, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
        return shown, await log.count(site, start, end)


@book.button("duty", who=roles_of(Action.QUEUE), commands=("/duty",), phrases=("值班记录",), title=_("值班记录"))
async def duty(press: Press, desk: DutyDesk) -> Reply:
    """Today's lines, and the two buttons that begin a new one."""
    page = int(press.step) if press.step.isdigit() and press.step != "0" else 1
    shown, count = await desk.today(page)
    writing = (
        act(_("登记来电"), "duty_entry", "", Contact.PHONE),
        act(_("登记来访"), "duty_entry", "", Contact.VISIT),
    )
    turning_here = press.on is not None and bool(press.step)
    if not shown:
        return Reply(_("今天还没有值班记录。"), choices=writing, edit=turning_here)
    lines = [await _line(number, entry, desk.office) for number, entry in enumerate(shown, 1)]
    opening = tuple(
        act(_("{number} 看投诉").format(number=number), "open", entry.complaint)
        for number, entry in enumerate(shown, 1)
        if entry.complaint
    )
    title = _("今天的值班记录（{count} 条）").format(count=count)
    choices = (*writing, *opening, *_turning(page, count))
    return Reply(join(title, *lines), choices=choices, edit=turning_here)


@book.conversation(
    "duty_entry", who=roles_of(Action.QUEUE), phrases=("登记来电", "登记来访", "值班登记"), title=_("登记来电来访")
)
async def duty_entry(chat: Chat, desk: DutyDesk) -> Reply | None:
    """The form for one call or visit; it is saved whole or not at all."""
    site = await site_of(chat, desk)
    contact = await _contact(chat)
    teller = await _teller(chat, desk, site)
    matter = await chat.text("matter", _("对方说了什么事？请写详细些。"), label=_("事项"), at_least=4)
    complains: str = await chat.choose(
        "complains",
        _("这是投诉吗？"),
        [Option("yes", _("是投诉")), Option("no", _("不是，只登记"))],
        label=_("性质"),
    )
    kind, area = "", "private"
    if complains == "yes":
        kind = await chat.choose(
            "kind", _("是哪方面的问题？"), desk.kinds(site), label=_("类别"), proposed=desk.guess(matter, site)
        )
        area = await chat.choose(
            "area",
            _("在家里，还是公共区域？"),
            [Option("private", _("家里")), Option("public", _("公共区域"))],
            label=_("位置"),
        )
    answer = await _answer(chat)
    own = "own_answer" if chat.answer("answer") == OWN_WORDS else "answer"
    await chat.confirm(_("请确认值班记录"), *SHOWN, own)
    if complains == "no":
        await desk.write(teller, site, contact=contact, matter=matter, answer=answer, heard_at=chat.opening.at)
        return Reply(_("已记入值班记录。"), choices=(act(_("今天的值班记录"), "duty"),))
    filed = await desk.file(
        teller,
        site,
        kind=kind,
        details=matter,
        contact=contact,
        heard_at=chat.opening.at,
        public_area=area == "public",
    )
    await desk.write(
        teller,
        site,
        contact=contact,
        matter=matter,
        answer=answer,
        heard_at=chat.opening.at,
        complaint=filed.number,
    )
    shown = await record(filed, chat.person, desk.office, above=_("已记入值班记录并受理，请马上派单。"))
    to_issue = await QueueDesk(desk.office).issue_buttons(filed, chat.person) if filed.to_issue else shown.choices
    return Reply(shown.text, choices=to_issue, slot=f"queue:{filed.number}:{filed.step}")


async def _contact(chat: Chat) -> Contact:
    if chat.step in (Contact.PHONE, Contact.VISIT):
        return Contact(chat.step)
    options = [Option(code, CONTACTS[code]) for code in (Contact.PHONE, Contact.VISIT)]
    return Contact(await chat.choose("contact", _("是来电还是来访？"), options, label=_("方式")))


async def _teller(chat: Chat, desk: DutyDesk, site: str) -> Teller:
    whose: str = await chat.choose(
        "whose",
        _("是业户吗？"),
        [Option("resident", _("业户")), Option("stranger", _("不是住户"))],
        label=_("来人"),
    )
    if whose == "resident":
        return await resident_of(chat, desk, await unit_of(chat, desk, site))
    place = await chat.text("place", _("是哪里的事？比如“南门岗亭”。"), label=_("地点"), at_most=60)
    return await stranger(chat, None, place)


async def _answer(chat: Chat) -> str:
    """A standard phrase, or own words (CP-4.1.1b)."""
    chosen: str = await chat.choose("answer", _("怎么答复的？选一句，或者自己写。"), ANSWERS, label=_("答复"))
    if chosen == OWN_WORDS:
        return await chat.text("own_answer", _("请写下答复。"), label=_("答复"), at_least=2, at_most=500)
    return next(str(option.label) for option in ANSWERS if option.code == chosen)


async def _line(number: int, entry: DutyEntry, office: Office) -> Text:
    line = _("{number}. {clock} {contact} · {place} {name}：{matter}").format(
        number=number,
        clock=entry.at.astimezone(office.zone(entry.site)).strftime("%H:%M"),
        contact=CONTACTS[entry.contact],
        place=entry.place,
        name=entry.name,
        matter=shortened(entry.matter, 40),
    )
    if entry.complaint:
        line = _("{line} → {complaint}").format(line=line, complaint=entry.complaint)
    elif entry.answer:
        line = _("{line}（答：{answer}）").format(line=line, answer=shortened(entry.answer, 30))
    if entry.taken_by:
        line = _("{line} · {by}记").format(line=line, by=await office.name(entry.taken_by))
    return line


def _turning(page: int, count: int) -> tuple[Choice, ...]:
    turning = []
    if page > 1:
        turning.append(act(_("上一页"), "duty", "", str(page - 1)))
    if page * PER_PAGE < count:
        turning.append(act(_("下一页"), "duty", "", str(page + 1)))
    return tuple(turning)


@notices.on("complaint.received", "complaint.unfinished")
async def write_by_itself(_event: Event, complaint: Complaint, office: Office) -> None:
    """Complaints in chat and relayed ones write their line themselves; calls and visits have their form (CP-4.1.1a)."""
    if complaint.channel not in (Contact.CHAT, Contact.RELAY):
        return
    complainant = await office.work.people.get(complaint.complainant)
    office.work.duty_log.add(duty_log.of_complaint(complaint, complainant, office.now, office.rules(complaint.site)))
