"""All that the desk can do: every handler file's book and notices, duties, keepers. Add a file, add a line."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.dialogue.book import Book, Entrance
from bot.dialogue.text import render
from domain import clocks
from domain.glossary import RESIDENTS
from handlers import (
    agreed_time,
    bind,
    bypass,
    call_notices,
    callback,
    calls,
    complaint,
    duty_log,
    escalation,
    file_card,
    front_door,
    groups,
    my,
    privacy,
    queue,
    relay,
    review,
    shift,
    take_over,
    thread,
    unheard,
    visit,
    work_order,
)
from handlers.answers import answering
from handlers.notices import Notices
from handlers.office import Office
from handlers.undelivered import undelivered
from storage.deadlines import DeadlineRow

__all__ = ["BOOK", "DUTIES", "KEEPERS", "NOTICES", "commands", "intercept", "undelivered"]

_FILES: tuple[Any, ...] = (
    complaint,
    my,
    privacy,
    bind,
    queue,
    work_order,
    agreed_time,
    review,
    callback,
    visit,
    escalation,
    bypass,
    file_card,
    calls,
    relay,
    duty_log,
    shift,
    take_over,
    thread,
    front_door,
    groups,
    unheard,
)

BOOK: Book = answering(Book.merge(*(file.book for file in _FILES)))
NOTICES: Notices = Notices().include(*(file.notices for file in _FILES))

DUTIES: tuple[dict[str, Any], ...] = (
    {
        "code": "K6",
        "clause": "CP-4.2.6c",
        "times": lambda rules: rules.callback.list_times,
        "run": callback.callback_list,
    },
    {
        "code": "heads",
        "clause": "CP-4.3.1",
        "times": lambda rules: (rules.reminder.head_list_time,),
        "run": file_card.head_list,
    },
    {
        "code": "evening",
        "clause": "CP-3.1",
        "times": lambda rules: (rules.reminder.evening_time,),
        "run": queue.evening_list,
    },
)
"""Recurring duties (§3.1): when, by which clause, what is done. Daily replies (K4) are promises of the card."""


async def keep_complaint(office: Office, row: DeadlineRow) -> None:
    """A promise of a complaint fell due: load, decide, write (CP-4.2)."""
    found = await office.work.complaints.get(row.subject)
    if found is None:
        return
    rules, roster = office.rules(found.site), await office.roster(found.site)
    card_number = await office.work.numbers.next("DA", office.today(found.site)) if row.what == "card" else None
    await office.apply(clocks.act(found, row.promise, roster, rules, office.now, card_number))


KEEPERS: dict[str, Callable[[Office, DeadlineRow], Awaitable[Any]]] = {
    "complaint": keep_complaint,
    call_notices.ANSWER: call_notices.keep,
    "thread": thread.keep,
    take_over.SHIFT: take_over.keep_shift,
    take_over.LEAVER: take_over.keep_leaver,
}
"""Who acts on a due promise, by the kind of its subject."""


def commands() -> dict[str, dict[str, str]]:
    """What channels with a menu of commands show residents, and `link` for groups: language → name → what it does."""
    shown = {entrance.commands[0].lstrip("/"): entrance.title for entrance in BOOK.entrances() if _in_menu(entrance)}
    shown["link"] = groups.LINK
    return {language: {name: render(text or "", language) for name, text in shown.items()} for language in ("zh", "en")}


def _in_menu(entrance: Entrance) -> bool:
    return bool(entrance.commands and entrance.title and entrance.who & RESIDENTS)


intercept = thread.intercept
"""Takes what a resident types while a thread with the front desk is open."""
