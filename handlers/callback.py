"""Callback 回访 (CP-4.2.6c, CP-4.2.6e): the question in chat, the front desk's calls, what was said, nobody reached."""

from datetime import datetime

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Choice, Reply, act
from bot.dialogue.press import Press
from bot.dialogue.text import Text, _, join
from domain import callback
from domain.complaint import Callback, Complaint, ComplaintState, Verdict
from domain.decision import Decision, Refused
from domain.glossary import STAFF
from domain.powers import Action, roles_of
from domain.refusals import Why
from handlers.audience import desk_of
from handlers.office import Office
from handlers.records import button, record
from handlers.wording import due, heading, kind_name, shortened
from handlers.work_order import OPEN

book = Book()

MOST_LISTED = 8
VERDICTS = {Verdict.SATISFIED: _("满意"), Verdict.NOT_SATISFIED: _("不满意")}
CHANNELS = {"phone": _("电话"), "visit": _("上门"), "chat": _("聊天")}
OPTIONS = [Option(code.value, label) for code, label in VERDICTS.items()]


class CallbackDesk:
    """Calls and verdicts. Methods that return a Decision have written nothing yet."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def said(
        self, number: str, step: int, verdict: Verdict = Verdict.SATISFIED, words: str = ""
    ) -> Decision[Complaint]:
        """The resident's own verdict."""
        complaint, _order = await self.office.opened(number, Action.VERDICT)
        by, now, rules = self.office.person.id, self.office.now, self.office.rules(complaint.site)
        return callback.verdict(complaint, step, by, verdict, words, "chat", now, rules)

    async def told(
        self,
        number: str,
        step: int,
        verdict: Verdict = Verdict.SATISFIED,
        words: str = OPEN,
        channel: str = "phone",
    ) -> Decision[Complaint]:
        """What the resident told a member of staff; words are mandatory (CP-4.2.6e)."""
        complaint, _order = await self.office.opened(number, Action.RECORD_VERDICT)
        by, now, rules = self.office.person.id, self.office.now, self.office.rules(complaint.site)
        return callback.verdict(complaint, step, by, verdict, words, channel, now, rules)

    async def unanswered(self, number: str, step: int) -> Complaint:
        """One call that nobody took."""
        complaint, _order = await self.office.opened(number, Action.ATTEMPT)
        by, now, rules = self.office.person.id, self.office.now, self.office.rules(complaint.site)
        return await self.office.apply(callback.attempt(complaint, step, by, "phone", "no_answer", now, rules))

    async def unreachable(self, number: str, step: int) -> Complaint:
        complaint, _order = await self.office.opened(number, Action.UNREACHABLE)
        by, now, rules = self.office.person.id, self.office.now, self.office.rules(complaint.site)
        return await self.office.apply(callback.unreachable(complaint, step, by, now, rules))

    async def sheet(self, complaint: Complaint, *, edit: bool = False) -> Reply:
        """What the caller needs before the call: the resident's phone is shown here and nowhere else."""
        coming = in_hand(complaint)
        return Reply(await sheet_text(complaint, coming, self.office), sheet_buttons(complaint), edit=edit)


def in_hand(complaint: Complaint) -> Callback:
    """The callback of this round. Raises Refused where there is none."""
    if complaint.callback is None:
        raise Refused(Why.WRONG_STATE, state=str(complaint.state), what=str(Action.ATTEMPT))
    return complaint.callback


def sheet_buttons(complaint: Complaint) -> tuple[Choice, ...]:
    """Reached, not reached, or a visit instead."""
    return (
        button(Action.RECORD_VERDICT, complaint),
        button(Action.ATTEMPT, complaint),
        act(_("安排上门"), Action.ORDER_VISIT, complaint.number, str(in_hand(complaint).step)),
    )


def verdict_buttons(complaint: Complaint) -> tuple[Choice, ...]:
    """The resident's two answers."""
    step = str(in_hand(complaint).step)
    return (
        act(VERDICTS[Verdict.SATISFIED], "satisfied", complaint.number, step),
        act(VERDICTS[Verdict.NOT_SATISFIED], "not_satisfied", complaint.number, step),
    )


def result(complaint: Complaint) -> str:
    """What was done, by all departments that counted."""
    return "；".join(order.measure for order in complaint.counting_orders if order.measure)


async def sheet_text(complaint: Complaint, coming: Callback, office: Office) -> Text:
    rules = office.rules(complaint.site)
    resident = await office.work.people.get(complaint.complainant)
    withdrawn = complaint.state is ComplaintState.WITHDRAWN
    done = result(complaint)
    calls = len([attempt for attempt in coming.attempts if attempt.outcome == "no_answer"])
    return join(
        _("待回访（业户已撤回）") if withdrawn else _("待回访"),
        heading(complaint, rules),
        shortened(complaint.details, 120),
        _("{name} {phone}").format(name=resident.name, phone=resident.phone) if resident else None,
        _("处理结果：{text}").format(text=shortened(done, 200)) if done else None,
        _("撤回原因：{text}").format(text=complaint.withdrawn_reason) if complaint.withdrawn_reason else None,
        _("已联系 {count} 次没接通").format(count=calls) if calls else None,
        _("回访时限：{due}").format(due=due(coming.due_at, rules.zone, office.now)),
    )


async def call_list(complaints: tuple[Complaint, ...], office: Office) -> Reply:
    """The most urgent callbacks, each with name and phone; a button opens each."""
    lines: list[Text] = []
    for index, complaint in enumerate(complaints[:MOST_LISTED], 1):
        rules = office.rules(complaint.site)
        resident = await office.work.people.get(complaint.complainant)
        lines.append(
            _("{index}. {place} · {kind} · {name} {phone}\n　{due}").format(
                index=index,
                place=complaint.place,
                kind=kind_name(complaint.kind, rules),
                name=resident.name if resident else "",
                phone=resident.phone if resident else "",
                due=due(in_hand(complaint).due_at, rules.zone, office.now),
            )
        )
    more = len(complaints) - len(lines)
    rest = _("还有 {count} 条，回访完上面的再看。").format(count=more) if more else None
    choices = tuple(act(complaint.place, "call", complaint.number) for complaint in complaints[:MOST_LISTED])
    title = _("待回访 {count} 条，最急的在前").format(count=len(complaints))
    return Reply(join(title, *lines, rest), choices)


@book.button(
    "callbacks", who=roles_of(Action.CALLBACKS), commands=("/callbacks",), phrases=("回访",), title=_("待回访")
)
async def callbacks(press: Press, desk: CallbackDesk) -> Reply:
    """Callbacks that are due, by limit; a single one is shown whole."""
    waiting = await desk.office.work.complaints.callbacks_due(press.person.site)
    if not waiting:
        return Reply(_("现在没有待回访的投诉。"))
    return await (desk.sheet(waiting[0]) if len(waiting) == 1 else call_list(waiting, desk.office))


@book.button("call", who=roles_of(Action.CALLBACKS))
async def call(press: Press, desk: CallbackDesk) -> Reply:
    """One of the list, with the buttons for what came of the call."""
    complaint, _order = await desk.office.opened(press.subject, Action.CALLBACKS)
    callback.current(complaint, None)
    return await desk.sheet(complaint)


async def callback_list(office: Office, site: str, _occurrence: datetime) -> None:
    """K6: the front desk on shift gets the list at its times, if there is anything to call about."""
    waiting = await office.work.complaints.callbacks_due(site)
    if waiting:
        listed = await call_list(waiting, office)
        await office.tell(await desk_of(site, office), Reply(listed.text, listed.choices, lane="bulk"))


@book.button("satisfied", who=roles_of(Action.VERDICT))
async def satisfied(press: Press, desk: CallbackDesk) -> Reply:
    complaint = await desk.office.apply(await desk.said(press.subject, int(press.step or 0)))
    text = _("谢谢您的评价！{number} 复核后就归档，之后有事随时说。").format(number=complaint.number)
    return Reply(text, edit=press.on is not None)


@book.conversation("not_satisfied", who=roles_of(Action.VERDICT))
async def not_satisfied(chat: Chat, desk: CallbackDesk) -> Reply | None:
    """Back to work with the resident's own words."""
    step = int(chat.step or 0)
    await desk.said(chat.subject, step)
    words = await chat.text("words", _("很抱歉没让您满意。请说说哪里还不行？"), at_most=1000)
    complaint = await desk.office.apply(await desk.said(chat.subject, step, Verdict.NOT_SATISFIED, words))
    return _reopened_reply(complaint)


@book.conversation("verdict", who=roles_of(Action.VERDICT))
async def verdict(chat: Chat, desk: CallbackDesk) -> Reply | None:
    """The same question, asked from the record."""
    step = int(chat.step or 0)
    await desk.said(chat.subject, step)
    chosen = Verdict(await chat.choose("verdict", _("对处理结果满意吗？"), OPTIONS))
    if chosen is Verdict.SATISFIED:
        complaint = await desk.office.apply(await desk.said(chat.subject, step))
        return Reply(_("谢谢您的评价！{number} 复核后就归档。").format(number=complaint.number))
    words = await chat.text("words", _("很抱歉没让您满意。请说说哪里还不行？"), at_most=1000)
    return _reopened_reply(await desk.office.apply(await desk.said(chat.subject, step, chosen, words)))


def _reopened_reply(complaint: Complaint) -> Reply:
    return Reply(
        _("已退回重新处理，部门负责人和前台都收到了您的意见。\n{number} 随时回复“进度”查询。").format(
            number=complaint.number
        )
    )


@book.conversation("record_verdict", who=roles_of(Action.RECORD_VERDICT))
async def record_verdict(chat: Chat, desk: CallbackDesk) -> Reply | None:
    """What was said on the phone or at the door, in the resident's words (CP-4.2.6e)."""
    step = int(chat.step or 0)
    await desk.told(chat.subject, step)
    channels = [Option(code, CHANNELS[code]) for code in ("phone", "visit")]
    channel: str = await chat.choose("channel", _("怎么联系上的？"), channels, label=_("方式"))
    chosen: str = await chat.choose("verdict", _("业户满意吗？"), OPTIONS, label=_("评价"))
    words = await chat.text("words", _("业户原话是什么？要有文字记录。"), label=_("原话"), at_least=2, at_most=1000)
    await chat.confirm(_("请确认回访记录"))
    decided = await desk.told(chat.subject, step, Verdict(chosen), words, channel)
    complaint = await desk.office.apply(decided)
    satisfied_now = Verdict(chosen) is Verdict.SATISFIED
    above = _("已记录，送客服主管归档。") if satisfied_now else _("已记录，已退回责任部门重新处理。")
    return await record(complaint, chat.person, desk.office, above=above)


@book.button("attempt", who=roles_of(Action.ATTEMPT))
async def attempt(press: Press, desk: CallbackDesk) -> Reply:
    """No answer by phone; the next try keeps the gap, or goes by visit (§11 no. 9)."""
    complaint = await desk.unanswered(press.subject, int(press.step or 0))
    rules, coming = desk.office.rules(complaint.site), in_hand(complaint)
    if callback.exhausted(coming, rules):
        above = _("已记下，联系了 {count} 次都没有回应，请客服主管确认。").format(count=len(coming.attempts))
    else:
        above = _("已记下没接通。{hours} 小时后可以再打，也可以安排上门。").format(
            hours=rules.callback.attempt_gap_hours
        )
    sheet = await desk.sheet(complaint)
    return Reply(join(above, sheet.text, sep="\n\n"), sheet.choices)


@book.button("unreachable", who=STAFF)
async def unreachable(press: Press, desk: CallbackDesk) -> Reply:
    """The cs supervisor confirms; it is never the same as satisfied."""
    complaint = await desk.unreachable(press.subject, int(press.step or 0))
    above = _("已确认联系不上，可以归档；业户之后评价仍会记录。")
    return await record(complaint, press.person, desk.office, above=above)
