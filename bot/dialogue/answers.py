"""The answers log of one draft during one replay."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bot.dialogue.questions.album import Album
from bot.dialogue.questions.question import SKIP, Answer, Heard, Outcome, Question
from bot.dialogue.questions.summary import Item, Summary
from bot.dialogue.state import Draft, Entry
from bot.dialogue.text import Text, _
from bot.dialogue.words import SKIP as SKIP_WORDS
from bot.dialogue.words import means

Undo = Callable[[Any], Awaitable[None]]


class Waiting(BaseException):
    """The script has reached a question that has no answer yet; no `except Exception` of a script swallows it."""

    def __init__(self, question: Question, outcome: Outcome | None = None) -> None:
        self.question = question
        self.outcome = outcome


class Halted(BaseException):
    """A replay that only collects the undos has met the last of them."""


class Answers:
    """What the script has met on its way: questions in order, undos, things to say."""

    def __init__(
        self, draft: Draft, heard: Heard | None = None, *, deployed: bool = False, halt_at: str | None = None
    ) -> None:
        self.draft = draft
        self.heard = heard
        self.notes: list[Text | str] = []
        self.met: dict[str, Question | None] = {}
        self.undos: dict[str, Undo] = {}
        self.misfit = False
        """An answer was dropped though no earlier one changed: the script or the world did."""
        self._deployed = deployed
        self._halt_at = halt_at

    async def ask(self, question: Question) -> Any:
        """The recorded answer, or the one just heard; raises Waiting if there is neither."""
        key, draft = question.key, self.draft
        entry = self.meet(key, question.kind, question)
        if entry is not None:
            return _value(question, entry)
        unasked = question.unasked() if draft.reopened != key else None
        if unasked is not None:
            return _value(question, self.record(key, Entry(question.kind, unasked[0], auto=unasked[1])))
        if draft.pending is None or draft.pending.key != key:
            raise Waiting(replace(question, partial=question.begun()))
        question = replace(question, partial=draft.pending.partial)
        if self.heard is None:
            raise Waiting(question)
        heard, self.heard = self.heard, None
        outcome = await _read(question, heard)
        if not isinstance(outcome, Answer):
            raise Waiting(question, outcome)
        draft.pending = draft.reopened = draft.replaced = None
        if isinstance(question, Album):
            draft.early = tuple(file for file in draft.early if not question.takes(file))
        return _value(question, self.record(key, Entry(question.kind, outcome.value)))

    def meet(self, key: str, kind: str, question: Question | None = None) -> Entry | None:
        """The entry under the key if it still serves; one that does not is dropped."""
        if key in self.met:
            raise RuntimeError(f"the conversation {self.draft.name!r} uses the key {key!r} twice")
        self.met[key] = question
        entry = self.draft.log.get(key)
        if entry is None:
            return None
        if entry.kind == kind and (question is None or _serves(question, entry)):
            entry.recheck = False
            return entry
        self.misfit = self.misfit or (kind != Summary.kind and (self._deployed or not entry.recheck))
        del self.draft.log[key]
        return None

    def record(self, key: str, entry: Entry) -> Entry:
        self.draft.log[key] = entry
        return entry

    def undoable(self, key: str, undo: Undo | None) -> None:
        if undo is not None:
            self.undos[key] = undo
        if key == self._halt_at:
            raise Halted

    def items(self, keys: tuple[str, ...]) -> tuple[Item, ...]:
        """The lines of a summary: the questions met under these keys, or all labelled ones."""
        labelled = (key for key, question in self.met.items() if question is not None and question.label is not None)
        lines: list[Item] = []
        for key in keys or tuple(labelled):
            question, entry = self.met.get(key), self.draft.log.get(key)
            if question is not None and entry is not None:
                label = question.text if question.label is None else question.label
                shown = _("未填") if entry.answer is None else question.display(entry.answer)
                lines.append(Item(key, label, shown))
        return tuple(lines)


async def _read(question: Question, heard: Heard) -> Outcome:
    skipped = heard.code == SKIP or (heard.code is None and not heard.files and means(heard.text, SKIP_WORDS))
    if question.optional and skipped and (heard.code == SKIP or not question.partial):
        return Answer(None)
    return await question.read(heard)


def _value(question: Question, entry: Entry) -> Any:
    return None if entry.answer is None else question.value(entry.answer)


def _serves(question: Question, entry: Entry) -> bool:
    """Answers given are not validated again while nothing before them changed; the use case does it at the end."""
    if entry.answer is None:
        return question.optional or not entry.recheck
    if entry.recheck or isinstance(question, Summary):
        return question.fits(entry.answer)
    try:
        question.value(entry.answer)
    except LookupError:
        return False
    return True
