"""The front desk's queue (/queue): issue, ask the resident, complete an unfinished complaint, mark it urgent."""

from dataclasses import replace
from datetime import datetime

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Choice, Reply
from bot.dialogue.press import Press
from bot.dialogue.text import Text, _, listed
from domain import filing, routing, work_order
from domain.complaint import Complaint
from domain.decision import Event, Refused
from domain.glossary import Department, Role
from domain.people import Person
from domain.powers import Action, roles_of
from domain.refusals import Why
from handlers.lists import page
from handlers.notices import Notices
from handlers.office import Office
from handlers.records import button, buttons, issue_choices, record
from handlers.wording import DEPARTMENTS, heading, kind_name

book = Book()
notices = Notices()

ISSUABLE = (
    Department.ENGINEERING,
    Department.CLEANING,
    Department.SECURITY,
    Department.PROPERTY,
    Department.ADMINISTRATION,
    Department.CS,
)
"""Departments that handle complaints (CP-3.1, CP-3.2), the most frequent first."""


class QueueDesk:
    """What the front desk does before a department has the matter."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def issue(self, number: str, department: Department | None, step: int | None) -> Complaint:
        """Issue a work order to the department, or to the one proposed (CP-4.2.1a). Raises Refused."""
        complaint, _order = await self.office.opened(number, Action.ISSUE)
        return await self._issue(
            complaint, department or complaint.proposed or Department.CS, step, self.office.person.id
        )

    async def issue_also(self, number: str, department: Department) -> Complaint:
        """One more work order to a second department, while the first is at work (CP-3.2). Raises Refused."""
        complaint, _order = await self.office.opened(number, Action.ISSUE_ALSO)
        return await self._issue(complaint, department, None, self.office.person.id)

    async def issue_by_itself(self, complaint: Complaint) -> Complaint:
        """`complaint.auto_issue`: the desk issues to the proposed department at once, in nobody's name."""
        return await self._issue(complaint, complaint.proposed or Department.CS, None, None)

    async def _issue(self, complaint: Complaint, department: Department, step: int | None, by: str | None) -> Complaint:
        office = self.office
        roster, today = await office.roster(complaint.site), office.today(complaint.site)
        assigned = routing.assignees(department, complaint, roster, office.rules(complaint.site), today)
        if not assigned:
            raise Refused("no_assignee")
        return await office.apply(
            work_order.issue(
                complaint,
                number=await office.work.numbers.next("GD", today),
                department=department,
                assigned=assigned,
                by=by,
                now=office.now,
                step=step,
            )
        )

    async def close_declined(self, number: str, reason: str) -> Complaint:
        """Leave a declined order without a successor, since other departments have the matter. Raises Refused."""
        complaint, _order = await self.office.opened(number, Action.CLOSE_DECLINED)
        waiting = next((order.number for order in complaint.orders if order.waiting), "")
        if not waiting:
            raise Refused(Why.WRONG_STATE, state=str(complaint.state), what=str(Action.CLOSE_DECLINED))
        by, now = self.office.person.id, self.office.now
        return await self.office.apply(work_order.close_declined(complaint, waiting, by, reason, now))

    async def ask(self, number: str, text: str) -> Complaint:
        complaint, _order = await self.office.opened(number, Action.ASK)
        return await self.office.apply(filing.ask(complaint, self.office.person.id, text, self.office.now))

    async def mark_urgent(self, number: str) -> Complaint:
        complaint, _order = await self.office.opened(number, Action.MARK_URGENT)
        return await self.office.apply(filing.mark_urgent(complaint, self.office.person.id, self.office.now))

    async def complete(self, number: str, kind: str, details: str) -> Complaint:
        """Make an abandoned complaint whole after calling the resident (D-10)."""
        complaint, _order = await self.office.opened(number, Action.COMPLETE)
        office = self.office
        rules = office.rules(complaint.site)
        done = await office.apply(
            filing.complete(complaint, kind=kind, details=details, by=office.person.id, now=office.now, rules=rules)
        )
        await office.work.calls.close_for(complaint.number, by=office.person.id, outcome=details)
        return done

    async def issue_buttons(self, complaint: Complaint, person: Person) -> tuple[Choice, ...]:
        """The queue's own buttons: issue to the proposed department in one press, or choose another."""
        if complaint.unfinished:
            return await buttons(complaint, person, self.office)
        return (
            *issue_choices(complaint),
            *((button(Action.CLOSE_DECLINED, complaint),) if complaint.counting_orders else ()),
            button(Action.ASK, complaint),
            *(() if complaint.urgent else (button(Action.MARK_URGENT, complaint),)),
        )


@book.button("queue", who=roles_of(Action.QUEUE), commands=("/queue",), phrases=("队列", "待办"), title=_("投诉队列"))
async def queue(press: Press, desk: QueueDesk) -> Reply:
    """Open complaints of the site, those to issue first, then by what is due next."""
    return await _listed(_("未归档的投诉"), press, press.person.site, desk.office)


async def evening_list(office: Office, site: str, occurrence: datetime) -> None:
    """The evening digest: what stays open overnight, to the front desk on shift and the cs supervisors."""
    if not await office.work.complaints.open_of_site(site):
        return
    roster, today = await office.roster(site), office.today(site)
    for role in (Role.FRONT_DESK, Role.CS_SUPERVISOR):
        for person in routing.on_shift(role, roster, today):
            listing = await _listed(_("今天收工时还没归档的投诉"), Press(person, "", "", office.now), site, office)
            if listing.choices:
                matter = f"evening:{site}:{occurrence.date()}"
                await office.tell(person.id, replace(listing, lane="bulk"), matter=matter)


async def _listed(title: Text, press: Press, site: str, office: Office) -> Reply:
    complaints = await office.work.complaints.open_of_site(site)
    return await page(
        title,
        sorted(complaints, key=lambda c: (not c.to_issue, not c.urgent, c.first_report_at)),
        press,
        office,
        action="queue",
        empty=_("队列是空的，辛苦了。"),
    )


@book.button("open", who=roles_of(Action.VIEW))
async def open_record(press: Press, desk: QueueDesk) -> Reply:
    """One complaint with the buttons that this person may press now."""
    complaint, _order = await desk.office.opened(press.subject, Action.VIEW)
    return await record(complaint, press.person, desk.office)


@book.button("issue", who=roles_of(Action.ISSUE))
async def issue(press: Press, desk: QueueDesk) -> Reply:
    complaint = await desk.issue(press.subject, None, int(press.step or 0))
    return await _issued(complaint, press.person, desk.office)


@book.conversation("issue_to", who=roles_of(Action.ISSUE))
async def issue_to(chat: Chat, desk: QueueDesk) -> Reply | None:
    """Choose the department; one that is at work on it already is not offered."""
    complaint, _order = await desk.office.opened(chat.subject, Action.ISSUE)
    busy = {order.department for order in complaint.open_orders}
    options = [Option(code.value, DEPARTMENTS[code]) for code in ISSUABLE if code not in busy]
    department: str = await chat.choose("department", _("派给哪个部门？"), options)
    complaint = await desk.issue(chat.subject, Department(department), int(chat.step or 0))
    return await _issued(complaint, chat.person, desk.office)


@book.conversation("issue_also", who=roles_of(Action.ISSUE_ALSO))
async def issue_also(chat: Chat, desk: QueueDesk) -> Reply | None:
    """A second department joins while the first is at work (CP-3.2)."""
    complaint, _order = await desk.office.opened(chat.subject, Action.ISSUE_ALSO)
    busy = {order.department for order in complaint.open_orders}
    options = [Option(code.value, DEPARTMENTS[code]) for code in ISSUABLE if code not in busy]
    department: str = await chat.choose("department", _("再派给哪个部门？原来的部门照常处理。"), options)
    return await _issued(await desk.issue_also(chat.subject, Department(department)), chat.person, desk.office)


@book.conversation("close_declined", who=roles_of(Action.CLOSE_DECLINED))
async def close_declined(chat: Chat, desk: QueueDesk) -> Reply | None:
    """No other department in place of the one that declined; those at work go on."""
    reason = await chat.text("reason", _("为什么不再派单？其他部门会照常处理。"), at_most=500)
    complaint = await desk.close_declined(chat.subject, reason)
    return await record(complaint, chat.person, desk.office, above=_("好的，不再派单，其他部门照常处理。"))


async def _issued(complaint: Complaint, person: Person, office: Office) -> Reply:
    order = complaint.orders[-1]
    names = listed([await office.name(p) for p in order.assigned])
    above = _("已派单：{order} → {department}（{names}）").format(
        order=order.number, department=DEPARTMENTS[order.department], names=names
    )
    return await record(complaint, person, office, above=above)


@book.conversation("ask", who=roles_of(Action.ASK))
async def ask(chat: Chat, desk: QueueDesk) -> Reply | None:
    """A question to the resident; T1 keeps running (CP-4.2.1a)."""
    text = await chat.text("text", _("想问业户什么？"), at_most=500)
    complaint = await desk.ask(chat.subject, text)
    return await record(complaint, chat.person, desk.office, above=_("已转问业户，有回答马上告诉您。"))


@book.button("mark_urgent", who=roles_of(Action.MARK_URGENT))
async def mark_urgent(press: Press, desk: QueueDesk) -> Reply:
    complaint = await desk.mark_urgent(press.subject)
    return await record(complaint, press.person, desk.office, above=_("已标为紧急，夜间也会马上通知。"))


@book.conversation("complete", who=roles_of(Action.COMPLETE))
async def complete(chat: Chat, desk: QueueDesk) -> Reply | None:
    """Complete an abandoned complaint after a call; then it can be issued."""
    site = chat.person.site
    rules = desk.office.rules(site)
    options = [Option(kind.code, kind_name(kind.code, rules)) for kind in rules.kinds]
    kind: str = await chat.choose("kind", _("致电后确认：是哪方面的问题？"), options)
    details = await chat.text("details", _("请写下业户说的情况。"), at_least=4)
    complaint = await desk.complete(chat.subject, kind, details)
    above = _("已补全，可以派单了。")
    return Reply(
        (await record(complaint, chat.person, desk.office, above=above)).text,
        choices=await desk.issue_buttons(complaint, chat.person),
    )


@notices.on("complaint.question")
async def ask_resident(event: Event, complaint: Complaint, office: Office) -> None:
    text = _("{heading}\n工作人员想问您：{text}\n直接点“回答”告诉我们。").format(
        heading=heading(complaint, office.rules(complaint.site)), text=str(event.data["text"])
    )
    reply = Reply(text, choices=(button(Action.ANSWER, complaint),))
    await office.tell(complaint.complainant, reply, matter=complaint.number)
