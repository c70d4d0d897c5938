"""On and off duty (/shift) and leave with a deputy (/leave): whom the desk turns to follows from them (D-33)."""

from datetime import date

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Reply, act
from bot.dialogue.press import Press
from bot.dialogue.text import Text, _, join
from domain import routing
from domain.complaint import Complaint
from domain.decision import Event, Refused
from domain.glossary import Role
from domain.people import Person
from domain.powers import Action, roles_of
from domain.refusals import Why
from handlers.escalation import LadderDesk
from handlers.lists import page
from handlers.notices import Notices
from handlers.office import Office
from handlers.take_over import TakeOverDesk, hand_on
from handlers.wording import ROLES, day_and_month

book = Book()
notices = Notices()

ON, OFF = "on", "off"
MOST_COLLEAGUES = 20


class StaffDesk:
    """Who is here, and who stands in."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def set_duty(self, duty: bool) -> bool:
        """Go on or off duty; pressing twice changes nothing (False)."""
        office, person = self.office, self.office.person
        if person.duty == duty:
            return False
        await office.work.people.set_duty(person.id, duty)
        self._note("shift.on" if duty else "shift.off", "CP-3.1", {})
        return True

    async def open_items(self) -> list[Complaint]:
        """What this person leaves behind: own work orders, and steps of the ladder still to be answered."""
        person = self.office.person
        held = await self.office.work.complaints.with_open_orders_of(person.id)
        waiting = await LadderDesk(self.office).waiting_for(person)
        return list({complaint.number: complaint for complaint in (*held, *waiting)}.values())

    async def on_duty_beside(self) -> tuple[Person, ...]:
        """Others of the same role who are on duty now."""
        person = self.office.person
        roster = await self.office.roster(person.site)
        same = routing.on_shift(person.role, roster, self.office.today(person.site))
        return tuple(p for p in same if p.duty and p.id != person.id and p.department is person.department)

    async def colleagues(self) -> list[Person]:
        """Who may stand in: the named deputy first, then the same role, then the same department; nobody on leave."""
        me = self.office.person
        roster, today = await self.office.roster(me.site), self.office.today(me.site)
        near = [
            p
            for p in roster.staff
            if p.id != me.id
            and not p.left
            and not p.on_leave(today)
            and (p.id == me.deputy or p.role is me.role or (me.department and p.department is me.department))
        ]
        near.sort(key=lambda p: (p.id != me.deputy, p.role is not me.role, p.rank, p.id))
        return near[:MOST_COLLEAGUES]

    async def take_leave(self, start: date, end: date | None, deputy: str | None) -> int:
        """With an open end the work in hand goes to others at once; returns how many orders did (CP-4.2.2a).

        Raises Refused where the leave is over already, or nobody could be reached through the deputy.
        """
        person = self.office.person
        if end is not None and end < self.office.today(person.site):
            raise Refused(Why.IN_THE_PAST, at=end.isoformat())
        await self.office.work.people.set_leave(person.id, start, end, deputy)
        self._note("leave.taken", "D-33", {"from": start.isoformat(), "to": _iso(end), "deputy": deputy})
        if deputy:
            text = _("{name} {start} 至 {end} 请假，期间的事项由您代理。").format(
                name=person.name, start=day_and_month(start), end=_until(end)
            )
            await self.office.tell(deputy, Reply(text))
        return 0 if end is not None else await hand_on(self.office, person, _("长期请假"))

    async def end_leave(self) -> None:
        """Back, or never gone: the deputy is told and stays named for the next time."""
        person = self.office.person
        await self.office.work.people.set_leave(person.id, None, None, person.deputy)
        self._note("leave.ended", "D-33", {})
        await self.office.tell(person.deputy, Reply(_("{name}已销假，不用再代理了，谢谢。").format(name=person.name)))

    def _note(self, kind: str, clause: str, data: dict[str, str | None]) -> None:
        office, person = self.office, self.office.person
        self.office.work.events.append(
            person.id,
            Event(kind, clause, data),
            site=person.site,
            by=person.id,
            at=office.now,
            channel=office.channel,
        )


@book.button(
    "shift",
    who=roles_of(Action.SHIFT),
    commands=("/shift",),
    phrases=("上下班", "值班状态", "交接班"),
    title=_("上下班"),
)
async def shift(press: Press, desk: StaffDesk) -> Reply:
    """Bare: how things stand. With `on` or `off`: be so from now on."""
    if press.step not in (ON, OFF):
        return _standing(press.person)
    duty = press.step == ON
    went = await desk.set_duty(duty)
    if duty:
        return await _arriving(press, desk)
    return await _leaving(press, desk, went)


async def _arriving(press: Press, desk: StaffDesk) -> Reply:
    """Back on duty; the front desk finds the shift that nobody has taken over yet (CP-3.1)."""
    text, off = _("您已上班：新工单和提醒会发给您。"), act(_("下班"), "shift", "", OFF)
    at_desk = press.person.role is Role.FRONT_DESK
    left = await TakeOverDesk(desk.office).waiting(press.person.site) if at_desk else None
    if left is None:
        return Reply(text, choices=(off,), edit=press.on is not None)
    leaver, stamp = left
    text = join(text, _("{name}的班还没有人接，请接班。").format(name=leaver.name))
    return Reply(text, choices=(act(_("接班"), "take_over", leaver.id, stamp), off), edit=press.on is not None)


async def _leaving(press: Press, desk: StaffDesk, went: bool) -> Reply:
    left = await desk.open_items()
    beside = await desk.on_duty_beside()
    above: list[Text] = [_("您已下班：新工单不再派给您，手上的事项仍由您负责，急事照常通知。")]
    if not beside:
        above.append(_("现在没有同岗同事当班，有新事项仍会通知所有人。"))
    if press.person.role is Role.FRONT_DESK and went:
        handed = await TakeOverDesk(desk.office).hand_over()
        above += [handed] if handed else []
    listed = await page(
        _("您手上未办完的"),
        left,
        Press(press.person, "", "", press.now),
        desk.office,
        action="inbox",
        empty=_("手上没有未办完的事项，辛苦了。"),
    )
    back = act(_("上班"), "shift", "", ON)
    return Reply(join(*above, listed.text), choices=(*listed.choices, back), edit=press.on is not None)


def _standing(person: Person) -> Reply:
    if person.duty:
        text = _("您现在当班：新工单和提醒会发给您。下班请点“下班”。")
        return Reply(text, choices=(act(_("下班"), "shift", "", OFF),))
    text = _("您现在不当班：新工单不派给您。上班请点“上班”。")
    return Reply(text, choices=(act(_("上班"), "shift", "", ON),))


@book.conversation(
    "leave", who=roles_of(Action.LEAVE), commands=("/leave",), phrases=("我要请假", "请假", "销假"), title=_("请假")
)
async def leave(chat: Chat, desk: StaffDesk) -> Reply | None:
    """Leave from one day to another, with the deputy who answers meanwhile (§2 rule 3)."""
    person, office = chat.person, desk.office
    today = office.today(person.site)
    planned = person.leave_from is not None and (person.leave_to is None or person.leave_to >= today)
    if planned:
        wish: str = await chat.choose(
            "wish", _planned(person), [Option("end", _("销假")), Option("change", _("改日期"))]
        )
        if wish == "end":
            await desk.end_leave()
            return Reply(_("已销假，事项重新发给您。欢迎回来。"))
    window = await chat.window(
        "days", _("请哪几天的假？比如“明天”“12月1日到12月5日”。从今天起、还不知道哪天回来，点“跳过”。"), label=_("日期")
    )
    nobody = Option("", _("不指定"))
    colleagues = [Option(p.id, _called(p)) for p in await desk.colleagues()]
    deputy: str = await chat.choose(
        "deputy", _("请假期间谁代理？"), [*colleagues, nobody], label=_("代理人"), proposed=person.deputy
    )
    await chat.confirm(_("请确认请假"), "days", "deputy")
    zone = office.zone(person.site)
    start = window.start.astimezone(zone).date() if window else today
    end = window.end.astimezone(zone).date() if window else None
    moved = await desk.take_leave(start, end, deputy or None)
    told = (
        _("{name}会收到您的事项。").format(name=await office.name(deputy))
        if deputy
        else _("没有代理人，这几天您的事项会转给同岗同事或上一级。")
    )
    text = _("请假已登记：{start} 至 {end}。\n{told}提前回来请发送“/leave”销假。")
    said = text.format(start=day_and_month(start), end=_until(end), told=told)
    handed = _("您手上的 {count} 个工单已转给同事，时限不变。").format(count=moved) if moved else None
    return Reply(join(said, handed))


def _planned(person: Person) -> Text:
    start = day_and_month(person.leave_from) if person.leave_from else ""
    return _("您已登记请假：{start} 至 {end}。要销假，还是改日期？").format(start=start, end=_until(person.leave_to))


def _until(end: date | None) -> Text:
    return day_and_month(end) if end else _("另行通知")


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _called(person: Person) -> Text:
    return _("{name}（{role}）").format(name=person.name, role=ROLES.get(person.role, _("员工")))
