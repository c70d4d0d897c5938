"""One turn of a chat: what was said or pressed, the state before; the state after, one reply, the wake-ups wanted.

Nothing is kept in memory between turns and no clock is read, so any process may serve any message.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.dialogue import intents
from bot.dialogue.book import Book, Button, Conversation, Entrance
from bot.dialogue.chat import Context
from bot.dialogue.intents import Intent
from bot.dialogue.message import Choice, Reply, Said
from bot.dialogue.numerals import choice_number
from bot.dialogue.press import Press, Start
from bot.dialogue.questions.question import BACK, Heard
from bot.dialogue.session import MOST_EARLY, Finished, Refused, Session
from bot.dialogue.state import Aside, Draft, State
from bot.dialogue.text import _
from bot.dialogue.words import BACK as BACK_WORDS
from bot.dialogue.words import CANCEL, HELP, NO, RESTART, YES, means, naming, plain
from domain.people import Person
from domain.rules import Rules

FREE, DIGITS = frozenset({"text"}), frozenset({"text", "number", "choose_many"})
"""Kinds of question to which any text, or a bare number, may be the answer."""

Offered = Callable[[], Awaitable[Sequence[Choice]]]


@dataclass(frozen=True, slots=True)
class Wake:
    """A moment at which the draft `step` wants `wake` called: "album", "nudge" or "expire"."""

    kind: str
    step: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of it. `wakes` is the whole set now wanted by this chat: earlier ones not in it are void."""

    state: State
    replies: tuple[Reply, ...]
    wakes: tuple[Wake, ...]
    finished: tuple[Finished, ...]


async def turn(
    book: Book,
    state: State,
    said: Said,
    person: Person,
    context_for: Callable[[], Awaitable[Context]],
    *,
    now: datetime,
    zone: ZoneInfo,
    rules: Rules,
    offered: Offered,
) -> Turn:
    """Answer one message; `offered` gives the choices of the last message that offered this person any."""
    session = Session(book, state, person, context_for, now=now, zone=zone, rules=rules)
    reply = await _Listener(session, said, offered).answer()
    if session.state.active is not None:
        session.state.active.touched_at, session.state.active.nudged = now, False
    return _turn(session, reply)


async def wake(
    book: Book,
    state: State,
    kind: str,
    step: str,
    person: Person,
    context_for: Callable[[], Awaitable[Context]],
    *,
    now: datetime,
    zone: ZoneInfo,
    rules: Rules,
) -> Turn:
    """Do what a wake-up was wanted for, if it still is; otherwise nothing."""
    session = Session(book, state, person, context_for, now=now, zone=zone, rules=rules)
    due = any(
        wanted.kind == kind and wanted.step == step and wanted.due_at <= now for wanted in _wakes(session.state, rules)
    )
    draft = session.state.draft(step)
    reply = await _woken(session, kind, draft) if due and draft is not None else None
    return _turn(session, reply)


async def _woken(session: Session, kind: str, draft: Draft) -> Reply | None:
    if kind == "album":
        return await session.go(Heard(session.now, quiet=True))
    if kind == "nudge":
        draft.nudged = True
        return await session.repeat(
            None, _("“{title}”还没有说完，方便时接着来：").format(title=session.title(draft.name))
        )
    active = draft is session.state.active
    reply = await session.expire(draft)
    if not active:
        session.state.aside = None
        return await session.repeat(reply) if reply else None
    default = _("“{title}”停了太久，先收起来了；需要时再告诉我就好。").format(title=session.title(draft.name))
    return await session.after(reply or Reply(default))


def _turn(session: Session, reply: Reply | None) -> Turn:
    replies = () if reply is None else (reply,)
    return Turn(session.state, replies, _wakes(session.state, session.rules), tuple(session.finished))


def _wakes(state: State, rules: Rules) -> tuple[Wake, ...]:
    expiry = timedelta(minutes=rules.draft.expire_minutes)
    wanted = [Wake("expire", draft.id, draft.touched_at + expiry) for draft in [*state.parked, state.active] if draft]
    active = state.active
    if active and not active.nudged:
        wanted.append(Wake("nudge", active.id, active.touched_at + timedelta(minutes=rules.draft.nudge_minutes)))
    if active and active.pending and active.pending.album_due:
        wanted.append(Wake("album", active.id, active.pending.album_due))
    return tuple(wanted)


class _Listener:
    """Finds out what one message means, in the order: press, the engine's own question, global words, answer, intent."""

    def __init__(self, session: Session, said: Said, offered: Offered) -> None:
        self.session = session
        self.said = said
        self.book = session.book
        self.role = session.person.role
        self._offered = offered

    async def answer(self) -> Reply | None:
        if self.said.press is not None:
            return await self._press(self.said.press)
        text = self.said.text.strip()
        if self.session.state.aside is not None:
            reply = await self._aside_said(text)
            if reply is not None:
                return reply
        draft = self.session.state.active
        return await self._idle(text) if draft is None else await self._answered(draft, text)

    # ------------------------------------------------------------------------------------------------- in a draft

    async def _answered(self, draft: Draft, text: str) -> Reply | None:
        kind = draft.pending.kind if draft.pending else ""
        if text:
            known = await self._global(text, loose=kind not in FREE) or await self._other_intent(text, kind)
            if known is not None:
                return known
        if draft.pending is not None and not self.said.files and kind not in DIGITS:
            number = choice_number(text, len(draft.pending.shown))
            if number is not None:
                return await self._press(draft.pending.shown[number - 1])
        if self.said.files and kind != "album":
            draft.early = (*draft.early, *self.said.files)[:MOST_EARLY]
            if not text:
                return await self.session.repeat(None, _("文件收到了，先替您留着。"))
        files = self.said.files if kind == "album" else ()
        heard = Heard(self.session.now, text=text, files=files)
        try:
            return await self.session.go(heard, strict=True)
        except Refused as refused:
            intent = intents.phrase(self.book, self.role, text) if text and kind not in FREE else None
            if intent is not None:
                return await self._interrupt(intent)
            return self.session.refused(refused.stop, refused.reason, *refused.stop.chat.notes)

    async def _global(self, text: str, loose: bool) -> Reply | None:
        session = self.session
        if intents.command(self.book, self.role, text) is None:
            if means(text, HELP, loose):
                return await session.repeat(Reply(intents.help_text(self.book, self.role)))
            if means(text, CANCEL, loose):
                return await session.cancel()
            if means(text, BACK_WORDS, loose):
                return await session.back()
            if means(text, RESTART, loose):
                return await session.restart()
        button = intents.anywhere(self.book, self.role, text, loose)
        return await self._run(button, "", "", "") if button else None

    async def _other_intent(self, text: str, kind: str) -> Reply | None:
        """A slash command anywhere; in free text a phrase only if it is all that was said."""
        intent = intents.command(self.book, self.role, text)
        if intent is not None:
            return await self._interrupt(intent)
        if intents.is_command(text):
            return await self.session.repeat(None, _("没有这个命令。回复“帮助”看看我能做什么。"))
        intent = intents.phrase(self.book, self.role, text) if kind in FREE else None
        return await self._interrupt(intent) if intent is not None and intent.whole else None

    async def _interrupt(self, intent: Intent) -> Reply | None:
        """A button acts at once and the question comes again; a conversation asks whether to park this one."""
        session, entrance = self.session, intent.entrance
        active = session.state.active
        assert active is not None
        if isinstance(entrance, Button):
            return await self._run(entrance, "", "", intent.tail)
        title = session.title(active.name)
        if entrance.name == active.name:
            return await session.repeat(
                None, _("正在办理“{title}”，接着来；想从头来请回复“重来”。").format(title=title)
            )
        session.state.aside = Aside("park", session.state.next(), entrance.name, self._opening(intent.tail))
        choices = (session.aside_choice(_("先放一放"), "yes"), session.aside_choice(_("继续当前"), "no"))
        return Reply(_("“{title}”还没说完，先放一放吗？").format(title=title), choices)

    # ------------------------------------------------------------------------------------- the engine's questions

    async def _aside_said(self, text: str) -> Reply | None:
        """An answer to the engine's own question, or None: then the question is dropped and the text means itself."""
        aside = self.session.state.aside
        assert aside is not None
        labels = {
            "park": [_("先放一放"), _("继续当前")],
            "resume": [_("继续"), _("不用了")],
            "start": [_("是的"), _("不用了")],
        }[aside.kind]
        number = choice_number(text, 2) if aside.kind == "park" else None
        named = [number - 1] if number else naming(text, list(labels)) if text else []
        if len(named) != 1:
            named = [0] if means(text, YES) else [1] if means(text, NO) else []
        if named:
            return await self._aside(("yes", "no")[named[0]])
        if not (aside.kind != "park" and choice_number(text, 20)):
            self.session.state.aside = None
        return None

    async def _aside(self, code: str) -> Reply | None:
        session, aside = self.session, self.session.state.aside
        assert aside is not None
        session.state.aside = None
        if aside.kind == "resume":
            return await session.resume() if code == "yes" else await session.drop_parked()
        if code != "yes":
            return await session.repeat(None if session.state.active else Reply(_("好的。")))
        assert aside.opening is not None
        return await session.begin(aside.name, "", "", aside.opening)

    # ------------------------------------------------------------------------------------------------------ press

    async def _press(self, value: str) -> Reply | None:
        parts = value.split("/", 3)
        if len(parts) != 4:
            return await self.session.repeat(Reply(_("这个按钮我不认识了。回复“帮助”看看我能做什么。")))
        if parts[0] == "q":
            return await self._press_question(parts[1], parts[2], parts[3])
        entrance = self.book.entrance(parts[1])
        if parts[0] != "b" or entrance is None:
            return await self.session.repeat(Reply(_("这个按钮我不认识了。回复“帮助”看看我能做什么。")))
        return await self._run(entrance, parts[2], parts[3], "")

    async def _press_question(self, draft_id: str, nonce: str, code: str) -> Reply | None:
        session = self.session
        aside, draft = session.state.aside, session.state.active
        if aside is not None and aside.nonce == nonce and code in ("yes", "no"):
            return await self._aside(code)
        if draft is None:
            return await session.repeat(Reply(_("这个问题已经过了。")))
        session.state.aside = None
        if draft.id != draft_id or draft.pending is None or draft.pending.nonce != nonce:
            return await session.repeat(None, _("这个问题已经过了，当前是："))
        if code == BACK:
            return await session.back()
        return await session.go(Heard(session.now, code=code))

    async def _run(self, entrance: Entrance, subject: str, step: str, tail: str) -> Reply | None:
        """Begin a conversation or let a button act; the pending question follows what it answers."""
        session = self.session
        if self.role not in entrance.who:
            return await session.repeat(Reply(_("这一项您现在办不了，需要的话请回复“人工”。")))
        if isinstance(entrance, Conversation):
            return await session.begin(entrance.name, subject, step, self._opening(tail))
        assert isinstance(entrance, Button)
        press = Press(session.person, subject, step, session.now, tail, self.said.on)
        reply = await entrance.handler(press, entrance.desk(await session.context()))
        if isinstance(reply, Start):
            return await session.begin(reply.name, reply.subject, reply.step, self._opening(reply.text))
        if session.state.active is None or (reply is not None and reply.edit and self.said.press is not None):
            return reply
        session.state.aside = None
        return await session.repeat(replace(reply, edit=False) if reply else None)

    # ------------------------------------------------------------------------------------------------------- idle

    async def _idle(self, text: str) -> Reply | None:
        offered = [choice for choice in await self._offered() if choice.enabled]
        number = choice_number(text, len(offered))
        same = [choice.value for choice in offered if plain(str(choice.label)) == plain(text)]
        value = offered[number - 1].value if number else same[0] if len(same) == 1 else None
        if value is not None:
            return await self._press(value)
        intent = intents.command(self.book, self.role, text)
        if intent is None and any(means(text, words) for words in (HELP, CANCEL, BACK_WORDS, RESTART)):
            return Reply(intents.help_text(self.book, self.role), intents.menu(self.book, self.role))
        intent = intent or self._anywhere(text) or intents.phrase(self.book, self.role, text)
        if intent is not None:
            return await self._run(intent.entrance, "", "", intent.tail)
        named = naming(text, [choice.label for choice in offered])
        if len(named) == 1:
            return await self._press(offered[named[0]].value)
        return self._files_offer() if self.said.files else self._lost(text)

    def _anywhere(self, text: str) -> Intent | None:
        button = intents.anywhere(self.book, self.role, text, loose=True)
        return Intent(button) if button else None

    def _files_offer(self) -> Reply:
        session = self.session
        for conversation in self.book.conversations.values():
            if conversation.takes_files and self.role in conversation.who:
                session.state.aside = Aside(
                    "start", session.state.next(), conversation.name, self._opening(self.said.text)
                )
                question = _("收到了。是要办理“{title}”吗？").format(title=session.title(conversation.name))
                return Reply(
                    question, (session.aside_choice(_("是的"), "yes"), session.aside_choice(_("不用了"), "no"))
                )
        return self._lost("")

    def _lost(self, text: str) -> Reply:
        choices = list(intents.menu(self.book, self.role))
        human = intents.human(self.book, self.role)
        if human is not None and human.value not in [choice.value for choice in choices]:
            choices.append(human)
        return Reply(_("没太明白您的意思。您可以直接点下面的事项，也可以回复“人工”找前台。"), tuple(choices))

    def _opening(self, text: str) -> Said:
        """The message that opens a conversation, without the phrase that did."""
        return replace(self.said, text=text, press=None)
