"""The visit 上门回访 by the property assistant (CP-4.2.6d, T7, D-18): ordered, accepted, made; nobody at home."""

from datetime import datetime

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Attachment, Reply, act
from bot.dialogue.press import Press
from bot.dialogue.text import Text, _, join
from bot.dialogue.window import Window
from domain import visit
from domain.complaint import Complaint, Verdict
from domain.decision import Decision, Event, Refused
from domain.glossary import STAFF, Department, Role
from domain.ladder import hidden_from
from domain.people import Person
from domain.powers import Action, roles_of
from domain.routing import heads_of, present
from handlers.audience import by_day, front_desk, others
from handlers.callback_sheet import VERDICTS, in_hand, result
from handlers.notices import Notices
from handlers.office import Office
from handlers.orders import OPEN, own_words
from handlers.records import button, photos, record
from handlers.wording import due, heading, moment, shortened

book = Book()
notices = Notices()


class VisitDesk:
    """Visits in place of a call. Methods that return a Decision have written nothing yet."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def ordered(
        self, number: str, step: int, assistant: str | None = None, window: Window | None = None
    ) -> Decision[Complaint]:
        complaint, _order = await self.office.opened(number, Action.ORDER_VISIT)
        by, now, rules = self.office.person.id, self.office.now, self.office.rules(complaint.site)
        return visit.order_visit(complaint, step, by, assistant, now, rules, window.end if window else None)

    async def assistants(self, site: str, building: str, complaint: Complaint) -> tuple[Person, ...]:
        """Those of the building first, then the others present. Raises Refused where there is nobody."""
        roster, today = await self.office.roster(site), self.office.today(site)
        here = present(roster.having(Role.PROPERTY_ASSISTANT), roster, today)
        found = sorted(
            (person for person in here if not hidden_from(person, complaint)),
            key=lambda person: (bool(person.buildings) and building not in person.buildings, not person.duty),
        )
        if not found:
            raise Refused("no_assignee")
        return tuple(found)

    async def accept(self, number: str, step: int) -> Complaint:
        complaint, _order = await self.office.opened(number, Action.ACCEPT_VISIT)
        now = self.office.now
        return await self.office.apply(visit.accept_visit(complaint, step, self.office.person.id, now))

    async def made(
        self,
        number: str,
        step: int,
        *,
        met: bool = True,
        words: str = OPEN,
        pictures: tuple[Attachment, ...] = (),
        said: Verdict | None = None,
        again: Window | None = None,
    ) -> Decision[Complaint]:
        complaint, _order = await self.office.opened(number, Action.VISIT_DONE)
        return visit.visit_done(
            complaint,
            step,
            self.office.person.id,
            met=met,
            words=words,
            photos=tuple(picture.media for picture in pictures),
            now=self.office.now,
            rules=self.office.rules(complaint.site),
            said=said,
            again_at=again.end if again else None,
        )


@book.conversation("order_visit", who=roles_of(Action.ORDER_VISIT))
async def order_visit(chat: Chat, desk: VisitDesk) -> Reply | None:
    """The front desk sends a property assistant, within the limit or at the time agreed with the resident."""
    step = int(chat.step or 0)
    complaint = (await desk.ordered(chat.subject, step)).record
    assistants = await desk.assistants(complaint.site, complaint.building, complaint)
    options = [Option(person.id, person.name) for person in assistants]
    assistant: str = await chat.choose("assistant", _("请哪位物业助理上门？"), options, skip_if_single=True)
    hours = desk.office.rules(complaint.site).callback.visit_hours
    window = await chat.window("window", _("和业户约了时间吗？没约就跳过，按 {hours} 小时内上门。").format(hours=hours))
    complaint = await desk.office.apply(await desk.ordered(chat.subject, step, assistant, window))
    return await record(complaint, chat.person, desk.office, above=_("已安排上门，物业助理收到了。"))


@book.button("accept_visit", who=STAFF)
async def accept_visit(press: Press, desk: VisitDesk) -> Reply:
    complaint = await desk.accept(press.subject, int(press.step or 0))
    text = join(_("已接单，去过后点“完成上门”。"), await _what(complaint, desk.office))
    return Reply(text, (button(Action.VISIT_DONE, complaint),), edit=press.on is not None)


@book.conversation("visit_done", who=STAFF)
async def visit_done(chat: Chat, desk: VisitDesk) -> Reply | None:
    """Words, and a photo of the slip: the record of the visit (CP-4.2.6e)."""
    step = int(chat.step or 0)
    await desk.made(chat.subject, step)
    home: str = await chat.choose(
        "home", _("见到业户了吗？"), [Option("met", _("见到了")), Option("nobody", _("没人在家"))]
    )
    if home == "nobody":
        words = await chat.text("slip", _("留了什么回执？"), at_most=500, check=own_words)
        pictures = await chat.photos("photos", _("回执的照片？发完点“完成”。"))
        again = await chat.window("again", _("下次什么时候去？没约就跳过。"))
        decided = await desk.made(chat.subject, step, met=False, words=words, pictures=pictures, again=again)
        complaint = await desk.office.apply(decided)
        return Reply(join(_("已记下，请再去一次。"), await _what(complaint, desk.office)))
    options = [*(Option(code.value, label) for code, label in VERDICTS.items()), Option("none", _("没有表态"))]
    verdict: str = await chat.choose("verdict", _("业户满意吗？"), options)
    words = await chat.text("words", _("业户怎么说？"), at_most=1000, check=own_words)
    pictures = await chat.photos("photos", _("回执的照片？发完点“完成”。"))
    said = None if verdict == "none" else Verdict(verdict)
    complaint = await desk.office.apply(await desk.made(chat.subject, step, words=words, pictures=pictures, said=said))
    title = heading(complaint, desk.office.rules(complaint.site))
    return Reply(_("上门回访已记录，辛苦了。\n{heading}").format(heading=title))


async def _what(complaint: Complaint, office: Office) -> Text:
    """What the assistant needs at the door."""
    rules, planned = office.rules(complaint.site), in_hand(complaint).visit
    resident = await office.work.people.get(complaint.complainant)
    done = result(complaint)
    return join(
        heading(complaint, rules),
        shortened(complaint.details, 120),
        _("业户：{name}").format(name=resident.name) if resident else None,
        _("处理结果：{text}").format(text=shortened(done, 200)) if done else None,
        _("上门时限：{due}").format(due=due(planned.due_at, rules.zone, office.now)) if planned else None,
    )


@notices.on("visit.ordered")
async def tell_ordered(event: Event, complaint: Complaint, office: Office) -> None:
    """The assistant has it to accept; the resident knows when somebody comes."""
    ping = Reply(
        join(_("请上门回访"), await _what(complaint, office)),
        (button(Action.ACCEPT_VISIT, complaint),),
        lane="urgent",
    )
    await office.tell(event.data["assistant"], ping, matter=complaint.number)
    text = _("{number}：物业助理{name}会在 {limit} 前上门回访。").format(
        number=complaint.number,
        name=await office.name(event.data["assistant"]),
        limit=moment(datetime.fromisoformat(event.data["due_at"]), office.rules(complaint.site).zone, office.now),
    )
    await office.tell(complaint.complainant, Reply(text), matter=complaint.number)


@notices.on("visit.done")
async def tell_done(event: Event, complaint: Complaint, office: Office) -> None:
    """Where the resident gave no verdict at the door, the front desk still has to ask."""
    coming = in_hand(complaint)
    if coming.verdict is not None:
        return
    text = join(
        _("已上门，业户没有表态，请再回访"),
        heading(complaint, office.rules(complaint.site)),
        _("{name}：{text}").format(name=await office.name(event.data["by"]), text=str(event.data["words"])),
    )
    choices = (button(Action.RECORD_VERDICT, complaint), button(Action.ATTEMPT, complaint))
    pictures = await photos(tuple(event.data["photos"]), office)
    desk = others(office, await front_desk(complaint, office))
    await office.tell(desk, Reply(text, choices, pictures), matter=complaint.number)


@notices.on("visit.nobody_home")
async def tell_nobody_home(event: Event, complaint: Complaint, office: Office) -> None:
    """The resident learns of the slip and of the next visit."""
    rules = office.rules(complaint.site)
    again = moment(datetime.fromisoformat(event.data["due_at"]), rules.zone, office.now)
    text = _("{number}：物业助理来过，您不在家，留了回执。下次在 {again} 前再来，也可以直接在这里评价。").format(
        number=complaint.number, again=again
    )
    await office.tell(complaint.complainant, Reply(text), matter=complaint.number)


@notices.on("visit.overdue")
async def tell_overdue(event: Event, complaint: Complaint, office: Office) -> None:
    """The head of the property department (CP-4.2.6d), and the front desk that ordered it."""
    roster, today = await office.roster(complaint.site), office.today(complaint.site)
    text = join(
        _("上门回访已超时限，请催办"),
        heading(complaint, office.rules(complaint.site)),
        _("物业助理：{name}").format(name=await office.name(event.data["assistant"])),
    )
    reply = Reply(text, (act(_("查看"), "open", complaint.number),))
    heads = (p.id for p in heads_of(Department.PROPERTY, roster, today) if not hidden_from(p, complaint))
    await office.tell(heads, reply, matter=complaint.number, not_before=by_day(complaint, office))
    choices = (button(Action.RECORD_VERDICT, complaint), button(Action.ATTEMPT, complaint))
    await office.tell(await front_desk(complaint, office), Reply(text, choices), matter=complaint.number)
