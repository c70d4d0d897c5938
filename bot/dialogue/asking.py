"""How a question is put to a person: the notes before it, its buttons, and the engine's own questions."""

from bot.dialogue.message import Choice, Reply
from bot.dialogue.questions.question import BACK, SKIP
from bot.dialogue.replay import Asking, answered
from bot.dialogue.state import Aside, Draft, Pending, State
from bot.dialogue.text import Text, _, join

TRIES = 2
"""So many answers not understood, and the way to a human is shown."""

Note = Text | str | None

ASIDES = {
    "park": (_("先放一放"), _("继续当前")),
    "resume": (_("继续"), _("不用了")),
    "start": (_("是的"), _("不用了")),
}


def ask(
    state: State,
    draft: Draft,
    stop: Asking,
    *notes: Note,
    human: Choice | None = None,
    prelude: Reply | None = None,
    edit: bool = False,
) -> Reply:
    """The question as a message, after the notes; a prelude gives its text before and its choices behind."""
    question = stop.question
    if draft.pending is None or draft.pending.key != question.key:
        draft.pending = Pending(question.key, state.next(), question.kind, partial=question.partial)
    before = prelude or Reply("")
    wanted = (human,) if human and draft.pending.tries >= TRIES else ()
    choices = _unique(*_answers(stop, draft, draft.pending), *wanted, *before.choices)
    draft.pending.shown = [choice.value for choice in choices]
    text = join(before.text, *notes, question.prompt())
    return Reply(text, choices, before.attachments, slot=f"q/{draft.id}", edit=edit)


def aside_choices(aside: Aside) -> tuple[Choice, Choice]:
    """The two answers to a question of the engine itself."""
    yes, no = ASIDES[aside.kind]
    return Choice(yes, f"q/-/{aside.nonce}/yes"), Choice(no, f"q/-/{aside.nonce}/no")


def _answers(stop: Asking, draft: Draft, pending: Pending) -> list[Choice]:
    question = stop.question
    coded = list(question.choices())
    if question.optional and not question.partial:
        coded.append((SKIP, _("跳过")))
    if answered(stop.answers) or question.within() or draft.replaced is not None:
        coded.append((BACK, _("返回")))
    return [Choice(label, f"q/{draft.id}/{pending.nonce}/{code}") for code, label in coded]


def _unique(*choices: Choice) -> tuple[Choice, ...]:
    """Each value once: a number must mean one button."""
    first: dict[str, Choice] = {}
    for choice in choices:
        first.setdefault(choice.value, choice)
    return tuple(first.values())
