"""The time agreed with the complainant (CP-4.2.2c, D-12): proposed in chat, answered, or agreed by phone."""

from datetime import datetime

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Reply, act
from bot.dialogue.press import Press
from bot.dialogue.text import Text, _, join
from bot.dialogue.window import Window
from domain import agreed_time
from domain.complaint import AgreedTime, Agreement, Complaint, WorkOrder
from domain.decision import Decision, Event, Refused
from domain.glossary import STAFF
from domain.powers import Action, roles_of
from domain.refusals import Why
from handlers.audience import cs_supervisors, in_charge, others
from handlers.notices import Notices
from handlers.office import Office
from handlers.orders import held, order_buttons
from handlers.records import button, record
from handlers.wording import DEPARTMENTS, between, heading

book = Book()
notices = Notices()


class AgreedTimeDesk:
    """Proposals and agreements. Methods that return a Decision have written nothing yet."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def to_agree(self, number: str) -> tuple[Complaint, WorkOrder]:
        """The order, if a time can be proposed for it now. Raises Refused."""
        complaint, order = await held(self.office, number, Action.PROPOSE_TIME)
        if order.handler is None or not order.open:
            raise Refused(Why.WRONG_STATE, state=str(order.state), what=str(Action.PROPOSE_TIME))
        return complaint, order

    async def propose(self, number: str, window: Window | None) -> Complaint:
        complaint, order = await self.to_agree(number)
        if window is None:
            raise Refused(Why.BAD_WINDOW)
        by, now = self.office.person.id, self.office.now
        return await self.office.apply(
            agreed_time.propose_time(complaint, order.number, by, window.start, window.end, now)
        )

    async def answered(self, number: str, agreed: bool, at_step: int) -> Decision[Complaint]:
        complaint, order = await held(self.office, number, Action.ANSWER_TIME)
        by, rules = self.office.person.id, self.office.rules(complaint.site)
        return agreed_time.answer_time(complaint, order.number, by, agreed, self.office.now, at_step, rules)

    async def to_log(self, number: str) -> tuple[Complaint, tuple[WorkOrder, ...]]:
        """The open orders that a time agreed by phone may be for; `number` is an order's or the complaint's."""
        complaint, order = await self.office.opened(number, Action.LOG_TIME)
        orders = tuple(o for o in complaint.open_orders if order is None or o.number == order.number)
        if not orders:
            raise Refused(Why.WRONG_STATE, state=str(complaint.state), what=str(Action.LOG_TIME))
        return complaint, orders

    async def log(self, number: str, window: Window | None, whom: str) -> Complaint:
        complaint, order = await held(self.office, number, Action.LOG_TIME)
        if window is None:
            raise Refused(Why.BAD_WINDOW)
        by, now, rules = self.office.person.id, self.office.now, self.office.rules(complaint.site)
        return await self.office.apply(
            agreed_time.log_agreed_time(complaint, order.number, by, window.start, window.end, now, rules, whom)
        )


@book.conversation("propose_time", who=STAFF)
async def propose_time(chat: Chat, desk: AgreedTimeDesk) -> Reply | None:
    """Propose a time; until the resident agrees, the limit stays as it is."""
    await desk.to_agree(chat.subject)
    window = await chat.window("window", _("想约业户什么时间？比如“明天下午三点到五点”。"), optional=False)
    complaint = await desk.propose(chat.subject, window)
    return await record(complaint, chat.person, desk.office, above=_("已发给业户，等业户答复。同意前仍按原时限。"))


@book.button("agree_time", who=roles_of(Action.ANSWER_TIME))
async def agree_time(press: Press, desk: AgreedTimeDesk) -> Reply:
    complaint = await desk.office.apply(await desk.answered(press.subject, True, int(press.step or 0)))
    return Reply(_answer(complaint, press.subject, desk.office), edit=press.on is not None)


@book.button("refuse_time", who=roles_of(Action.ANSWER_TIME))
async def refuse_time(press: Press, desk: AgreedTimeDesk) -> Reply:
    complaint = await desk.office.apply(await desk.answered(press.subject, False, int(press.step or 0)))
    return Reply(_answer(complaint, press.subject, desk.office), edit=press.on is not None)


@book.conversation("answer_time", who=roles_of(Action.ANSWER_TIME))
async def answer_time(chat: Chat, desk: AgreedTimeDesk) -> Reply | None:
    """The same two answers, asked anew."""
    step = int(chat.step or 0)
    await desk.answered(chat.subject, False, step)
    proposed = _proposal(await desk.office.complaint(chat.subject), chat.subject)
    said: str = await chat.choose(
        "said",
        _("想约在 {window}，可以吗？").format(window=_between(proposed.start, proposed.until, desk.office)),
        [Option("yes", _("同意")), Option("no", _("不同意"))],
    )
    complaint = await desk.office.apply(await desk.answered(chat.subject, said == "yes", step))
    return Reply(_answer(complaint, chat.subject, desk.office))


@book.conversation("log_time", who=roles_of(Action.LOG_TIME))
async def log_time(chat: Chat, desk: AgreedTimeDesk) -> Reply | None:
    """A time agreed by phone, with the name of whom it was agreed with (D-12)."""
    _complaint, orders = await desk.to_log(chat.subject)
    options = [Option(order.number, DEPARTMENTS[order.department]) for order in orders]
    number: str = await chat.choose("order", _("和哪个部门的上门时间？"), options, skip_if_single=True)
    window = await chat.window(
        "window", _("电话里约好什么时间？比如“明天下午三点到五点”。"), optional=False, label=_("约定时间")
    )
    whom = await chat.text("whom", _("跟谁约的？"), label=_("约定人"), at_most=100)
    await chat.confirm(_("请确认"), "window", "whom")
    complaint = await desk.log(number, window, whom)
    return await record(complaint, chat.person, desk.office, above=_("已记下约定时间，完成时限改为约定时间。"))


def _answer(complaint: Complaint, number: str, office: Office) -> Text:
    proposed = _proposal(complaint, number)
    if proposed.state is Agreement.AGREED:
        return _("好的，约在 {window}，到时见。").format(window=_between(proposed.start, proposed.until, office))
    return _("好的，已告诉处理人，会再和您约。方便的时间可以点“补充”或回复“人工”告诉我们。")


def _proposal(complaint: Complaint, number: str) -> AgreedTime:
    proposed = complaint.order(number).proposed
    if proposed is None:
        raise Refused(Why.WRONG_STATE, state=str(complaint.state), what=str(Action.ANSWER_TIME))
    return proposed


def _between(start: datetime, until: datetime, office: Office, site: str = "") -> Text:
    zone = office.zone(site or office.person.site)
    return between(start, until, zone, office.now)


def _window(event: Event, complaint: Complaint, office: Office) -> Text:
    start, until = (datetime.fromisoformat(event.data[name]) for name in ("start", "until"))
    return _between(start, until, office, complaint.site)


@notices.on("order.time_proposed")
async def tell_proposed(event: Event, complaint: Complaint, office: Office) -> None:
    """The resident answers in one press."""
    order, step = complaint.order(event.data["order"]), str(event.data["step"])
    text = _("{number}：{department}{name}想约 {window} 上门处理，可以吗？").format(
        number=complaint.number,
        department=DEPARTMENTS[order.department],
        name=await office.name(event.data["by"]),
        window=_window(event, complaint, office),
    )
    choices = (
        act(_("同意"), "agree_time", order.number, step),
        act(_("不同意"), "refuse_time", order.number, step),
    )
    slot = f"time:{order.number}"
    await office.tell(complaint.complainant, Reply(text, choices, slot=slot), matter=complaint.number)


@notices.on("order.time_agreed")
async def tell_agreed(event: Event, complaint: Complaint, office: Office) -> None:
    """The handler; the resident where it was agreed by phone; the cs supervisor where it is far off (D-12)."""
    order, by_phone = complaint.order(event.data["order"]), event.data["channel"] == "phone"
    window, title = _window(event, complaint, office), heading(complaint, office.rules(complaint.site))
    how = _("前台与业户电话约好：{window}") if by_phone else _("业户同意：{window}")
    told = join(how.format(window=window), title, _("完成时限改为约定时间，请按时到。"))
    reply = Reply(told, choices=order_buttons(complaint, order))
    await office.tell(others(office, in_charge(order)), reply, matter=complaint.number)
    if by_phone:
        noted = _("{number}：已约好 {window} 上门处理。").format(number=complaint.number, window=window)
        await office.tell(complaint.complainant, Reply(noted), matter=complaint.number)
    if event.data["far"]:
        far = join(_("约定时间较远，请留意：{window}").format(window=window), title)
        reply = Reply(far, (act(_("查看"), "open", complaint.number),))
        await office.tell(others(office, await cs_supervisors(complaint, office)), reply, matter=complaint.number)


@notices.on("order.time_refused")
async def tell_refused(event: Event, complaint: Complaint, office: Office) -> None:
    """Not agreed: the limit that stood before stands."""
    order = complaint.order(event.data["order"])
    text = join(
        _("业户不同意 {window}，仍按原时限。请另约时间或致电业户。").format(window=_window(event, complaint, office)),
        heading(complaint, office.rules(complaint.site)),
    )
    choices = (button(Action.PROPOSE_TIME, complaint, order), button(Action.DONE, complaint, order))
    await office.tell(others(office, in_charge(order)), Reply(text, choices), matter=complaint.number)
