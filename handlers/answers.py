"""Every button and conversation of the book behind one guard: what the rules refuse is answered, never raised."""

from dataclasses import replace
from typing import Any

from bot.dialogue.book import Book, Handler, Script
from bot.dialogue.chat import Chat
from bot.dialogue.message import Reply
from bot.dialogue.press import Press, Start
from domain import authority
from domain.decision import Refused
from domain.powers import Action
from handlers.office import Office
from handlers.records import record
from handlers.refusals import explained


def answering(book: Book) -> Book:
    """The same book; a `Refused` becomes the reason with the record as it stands now and its present buttons."""
    guarded = Book()
    guarded.conversations = {
        name: replace(entry, script=_script(entry.script)) for name, entry in book.conversations.items()
    }
    guarded.buttons = {name: replace(entry, handler=_handler(entry.handler)) for name, entry in book.buttons.items()}
    return guarded


def _handler(handler: Handler) -> Handler:
    async def guarded(press: Press, desk: Any) -> Reply | Start | None:
        try:
            return await handler(press, desk)
        except Refused as refused:
            return await _refusal(refused, desk.office, press.subject, edit=press.on is not None)

    return guarded


def _script(script: Script) -> Script:
    async def guarded(chat: Chat, desk: Any) -> Reply | None:
        try:
            return await script(chat, desk)
        except Refused as refused:
            return await _refusal(refused, desk.office, chat.subject)

    return guarded


async def _refusal(refused: Refused, office: Office, subject: str, edit: bool = False) -> Reply:
    reason = await explained(refused, office, office.person.site)
    try:
        complaint = await office.complaint(subject) if subject else None
    except Refused:
        complaint = None
    if complaint is None or not authority.may(office.person, Action.VIEW, complaint):
        return Reply(reason)
    return replace(await record(complaint, office.person, office, above=reason), edit=edit)
