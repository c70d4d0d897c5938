"""The file card 投诉处理档案卡 in chat (CP-4.2.3b–d, CP-4.2.4), and the morning list of department heads (CP-4.3.1)."""

from dataclasses import replace
from datetime import datetime

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat
from bot.dialogue.message import Choice, Reply
from bot.dialogue.press import Press
from bot.dialogue.text import _, join, listed
from domain import authority, file_card, routing
from domain.complaint import Complaint, WorkOrder
from domain.decision import Event
from domain.glossary import Department
from domain.people import Person
from domain.powers import HEADS, Action, roles_of
from handlers.audience import by_day, cs_supervisors, front_desk, in_charge
from handlers.lists import page
from handlers.notices import Notices
from handlers.office import Office
from handlers.pings import open_button, responsible_heads
from handlers.records import button, record
from handlers.wording import DEPARTMENTS, heading, moment, remaining

book = Book()
notices = Notices()


class CardDesk:
    """The front desk's part of the card, and the lists of cards and of a department's complaints."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def note_reason(self, number: str, reason: str) -> Complaint:
        complaint, _order = await self.office.opened(number, Action.NOTE_REASON)
        return await self.office.apply(file_card.note_reason(complaint, self.office.person.id, reason, self.office.now))

    async def of_department(self, site: str, department: Department) -> list[Complaint]:
        """Open complaints at work in the department or waiting for its review, oldest first."""
        found = await self.office.work.complaints.open_orders_of_department(site, department)
        return sorted(found, key=lambda complaint: (not complaint.urgent, complaint.first_report_at))


@book.conversation("note_reason", who=roles_of(Action.NOTE_REASON))
async def note_reason(chat: Chat, desk: CardDesk) -> Reply | None:
    """Why it is unfinished, written on the card by the front desk (CP-4.2.3b)."""
    await desk.office.opened(chat.subject, Action.NOTE_REASON)
    reason = await chat.text("reason", _("为什么到时限还没完成？请写下原因。"), at_most=1000)
    complaint = await desk.note_reason(chat.subject, reason)
    return await record(complaint, chat.person, desk.office, above=_("原因已写上档案卡，负责人会看到。"))


@book.button("card", who=roles_of(Action.NOTE_REASON), commands=("/card",), phrases=("档案卡",), title=_("档案卡"))
async def cards(press: Press, desk: CardDesk) -> Reply:
    """File cards not filed yet, the oldest first (CP-4.2.3d)."""
    found = await desk.office.work.complaints.cards_open(press.person.site)
    return await page(_("未归档的档案卡"), found, press, desk.office, action="card", empty=_("现在没有档案卡。"))


@book.button("department_list", who=HEADS)
async def department_list(press: Press, desk: CardDesk) -> Reply:
    """A further page of the head's own list."""
    department = press.person.department or Department.CS
    return await _department_page(press, department, press.person.site, desk)


async def head_list(office: Office, site: str, occurrence: datetime) -> None:
    """Every morning each head gets the department's open complaints, if there are any (CP-4.3.1)."""
    roster, today = await office.roster(site), office.today(site)
    told: set[str] = set()
    for department in Department:
        for head in routing.heads_of(department, roster, today):
            if head.id in told or not await CardDesk(office).of_department(site, department):
                continue
            told.add(head.id)
            listed = await _department_page(Press(head, "", "", office.now), department, site, CardDesk(office))
            await office.tell(head.id, replace(listed, lane="bulk"), matter=f"heads:{site}:{occurrence.date()}")


async def _department_page(press: Press, department: Department, site: str, desk: CardDesk) -> Reply:
    found = await desk.of_department(site, department)
    title = _("{department}在办的投诉").format(department=DEPARTMENTS[department])
    return await page(
        title, found, press, desk.office, action="department_list", empty=_("本部门没有在办的投诉，辛苦了。")
    )


@notices.on("card.opened")
async def ask_reason(event: Event, complaint: Complaint, office: Office) -> None:
    """The card goes out as prefilled; the front desk is asked to add the reason (CP-4.2.3b)."""
    rules = office.rules(complaint.site)
    text = _(
        "⚠ {hours} 小时未完成，已开档案卡 {card}，并报客服主管和部门负责人\n{heading}\n请补写未完成的原因。"
    ).format(hours=rules.complaint.card_hours, card=str(event.data["card"]), heading=heading(complaint, rules))
    reply = Reply(text, choices=(button(Action.NOTE_REASON, complaint),), slot=_slot(complaint))
    await office.tell(
        await front_desk(complaint, office), reply, matter=complaint.number, not_before=by_day(complaint, office)
    )


@notices.on("card.reason_noted")
async def tell_reason(event: Event, complaint: Complaint, office: Office) -> None:
    """The heads read the reason; the rest of the front desk need not write it."""
    by = str(event.data["by"])
    line = _("档案卡 {card} 未完成原因：{reason}\n{heading}").format(
        card=str(event.data["card"]),
        reason=str(event.data["reason"]),
        heading=heading(complaint, office.rules(complaint.site)),
    )
    desk = await front_desk(complaint, office)
    settled = join(line, _("（由{name}填写）").format(name=await office.name(by)))
    await office.tell(desk, Reply(settled, slot=_slot(complaint), edit=True), matter=complaint.number)
    heads = [head for head in await responsible_heads(complaint, office) if head != by and head not in desk]
    await office.tell(heads, Reply(line), matter=complaint.number)


@notices.on("card.reply_reminder")
async def remind_reply(event: Event, complaint: Complaint, office: Office) -> None:
    """An hour before 17:00, the departments that have not replied (K4)."""
    rules = office.rules(complaint.site)
    due_at = datetime.fromisoformat(str(event.data["due_at"]))
    text = _("请在 {due} 前回复今天的进度，没有变化也要回复（{remaining}）\n{heading}").format(
        due=moment(due_at, rules.zone, office.now),
        remaining=remaining(due_at, office.now),
        heading=heading(complaint, rules),
    )
    for order in _named_orders(event, complaint):
        people = (*in_charge(order), *await _heads(order, complaint, office))
        for person in await office.work.people.all(dict.fromkeys(people)):
            reply = Reply(text, choices=_progress(complaint, order, person), slot=f"reply:{order.number}")
            await office.tell(person.id, reply, matter=complaint.number)


@notices.on("card.reply_missed")
async def tell_missed(event: Event, complaint: Complaint, office: Office) -> None:
    """17:00 has passed without a reply: front desk, head and L2 are told (CP-4.2.4)."""
    departments = listed(DEPARTMENTS[Department(str(code))] for code in event.data["departments"])
    text = _("{departments}今天没有回复进度，连续 {count} 次\n{heading}").format(
        departments=departments,
        count=int(event.data["running"]),
        heading=heading(complaint, office.rules(complaint.site)),
    )
    orders = _named_orders(event, complaint)
    heads = [head for order in orders for head in await _heads(order, complaint, office)]
    people = (*heads, *await front_desk(complaint, office), *await cs_supervisors(complaint, office))
    for person in await office.work.people.all(dict.fromkeys(people)):
        choices = next(
            (found for order in orders if (found := _progress(complaint, order, person))), (open_button(complaint),)
        )
        await office.tell(person.id, Reply(text, choices=choices), matter=complaint.number)


def _slot(complaint: Complaint) -> str:
    return f"card:{complaint.number}"


def _named_orders(event: Event, complaint: Complaint) -> tuple[WorkOrder, ...]:
    return tuple(order for order in complaint.orders if order.number in event.data["orders"])


def _progress(complaint: Complaint, order: WorkOrder, person: Person) -> tuple[Choice, ...]:
    allowed = Action.PROGRESS in authority.actions(person, complaint, order)
    return (button(Action.PROGRESS, complaint, order),) if allowed else ()


async def _heads(order: WorkOrder, complaint: Complaint, office: Office) -> tuple[str, ...]:
    roster = await office.roster(complaint.site)
    heads = routing.heads_of(order.department, roster, office.today(complaint.site))
    return tuple(head.id for head in heads if head.id != complaint.about)
