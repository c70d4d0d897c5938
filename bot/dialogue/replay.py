"""One draft replayed: how far its script comes, and how answers are taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.dialogue.answers import Answers, Halted, Undo, Waiting
from bot.dialogue.book import Conversation
from bot.dialogue.chat import Chat, Context, Reask
from bot.dialogue.message import Attachment, Reply
from bot.dialogue.questions.question import Heard, Outcome, Question
from bot.dialogue.state import RECORDS, Draft, Entry
from domain.people import Person


class WroteEarly(Exception):
    """A suspended conversation has written otherwise than by `once`: the write would be repeated on every replay."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The script stopped at a question; `outcome` is what it made of what was heard."""

    answers: Answers
    question: Question
    outcome: Outcome | None
    changed: bool
    """What was said no longer fits it all, because the script or the world has changed meanwhile."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The use case refused, and one question is to be asked again."""

    answers: Answers
    reask: Reask


@dataclass(frozen=True, slots=True)
class Ended:
    """The script ran to its end."""

    answers: Answers
    reply: Reply | None


Stop = Asking | Rejected | Ended


@dataclass(frozen=True, slots=True)
class Scene:
    """What every replay of a turn shares."""

    person: Person
    context: Context
    now: datetime
    zone: ZoneInfo

    def chat(self, answers: Answers) -> Chat:
        return Chat(answers, self.person, self.context, now=self.now, zone=self.zone)

    def recall(self, draft: Draft) -> Chat:
        """A chat that can only look answers up."""
        return self.chat(Answers(draft))


async def replay(conversation: Conversation, draft: Draft, scene: Scene, heard: Heard | None = None) -> Stop:
    """Run the script over the draft's log, offering it what was heard.

    Raises WroteEarly when it wrote before its last answer otherwise than by `once`.
    """
    deployed = draft.version != conversation.version
    if deployed:
        draft.version = conversation.version
        for entry in draft.log.values():
            entry.recheck = True
    awaited = draft.pending.key if draft.pending else None
    answers = Answers(draft, heard, deployed=deployed)
    chat = scene.chat(answers)
    before = scene.context.writes
    stop: Stop
    try:
        reply = await conversation.script(chat, conversation.desk(scene.context))
        draft.log = _in_order(answers, rest=False)
        return Ended(answers, reply)
    except Waiting as waiting:
        moved = awaited is not None and awaited not in (*draft.log, waiting.question.key)
        stop = Asking(answers, waiting.question, waiting.outcome, answers.misfit or moved)
    except Reask as reask:
        stop = Rejected(answers, reask)
    if scene.context.writes - before != chat.written:
        raise WroteEarly(f"the conversation {draft.name!r} wrote before it was finished")
    draft.log = _in_order(answers, rest=True)
    return stop


async def undo_all(conversation: Conversation, draft: Draft, scene: Scene) -> None:
    """Take back everything that `once` did: the script runs just far enough to say how."""
    done = [key for key, entry in draft.log.items() if entry.kind == "once"]
    if not done:
        return
    answers = Answers(draft, halt_at=done[-1])
    try:
        await conversation.script(scene.chat(answers), conversation.desk(scene.context))
    except (Halted, Waiting):
        await undo(draft, answers.undos)
    else:
        raise WroteEarly(f"the conversation {draft.name!r} no longer says how to take back {done[-1]!r}")


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


def answered(answers: Answers) -> list[str]:
    """The keys that *back* can return to, in the order they were asked."""
    log = answers.draft.log
    asked = (key for key, question in answers.met.items() if question is not None and key in log)
    return [key for key in asked if log[key].kind not in RECORDS and not log[key].auto]


def _in_order(answers: Answers, rest: bool) -> dict[str, Entry]:
    """The log in the order of the script; what a branch not taken has left behind goes last, or away at the end."""
    log = answers.draft.log
    met = {key: log[key] for key in answers.met if key in log}
    return met | log if rest else met
