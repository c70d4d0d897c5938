"""The ladder as people meet it (§2): [知悉], [批示] and [上报], what becomes of the pings, and /inbox."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat
from bot.dialogue.message import Reply
from bot.dialogue.press import Press
from bot.dialogue.text import _
from domain import escalation, limits
from domain.causes import holds, live_steps
from domain.complaint import Complaint, EscalationStep
from domain.decision import Event, Refused
from domain.glossary import Level
from domain.people import Person
from domain.powers import Action, roles_of
from domain.refusals import Why
from handlers import pings
from handlers.audience import front_desk, in_charge
from handlers.lists import page
from handlers.notices import Notices
from handlers.office import Office
from handlers.pings import answer_button, names_of, open_button, responsible_heads, slot_of
from handlers.records import buttons, record
from handlers.wording import LEVELS, STATES, due, heading, moment

book = Book()
notices = Notices().include(pings.notices)


class LadderDesk:
    """What those on the ladder do with a matter."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def standing(self, number: str, step: str) -> tuple[Complaint, EscalationStep]:
        """The step that this person is to answer. Raises Refused, with WRONG_STATE once its cause is gone."""
        complaint, _order = await self.office.opened(number, Action.VIEW)
        steps = complaint.escalation.steps
        if not step.isdigit() or not 1 <= int(step) <= len(steps):
            raise Refused(Why.NOT_RAISED, step=step)
        found = steps[int(step) - 1]
        if self.office.person.id not in (*found.holders, *found.copies):
            raise Refused(Why.NOT_YOURS, who=list(found.holders))
        if not holds(complaint, found):
            raise Refused(Why.WRONG_STATE, state=str(complaint.state), what="acknowledge")
        return complaint, found

    async def acknowledge(self, number: str, step: str) -> Complaint:
        complaint, found = await self.standing(number, step)
        office = self.office
        rules = office.rules(complaint.site)
        return await office.apply(escalation.acknowledge(complaint, found.step, office.person.id, office.now, rules))

    async def instruct(self, number: str, step: str, text: str, until: datetime | None) -> Complaint:
        """Write the instruction; without a date it runs to the next daily reply that leaves time for it."""
        complaint, found = await self.standing(number, step)
        office = self.office
        rules = office.rules(complaint.site)
        end = until or limits.first_reply_by(office.now, rules)
        return await office.apply(escalation.instruct(complaint, found.step, office.person.id, text, end, office.now))

    async def escalate(self, number: str, reason: str) -> Complaint:
        """[上报]: the level above, whoever presses (CP-4.2.3a). Raises Refused."""
        complaint, _order = await self.office.opened(number, Action.ESCALATE)
        office = self.office
        rules, roster = office.rules(complaint.site), await office.roster(complaint.site)
        return await office.apply(escalation.by_hand(complaint, office.person.id, office.now, rules, roster, reason))

    async def waiting_for(self, person: Person) -> list[Complaint]:
        """Matters with a living step that this person has still to answer, those waiting longest first."""
        known = self.office.work
        sites = [person.site] if person.site else [site.id for site in await known.people.sites()]
        found = [c for site in sites for c in await known.complaints.open_of_site(site, limit=2000)]
        mine = [(steps[0].at, c.number, c) for c in found if (steps := unanswered(c, person))]
        return [complaint for _at, _number, complaint in sorted(mine, key=lambda row: row[:2])]


def unanswered(complaint: Complaint, person: Person) -> tuple[EscalationStep, ...]:
    """The living steps that wait for this person: for [知悉], and from L3 up for [批示]."""
    mine = (step for step in live_steps(complaint) if person.id in step.holders)
    return tuple(
        step for step in mine if step.acknowledged_at is None or (step.level >= Level.L3 and step.instructed_at is None)
    )


@book.button("acknowledge", who=roles_of(Action.ACKNOWLEDGE))
async def acknowledge(press: Press, desk: LadderDesk) -> Reply:
    """[知悉]; it never stops the clock (rule 2)."""
    complaint = await desk.acknowledge(press.subject, press.step)
    step = complaint.escalation.steps[int(press.step) - 1]
    rules = desk.office.rules(complaint.site)
    if press.person.id not in step.holders:
        above = _("已记下您知悉，请继续跟进。")
    elif step.level >= Level.L3:
        until = press.now + timedelta(minutes=rules.escalation.instruct_minutes)
        above = _("已知悉。请在 {by} 前批示，否则报上一级。").format(by=moment(until, rules.zone, press.now))
    else:
        above = _("已知悉，这一级不再提醒。处理时限照常走，请督促部门。")
    return replace(await record(complaint, press.person, desk.office, above=above), edit=press.on is not None)


@book.conversation("instruct", who=roles_of(Action.INSTRUCT))
async def instruct(chat: Chat, desk: LadderDesk) -> Reply | None:
    """[批示] with the date until which it stops the climb (CP-4.2.3b)."""
    complaint, step = await desk.standing(chat.subject, chat.step)
    if step.level < Level.L3 or chat.person.id not in step.holders:
        raise Refused(Why.NOT_ALLOWED, level=str(step.level))
    rules = desk.office.rules(complaint.site)
    text = await chat.text("text", _("请写下批示内容。"), label=_("批示"), at_most=1000)
    default = limits.first_reply_by(chat.opening.at, rules)
    window = await chat.window(
        "until",
        _("要求什么时候办完？比如“明天下午五点前”。跳过则到 {default}。").format(
            default=moment(default, rules.zone, chat.opening.at)
        ),
        label=_("期限"),
    )
    changed = await desk.instruct(chat.subject, chat.step, text, window.end if window else None)
    return await record(changed, chat.person, desk.office, above=_("批示已转给处理人、前台和部门负责人。"))


@book.conversation("escalate", who=roles_of(Action.ESCALATE))
async def escalate(chat: Chat, desk: LadderDesk) -> Reply | None:
    """[上报] by hand, with the reason."""
    await desk.office.opened(chat.subject, Action.ESCALATE)
    reason = await chat.text("reason", _("为什么要上报？写一句就行。"), at_most=500)
    complaint = await desk.escalate(chat.subject, reason)
    step = complaint.escalation.steps[-1]
    above = _("已上报{level}（{names}）。").format(
        level=LEVELS[step.level], names=await names_of(step.holders, desk.office)
    )
    return await record(complaint, chat.person, desk.office, above=above)


@book.button(
    "inbox",
    who=roles_of(Action.ACKNOWLEDGE),
    commands=("/inbox",),
    phrases=("待批示", "等我批示", "待知悉"),
    title=_("等我批示"),
)
async def inbox(press: Press, desk: LadderDesk) -> Reply:
    """Matters that wait for this person's [知悉] or [批示]."""
    waiting = await desk.waiting_for(press.person)
    return await page(
        _("等您知悉或批示"), waiting, press, desk.office, action="inbox", empty=_("没有等您知悉或批示的事项。")
    )


@notices.on("escalation.acknowledged")
async def tell_acknowledged(event: Event, complaint: Complaint, office: Office) -> None:
    """The other holders need not press any more."""
    step = complaint.escalation.steps[int(event.data["step"]) - 1]
    by = str(event.data["by"])
    if event.data.get("copy"):
        return
    text = _("已由{name}知悉\n{heading}").format(
        name=await office.name(by), heading=heading(complaint, office.rules(complaint.site))
    )
    others = await office.work.people.all(p for p in step.holders if p != by)
    for person in others:
        choices = [answer_button(Action.INSTRUCT, complaint, step)] if step.level >= Level.L3 else []
        reply = Reply(text, choices=(*choices, open_button(complaint)), slot=slot_of(complaint, step), edit=True)
        await office.tell(person.id, reply, matter=complaint.number)


@notices.on("escalation.instructed")
async def tell_instructed(event: Event, complaint: Complaint, office: Office) -> None:
    """The instruction reaches those who carry it out and those who watch over it (CP-4.2.3c)."""
    step = complaint.escalation.steps[int(event.data["step"]) - 1]
    rules, by = office.rules(complaint.site), str(event.data["by"])
    until = datetime.fromisoformat(str(event.data["until"]))
    text = _("{level}{name}批示\n{heading}\n批示：{text}\n期限：{due}").format(
        level=LEVELS[step.level],
        name=await office.name(by),
        heading=heading(complaint, rules),
        text=str(event.data["text"]),
        due=due(until, rules.zone, office.now),
    )
    await office.tell(step.holders, Reply(text, slot=slot_of(complaint, step), edit=True), matter=complaint.number)
    workers = tuple(person for order in complaint.open_orders for person in in_charge(order))
    people = (*workers, *await front_desk(complaint, office), *await responsible_heads(complaint, office))
    others = [p for p in dict.fromkeys(people) if p != by and p not in step.holders]
    for person in await office.work.people.all(others):
        choices = await buttons(complaint, person, office)
        lane = "urgent" if person.id in workers else "reply"
        await office.tell(person.id, Reply(text, choices=choices, lane=lane), matter=complaint.number)


@notices.on(
    "order.issued",
    "order.accepted",
    "order.declined",
    "order.transferred",
    "order.reassigned",
    "order.done",
    "order.review_passed",
    "order.returned",
    "callback.verdict",
    "callback.unreachable",
    "complaint.withdrawn",
    "complaint.returned",
    "complaint.archived",
)
async def still_pings(_event: Event, complaint: Complaint, office: Office) -> None:
    """What a ping asked for is settled: it says so and has no buttons any more (rule 5)."""
    settled = _("不用再跟进这一步了，已处理\n{heading}\n{state}").format(
        heading=heading(complaint, office.rules(complaint.site)), state=STATES[complaint.state]
    )
    for step in complaint.escalation.steps:
        if step.ended_at == office.now and step.pinged_at is not None:
            reply = Reply(settled, slot=slot_of(complaint, step), edit=True)
            await office.tell(step.holders, reply, matter=complaint.number)
