"""Group chats of departments and of the supervisors: they are told what their people are told, and who answered.

A press in a group is that of whoever pressed; a reply to a work order there is its progress (CP-4.2.2b).
"""

from bot.dialogue.book import Book
from bot.dialogue.message import Reply
from bot.dialogue.press import Press
from bot.dialogue.text import Text, _
from domain.decision import Refused
from domain.glossary import STAFF, Role
from domain.powers import HEADS
from handlers.audience import SUPERVISORS
from handlers.notices import Notices
from handlers.office import UNKNOWN_RECORD, Office
from handlers.wording import DEPARTMENTS
from handlers.work_order import WorkOrderDesk

book = Book()
notices = Notices()

LINK: Text = _("把本群设为部门群")
LEADING = (Role.CS_SUPERVISOR, Role.SITE_MANAGER)


class GroupDesk:
    """Makes a group known."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def link(self, chat: str) -> Text:
        """The group of the acting head's department, or of the supervisors; it replaces the one before."""
        office, by = self.office, self.office.person
        department = by.department if by.role in HEADS else None
        team = str(department) if department else SUPERVISORS
        name = DEPARTMENTS[department] if department else _("主管")
        group = office.work.people.group(by.site, team, team)
        await office.work.flush()
        for channel, address in await office.work.bindings.addresses_of(group.id):
            if channel == office.channel and address != chat:
                await office.work.bindings.unbind(channel, address)
        await office.work.bindings.bind(office.channel, chat, group.id)
        await office.tell(group.id, Reply(_("本群已设为{name}群，工单和提醒会发到这里。").format(name=name)))
        return _("好了，{name}群已经接通。").format(name=name)


@book.button("link_group", who=(*HEADS, *LEADING))
async def link_group(press: Press, desk: GroupDesk) -> Reply:
    """`/link` said in a group by somebody who leads its people."""
    return Reply(await desk.link(press.subject))


@book.button("said_in_group", who=STAFF)
async def said_in_group(press: Press, desk: WorkOrderDesk) -> Reply:
    """What was replied there to the message of a work order; other messages take no notes."""
    kind, _colon, rest = press.subject.partition(":")
    number = rest.partition(":")[0]
    if kind != "order" or not press.step:
        raise Refused(UNKNOWN_RECORD)
    await desk.office.apply(await desk.progressed(number, press.step))
    return Reply(_("已记到 {number} 的进度里。").format(number=number))
