"""Who hears what of a work order: its department, the front desk, the reviewing head, the resident (CP-4.2)."""

from datetime import datetime

from bot.dialogue.message import Choice, Reply, act
from bot.dialogue.text import Text, _, join, listed
from domain import limits
from domain.complaint import Complaint, OrderState, WorkOrder
from domain.decision import Event
from domain.powers import Action
from handlers.audience import by_day, front_desk, head, in_charge, others, team_of
from handlers.notices import Notices
from handlers.office import Office
from handlers.orders import PASSED_ON, order_buttons
from handlers.queue import QueueDesk
from handlers.records import button, photos
from handlers.wording import DEPARTMENTS, between, due, heading, moment, on_record, shortened, span

notices = Notices()


@notices.on("order.issued")
async def tell_issued(event: Event, complaint: Complaint, office: Office) -> None:
    """The department at once (CP-4.2.1b), the resident where it went; the front desk's ping is spent."""
    order = complaint.order(event.data["order"])
    moved = any(o.state is OrderState.TRANSFERRED and o.transferred_to == order.number for o in complaint.orders)
    await _put_to(order, complaint, office, _("转来的工单") if moved else _("新工单"), event)
    text = _("{number} 已转到{department}处理，时限不变，最晚 {limit} 处理好。") if moved else _ISSUED
    filled = text.format(
        number=complaint.number, department=DEPARTMENTS[order.department], limit=_limit(order, complaint, office)
    )
    await office.tell(others(office, (complaint.complainant,)), Reply(filled), matter=complaint.number)
    if event.data["by"] is not None and not moved:
        await _spend_queue_ping(complaint, office)


_ISSUED = _("{number} 已派到{department}，最晚 {limit} 处理好。接单后马上告诉您。")


@notices.on("order.reassigned")
async def tell_reassigned(event: Event, complaint: Complaint, office: Office) -> None:
    await _put_to(complaint.order(event.data["order"]), complaint, office, _("同事转给您的工单"), event)


@notices.on("order.accepted")
async def tell_accepted(event: Event, complaint: Complaint, office: Office) -> None:
    """The resident learns who comes; for the others who were pinged the order is gone."""
    order = complaint.order(event.data["order"])
    name, rules = await office.name(event.data["by"]), office.rules(complaint.site)
    taken = _("{heading}\n已由{name}接单（{at}）。").format(
        heading=heading(complaint, rules), name=name, at=moment(office.now, rules.zone, office.now)
    )
    slot = f"order:{order.number}:{order.step}"
    await office.tell(
        (*order.assigned, *team_of(order, complaint)), Reply(taken, slot=slot, edit=True), matter=complaint.number
    )
    text = _("{number}：{department}{name}已接单，最晚 {limit} 处理好。\n随时回复“进度”查询。").format(
        number=complaint.number,
        department=DEPARTMENTS[order.department],
        name=name,
        limit=_limit(order, complaint, office),
    )
    await office.tell(others(office, (complaint.complainant,)), Reply(text), matter=complaint.number)


@notices.on("order.declined")
async def tell_declined(event: Event, complaint: Complaint, office: Office) -> None:
    """Back at the front desk, to be issued again; the resident is told when it has been."""
    order = complaint.order(event.data["order"])
    rules, name = office.rules(complaint.site), await office.name(event.data["by"])
    spent = _("{heading}\n{name}已拒接，前台会重新派单。").format(heading=heading(complaint, rules), name=name)
    slot = f"order:{order.number}:{order.step}"
    await office.tell(
        (*order.assigned, *team_of(order, complaint)), Reply(spent, slot=slot, edit=True), matter=complaint.number
    )
    text = join(
        _("{department}拒接，请重新派单").format(department=DEPARTMENTS[order.department]),
        heading(complaint, rules),
        _("{name}：{reason}").format(name=name, reason=str(event.data["reason"])),
        _("派单时限：{due}").format(due=due(limits.issue_by(complaint, rules), rules.zone, office.now)),
    )
    for person in await office.work.people.all(others(office, await front_desk(complaint, office))):
        reply = Reply(
            text,
            choices=await QueueDesk(office).issue_buttons(complaint, person),
            slot=f"queue:{complaint.number}:{complaint.step}",
            lane="urgent",
        )
        await office.tell(person.id, reply, matter=complaint.number)


@notices.on("order.progress")
async def tell_progress(event: Event, complaint: Complaint, office: Office) -> None:
    """The front desk has it, with [转告] to send it on to the resident (CP-4.2.2b, CP-4.2.4)."""
    order = complaint.order(event.data["order"])
    entry = str(len(order.progress))
    text = join(
        _("进度回复"),
        heading(complaint, office.rules(complaint.site)),
        _("{department}{name}：{text}").format(
            department=DEPARTMENTS[order.department],
            name=await office.name(event.data["by"]),
            text=str(event.data["text"]),
        ),
    )
    reply = Reply(
        text,
        choices=(act(_("转告业户"), "pass_on", order.number, entry),),
        slot=f"progress:{order.number}:{entry}",
    )
    await office.tell(others(office, await front_desk(complaint, office)), reply, matter=complaint.number)


@notices.on(PASSED_ON)
async def tell_passed_on(event: Event, complaint: Complaint, office: Office) -> None:
    text = _("{number} 的进度：{text}").format(number=complaint.number, text=str(event.data["text"]))
    await office.tell(complaint.complainant, Reply(text), matter=complaint.number)
    spent = _("{heading}\n进度已由{name}转告业户。").format(
        heading=heading(complaint, office.rules(complaint.site)),
        name=await office.name(office.actor.id if office.actor else None),
    )
    slot = f"progress:{event.data['order']}:{event.data['entry']}"
    desk = others(office, await front_desk(complaint, office))
    await office.tell(desk, Reply(spent, slot=slot, edit=True), matter=complaint.number)


@notices.on("order.done")
async def tell_done(event: Event, complaint: Complaint, office: Office) -> None:
    """The head reviews (CP-4.2.6a). Where no review is asked, the callback speaks to the resident instead."""
    order = complaint.order(event.data["order"])
    office.work.outbox.withdraw(_overdue_slot(order))
    if order.state is not OrderState.DONE:
        return
    review = Reply(
        join(
            _("请审核处理结果：工单 {number}").format(number=order.number),
            heading(complaint, office.rules(complaint.site)),
            shortened(complaint.details, 120),
            _("{name}：{measure}（原因：{cause}）").format(
                name=await office.name(order.done_by), measure=order.measure, cause=on_record(order.cause)
            ),
            _("已超过时限") if event.data["late"] else None,
        ),
        choices=(button(Action.PASS_REVIEW, complaint, order), button(Action.RETURN_ORDER, complaint, order)),
        attachments=await photos(order.photos, office),
        slot=f"review:{order.number}:{order.returned}",
    )
    await office.tell(await head(order, complaint, office), review, matter=complaint.number)
    text = _("{number} 已处理：{measure}\n部门审核后我们会回访您。").format(
        number=complaint.number, measure=order.measure
    )
    await office.tell(others(office, (complaint.complainant,)), Reply(text), matter=complaint.number)


@notices.on("order.reminder")
async def tell_reminder(event: Event, complaint: Complaint, office: Office) -> None:
    order, rules = complaint.order(event.data["order"]), office.rules(complaint.site)
    limit = limits.resolve_by(order, rules)
    text = _("工单 {number} 提醒：{due}\n{heading}").format(
        number=order.number, due=due(limit, rules.zone, office.now), heading=heading(complaint, rules)
    )
    reply = Reply(text, choices=order_buttons(complaint, order))
    await office.tell(in_charge(order), reply, matter=complaint.number, expires_at=limit)


@notices.on("order.overdue")
async def tell_overdue(event: Event, complaint: Complaint, office: Office) -> None:
    """Handler, front desk, head and resident (CP-4.2.2a); from now on the handler is asked for progress (CP-4.2.2b)."""
    order, rules = complaint.order(event.data["order"]), office.rules(complaint.site)
    limit = datetime.fromisoformat(event.data["limit"])
    title = _("已过约定时间，还没处理好") if event.data["agreed"] else _("已过 {hours} 小时，还没处理好")
    told = join(
        _("工单 {number}：{what}").format(number=order.number, what=title.format(hours=rules.complaint.resolve_hours)),
        heading(complaint, rules),
    )
    by = limits.progress_by(order, rules)
    asked = _("{told}\n请在 {by} 前回复进度：做了什么、为什么没完成、预计何时。").format(
        told=told, by=moment(by, rules.zone, office.now)
    )
    if by <= office.now:
        asked = _("{told}\n请马上回复进度：做了什么、为什么没完成、预计何时。").format(told=told)
    holders = in_charge(order)
    await office.tell(holders, Reply(asked, order_buttons(complaint, order), lane="urgent"), matter=complaint.number)
    desk = set(await front_desk(complaint, office)) - set(holders)
    text = _("{told}\n{department}，原时限 {limit}。请催办并向业户说明。").format(
        told=told, department=DEPARTMENTS[order.department], limit=moment(limit, rules.zone, office.now)
    )
    await office.tell(sorted(desk), Reply(text, (_opening(complaint),)), matter=complaint.number)
    morning = by_day(complaint, office)
    leading = await head(order, complaint, office)
    if leading not in holders:
        text = _("{told}\n原时限 {limit}。请亲自跟进，需要时换人。").format(
            told=told, limit=moment(limit, rules.zone, morning or office.now)
        )
        choices = (button(Action.TRANSFER, complaint, order), _opening(complaint))
        reply = Reply(text, choices, slot=_overdue_slot(order))
        await office.tell(leading, reply, matter=complaint.number, not_before=morning)
    sorry = _("抱歉，{number} 没能按时处理好。部门负责人已知道，有进展马上告诉您；急事请回复“人工”。")
    reply = Reply(sorry.format(number=complaint.number), slot=_overdue_slot(order))
    await office.tell(complaint.complainant, reply, matter=complaint.number, not_before=morning)


def _overdue_slot(order: WorkOrder) -> str:
    """What waits for the morning under this slot is not sent if the work is done in the night."""
    return f"overdue:{order.number}"


@notices.on("order.progress_missed")
async def tell_progress_missed(event: Event, complaint: Complaint, office: Office) -> None:
    """The front desk chases it by phone; the card opens anyway (CP-4.2.3). With an agreed time the overdue says so."""
    order, rules = complaint.order(event.data["order"]), office.rules(complaint.site)
    if limits.progress_by(order, rules) <= limits.resolve_by(order, rules):
        return
    names = listed([await office.name(person) for person in in_charge(order)])
    text = _("{department}{names}在 {span} 内没有回复进度，请致电催办\n{heading}").format(
        department=DEPARTMENTS[order.department],
        names=names,
        span=span(office.now - order.since),
        heading=heading(complaint, rules),
    )
    desk = await front_desk(complaint, office)
    await office.tell(desk, Reply(text, (_opening(complaint),)), matter=complaint.number)


async def _put_to(order: WorkOrder, complaint: Complaint, office: Office, title: Text, event: Event) -> None:
    """The ping with everything that is needed to go there, and the limit."""
    rules, reason = office.rules(complaint.site), str(event.data.get("reason") or "")
    when = None
    if complaint.contact_from and complaint.contact_until:
        when = _("业户方便：{when}").format(
            when=between(complaint.contact_from, complaint.contact_until, rules.zone, office.now)
        )
    reply = Reply(
        join(
            _("{title} {number}").format(title=title, number=order.number),
            heading(complaint, rules),
            shortened(complaint.details, 300),
            _("转派原因：{reason}").format(reason=on_record(reason)) if reason else None,
            when,
            _("完成时限：{due}").format(due=due(limits.resolve_by(order, rules), rules.zone, office.now)),
        ),
        choices=order_buttons(complaint, order),
        attachments=await photos(complaint.photos, office),
        slot=f"order:{order.number}:{order.step}",
        lane="urgent",
    )
    await office.tell((*order.assigned, *team_of(order, complaint)), reply, matter=complaint.number)


async def _spend_queue_ping(complaint: Complaint, office: Office) -> None:
    departments = listed(DEPARTMENTS[order.department] for order in complaint.counting_orders)
    text = _("{heading}\n已派单：{departments}").format(
        heading=heading(complaint, office.rules(complaint.site)), departments=departments
    )
    slot = f"queue:{complaint.number}:{complaint.step}"
    desk = await front_desk(complaint, office)
    await office.tell(desk, Reply(text, slot=slot, edit=True), matter=complaint.number)


def _limit(order: WorkOrder, complaint: Complaint, office: Office) -> Text:
    rules = office.rules(complaint.site)
    return moment(limits.resolve_by(order, rules), rules.zone, office.now)


def _opening(complaint: Complaint) -> Choice:
    return act(_("查看"), "open", complaint.number)
