"""One draft replayed: how far its script comes, and how answers are taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.dialogue.book import Conversation
from bot.dialogue.chat import Chat, Context, Reask, Undo, Waiting, WroteEarly
from bot.dialogue.message import Attachment, Reply
from bot.dialogue.questions.question import Heard, Outcome, Question
from bot.dialogue.state import RECORDS, Draft
from domain.people import Person


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a replay stopped: at a question, at a refusal of the use case, or at the end with its reply."""

    chat: Chat
    question: Question | None = None
    outcome: Outcome | None = None
    reask: Reask | None = None
    end: Reply | None = None
    changed: bool = False
    """The script was changed by a deploy, and what was said no longer fits it all."""


async def replay(
    conversation: Conversation,
    draft: Draft,
    person: Person,
    context: Context,
    *,
    now: datetime,
    zone: ZoneInfo,
    heard: Heard | None = None,
) -> Stop:
    """Run the script over the draft's log, offering it what was heard.

    Raises WroteEarly when it wrote before its last answer otherwise than by `once`.
    """
    deployed = draft.version != conversation.version
    if deployed:
        draft.version = conversation.version
        for entry in draft.log.values():
            entry.recheck = True
    awaited = draft.pending.key if draft.pending else None
    chat = Chat(draft, person, context, now=now, zone=zone, heard=heard)
    before = context.writes
    try:
        stop = Stop(chat, end=await conversation.script(chat, conversation.desk(context)))
    except Waiting as waiting:
        moved = awaited is not None and awaited not in (*draft.log, waiting.question.key)
        changed = (deployed and chat.dropped) or moved or (chat.heard is not None and awaited != waiting.question.key)
        stop = Stop(chat, waiting.question, waiting.outcome, changed=changed)
    except Reask as reask:
        stop = Stop(chat, reask=reask)
    else:
        _order_log(draft, chat, finished=True)
        return stop
    if context.writes - before != chat.written:
        raise WroteEarly(f"conversation {draft.name!r} wrote before it was finished")
    _order_log(draft, chat)
    return stop


async def undo(draft: Draft, undos: Mapping[str, Undo], after: str | None = None) -> None:
    """Take back what `once` did, the last first; with `after`, only what was done behind that key."""
    keys = list(draft.log)
    behind = keys[keys.index(after) + 1 :] if after is not None else keys
    for key in reversed(behind):
        if draft.log[key].kind == "once":
            if key in undos:
                await undos[key](draft.log[key].answer)
            del draft.log[key]


def reopen(draft: Draft, key: str) -> None:
    """Ask that question again: later answers stay and are checked when met, what else was recorded is forgotten."""
    keys = list(draft.log)
    for later in keys[keys.index(key) + 1 :]:
        if draft.log[later].kind in RECORDS:
            del draft.log[later]
        else:
            draft.log[later].recheck = True
    if draft.pending and draft.pending.kind == "album" and draft.pending.partial:
        draft.early = tuple(Attachment.from_json(file) for file in draft.pending.partial)
    draft.replaced = draft.log.pop(key)
    draft.reopened, draft.pending = key, None


def answered(stop: Stop) -> list[str]:
    """The keys that *back* can return to, in the order they were asked."""
    log = stop.chat.draft.log
    asked = (key for key, question in stop.chat.visited.items() if question is not None and key in log)
    return [key for key in asked if log[key].kind not in RECORDS and not log[key].auto]


def _order_log(draft: Draft, chat: Chat, finished: bool = False) -> None:
    """Keep the log in the order of the script; what a branch not taken left behind goes last, or away at the end."""
    met = {key: draft.log[key] for key in chat.visited if key in draft.log}
    draft.log = met if finished else met | draft.log
