"""Review of the result by the department head (CP-4.2.6a), and by the cs supervisor before filing (CP-4.2.6f)."""

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat
from bot.dialogue.message import Reply
from bot.dialogue.press import Press
from bot.dialogue.text import Text, _, join
from domain import review
from domain.complaint import Complaint, Verdict
from domain.decision import Decision, Event
from domain.glossary import STAFF
from domain.powers import Action
from handlers.audience import archivists, head, others
from handlers.notices import Notices
from handlers.office import Office
from handlers.orders import OPEN, held, order_buttons, own_words
from handlers.records import record
from handlers.wording import heading

book = Book()
notices = Notices()


class ReviewDesk:
    """What the two reviewers decide. Methods that return a Decision have written nothing yet."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def pass_review(self, number: str) -> Complaint:
        complaint, order = await held(self.office, number, Action.PASS_REVIEW)
        by, rules = self.office.person.id, self.office.rules(complaint.site)
        return await self.office.apply(review.pass_review(complaint, order.number, by, self.office.now, rules))

    async def sent_back(self, number: str, reason: str = OPEN) -> Decision[Complaint]:
        """The department head's [退回]."""
        complaint, order = await held(self.office, number, Action.RETURN_ORDER)
        by, rules = self.office.person.id, self.office.rules(complaint.site)
        return review.return_order(complaint, order.number, by, reason, self.office.now, rules)

    async def archive(self, number: str) -> Complaint:
        complaint, _order = await self.office.opened(number, Action.ARCHIVE)
        return await self.office.apply(review.archive(complaint, self.office.person.id, self.office.now))

    async def returned(self, number: str, reason: str = OPEN) -> Decision[Complaint]:
        """The cs supervisor's [退回]."""
        complaint, _order = await self.office.opened(number, Action.RETURN_TO_WORK)
        by, rules = self.office.person.id, self.office.rules(complaint.site)
        return review.return_to_work(complaint, by, reason, self.office.now, rules)


@book.button("pass_review", who=STAFF)
async def pass_review(press: Press, desk: ReviewDesk) -> Reply:
    complaint = await desk.pass_review(press.subject)
    waiting = any(order.open or order.reviewed_at is None for order in complaint.counting_orders)
    above = _("已审核通过，还有其他部门在处理。") if waiting else _("已审核通过，已送前台回访。")
    return await record(complaint, press.person, desk.office, above=above)


@book.conversation("return_order", who=STAFF)
async def return_order(chat: Chat, desk: ReviewDesk) -> Reply | None:
    await desk.sent_back(chat.subject)
    reason = await chat.text("reason", _("哪里还不行？处理人会看到。"), at_most=500, check=own_words)
    complaint = await desk.office.apply(await desk.sent_back(chat.subject, reason))
    title = heading(complaint, desk.office.rules(complaint.site))
    return Reply(_("已退回处理人。\n{heading}").format(heading=title))


@book.button("archive", who=STAFF)
async def archive(press: Press, desk: ReviewDesk) -> Reply:
    complaint = await desk.archive(press.subject)
    return await record(complaint, press.person, desk.office, above=_("已归档。"))


@book.conversation("return_to_work", who=STAFF)
async def return_to_work(chat: Chat, desk: ReviewDesk) -> Reply | None:
    await desk.returned(chat.subject)
    reason = await chat.text("reason", _("为什么要重新处理？责任部门会看到。"), at_most=500, check=own_words)
    complaint = await desk.office.apply(await desk.returned(chat.subject, reason))
    title = heading(complaint, desk.office.rules(complaint.site))
    return Reply(_("已退回责任部门重办。\n{heading}").format(heading=title))


@notices.on("order.review_passed")
async def tell_passed(event: Event, complaint: Complaint, office: Office) -> None:
    """The review ping is spent; what comes next is said by the callback."""
    order = complaint.order(event.data["order"])
    text = _("{heading}\n已由{name}审核通过。").format(
        heading=heading(complaint, office.rules(complaint.site)), name=await office.name(event.data["by"])
    )
    slot = f"review:{order.number}:{order.returned}"
    await office.tell(await head(order, complaint, office), Reply(text, slot=slot, edit=True), matter=complaint.number)


@notices.on("order.returned")
async def tell_returned(event: Event, complaint: Complaint, office: Office) -> None:
    """The handler, with the reason; the resident is not troubled with it."""
    order = complaint.order(event.data["order"])
    title, name = heading(complaint, office.rules(complaint.site)), await office.name(event.data["by"])
    spent = _("{heading}\n{name}已退回处理人。").format(heading=title, name=name)
    slot = f"review:{order.number}:{order.returned - 1}"
    await office.tell(await head(order, complaint, office), Reply(spent, slot=slot, edit=True), matter=complaint.number)
    text = join(
        _("审核退回，请再处理：工单 {number}").format(number=order.number),
        title,
        _("{name}：{reason}").format(name=name, reason=event.data["reason"]),
    )
    reply = Reply(text, choices=order_buttons(complaint, order), lane="urgent")
    await office.tell(others(office, (order.handler,)), reply, matter=complaint.number)


@notices.on("complaint.archived")
async def tell_archived(event: Event, complaint: Complaint, office: Office) -> None:
    text = _("{number} 已办结，感谢您的配合。之后再有问题，直接说“我要投诉”就行。").format(number=complaint.number)
    await office.tell(complaint.complainant, Reply(text), matter=complaint.number)
    await _spend(complaint, office, _("已由{name}归档。").format(name=await office.name(event.data["by"])))


@notices.on("complaint.returned")
async def tell_returned_to_work(event: Event, complaint: Complaint, office: Office) -> None:
    """The resident learns that work goes on; the department hears it with `complaint.reopened`."""
    text = _("{number}：复核后我们决定再处理一次，完成后再回访您。").format(number=complaint.number)
    await office.tell(complaint.complainant, Reply(text), matter=complaint.number)
    await _spend(complaint, office, _("已由{name}退回重办。").format(name=await office.name(event.data["by"])))


async def _spend(complaint: Complaint, office: Office, what: Text) -> None:
    """The reviewers' ping needs no press any more; where nobody was reached there was none."""
    last = complaint.callback
    if last is None or last.verdict is not Verdict.SATISFIED:
        return
    text = join(heading(complaint, office.rules(complaint.site)), what)
    reply = Reply(text, slot=f"archive:{complaint.number}:{last.step}", edit=True)
    await office.tell(await archivists(complaint, office), reply, matter=complaint.number)
