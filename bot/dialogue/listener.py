"""Finds out what one message means: a press, a word for the engine, an answer, or a new intent."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.dialogue import intents
from bot.dialogue.asking import aside_choices
from bot.dialogue.book import Button, Conversation, Entrance
from bot.dialogue.intents import Intent
from bot.dialogue.message import Choice, Reply, Said
from bot.dialogue.numerals import choice_number
from bot.dialogue.press import Press, Start
from bot.dialogue.questions.question import BACK, Heard
from bot.dialogue.session import MOST_EARLY, NotAccepted, Session
from bot.dialogue.state import Aside, Draft
from bot.dialogue.text import _
from bot.dialogue.words import BACK as BACK_WORDS
from bot.dialogue.words import CANCEL, HELP, NO, RESTART, RESUME, YES, means, naming, plain, spellings

FREE = frozenset({"text"})
"""Kinds of question to which any text may be the answer: only exact words and commands mean something else."""
DIGITS = frozenset({"text", "number", "choose_many"})
"""Kinds of question to which a number is an answer of its own, not the number of a button."""

Offered = Callable[[], Awaitable[Sequence[Choice]]]


class Listener:
    """Answers one message in a session; `offered` gives the choices of the last message that had any."""

    def __init__(self, session: Session, said: Said, offered: Offered) -> None:
        self.session = session
        self.said = said
        self.book = session.book
        self.role = session.person.role
        self._offered = offered

    async def answer(self) -> Reply | None:
        """The one reply, or None where a button's handler has nothing to say."""
        if self.said.press is not None:
            return await self._press(self.said.press)
        text = self.said.text.strip()
        aside = self.session.state.aside
        said = self._aside_answer(aside, text) if aside else None
        if aside is not None and said is not None:
            return await self._aside(aside, said)
        if aside is not None and aside.kind == "start" and self.said.files and aside.opening is not None:
            return self._more_files(aside, aside.opening)
        draft = self.session.state.active
        return await self._idle(text) if draft is None else await self._in_draft(draft, text)

    # ------------------------------------------------------------------------------------------------- in a draft

    async def _in_draft(self, draft: Draft, text: str) -> Reply | None:
        kind = draft.pending.kind if draft.pending else ""
        if self.said.files and kind != "album":
            draft.early = (*draft.early, *self.said.files)[:MOST_EARLY]
            if not text:
                reply = await self.session.repeat(None, _("文件收到了，先替您留着。"))
                return replace(reply, edit=True)
        known = await self._known(text, kind) if text else None
        if known is not None:
            return known
        heard = Heard(self.session.now, text=text, files=self.said.files if kind == "album" else ())
        shown = draft.pending.shown if draft.pending and kind not in DIGITS else []
        number = choice_number(text, len(shown))
        if number is not None:
            prefix, _draft, _nonce, code = shown[number - 1].split("/", 3)
            if prefix != "q" or code == BACK:
                return await self._press(shown[number - 1])
            heard = replace(heard, code=code)
        try:
            return await self.session.go(heard, strict=True)
        except NotAccepted as refusal:
            intent = intents.phrase(self.book, self.role, text) if text and kind not in FREE else None
            if intent is not None:
                return await self._interrupt(intent)
            return self.session.refused(refusal.stop, refusal.reason, *refusal.stop.answers.notes)

    async def _known(self, text: str, kind: str) -> Reply | None:
        """A slash command or a global word; in free text only if it is all that was said."""
        loose, session = kind not in FREE, self.session
        intent = intents.command(self.book, self.role, text)
        if intent is not None:
            return await self._interrupt(intent)
        if means(text, HELP, loose):
            return await session.repeat(Reply(intents.help_text(self.book, self.role)))
        if means(text, CANCEL, loose):
            return await session.cancel()
        if means(text, BACK_WORDS, loose):
            return await session.back()
        if means(text, RESTART, loose):
            return await session.restart()
        button = intents.anywhere(self.book, self.role, text, loose)
        if button is not None:
            return await self._enter(button)
        if intents.is_command(text):
            return await session.repeat(None, _("没有这个命令，回复“帮助”看看我能做什么。"))
        intent = None if loose else intents.phrase(self.book, self.role, text)
        return await self._interrupt(intent) if intent is not None and intent.whole else None

    async def _interrupt(self, intent: Intent) -> Reply | None:
        """A button acts at once and the question comes again; a conversation asks whether to park this one."""
        session, entrance = self.session, intent.entrance
        if isinstance(entrance, Button):
            return await self._enter(entrance, tail=intent.tail)
        title = session.title(session.draft().name)
        if entrance.name == session.draft().name:
            note = _("正在办理“{title}”，接着来；想从头开始请回复“重来”。")
            return await session.repeat(None, note.format(title=title))
        aside = Aside("park", session.state.next(), entrance.name, self._opening(intent.tail))
        session.state.aside = aside
        return Reply(_("“{title}”还没说完，先放一放吗？").format(title=title), aside_choices(aside))

    # ------------------------------------------------------------------------------------- the engine's questions

    def _aside_answer(self, aside: Aside, text: str) -> str | None:
        """Yes or no to the engine's own question; anything else drops the question and means itself."""
        number = choice_number(text, 2) if aside.kind == "park" else None
        named = [number - 1] if number else naming(text, [choice.label for choice in aside_choices(aside)])
        if len(named) == 1:
            return ("yes", "no")[named[0]]
        if means(text, YES):
            return "yes"
        if means(text, NO):
            return "no"
        if aside.kind == "park" or choice_number(text, 99) is None:
            self.session.state.aside = None
        return None

    async def _aside(self, aside: Aside, code: str) -> Reply | None:
        session = self.session
        session.state.aside = None
        if aside.opening is None:
            draft = session.state.draft(aside.name)
            if draft is None or draft is session.state.active:
                return await session.repeat(Reply(_("这件事已经收起来了，需要时再说一声就好。")))
            return await session.resume(draft) if code == "yes" else await session.drop(draft)
        if code == "yes":
            return await session.begin(aside.name, "", "", aside.opening)
        return await session.repeat(None if session.state.active else Reply(_("好的。")))

    # ------------------------------------------------------------------------------------------------------ press

    async def _press(self, value: str) -> Reply | None:
        kind, _slash, rest = value.partition("/")
        first, second, third = (*rest.split("/", 2), "", "")[:3]
        if kind == "q":
            return await self._press_question(first, second, third)
        entrance = self.book.entrance(first) if kind == "b" else None
        if entrance is None:
            return await self.session.repeat(Reply(_("这个按钮已经不用了，回复“帮助”看看我能做什么。")))
        return await self._enter(entrance, second, third)

    async def _press_question(self, draft_id: str, nonce: str, code: str) -> Reply | None:
        session = self.session
        aside, draft = session.state.aside, session.state.active
        if aside is not None and aside.nonce == nonce and code in ("yes", "no"):
            return await self._aside(aside, code)
        if draft is None:
            return await session.repeat(Reply(_("这个问题已经过了，回复“帮助”看看我能做什么。")))
        session.state.aside = None
        if draft.id != draft_id or draft.pending is None or draft.pending.nonce != nonce:
            return await session.repeat(None, _("这个问题已经过了，当前是："))
        return await session.back() if code == BACK else await session.go(Heard(session.now, code=code))

    async def _enter(self, entrance: Entrance, subject: str = "", step: str = "", tail: str = "") -> Reply | None:
        """Begin a conversation, or let a button act and repeat the pending question behind it."""
        session = self.session
        if self.role not in entrance.who:
            return await session.repeat(Reply(_("这一项您现在办不了，需要的话请回复“人工”。")))
        if isinstance(entrance, Conversation):
            return await session.begin(entrance.name, subject, step, self._opening(tail))
        if not isinstance(entrance, Button):
            raise TypeError(entrance)
        scene = await session.scene()
        press = Press(session.person, subject, step, session.now, tail, self.said.on)
        reply = await entrance.handler(press, entrance.desk(scene.context))
        if isinstance(reply, Start):
            return await session.begin(reply.name, reply.subject, reply.step, self._opening(reply.text))
        redrawn = reply is not None and reply.edit and self.said.press is not None
        if session.state.active is None or redrawn or entrance.quiet:
            return reply
        session.state.aside = None
        return await session.repeat(reply)

    # ------------------------------------------------------------------------------------------------------- idle

    async def _idle(self, text: str) -> Reply | None:
        offered = await self._offered()
        number = choice_number(text, len(offered))
        same = [choice for choice in offered if plain(text) in spellings(choice.label)]
        picked = offered[number - 1] if number else same[0] if len(same) == 1 else None
        if picked is not None and self._live(picked):
            return await self._press(picked.value)
        if self.session.state.parked and means(text, RESUME):
            return await self.session.resume(self.session.state.parked[-1])
        intent = intents.command(self.book, self.role, text)
        if intent is None and any(means(text, words) for words in (HELP, CANCEL, BACK_WORDS, RESTART)):
            return Reply(intents.help_text(self.book, self.role), intents.menu(self.book, self.role))
        intent = intent or self._anywhere(text) or intents.phrase(self.book, self.role, text)
        if intent is not None:
            return await self._enter(intent.entrance, tail=intent.tail)
        live = [choice for choice in offered if self._live(choice)]
        named = naming(text, [choice.label for choice in live])
        if len(named) == 1:
            return await self._press(live[named[0]].value)
        return self._files_offer() if self.said.files else self._lost()

    def _live(self, choice: Choice) -> bool:
        """Whether a choice offered earlier can still be meant; the answers to a question that is over cannot."""
        aside = self.session.state.aside
        current = aside is not None and choice.value.startswith(f"q/-/{aside.nonce}/")
        return choice.enabled and (current or not choice.value.startswith("q/"))

    def _anywhere(self, text: str) -> Intent | None:
        button = intents.anywhere(self.book, self.role, text, loose=True)
        return Intent(button) if button else None

    def _files_offer(self) -> Reply:
        """What photos sent out of the blue may be for."""
        session = self.session
        for conversation in self.book.conversations.values():
            if conversation.takes_files and self.role in conversation.who:
                aside = Aside("start", session.state.next(), conversation.name, self._opening(self.said.text))
                session.state.aside = aside
                return self._offer(aside)
        return self._lost()

    def _more_files(self, aside: Aside, opening: Said) -> Reply:
        """An album comes as several messages: the offer made for the first is made for all of them."""
        files = (*opening.files, *self.said.files)[:MOST_EARLY]
        aside.opening = replace(opening, files=files, text=opening.text or self.said.text)
        self.session.state.aside = aside
        return replace(self._offer(aside), edit=True)

    def _offer(self, aside: Aside) -> Reply:
        question = _("收到了。是要办理“{title}”吗？").format(title=self.session.title(aside.name))
        return Reply(question, aside_choices(aside), slot=f"q/{aside.nonce}")

    def _lost(self) -> Reply:
        choices = list(intents.menu(self.book, self.role))
        human = intents.human(self.book, self.role)
        if human is not None and human.value not in [choice.value for choice in choices]:
            choices.append(human)
        return Reply(_("没太明白您的意思。可以直接点下面的事项，也可以回复“人工”找前台。"), tuple(choices))

    def _opening(self, text: str) -> Said:
        """The message that opens a conversation, without the phrase that did."""
        return replace(self.said, text=text, press=None)
