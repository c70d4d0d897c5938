"""Filing a complaint (CP-4.1.1): the conversation, its use case, and what becomes of one that is abandoned (D-10)."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option, Reask
from bot.dialogue.message import Attachment, Reply
from bot.dialogue.text import Text, _, join
from bot.dialogue.window import Window
from domain import filing, limits, routing
from domain.complaint import Complaint
from domain.decision import Event
from domain.glossary import RESIDENTS, Role
from domain.ladder import hidden_from
from domain.people import Person, Unit
from handlers.audience import others
from handlers.notices import Notices
from handlers.office import Office
from handlers.on_behalf import taken_down
from handlers.queue import QueueDesk
from handlers.records import buttons, photos
from handlers.wording import DEPARTMENTS, due, heading, moment, shortened

book = Book()
notices = Notices()

NOTHING_SAID = _("（业户还没有说明）")


@lru_cache(1024)
def _option(code: str, name: str, english: str) -> Option:
    """Made once for all replays: every message of a draft goes through all kinds of the site."""
    return Option(code, Text(name, english=english))


class ComplaintDesk:
    """Takes complaints down, whole or unfinished."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def kinds(self, site: str) -> list[Option]:
        return [_option(kind.code, kind.name, kind.name_en) for kind in self.office.rules(site).kinds]

    def guess(self, text: str, site: str) -> str | None:
        kind = routing.guess_kind(text, self.office.rules(site))
        return kind.code if kind else None

    async def receive(
        self,
        unit: Unit,
        kind: str,
        *,
        public_area: bool,
        details: str,
        photos: Sequence[Attachment] = (),
        wishes_urgent: bool = False,
        window: Window | None = None,
        first_report_at: datetime,
        unfinished: bool = False,
    ) -> Complaint:
        """Register it, with its promises and the messages that follow (CP-4.2.1)."""
        office, now = self.office, self.office.now
        rules = office.rules(unit.site)
        complaint = await office.apply(
            filing.receive(
                await office.work.numbers.next("TS", office.today(unit.site)),
                site=unit.site,
                unit=unit.id,
                building=unit.building,
                place=unit.label,
                complainant=office.person.id,
                kind=kind,
                public_area=public_area,
                details=details,
                photos=tuple(photo.media for photo in photos),
                wishes_urgent=wishes_urgent,
                contact_from=window.start if window else None,
                contact_until=window.end if window else None,
                first_report_at=min(first_report_at, now),
                now=now,
                rules=rules,
                key_resident=office.person.key_resident,
                unfinished=unfinished,
            )
        )
        if rules.complaint.auto_issue and not unfinished:
            complaint = await QueueDesk(office).issue_by_itself(complaint)
        return complaint


async def hand_over(chat: Chat, desk: ComplaintDesk) -> Reply | None:
    """An abandoned complaint reaches the front desk as unfinished; nothing of it is lost (D-10)."""
    person = chat.person
    unit = _unit_of(person, chat.answer("unit"))
    details = chat.answer("details") or chat.opening.text or str(NOTHING_SAID)
    complaint = await desk.receive(
        unit,
        chat.answer("kind") or desk.guess(details, unit.site) or desk.kinds(unit.site)[-1].code,
        public_area=chat.answer("area") == "public",
        details=details,
        photos=[*chat.answer("photos", ()), *chat.early],
        window=chat.answer("window"),
        first_report_at=chat.opening.at,
        unfinished=True,
    )
    return Reply(
        _("您的投诉还没填完，我们没有放下：已转给前台，编号 {number}，前台会打电话给您。").format(
            number=complaint.number
        ),
        choices=await buttons(complaint, person, desk.office),
    )


@book.conversation(
    "complaint",
    version=1,
    who=RESIDENTS,
    commands=("/complain",),
    phrases=("我要投诉", "想投诉", "要投诉", "投诉", "complaint", "i want to complain"),
    title=_("我要投诉"),
    takes_files=True,
    on_expiry=hand_over,
)
async def complaint(chat: Chat, desk: ComplaintDesk) -> Reply | None:
    """Take down a complaint as the front desk would (CP-4.1.1)."""
    units = [Option(unit.id, unit.label, unit) for unit in chat.person.units]
    if not units:
        return Reply(_("您还没有绑定房号。请先发送“/bind”绑定，前台确认后就能投诉；急事请回复“人工”。"))
    unit: Unit = await chat.choose("unit", _("哪一套房？"), units, label=_("房号"), skip_if_single=True)
    kind: str = await chat.choose(
        "kind",
        _("是哪方面的问题？"),
        desk.kinds(unit.site),
        label=_("类别"),
        proposed=desk.guess(chat.opening.text, unit.site),
    )
    area: str = await chat.choose(
        "area",
        _("在家里，还是公共区域？"),
        [Option("private", _("家里")), Option("public", _("公共区域"))],
        label=_("位置"),
    )
    details = await chat.text(
        "details", _("请说说发生了什么，在哪里。"), label=_("情况"), at_least=4, taken=chat.opening
    )
    pictures = await chat.photos("photos", _("有照片吗？可以直接发，发完点“完成”。"), label=_("照片"))
    urgency: str = await chat.choose(
        "urgency",
        _("急不急？如果有人受伤、被困、着火、漏气或大量漏水，请选“很急”。"),
        [Option("normal", _("正常处理")), Option("urgent", _("很急"))],
        label=_("紧急程度"),
    )
    window = await chat.window("window", _("什么时候方便上门或联系？比如“明天下午三点后”。"), label=_("方便时间"))
    await chat.confirm(_("请确认"))
    if unit.id not in {u.id for u in chat.person.units}:
        raise Reask("unit", _("这套房已不在您名下，请重新选择。"))
    filed = await desk.receive(
        unit,
        kind,
        public_area=area == "public",
        details=details,
        photos=pictures,
        wishes_urgent=urgency == "urgent",
        window=window,
        first_report_at=chat.opening.at,
    )
    return Reply(_receipt(filed, desk.office), choices=await buttons(filed, chat.person, desk.office))


def _unit_of(person: Person, unit_id: str | None) -> Unit:
    return next((unit for unit in person.units if unit.id == unit_id), person.units[0])


def _receipt(complaint: Complaint, office: Office) -> Text:
    """The receipt: number, next step and its time, and how to ask (CP-4.2.1c)."""
    rules = office.rules(complaint.site)
    if complaint.counting_orders:
        order = complaint.counting_orders[-1]
        return _(
            "已受理，编号 {number}，已派到{department}，最晚 {limit} 处理好。\n随时回复“进度”查询，回复“人工”找前台。"
        ).format(
            number=complaint.number,
            department=DEPARTMENTS[order.department],
            limit=moment(limits.resolve_by(order, rules), rules.zone, office.now),
        )
    return _(
        "已受理，编号 {number}。{minutes} 分钟内会派到责任部门，派好马上告诉您。\n"
        "随时回复“进度”查询，回复“人工”找前台。"
    ).format(number=complaint.number, minutes=rules.complaint.dispatch_minutes)


@notices.on("complaint.received", "complaint.unfinished")
async def tell_front_desk(event: Event, complaint: Complaint, office: Office) -> None:
    """The front desk on shift gets it at once, with the proposal ready to issue (CP-4.2.1a)."""
    rules = office.rules(complaint.site)
    if rules.complaint.auto_issue and not complaint.unfinished:
        return
    if event.kind == "complaint.received" and complaint.unfinished:
        return
    roster = await office.roster(complaint.site)
    title = _("新投诉") if not complaint.unfinished else _("业户没填完的投诉，请致电补全")
    desk = routing.on_shift(Role.FRONT_DESK, roster, office.today(complaint.site))
    for person in await office.work.people.all(others(office, [p.id for p in desk if not hidden_from(p, complaint)])):
        lines = join(
            title,
            heading(complaint, rules),
            shortened(complaint.details, 200),
            await taken_down(complaint, office),
            _("业户希望加急，请判断") if complaint.wishes_urgent and not complaint.urgent else None,
            _("派单时限：{due}").format(due=due(limits.issue_by(complaint, rules), rules.zone, office.now)),
        )
        await office.tell(
            person.id,
            Reply(
                lines,
                choices=await QueueDesk(office).issue_buttons(complaint, person),
                attachments=await photos(complaint.photos, office),
                slot=f"queue:{complaint.number}:{complaint.step}",
                lane="urgent",
            ),
            matter=complaint.number,
        )
