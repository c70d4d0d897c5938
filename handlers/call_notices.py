"""How call tasks come and go: from questions that nobody answered or no message carried, and with their answers."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.dialogue.message import Choice, Reply, act
from bot.dialogue.text import Personal, Text, _, join, kept, render, restored
from domain import call_task
from domain.call_task import Asked, Question
from domain.complaint import Complaint
from domain.decision import Event
from handlers.audience import front_desk
from handlers.callback_sheet import result
from handlers.notices import Notices
from handlers.office import Office
from handlers.wording import DEPARTMENTS, heading, moment, shortened
from storage.calls import CallTask
from storage.deadlines import DeadlineRow

notices = Notices()

ANSWER = "answer"
"""Kind of the deadlines by which a question must have its answer; their subject is the complaint."""
UNFINISHED = "unfinished_complaint"
"""Reason of the task that an abandoned complaint leaves behind (D-10)."""
ORDER = "order"
ASKING = ("complaint.question", "order.time_proposed", "callback.due")
ANSWERING = (
    "complaint.answer",
    "complaint.addition",
    "complaint.withdrawn",
    "complaint.reopened",
    "complaint.archived",
    "order.time_agreed",
    "order.time_refused",
    "order.declined",
    "order.transferred",
    "order.reassigned",
    "order.done",
    "callback.verdict",
    "callback.unreachable",
)
"""Events after which a question may have its answer, or needs none any more."""


def reason_of(question: Question) -> str:
    return f"{question.asked}:{question.step}"


def kind_of(reason: str) -> str:
    return reason.partition(":")[0]


def step_of(reason: str) -> str:
    return reason.partition(":")[2]


def slot_of(number: str) -> str:
    return f"call:{number}"


def ping_buttons(number: str) -> tuple[Choice, ...]:
    return (act(_("接通"), "call_through", number), act(_("未接"), "call_missed", number))


def dated(at: datetime, zone: ZoneInfo) -> Text:
    """With its date, for texts that are read on another day than they were written."""
    return moment(at, zone, at - timedelta(days=30))


@notices.on(*ASKING)
async def promise_answer(_event: Event, complaint: Complaint, office: Office) -> None:
    """From now on an answer is owed by some moment."""
    await promise(complaint, office)


@notices.on(*ANSWERING)
async def settle(_event: Event, complaint: Complaint, office: Office) -> None:
    """What was answered needs no call: its promise goes, an open task closes by itself."""
    if not call_task.ever_asked(complaint):
        return
    await promise(complaint, office)
    waiting = {reason_of(question) for question in call_task.questions(complaint)}
    for task in await office.work.calls.of_matter(complaint.number):
        moot = kind_of(task.reason) in set(Asked) or complaint.closed
        if task.state == "open" and moot and task.reason not in waiting:
            await _close(task, complaint, office)


async def keep(office: Office, row: DeadlineRow) -> None:
    """No answer in time: a person calls. Nothing happens where the answer has come meanwhile."""
    complaint = await office.work.complaints.get(row.subject)
    question = call_task.question(complaint, row.what, row.step) if complaint else None
    if complaint is None or question is None:
        return
    reached = await office.work.people.channel_of(complaint.complainant) is not None
    sheet_is_there = question.asked is Asked.CALLBACK and not reached
    text = await _words(question, complaint, office)
    why = _("{minutes} 分钟没有回复，请致电业户").format(
        minutes=office.rules(complaint.site).delivery.call_after_minutes
    )
    title = why if reached else _("业户没有聊天账号，请致电")
    await open_task(
        complaint, complaint.complainant, reason_of(question), text, office, ping=None if sheet_is_there else title
    )


@notices.on("order.issued", "order.reassigned")
async def call_the_department(event: Event, complaint: Complaint, office: Office) -> None:
    """A duty person whom no message reaches is called (CP-4.2.1b)."""
    order = complaint.order(event.data["order"])
    for person in order.assigned:
        if await office.work.people.channel_of(person) is None:
            text = _("{department}工单 {number}，请电话通知接单：{details}").format(
                department=DEPARTMENTS[order.department],
                number=order.number,
                details=shortened(complaint.details, 200),
            )
            reason = f"{ORDER}:{order.assignment}"
            await open_task(complaint, person, reason, text, office, ping=_("值班人员收不到消息，请致电"))


@notices.on("complaint.unfinished")
async def call_back(_event: Event, complaint: Complaint, office: Office) -> None:
    """An abandoned complaint is completed by phone: nothing of it is lost (D-10). Its ping has gone out already."""
    text = _("业户没填完：{details}\n请问清情况后补全。").format(details=shortened(complaint.details, 200))
    await open_task(complaint, complaint.complainant, UNFINISHED, text, office, ping=None)


async def promise(complaint: Complaint, office: Office, *, reachable: bool | None = None) -> None:
    """Keep the deadlines of what is asked; `reachable` False: no message gets there, so the call is due at once."""
    if reachable is None:
        reachable = await office.work.people.channel_of(complaint.complainant) is not None
    promises = call_task.promises(complaint, office.rules(complaint.site), reachable=reachable)
    office.work.deadlines.reconcile(ANSWER, complaint.number, promises, site=complaint.site)


async def open_task(
    complaint: Complaint,
    person_id: str,
    reason: str,
    text: Text,
    office: Office,
    *,
    ping: Text | None,
    callers: Iterable[str] | None = None,
) -> None:
    """One task for one reason, ever; with `ping` the callers, by default the front desk on shift, hear of it."""
    if any(task.reason == reason for task in await office.work.calls.of_matter(complaint.number)):
        return
    person = await office.work.people.get(person_id)
    title = heading(complaint, office.rules(complaint.site))
    task = CallTask(
        number=await office.work.numbers.next("ZD", office.today(complaint.site)),
        site=complaint.site,
        person=person_id,
        phone=person.phone if person else "",
        text=kept(join(title, text)),
        reason=reason,
        matter=complaint.number,
        at=office.now,
    )
    office.work.calls.add(task)
    told = Event("call.opened", call_task.CLAUSE, {"task": task.number, "reason": reason})
    office.work.events.append(complaint.number, told, site=complaint.site, by=None, at=office.now)
    if ping is None:
        return
    name = _("{name} {phone}").format(name=person.name if person else "", phone=number_of(task))
    reply = Reply(
        join(_("☎ {why}").format(why=ping), name, title, text), ping_buttons(task.number), slot=slot_of(task.number)
    )
    told_to = await front_desk(complaint, office) if callers is None else callers
    await office.tell(told_to, reply, matter=complaint.number)


def number_of(task: CallTask) -> Text | str:
    """The number to be called, or that there is none."""
    return Personal(task.phone, task.person or "") if task.phone else _("（没有电话）")


async def _close(task: CallTask, complaint: Complaint, office: Office) -> None:
    outcome = render(_("已有答复，不用再打。"), "zh")
    await office.work.calls.close(task.number, task.outcome + outcome, office.actor.id if office.actor else None)
    told = Event("call.closed", call_task.CLAUSE, {"task": task.number})
    office.work.events.append(complaint.number, told, site=complaint.site, by=None, at=office.now)
    if not (kind_of(task.reason) == Asked.CALLBACK and await office.work.people.channel_of(task.person or "") is None):
        spent = Reply(join(_("☎ 已有答复，不用再打。"), restored(task.text)), slot=slot_of(task.number), edit=True)
        await office.tell(await front_desk(complaint, office), spent, matter=complaint.number)


async def _words(question: Question, complaint: Complaint, office: Office) -> Text:
    """What to say on the phone."""
    match question.asked:
        case Asked.QUESTION:
            asked = complaint.notes[int(question.step) - 1].text
            return _("您好，关于您的投诉想请问：{text}").format(text=asked)
        case Asked.TIME:
            order = complaint.order(question.step.partition("/")[0])
            zone, proposed = office.zone(complaint.site), order.proposed
            if proposed is None:
                raise ValueError(f"nothing was proposed for {order.number}")
            return _("您好，{department}{name}想约 {start} 至 {until} 上门处理，可以吗？").format(
                department=DEPARTMENTS[order.department],
                name=await office.name(proposed.by),
                start=dated(proposed.start, zone),
                until=dated(proposed.until, zone),
            )
        case Asked.CALLBACK:
            return _("您好，您的投诉已处理：{result}。请问您满意吗？").format(
                result=result(complaint) or complaint.withdrawn_reason or "—"
            )
