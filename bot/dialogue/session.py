"""The drafts of one chat during one turn: begun, answered, changed, parked, resumed, ended."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.dialogue import intents
from bot.dialogue.book import Book, Conversation
from bot.dialogue.chat import Chat, Context
from bot.dialogue.message import Choice, Reply, Said
from bot.dialogue.questions.question import BACK, SKIP, Cancel, Change, Heard, More, Question, Refusal
from bot.dialogue.replay import Stop, answered, reopen, replay, undo
from bot.dialogue.state import Aside, Draft, Pending, State
from bot.dialogue.text import Text, _, join
from domain.people import Person
from domain.rules import Rules

MOST_PARKED = 2
MOST_EARLY = 20

Note = Text | str | None


@dataclass(frozen=True, slots=True)
class Finished:
    """A draft that is over; `state` is done, cancelled or expired. It is kept with its answers."""

    draft: Draft
    state: str


class Refused(Exception):
    """The pending question did not accept the text, which may therefore mean something else."""

    def __init__(self, stop: Stop, reason: Text) -> None:
        self.stop = stop
        self.reason = reason


class Session:
    """Works on its own copy of the state; whoever made it takes `state` and `finished` afterwards."""

    def __init__(
        self,
        book: Book,
        state: State,
        person: Person,
        context_for: Callable[[], Awaitable[Context]],
        *,
        now: datetime,
        zone: ZoneInfo,
        rules: Rules,
    ) -> None:
        self.book = book
        self.state = State.from_json(state.to_json())
        self.person = person
        self.now = now
        self.zone = zone
        self.rules = rules
        self.finished: list[Finished] = []
        self._context_for = context_for
        self._context: Context | None = None

    async def context(self) -> Context:
        """Made when first needed, once a turn."""
        if self._context is None:
            self._context = await self._context_for()
        return self._context

    async def begin(self, name: str, subject: str, step: str, opening: Said) -> Reply:
        """Start a conversation, parking the one in progress."""
        await self.park()
        conversation = self.book.conversations[name]
        self.state.active = Draft(
            id=f"d{self.state.next()}",
            name=name,
            version=conversation.version,
            subject=subject,
            step=step,
            opening=opening,
            started_at=opening.at,
            touched_at=self.now,
            early=opening.files[:MOST_EARLY],
        )
        return await self.go()

    async def go(self, heard: Heard | None = None, *notes: Note, strict: bool = False) -> Reply:
        """Replay the active draft with what was heard; the reply is its next question or its last word.

        With `strict` a refusal by the question raises Refused instead of asking again.
        """
        draft = self._active()
        stop = await self._replay(draft, heard)
        said = [*notes, _("这里的问题刚更新过，请再确认一下。") if stop.changed else None, *stop.chat.notes]
        if stop.reask is not None:
            return await self._again(stop, stop.reask.key, *said, stop.reask.text)
        if stop.question is None:
            self._close(draft, "done")
            return await self.after(stop.end, *said)
        outcome = stop.outcome
        if isinstance(outcome, Change):
            reply = await self._again(stop, outcome.key, *said, change=True)
            return reply
        if isinstance(outcome, Cancel):
            return await self.cancel()
        if isinstance(outcome, Refusal):
            if strict:
                raise Refused(stop, outcome.reason)
            return self.refused(stop, outcome.reason, *said)
        if isinstance(outcome, More):
            return self._more(stop, outcome, *said)
        return self.ask(stop, *said)

    def refused(self, stop: Stop, reason: Text, *notes: Note) -> Reply:
        """The question again with the reason; after two failures with a way to a human."""
        pending = self._active().pending
        if pending is not None:
            pending.tries += 1
        return self.ask(stop, *notes, reason)

    def ask(self, stop: Stop, *notes: Note, prelude: Reply | None = None, edit: bool = False) -> Reply:
        """The pending question as a message, behind the notes and the choices of a prelude."""
        draft, question = self._active(), stop.question
        assert question is not None
        if draft.pending is None or draft.pending.key != question.key:
            draft.pending = Pending(question.key, self.state.next(), question.kind, partial=question.begun())
        pending = draft.pending
        text = join(prelude.text if prelude else None, *notes, question.prompt(pending.partial))
        extra = prelude.choices if prelude else ()
        choices = (*self._choices(stop, question, pending, draft), *extra)
        pending.shown = [choice.value for choice in choices]
        attachments = prelude.attachments if prelude else ()
        return Reply(text, choices, attachments, slot=f"q/{draft.id}", edit=edit)

    async def back(self) -> Reply:
        """Return to the question before the pending one, or give up a change and keep the old answer."""
        draft = self._active()
        stop = await self._replay(draft)
        pending = draft.pending
        if stop.question and pending and stop.question.within(pending.partial):
            return await self.go(Heard(self.now, code=BACK))
        if draft.replaced is not None and draft.reopened is not None:
            draft.log[draft.reopened] = draft.replaced
            draft.reopened = draft.replaced = draft.pending = None
            return await self.go(None)
        keys = answered(stop)
        if not keys:
            return self.ask(stop, _("已经是第一个问题了。"))
        return await self._again(stop, keys[-1])

    async def restart(self) -> Reply:
        """From the first question, with the same opening."""
        draft = self._active()
        await self._undo(draft)
        draft.log, draft.pending, draft.reopened, draft.replaced = {}, None, None, None
        return await self.go(None, _("好，我们从头来。"))

    async def cancel(self) -> Reply:
        draft = self._active()
        await self._undo(draft)
        self._close(draft, "cancelled")
        return await self.after(Reply(_("已取消，什么都没有提交。")))

    async def park(self) -> None:
        """Put the active draft aside; of more than two parked ones the oldest expires."""
        self.state.aside = None
        if self.state.active is None:
            return
        self.state.parked.append(self.state.active)
        self.state.active = None
        while len(self.state.parked) > MOST_PARKED:
            await self.expire(self.state.parked[0])

    async def resume(self) -> Reply:
        """Go on with the draft parked last."""
        self.state.aside = None
        self.state.active = self.state.parked.pop()
        return await self.go(None, _("好，接着来。"))

    async def drop_parked(self) -> Reply:
        """Give up the draft parked last."""
        self.state.aside = None
        draft = self.state.parked[-1]
        await self._undo(draft)
        self._close(draft, "cancelled")
        return await self.after(Reply(_("好的，不再继续了。")))

    async def expire(self, draft: Draft) -> Reply | None:
        """End a draft that nobody went on with; its conversation says what becomes of it."""
        await self._undo(draft)
        self._close(draft, "expired")
        conversation = self.book.conversations.get(draft.name)
        if conversation is None or conversation.on_expiry is None:
            return None
        context = await self.context()
        chat = Chat(draft, self.person, context, now=self.now, zone=self.zone)
        return await conversation.on_expiry(chat, conversation.desk(context))

    async def after(self, end: Reply | None, *notes: Note) -> Reply:
        """The last word of a conversation, with the offer to go on with a parked one."""
        said = [note for note in notes if note]
        reply = end or Reply("" if said else _("好的，已记下。"))
        reply = replace(reply, text=join(*said, reply.text))
        if not self.state.parked:
            return reply
        title = self.title(self.state.parked[-1].name)
        self.state.aside = Aside("resume", self.state.next())
        offer = (self.aside_choice(_("继续"), "yes"), self.aside_choice(_("不用了"), "no"))
        text = join(reply.text, _("继续刚才的“{title}”吗？").format(title=title))
        return replace(reply, text=text, choices=(*reply.choices, *offer))

    async def repeat(self, prelude: Reply | None = None, *notes: Note) -> Reply:
        """The pending question once more, behind another reply; that reply alone where nothing is pending."""
        if self.state.active is None:
            return await self.after(prelude, *notes) if self.state.parked else self._alone(prelude, *notes)
        stop = await self._replay(self.state.active)
        if stop.question is None:
            return await self.go(None, *notes)
        return self.ask(stop, *notes, *stop.chat.notes, prelude=prelude)

    def aside_choice(self, label: Text, code: str) -> Choice:
        assert self.state.aside is not None
        return Choice(label, f"q/-/{self.state.aside.nonce}/{code}")

    def title(self, name: str) -> Text | str:
        conversation = self.book.conversations.get(name)
        return conversation.title if conversation and conversation.title else _("上一件事")

    def _alone(self, prelude: Reply | None, *notes: Note) -> Reply:
        reply = prelude or Reply("")
        return replace(reply, text=join(*notes, reply.text))

    def _more(self, stop: Stop, more: More, *notes: Note) -> Reply:
        pending = self._active().pending
        assert pending is not None
        pending.partial, pending.tries = more.partial, 0
        if more.renew:
            pending.nonce = self.state.next()
        if more.album:
            pending.album_due = self.now + timedelta(seconds=self.rules.album.quiet_seconds)
        return self.ask(stop, *notes, more.note, edit=not more.renew)

    async def _again(self, stop: Stop, key: str, *notes: Note, change: bool = False) -> Reply:
        draft = stop.chat.draft
        if key not in draft.log:
            raise RuntimeError(f"{key!r} has no answer in {draft.name!r} that could be asked again")
        await undo(draft, stop.chat.undos, after=key)
        reopen(draft, key)
        if not change:
            draft.replaced = None
        return await self.go(None, *notes)

    async def _replay(self, draft: Draft, heard: Heard | None = None) -> Stop:
        conversation = self._conversation(draft)
        context = await self.context()
        return await replay(conversation, draft, self.person, context, now=self.now, zone=self.zone, heard=heard)

    async def _undo(self, draft: Draft) -> None:
        """Replay up to the pending question to learn how to take back what was done, and take it back."""
        if draft.name in self.book.conversations and any(entry.kind == "once" for entry in draft.log.values()):
            stop = await self._replay(draft)
            await undo(draft, stop.chat.undos)

    def _close(self, draft: Draft, state: str) -> None:
        if self.state.active is draft:
            self.state.active = None
        self.state.parked = [other for other in self.state.parked if other is not draft]
        draft.pending = None
        self.finished.append(Finished(draft, state))

    def _choices(self, stop: Stop, question: Question, pending: Pending, draft: Draft) -> list[Choice]:
        coded = list(question.choices(pending.partial))
        if question.optional and not pending.partial:
            coded.append((SKIP, _("跳过")))
        if answered(stop) or question.within(pending.partial) or draft.replaced is not None:
            coded.append((BACK, _("返回")))
        choices = [Choice(label, f"q/{draft.id}/{pending.nonce}/{code}") for code, label in coded]
        human = intents.human(self.book, self.person.role) if pending.tries >= 2 else None
        return [*choices, human] if human else choices

    def _active(self) -> Draft:
        assert self.state.active is not None
        return self.state.active

    def _conversation(self, draft: Draft) -> Conversation:
        return self.book.conversations[draft.name]
