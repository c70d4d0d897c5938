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

OPENING = frozenset({"open", "call"})
"""Buttons of lists: they open a record below, and the list stays."""


def answering(book: Book) -> Book:
    """The same book; a `Refused` becomes the reason with the record as it stands now and its present buttons."""
    guarded = Book()
    guarded.conversations = {
        name: replace(entry, script=_script(entry.script)) for name, entry in book.conversations.items()
    }
    guarded.buttons = {
        name: replace(entry, handler=_handler(entry.handler, in_place=name not in OPENING))
        for name, entry in book.buttons.items()
    }
    return guarded


def _handler(handler: Handler, in_place: bool) -> Handler:
    async def guarded(press: Press, desk: Any) -> Reply | Start | None:
        pressed = press.on is not None
        try:
            answer = await handler(press, desk)
        except Refused as refused:
            return await _refusal(refused, desk.office, press.subject, edit=pressed)
        if isinstance(answer, Reply) and pressed and press.subject and in_place:
            # The message pressed on turns into the answer, so that its buttons are gone and nobody gets two.
            return replace(answer, edit=True)
        return answer

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
