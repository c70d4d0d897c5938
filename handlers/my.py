"""A resident's own complaints (/my): progress, urge, add, withdraw, answer."""

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Attachment, Reply
from bot.dialogue.press import Press
from bot.dialogue.text import _
from domain import filing, routing
from domain.complaint import Complaint
from domain.decision import Event
from domain.glossary import RESIDENTS, Role
from domain.powers import Action, roles_of
from handlers.callback_sheet import verdict_buttons
from handlers.lists import page
from handlers.notices import Notices
from handlers.office import Office
from handlers.records import buttons, photos, record
from handlers.wording import heading

book = Book()
notices = Notices()


class OwnDesk:
    """What residents do with the complaints they have filed."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def only_open(self) -> str | None:
        """The number of the acting resident's one open complaint; None where there is none or more than one."""
        found = await self.office.work.complaints.of_resident(self.office.person.id, limit=100)
        live = [complaint.number for complaint in found if not complaint.closed]
        return live[0] if len(live) == 1 else None

    async def urge(self, number: str) -> Complaint:
        complaint, _order = await self.office.opened(number, Action.URGE)
        rules = self.office.rules(complaint.site)
        return await self.office.apply(filing.urge(complaint, self.office.person.id, self.office.now, rules))

    async def add(self, number: str, text: str, pictures: tuple[Attachment, ...]) -> Complaint:
        complaint, _order = await self.office.opened(number, Action.ADD)
        media = tuple(picture.media for picture in pictures)
        return await self.office.apply(filing.add(complaint, self.office.person.id, text, media, self.office.now))

    async def answer(self, number: str, text: str, pictures: tuple[Attachment, ...]) -> Complaint:
        complaint, _order = await self.office.opened(number, Action.ANSWER)
        media = tuple(picture.media for picture in pictures)
        return await self.office.apply(filing.answer(complaint, self.office.person.id, text, media, self.office.now))

    async def withdraw(self, number: str, reason: str) -> Complaint:
        complaint, _order = await self.office.opened(number, Action.WITHDRAW)
        return await self.office.apply(
            filing.withdraw(
                complaint, self.office.person.id, reason, self.office.now, self.office.rules(complaint.site)
            )
        )


@book.button(
    "my",
    who=RESIDENTS,
    commands=("/my",),
    phrases=("进度", "status", "我的投诉", "查进度"),
    title=_("我的投诉"),
    anywhere=True,
)
async def my(press: Press, desk: OwnDesk) -> Reply:
    """Own complaints, the open ones first; a single open one is shown whole."""
    complaints = await desk.office.work.complaints.of_resident(press.person.id, limit=100)
    live = [c for c in complaints if not c.closed]
    if len(live) == 1 and not press.step:
        return await record(live[0], press.person, desk.office)
    return await page(
        _("我的投诉"),
        [*live, *(c for c in complaints if c.closed)],
        press,
        desk.office,
        action="my",
        empty=_("您还没有投诉。有事请直接说，比如“我要投诉电梯坏了”。"),
    )


@book.button("urge", who=roles_of(Action.URGE), phrases=("催单", "催一下", "催促"))
async def urge(press: Press, desk: OwnDesk) -> Reply:
    """Urge 催单; goes to the handler and the front desk, the third one to the cs supervisor.

    Typed, it is for the one open complaint; where there is none or more than one, their list comes first.
    """
    number = press.subject or await desk.only_open()
    if number is None:
        return await my(press, desk)
    complaint = await desk.urge(number)
    hours = desk.office.rules(complaint.site).urge.cooldown_hours
    above = _("已替您催办，处理人和前台都收到了。{hours} 小时后可以再催。").format(hours=hours)
    return await record(complaint, press.person, desk.office, above=above)


@book.conversation("add", who=roles_of(Action.ADD))
async def add(chat: Chat, desk: OwnDesk) -> Reply | None:
    text = await chat.text("text", _("想补充什么？"), at_most=1000)
    pictures = await chat.photos("photos", _("有照片也可以发，发完点“完成”。"))
    complaint = await desk.add(chat.subject, text, pictures)
    return await record(complaint, chat.person, desk.office, above=_("已补充，处理人会看到。"))


@book.conversation("answer", who=roles_of(Action.ANSWER))
async def answer(chat: Chat, desk: OwnDesk) -> Reply | None:
    text = await chat.text("text", _("请回答："), at_most=1000)
    pictures = await chat.photos("photos", _("有照片也可以发，发完点“完成”。"))
    complaint = await desk.answer(chat.subject, text, pictures)
    return await record(complaint, chat.person, desk.office, above=_("谢谢，已转给工作人员。"))


@book.conversation("withdraw", who=roles_of(Action.WITHDRAW))
async def withdraw(chat: Chat, desk: OwnDesk) -> Reply | None:
    """Withdraw; the callback is still made."""
    sure: str = await chat.choose(
        "sure",
        _("确定撤回这条投诉吗？撤回后我们仍会回访您一次。"),
        [Option("yes", _("撤回")), Option("no", _("不撤了"))],
    )
    if sure == "no":
        complaint = await desk.office.complaint(chat.subject)
        return await record(complaint, chat.person, desk.office, above=_("好的，继续处理。"))
    reason = await chat.text("reason", _("方便说说原因吗？"), optional=True, at_most=500)
    complaint = await desk.withdraw(chat.subject, reason)
    return Reply(
        _("已撤回 {number}，谢谢您告诉我们。方便的话评价一下，也可以等前台回访。").format(number=complaint.number),
        choices=verdict_buttons(complaint),
    )


def concerned(complaint: Complaint) -> tuple[str, ...]:
    """Whoever has the matter in hand now: the handlers, or those pinged and not yet accepted."""
    people: list[str] = []
    for order in complaint.open_orders:
        people += [order.handler] if order.handler else order.assigned
    return tuple(dict.fromkeys(people))


async def front_desk(complaint: Complaint, office: Office) -> tuple[str, ...]:
    roster = await office.roster(complaint.site)
    people = routing.on_shift(Role.FRONT_DESK, roster, office.today(complaint.site))
    return tuple(person.id for person in people)


@notices.on("complaint.urged")
async def tell_urged(event: Event, complaint: Complaint, office: Office) -> None:
    text = _("业户催单（第 {count} 次）\n{heading}").format(
        count=int(event.data["count"]), heading=heading(complaint, office.rules(complaint.site))
    )
    for person_id in dict.fromkeys((*concerned(complaint), *await front_desk(complaint, office))):
        person = await office.work.people.get(person_id)
        if person is not None:
            choices = await buttons(complaint, person, office)
            await office.tell(person_id, Reply(text, choices=choices, lane="urgent"), matter=complaint.number)


@notices.on("complaint.addition", "complaint.answer")
async def tell_addition(event: Event, complaint: Complaint, office: Office) -> None:
    note = complaint.notes[-1]
    text = _("业户补充了情况\n{heading}\n{text}").format(
        heading=heading(complaint, office.rules(complaint.site)), text=note.text
    )
    attachments = await photos(note.photos, office)
    people = concerned(complaint) or await front_desk(complaint, office)
    if event.kind == "complaint.answer":
        people = (*people, *await front_desk(complaint, office))
    for person_id in dict.fromkeys(people):
        person = await office.work.people.get(person_id)
        if person is not None:
            choices = await buttons(complaint, person, office)
            await office.tell(person_id, Reply(text, choices=choices, attachments=attachments), matter=complaint.number)


@notices.on("complaint.withdrawn")
async def tell_withdrawn(_event: Event, complaint: Complaint, office: Office) -> None:
    text = _("业户撤回了投诉，不用再处理\n{heading}").format(heading=heading(complaint, office.rules(complaint.site)))
    people = [p for order in complaint.orders for p in ([order.handler] if order.handler else order.assigned)]
    await office.tell(dict.fromkeys(people), Reply(text), matter=complaint.number)
