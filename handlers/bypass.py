"""[特殊情况]: compensation, a complaint about the site manager or about a colleague, special or urgent information."""

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Reply
from bot.dialogue.text import Text, _
from domain import authority, bypass
from domain.complaint import Complaint
from domain.decision import Refused
from domain.people import Person
from domain.powers import Action, roles_of
from domain.refusals import Why
from handlers.notices import Notices
from handlers.office import Office
from handlers.pings import names_of
from handlers.records import SPECIAL_CASES, record
from handlers.wording import LEVELS

book = Book()
notices = Notices()

CASES = {
    Action.COMPENSATION: _("业户要求赔偿或补偿"),
    Action.ABOUT_SITE_MANAGER: _("投诉管理处主任"),
    Action.ABOUT_STAFF: _("投诉某位同事"),
    Action.SPECIAL: _("特殊或紧急信息"),
}


class BypassDesk:
    """Cases that leave the rungs of the ladder (§2), and who must not hear of them."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def cases(self, number: str) -> tuple[Complaint, list[Action]]:
        """What this person may mark on it. Raises Refused."""
        complaint, _order = await self.office.opened(number, Action.VIEW)
        person = self.office.person
        acting_for = await self.office.acting_for(person, complaint.site)
        allowed = authority.actions(person, complaint, acting_for=acting_for)
        found = [case for case in CASES if case in allowed]
        if not found:
            raise Refused(Why.WRONG_STATE, state=str(complaint.state), what="special_case")
        return complaint, found

    async def mark(self, number: str, case: Action, reason: str) -> Complaint:
        complaint, _order = await self.office.opened(number, case)
        office = self.office
        rules, roster = office.rules(complaint.site), await office.roster(complaint.site)
        return await office.apply(bypass.bypass(complaint, case, office.person.id, office.now, rules, roster, reason))

    async def mark_staff(self, number: str, name: str) -> Complaint:
        complaint, _order = await self.office.opened(number, Action.ABOUT_STAFF)
        (staff,) = await self.named(complaint.site, name)
        office = self.office
        return await office.apply(bypass.about_staff(complaint, staff, office.person.id, office.now))

    async def named(self, site: str, name: str) -> tuple[Person, ...]:
        """The one colleague of this name or number, or nobody."""
        roster = await self.office.roster(site)
        wanted = name.strip()
        found = tuple(person for person in roster.staff if wanted in (person.name, person.phone))
        return found if len(found) == 1 else ()

    async def unknown(self, site: str, name: str) -> Text | None:
        """Why this name leads nowhere, or None."""
        if await self.named(site, name):
            return None
        return _("花名册里没有这一个人，请写全名；同名的写手机号。")


@book.conversation("special_case", who=frozenset().union(*(roles_of(action) for action in SPECIAL_CASES)))
async def special_case(chat: Chat, desk: BypassDesk) -> Reply | None:
    """Which case it is; whom it is about, or why."""
    complaint, allowed = await desk.cases(chat.subject)
    options = [Option(case.value, CASES[case]) for case in allowed]
    case = Action(await chat.choose("case", _("是哪种情况？"), options, label=_("情况")))
    if case is Action.ABOUT_STAFF:
        name = await chat.text(
            "name",
            _("投诉的是哪位同事？请写姓名。之后不再通知这位同事，也看不到这条投诉。"),
            label=_("同事"),
            at_most=40,
            check=lambda text: desk.unknown(complaint.site, text),
        )
        changed = await desk.mark_staff(chat.subject, name)
        above = _("已标记，这位同事看不到这条投诉，也收不到提醒。")
        return await record(changed, chat.person, desk.office, above=above)
    reason = await chat.text("reason", _("请写一句情况说明。"), label=_("说明"), at_most=500)
    await chat.confirm(_("确认后立即报{level}").format(level=LEVELS[bypass.CASES[case]]))
    changed = await desk.mark(chat.subject, case, reason)
    step = changed.escalation.steps[-1]
    above = _("已报{level}（{names}）。").format(
        level=LEVELS[step.level], names=await names_of(step.holders, desk.office)
    )
    return await record(changed, chat.person, desk.office, above=above)
