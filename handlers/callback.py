"""Callback 回访 (CP-4.2.6c, CP-4.2.6e): the question in chat, the front desk's calls, what was said, nobody reached."""

from datetime import datetime

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Reply
from bot.dialogue.press import Press
from bot.dialogue.text import _, join
from domain import callback
from domain.complaint import Complaint, Verdict
from domain.decision import Decision
from domain.glossary import STAFF
from domain.ladder import hidden_from
from domain.powers import Action, roles_of
from handlers import callback_notices
from handlers.audience import desk_of
from handlers.callback_sheet import CHANNELS, VERDICTS, call_list, in_hand, sheet
from handlers.office import Office
from handlers.orders import OPEN, own_words
from handlers.records import record

book = Book()
notices = callback_notices.notices

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


@book.button(
    "callbacks", who=roles_of(Action.CALLBACKS), commands=("/callbacks",), phrases=("回访",), title=_("待回访")
)
async def callbacks(press: Press, desk: CallbackDesk) -> Reply:
    """Callbacks that are due, by limit; a single one is shown whole."""
    due = await desk.office.work.complaints.callbacks_due(press.person.site)
    waiting = tuple(complaint for complaint in due if not hidden_from(press.person, complaint))
    if not waiting:
        return Reply(_("现在没有待回访的投诉。"))
    return await (sheet(waiting[0], desk.office) if len(waiting) == 1 else call_list(waiting, desk.office))


@book.button("call", who=roles_of(Action.CALLBACKS))
async def call(press: Press, desk: CallbackDesk) -> Reply:
    """One of the list, with the buttons for what came of the call."""
    complaint, _order = await desk.office.opened(press.subject, Action.CALLBACKS)
    callback.current(complaint, None)
    return await sheet(complaint, desk.office)


async def callback_list(office: Office, site: str, _occurrence: datetime) -> None:
    """K6: the front desk on shift gets the list at its times, if there is anything to call about."""
    due = await office.work.complaints.callbacks_due(site)
    for person in await office.work.people.all(await desk_of(site, office)) if due else ():
        if waiting := tuple(complaint for complaint in due if not hidden_from(person, complaint)):
            listed = await call_list(waiting, office)
            await office.tell(person.id, Reply(listed.text, listed.choices, lane="bulk"))


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
    words = await chat.text("words", _("业户原话是什么？"), label=_("原话"), at_most=1000, check=own_words)
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
    again = await sheet(complaint, desk.office)
    return Reply(join(above, again.text, sep="\n\n"), again.choices)


@book.button("unreachable", who=STAFF)
async def unreachable(press: Press, desk: CallbackDesk) -> Reply:
    """The cs supervisor confirms; it is never the same as satisfied."""
    complaint = await desk.unreachable(press.subject, int(press.step or 0))
    above = _("已确认联系不上，可以归档；业户之后评价仍会记录。")
    return await record(complaint, press.person, desk.office, above=above)
