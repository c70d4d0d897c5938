"""The department's side of a work order: /wo, accept, decline, transfer, progress, done (CP-4.2.1b to CP-4.2.4)."""

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Reply
from bot.dialogue.press import Press
from bot.dialogue.text import Text, _, render
from domain import limits, routing, work_order
from domain.complaint import Complaint, OrderState, WorkOrder
from domain.decision import Decision, Event, Refused
from domain.glossary import STAFF, Department, Role
from domain.ladder import hidden_from
from domain.people import Person
from domain.powers import HANDLERS, HEADS, Action
from domain.refusals import Why
from handlers import order_notices
from handlers.audience import in_charge, others, team_of
from handlers.lists import page
from handlers.office import Office
from handlers.orders import OPEN, PASSED_ON, held, own_words
from handlers.queue import ISSUABLE
from handlers.records import order_for, record
from handlers.wording import DEPARTMENTS, due, heading

book = Book()
notices = order_notices.notices

CAUSES = (
    Option("equipment", _("设备故障")),
    Option("wear", _("老化磨损")),
    Option("renovation", _("装修施工影响")),
    Option("damage", _("人为损坏")),
    Option("service", _("服务不到位")),
    Option("outside", _("外部原因（停水停电等）")),
    Option("other", _("其他，我来写")),
)


class WorkOrderDesk:
    """What the department does with its work orders. Methods that return a Decision have written nothing yet."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def listed(self, person: Person) -> list[Complaint]:
        """A head's department, anybody else's own: what is to accept first, then by limit."""
        known, department = self.office.work.complaints, _headed(person)
        if department is not None:
            found = await known.open_orders_of_department(person.site, department)
        else:
            found = await known.with_open_orders_of(person.id)
        rules = self.office.rules(person.site)

        def urgency(complaint: Complaint) -> tuple[bool, bool, str]:
            order = order_for(complaint, person)
            if order is None:
                return True, True, complaint.number
            limit = limits.resolve_by(order, rules).isoformat()
            return order.state is not OrderState.ISSUED, not complaint.urgent, limit

        return sorted((c for c in found if not hidden_from(person, c)), key=urgency)

    async def accept(self, number: str, step: int) -> Complaint:
        complaint, order = await held(self.office, number, Action.ACCEPT)
        now = self.office.now
        return await self.office.apply(work_order.accept(complaint, order.number, step, self.office.person.id, now))

    async def declined(self, number: str, step: int, reason: str = OPEN) -> Decision[Complaint]:
        complaint, order = await held(self.office, number, Action.DECLINE)
        return work_order.decline(complaint, order.number, step, self.office.person.id, reason, self.office.now)

    async def to_hand_on(self, number: str, step: int) -> tuple[Complaint, WorkOrder]:
        """The order, if it can still be transferred. Raises Refused."""
        complaint, order = await held(self.office, number, Action.TRANSFER)
        by, now = self.office.person.id, self.office.now
        work_order.reassign(complaint, order.number, step=step, by=by, assigned=(), reason=OPEN, now=now)
        return complaint, order

    async def colleagues(self, complaint: Complaint, order: WorkOrder) -> tuple[Person, ...]:
        """Who else of the department is on duty and may have it."""
        roster, today = await self.office.roster(complaint.site), self.office.today(complaint.site)
        return tuple(
            person
            for person in roster.staff
            if person.department is order.department
            and person.role in (*HANDLERS, Role.FRONT_DESK)
            and person.duty
            and not person.left
            and not person.on_leave(today)
            and person.id not in in_charge(order)
            and not hidden_from(person, complaint)
        )

    async def reassign(self, number: str, step: int, colleague: str, reason: str) -> Complaint:
        """To a colleague of the same department; the clocks run on."""
        office = self.office
        complaint, order = await held(office, number, Action.REASSIGN)
        by, now = office.person.id, office.now
        moved = await office.apply(
            work_order.reassign(
                complaint, order.number, step=step, by=by, assigned=(colleague,), reason=reason, now=now
            )
        )
        await self._relieve(order, moved, _("已转给{name}").format(name=await office.name(colleague)))
        return moved

    async def transfer(self, number: str, step: int, department: Department, reason: str) -> Complaint:
        """To another department, as a new order whose clocks run on (D-11)."""
        office = self.office
        complaint, order = await held(office, number, Action.TRANSFER)
        roster, today = await office.roster(complaint.site), office.today(complaint.site)
        assigned = routing.assignees(department, complaint, roster, office.rules(complaint.site), today)
        if not assigned:
            raise Refused("no_assignee")
        moved = await office.apply(
            work_order.transfer(
                complaint,
                order.number,
                step=step,
                by=office.person.id,
                department=department,
                number=await office.work.numbers.next("GD", today),
                assigned=assigned,
                reason=reason,
                now=office.now,
            )
        )
        await self._relieve(order, moved, _("已转到{department}").format(department=DEPARTMENTS[department]))
        return moved

    async def _relieve(self, order: WorkOrder, moved: Complaint, where: Text) -> None:
        """Whoever had the order learns that it has gone; `order` is as it was before."""
        office = self.office
        text = _("{heading}\n{where}，不用再处理了。").format(
            heading=heading(moved, office.rules(moved.site)), where=where
        )
        slot = f"order:{order.number}:{order.step}"
        await office.tell(
            (*order.assigned, *team_of(order, moved)), Reply(text, slot=slot, edit=True), matter=moved.number
        )
        if order.handler and order.handler not in order.assigned:
            await office.tell(others(office, (order.handler,)), Reply(text), matter=moved.number)

    async def progressed(self, number: str, text: str = OPEN, expected: str = "") -> Decision[Complaint]:
        complaint, order = await held(self.office, number, Action.PROGRESS)
        return work_order.progress(complaint, order.number, self.office.person.id, text, expected, self.office.now)

    async def pass_on(self, number: str, entry: int) -> Complaint:
        """Send the n-th progress entry to the resident, once (CP-4.2.4)."""
        complaint, order = await held(self.office, number, Action.QUEUE)
        if not 0 < entry <= len(order.progress):
            raise Refused(Why.STALE_STEP, step=len(order.progress))
        data = {"order": order.number, "entry": entry, "text": order.progress[entry - 1].text}
        for row in await self.office.work.events.of(complaint.number):
            if row.kind == PASSED_ON and (row.data["order"], row.data["entry"]) == (order.number, entry):
                raise Refused(Why.ALREADY, what="pass_on", by=row.by, at=row.at.isoformat())
        return await self.office.apply(Decision(complaint, (Event(PASSED_ON, "CP-4.2.4", data),)))

    async def finished(
        self, number: str, cause: str = "", measure: str = OPEN, photos: tuple[str, ...] = ()
    ) -> Decision[Complaint]:
        complaint, order = await held(self.office, number, Action.DONE)
        by, rules = self.office.person.id, self.office.rules(complaint.site)
        return work_order.done(complaint, order.number, by, cause, measure, photos, self.office.now, rules)


def _headed(person: Person) -> Department | None:
    if person.role not in HEADS:
        return None
    return Department.CS if person.role is Role.CS_HEAD else person.department


@book.button(
    "wo",
    who=(*HANDLERS, Role.FRONT_DESK, *HEADS),
    commands=("/wo",),
    phrases=("我的工单", "工单"),
    title=_("我的工单"),
)
async def wo(press: Press, desk: WorkOrderDesk) -> Reply:
    """Open orders, those to accept first; a single one is shown whole, with its buttons."""
    complaints = await desk.listed(press.person)
    if len(complaints) == 1 and not press.step:
        return await record(complaints[0], press.person, desk.office)
    return await page(
        _("本部门的工单") if _headed(press.person) else _("我的工单"),
        complaints,
        press,
        desk.office,
        action="wo",
        empty=_("现在没有工单，有新的会马上通知您。"),
    )


@book.button("accept", who=STAFF)
async def accept(press: Press, desk: WorkOrderDesk) -> Reply:
    complaint = await desk.accept(press.subject, int(press.step or 0))
    rules = desk.office.rules(complaint.site)
    limit = due(limits.resolve_by(complaint.order(press.subject), rules), rules.zone, press.now)
    above = _("已接单。完成时限：{due}。\n做好后点“完成”；要改时间，先点“约定时间”和业户约好。").format(due=limit)
    return await record(complaint, press.person, desk.office, above=above)


@book.conversation("decline", who=STAFF)
async def decline(chat: Chat, desk: WorkOrderDesk) -> Reply | None:
    """Decline with a reason; the front desk issues it again."""
    step = int(chat.step or 0)
    await desk.declined(chat.subject, step)
    reason = await chat.text("reason", _("为什么不能接？一句话就行，前台会重新派单。"), at_most=500, check=own_words)
    complaint = await desk.office.apply(await desk.declined(chat.subject, step, reason))
    return Reply(_("已退给前台：{heading}").format(heading=heading(complaint, desk.office.rules(complaint.site))))


@book.conversation("transfer", who=STAFF)
async def transfer(chat: Chat, desk: WorkOrderDesk) -> Reply | None:
    """To a colleague or to another department; the limit stays."""
    step = int(chat.step or 0)
    complaint, order = await desk.to_hand_on(chat.subject, step)
    colleagues = [Option(person.id, person.name) for person in await desk.colleagues(complaint, order)]
    busy = {open_order.department for open_order in complaint.open_orders}
    targets = [Option("colleague", _("本部门同事"))] if colleagues else []
    targets += [Option(code.value, DEPARTMENTS[code]) for code in ISSUABLE if code not in busy]
    target: str = await chat.choose("target", _("转给谁？时限不会重新计算。"), targets)
    colleague = ""
    if target == "colleague":
        colleague = await chat.choose("colleague", _("转给哪位同事？"), colleagues)
    reason = await chat.text("reason", _("为什么转派？一句话就行。"), at_most=500, check=own_words)
    if colleague:
        moved = await desk.reassign(chat.subject, step, colleague, reason)
        where: Text | str = await desk.office.name(colleague)
    else:
        moved = await desk.transfer(chat.subject, step, Department(target), reason)
        where = DEPARTMENTS[Department(target)]
    rules = desk.office.rules(moved.site)
    return Reply(_("已转派给{where}，原时限不变。\n{heading}").format(where=where, heading=heading(moved, rules)))


@book.conversation("progress", who=STAFF)
async def progress(chat: Chat, desk: WorkOrderDesk) -> Reply | None:
    """What is done, why not finished, expected (CP-4.2.2b); with an open card also the daily reply (CP-4.2.4)."""
    await desk.progressed(chat.subject)
    done_so_far = await chat.text("done", _("已经做了什么？没有变化就写“无变化”。"), at_most=500)
    why = await chat.text("why", _("为什么还没完成？"), at_most=500)
    expected = await chat.text("expected", _("预计什么时候完成？比如“明天上午”。"), at_most=100)
    # On record as its writer reads it, like any words of theirs.
    told = _("{done}；未完成原因：{why}；预计：{expected}").format(done=done_so_far, why=why, expected=expected)
    report = render(told, chat.language)
    decided = await desk.progressed(chat.subject, report, expected)
    complaint = await desk.office.apply(decided)
    above = _("进度已报前台，也算今天档案卡的回复。") if complaint.card else _("进度已报前台，谢谢。")
    return await record(complaint, chat.person, desk.office, above=above)


@book.button("pass_on", who=STAFF)
async def pass_on(press: Press, desk: WorkOrderDesk) -> Reply:
    complaint = await desk.pass_on(press.subject, int(press.step or 0))
    text = _("已转告业户。\n{heading}").format(heading=heading(complaint, desk.office.rules(complaint.site)))
    return Reply(text, edit=press.on is not None)


@book.conversation("done", who=STAFF)
async def done(chat: Chat, desk: WorkOrderDesk) -> Reply | None:
    """Cause, measure and photos of the result; T2 stops here (D-16)."""
    await desk.finished(chat.subject)
    cause: str = await chat.choose("cause", _("是什么原因？"), CAUSES, label=_("原因"))
    shown = ["cause", "measure", "photos"]
    if cause == "other":
        words = await chat.text("own_cause", _("请写下原因。"), label=_("原因"), at_least=2, at_most=300)
        shown[0] = "own_cause"
    else:
        words = next(str(option.label) for option in CAUSES if option.code == cause)
    measure = await chat.text("measure", _("怎么处理的？"), label=_("措施"), at_most=1000, check=own_words)
    pictures = await chat.photos("photos", _("处理后的照片？可以直接发，发完点“完成”。"), label=_("照片"))
    await chat.confirm(_("请确认处理结果"), *shown)
    media = tuple(picture.media for picture in pictures)
    complaint = await desk.office.apply(await desk.finished(chat.subject, words, measure, media))
    rules = desk.office.rules(complaint.site)
    reviewed = complaint.order(chat.subject).state is OrderState.REVIEWED
    after = _("已完成，前台会回访业户。") if reviewed else _("已完成，已送部门负责人审核。")
    return Reply(_("{after}\n{heading}").format(after=after, heading=heading(complaint, rules)))
