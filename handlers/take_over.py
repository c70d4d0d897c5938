"""Work passes into other hands: the front desk's open list at the end of a shift, a leaver's work orders (CP-3.1)."""

from datetime import timedelta

from bot.dialogue.book import Book
from bot.dialogue.message import Reply, act
from bot.dialogue.press import Press
from bot.dialogue.text import Text, _, join, listed
from domain import routing, succession
from domain.complaint import Complaint
from domain.decision import Event, Promise, Refused
from domain.glossary import Role
from domain.people import Person
from domain.powers import DESK
from domain.refusals import Why
from handlers.audience import desk_of
from handlers.notices import Notices
from handlers.office import UNKNOWN_RECORD, Office
from handlers.wording import STATES, heading
from storage.deadlines import DeadlineRow

book = Book()
notices = Notices()

SHIFT, LEAVER = "shift", "leaver"
"""Kinds of deadlines: an open list that somebody must take over, work orders of somebody who has left."""
MOST_LISTED = 7
HANDED, TAKEN = "shift.handed_over", "shift.taken_over"


class TakeOverDesk:
    """The open list of the front desk, from one shift to the next."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def open_list(self, site: str) -> list[Complaint]:
        """What is not filed, the most pressing first."""
        found = await self.office.work.complaints.open_of_site(site)
        return sorted(found, key=lambda c: (not c.to_issue, not c.urgent, c.first_report_at))

    async def hand_over(self) -> Text | None:
        """Put the list to the colleagues on duty, else to the cs supervisor; what to tell the leaver. None: it is
        empty."""
        office, me = self.office, self.office.person
        pending, calls = await self.open_list(me.site), await office.work.calls.open_of_site(me.site)
        if not pending and not calls:
            return None
        stamp = str(int(office.now.timestamp()))
        beside = await self._beside(me)
        told = beside or await self._supervisors(me)
        alone = None if beside else _("前台现在无人当班。")
        text = join(alone, _("{name}已下班，请接班：").format(name=me.name), _listed(pending, len(calls), office))
        choices = (act(_("接班"), "take_over", me.id, stamp), act(_("投诉队列"), "queue"))
        await office.tell(told, Reply(text, choices, slot=_slot(me.id, stamp), lane="urgent"))
        self._note(me, HANDED, {"stamp": stamp, "open": [c.number for c in pending], "calls": len(calls), "to": told})
        wait = timedelta(minutes=office.rules(me.site).escalation.ack_minutes)
        promise = Promise("take_over", stamp, "CP-3.1", office.now + wait)
        office.work.deadlines.reconcile(SHIFT, me.id, (promise,), me.site)
        if beside:
            return _("未办完的 {count} 件已交给当班同事接班。").format(count=len(pending) + len(calls))
        return _("没有同事当班，未办完的 {count} 件已报客服主管。").format(count=len(pending) + len(calls))

    async def waiting(self, site: str) -> tuple[Person, str] | None:
        """The last shift of the site that nobody has taken over, with its stamp."""
        roster = await self.office.roster(site)
        for colleague in roster.having(Role.FRONT_DESK):
            rows = await self.office.work.deadlines.of(SHIFT, colleague.id)
            open_still = bool(rows) and rows[-1].state in ("pending", "done")
            if (
                colleague.id != self.office.person.id
                and open_still
                and not await self._taken(colleague.id, rows[-1].step)
            ):
                return colleague, rows[-1].step
        return None

    async def take(self, leaver_id: str, stamp: str) -> tuple[Person, list[Complaint], int]:
        """[接班]: recorded with name and list; the others and the leaver are told. Raises Refused."""
        office, me = self.office, self.office.person
        leaver = await office.work.people.get(leaver_id)
        if leaver is None or leaver.site != me.site:
            raise Refused(UNKNOWN_RECORD)
        if leaver.id == me.id:
            raise Refused(Why.NOT_ALLOWED)
        taken = await self._taken(leaver_id, stamp)
        if taken is not None:
            raise Refused(Why.ALREADY, what="take_over", by=taken[0], at=taken[1])
        pending, calls = await self.open_list(me.site), await office.work.calls.open_of_site(me.site)
        self._note(leaver, TAKEN, {"stamp": stamp, "open": [c.number for c in pending], "calls": len(calls)})
        office.work.deadlines.reconcile(SHIFT, leaver.id, (), leaver.site)
        told = {*await self._beside(leaver), *await self._supervisors(leaver)} - {me.id}
        spent = _("{name}的班已由{taker}接。").format(name=leaver.name, taker=me.name)
        heard = {p for row in await office.work.events.of(leaver_id) if row.kind == HANDED for p in row.data["to"]}
        await office.tell(sorted(told & heard), Reply(spent, slot=_slot(leaver_id, stamp), edit=True))
        await office.tell(leaver.id, Reply(_("{name}已接班，辛苦了，好好休息。").format(name=me.name)))
        return leaver, pending, len(calls)

    async def _taken(self, leaver_id: str, stamp: str) -> tuple[str | None, str] | None:
        """Who took this shift over, and when."""
        for row in await self.office.work.events.of(leaver_id):
            if row.kind == TAKEN and row.data["stamp"] == stamp:
                return row.by, row.at.isoformat()
        return None

    async def _beside(self, leaver: Person) -> list[str]:
        """The front desk on duty without the leaver; empty where nobody is."""
        roster, today = await self.office.roster(leaver.site), self.office.today(leaver.site)
        desk = routing.on_shift(Role.FRONT_DESK, roster, today)
        return [person.id for person in desk if person.duty and person.id != leaver.id]

    async def _supervisors(self, leaver: Person) -> list[str]:
        roster, today = await self.office.roster(leaver.site), self.office.today(leaver.site)
        found = routing.on_shift(Role.CS_SUPERVISOR, roster, today) or routing.on_shift(Role.CS_HEAD, roster, today)
        return [person.id for person in found]

    def _note(self, leaver: Person, kind: str, data: dict[str, object]) -> None:
        office, by = self.office, self.office.person.id
        event = Event(kind, "CP-3.1", data)
        office.work.events.append(leaver.id, event, site=leaver.site, by=by, at=office.now, channel=office.channel)


@book.button("take_over", who=DESK)
async def take_over(press: Press, desk: TakeOverDesk) -> Reply:
    """Take the open list of the last shift over."""
    leaver, pending, calls = await desk.take(press.subject, press.step)
    text = join(_("已接班，{name}的事项由您跟进：").format(name=leaver.name), _listed(pending, calls, desk.office))
    more = (act(_("致电任务"), "calls"),) if calls else ()
    return Reply(text, (act(_("投诉队列"), "queue"), *more))


async def keep_shift(office: Office, row: DeadlineRow) -> None:
    """Nobody has taken over: the cs supervisor hears of it, with the same button."""
    leaver = await office.work.people.get(row.subject)
    if leaver is None:
        return
    desk = TakeOverDesk(office)
    pending, calls = await desk.open_list(leaver.site), await office.work.calls.open_of_site(leaver.site)
    text = join(_("{name}下班后还没有人接班，请安排：").format(name=leaver.name), _listed(pending, len(calls), office))
    roster = await office.roster(leaver.site)
    supervisors = routing.on_shift(Role.CS_SUPERVISOR, roster, office.today(leaver.site))
    choices = (act(_("接班"), "take_over", leaver.id, row.step), act(_("投诉队列"), "queue"))
    await office.tell([p.id for p in supervisors], Reply(text, choices, slot=_slot(leaver.id, row.step)))


async def keep_leaver(office: Office, row: DeadlineRow) -> None:
    """The roster says that somebody has left."""
    leaver = await office.work.people.get(row.subject)
    if leaver is not None and leaver.left:
        await hand_on(office, leaver, _("已离职"))


async def hand_on(office: Office, leaver: Person, why: Text) -> int:
    """Give the leaver's open work orders to others, with notice; how many there were. The clocks run on (CP-4.2.2a)."""
    lines: list[Text] = []
    heads: list[str] = []
    for complaint in await office.work.complaints.with_open_orders_of(leaver.id):
        current, rules, today = complaint, office.rules(complaint.site), office.today(complaint.site)
        for order in succession.left_lying(complaint, leaver):
            roster = await office.roster(complaint.site)
            assigned = succession.successors(order, leaver, current, roster, rules, today)
            head = routing.head_of(order.department, roster, today, but=leaver.id)
            heads += [head.id] if head and head.id not in assigned else []
            if assigned:
                told = succession.hand_on(current, order, leaver, assigned, str(why), office.now)
                current = await office.apply(told)
            names = listed([await office.name(person) for person in assigned]) or _("无人可派，请处理")
            lines.append(
                _("· 工单 {order}（{place}）→ {names}").format(order=order.number, place=current.place, names=names)
            )
    if lines:
        title = _("{name}{why}，手上 {count} 个工单已转出，时限不变：").format(
            name=leaver.name, why=why, count=len(lines)
        )
        people = [p for p in dict.fromkeys((*await desk_of(leaver.site, office), *heads)) if p != leaver.id]
        await office.tell(people, Reply(join(title, *lines)))
    return len(lines)


def _listed(pending: list[Complaint], calls: int, office: Office) -> Text:
    to_issue = sum(complaint.to_issue for complaint in pending)
    lines = [
        _("· {heading}：{state}").format(
            heading=heading(complaint, office.rules(complaint.site)), state=STATES[complaint.state]
        )
        for complaint in pending[:MOST_LISTED]
    ]
    more = len(pending) - len(lines)
    return join(
        _("未办完 {count} 件（待派单 {issue} 件）").format(count=len(pending), issue=to_issue),
        _("要打的电话 {calls} 个").format(calls=calls) if calls else None,
        *lines,
        _("还有 {count} 件，见投诉队列。").format(count=more) if more else None,
    )


def _slot(leaver: str, stamp: str) -> str:
    return f"shift:{leaver}:{stamp}"
