"""What a channel could not take down: said kindly, with what to do instead."""

from bot.dialogue.book import Book
from bot.dialogue.message import Reply
from bot.dialogue.press import Press
from bot.dialogue.text import Text, _
from domain.glossary import RESIDENTS, STAFF, Role
from handlers.notices import Notices
from handlers.office import Office

book = Book()
notices = Notices()

ANYBODY = (*RESIDENTS, *STAFF, Role.GUEST)


class Nothing:
    """Nothing is done here."""

    def __init__(self, office: Office) -> None:
        self.office = office


def _says(name: str, text: Text) -> None:
    @book.button(name, who=ANYBODY)
    async def said(_press: Press, _desk: Nothing) -> Reply:
        return Reply(text)


_says("file_too_big", _("文件太大，没有收到。请发 20 MB 以内的照片或短视频。"))
_says("file_lost", _("文件没有收到，请再发一次；要说的话也请再写一遍。"))
_says("file_refused", _("这种文件收不了。请发照片、PDF、短视频或语音，要说的话也请再写一遍。"))
_says("edited", _("看到您改了前面的话。以新内容为准的话，请把它再发一遍，我就按新的办。"))
_says("gone", _("这个按钮太旧了，已经不用了。回复“帮助”看看我能做什么。"))
