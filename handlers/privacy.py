"""/privacy: what is kept about a resident and why, consent given and taken back."""

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option
from bot.dialogue.message import Choice, Reply, act
from bot.dialogue.press import Press
from bot.dialogue.text import Text, _, join
from domain.glossary import RESIDENTS
from handlers.notices import Notices
from handlers.office import Office
from handlers.wording import moment

book = Book()
notices = Notices()


class PrivacyDesk:
    """What the acting resident has agreed to."""

    def __init__(self, office: Office) -> None:
        self.office = office

    @property
    def version(self) -> str:
        return self.office.rules(self.office.person.site).privacy.notice

    async def agreed(self) -> bool:
        return await self.office.work.privacy.agreed(self.office.person.id, self.version)

    async def agree(self) -> None:
        """Put the consent on record, once for each version of the notice."""
        if not await self.agreed():
            self.office.work.privacy.agree(self.office.person.id, self.version, self.office.channel)

    def notice(self) -> Text:
        """What is kept, what for, who sees it, how long, and how to have it handed out or erased."""
        hotline = self.office.rules(self.office.person.site).privacy.hotline
        return join(
            _("个人信息告知"),
            _("我们保存您的姓名、电话、房号、您发来的话和照片，只用来办理和回访您的事。"),
            _("只有经办您这件事的同事看得到；谁看过您的电话，系统都有记录。"),
            _("想查看、导出或删除，回复“人工”或到前台即可。"),
            _("个人信息事宜请致电 {number}").format(number=hotline) if hotline else None,
        )


async def consented(chat: Chat, office: Office) -> bool:
    """Ask for consent unless this version of the notice has it; it is kept with the use case of the conversation."""
    desk = PrivacyDesk(office)
    if await chat.fact("agreed", desk.agreed):
        return True
    options = [Option("yes", _("同意")), Option("no", _("不同意"))]
    answer: str = await chat.choose("consent", join(desk.notice(), _("可以吗？")), options)
    return answer == "yes"


NOT_WITHOUT = _("好的，不绑定，也没有保存任何资料。投诉和报事仍可以直接打前台电话或到前台办理。")


@book.button(
    "privacy", who=RESIDENTS, commands=("/privacy",), phrases=("隐私", "个人信息"), title=_("个人信息"), anywhere=True
)
async def privacy(_press: Press, desk: PrivacyDesk) -> Reply:
    """The notice, what the person has said to it, and the way to change that."""
    return await _shown(desk)


@book.button("privacy_agree", who=RESIDENTS)
async def privacy_agree(press: Press, desk: PrivacyDesk) -> Reply:
    await desk.agree()
    return Reply(_("谢谢，已记下您的同意。随时可以回复“个人信息”撤回。"), edit=press.on is not None)


@book.button("privacy_withdraw", who=RESIDENTS)
async def privacy_withdraw(press: Press, desk: PrivacyDesk) -> Reply:
    """Takes effect from now on; what is being handled is handled to its end."""
    desk.office.work.privacy.withdraw(desk.office.person.id)
    text = join(
        _("已撤回。正在办理的事会照常办完；不再需要的资料到期即清除。"),
        _("要立即删除或解除绑定，请回复“人工”，前台会为您办理。"),
    )
    return Reply(text, edit=press.on is not None)


async def _shown(desk: PrivacyDesk) -> Reply:
    office = desk.office
    last = await office.work.privacy.consent(office.person.id)
    zone = office.zone(office.person.site)
    if last is None:
        state: Text = _("您还没有表示过意见。")
    elif last.withdrawn_at is not None:
        state = _("您已于{at}撤回同意。").format(at=moment(last.withdrawn_at, zone, office.now))
    else:
        state = _("您已于{at}同意。").format(at=moment(last.given_at, zone, office.now))
    return Reply(join(desk.notice(), state), choices=_choices(await desk.agreed()))


def _choices(agreed: bool) -> tuple[Choice, ...]:
    return (act(_("撤回同意"), "privacy_withdraw") if agreed else act(_("同意"), "privacy_agree"),)
