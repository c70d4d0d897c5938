"""The drafts of one chat during one turn: begun, answered, changed, parked, resumed, ended."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.dialogue import intents
from bot.dialogue.asking import Note, aside_choices, ask
from bot.dialogue.book import Book
from bot.dialogue.chat import Context
from bot.dialogue.message import Reply, Said
from bot.dialogue.questions.question import BACK, Cancel, Change, Heard, More, Refusal
from bot.dialogue.replay import Asking, Ended, Rejected, Scene, Stop, answered, reopen, replay, undo, undo_all
from bot.dialogue.state import Aside, Draft, State
from bot.dialogue.text import Text, _, join
from domain.people import Person
from domain.rules import Rules

MOST_EARLY = 20


@dataclass(frozen=True, slots=True)
class Finished:
    """A draft that is over; `state` is done, cancelled or expired. It is kept with its answers."""

    draft: Draft
    state: str


class NotAccepted(Exception):
    """The pending question did not accept the text, which may therefore mean something else."""

    def __init__(self, stop: Asking, reason: Text) -> None:
        super().__init__(stop.question.key)
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
        self.rules = rules
        self.finished: list[Finished] = []
        self._zone = zone
        self._context_for = context_for
        self._scene: Scene | None = None

    async def scene(self) -> Scene:
        """What scripts and handlers work with; made when first needed, once a turn."""
        if self._scene is None:
            self._scene = Scene(self.person, await self._context_for(), self.now, self._zone)
        return self._scene

    def draft(self) -> Draft:
        """The active draft.

        Raises RuntimeError where there is none.
        """
        if self.state.active is None:
            raise RuntimeError("no conversation is in progress")
        return self.state.active

    def title(self, name: str) -> Text | str:
        conversation = self.book.conversations.get(name)
        return conversation.title if conversation and conversation.title else _("上一件事")

    # ------------------------------------------------------------------------------------------------ the active draft

    async def go(
        self, heard: Heard | None = None, *notes: Note, prelude: Reply | None = None, strict: bool = False
    ) -> Reply:
        """Replay the active draft with what was heard; the reply is its next question or its last word.

        The notes come before it, and so does the prelude, a reply of its own. With `strict` a text that the question
        refuses raises NotAccepted instead of asking again.
        """
        stop = await self._replay(heard)
        return await self._settle(stop, notes, prelude, strict=strict)

    async def repeat(self, prelude: Reply | None = None, *notes: Note) -> Reply:
        """The pending question once more, behind another reply; that reply alone where nothing is pending."""
        if self.state.active is not None:
            return await self.go(None, *notes, prelude=prelude)
        reply = prelude or Reply("")
        return self.after(replace(reply, text=join(*notes, reply.text)))

    async def back(self) -> Reply:
        """Return to the question before the pending one, or give up a change and keep the old answer."""
        stop = await self._replay()
        draft = self.draft()
        if not isinstance(stop, Asking):
            return await self._settle(stop, ())
        if stop.question.within():
            return await self.go(Heard(self.now, code=BACK))
        if draft.replaced is not None and draft.reopened is not None:
            draft.log[draft.reopened] = draft.replaced
            draft.reopened = draft.replaced = draft.pending = None
            return await self.go()
        keys = answered(stop.answers)
        if not keys:
            return self.ask(stop, _("已经是第一个问题了。"))
        return await self._again(stop, keys[-1])

    async def restart(self) -> Reply:
        """From the first question, with the same opening."""
        draft = self.draft()
        await self._undo_all(draft)
        draft.log, draft.pending, draft.reopened, draft.replaced = {}, None, None, None
        draft.early = draft.opening.files[:MOST_EARLY]
        return await self.go(None, _("好，我们从头来。"))

    async def cancel(self) -> Reply:
        await self._give_up(self.draft())
        return self.after(Reply(_("已取消，什么都没有提交。")))

    def refused(self, stop: Asking, reason: Text, *notes: Note) -> Reply:
        """The question again with the reason; after two failures with a way to a human."""
        pending = self.draft().pending
        if pending is not None:
            pending.tries += 1
        return self.ask(stop, *notes, reason)

    def ask(self, stop: Asking, *notes: Note, prelude: Reply | None = None, edit: bool = False) -> Reply:
        """The question of the active draft, with the way to the front desk where it is needed."""
        human = intents.human(self.book, self.person.role)
        return ask(self.state, self.draft(), stop, *notes, human=human, prelude=prelude, edit=edit)

    # ------------------------------------------------------------------------------------------- drafts come and go

    async def begin(self, name: str, subject: str, step: str, opening: Said) -> Reply:
        """Start a conversation, parking the one in progress; a second press on its button starts no second one."""
        active = self.state.active
        if active and (active.name, active.subject, active.step) == (name, subject, step) and not opening.text:
            return await self.go(None, _("正在办理“{title}”，接着来：").format(title=self.title(name)))
        note = await self.park()
        twin = next(
            (d for d in self.state.parked if subject and (d.name, d.subject, d.step) == (name, subject, step)), None
        )
        if twin is not None:
            return await self.resume(twin, note)
        self.state.active = Draft(
            id=f"d{self.state.next()}",
            name=name,
            version=self.book.conversations[name].version,
            subject=subject,
            step=step,
            opening=opening,
            started_at=opening.at,
            touched_at=self.now,
            early=opening.files[:MOST_EARLY],
        )
        return await self.go(None, note)

    async def park(self) -> Note:
        """Put the active draft aside; of more than two parked ones the oldest expires, and may have a last word."""
        self.state.aside = None
        if self.state.active is None:
            return None
        self.state.parked.append(self.state.active)
        self.state.active = None
        expired = await self.expire(self.state.parked[0]) if len(self.state.parked) > 2 else None
        return expired.text if expired else None

    async def resume(self, draft: Draft, *notes: Note) -> Reply:
        """Go on with a parked draft."""
        self.state.aside = None
        self.state.parked.remove(draft)
        self.state.active = draft
        return await self.go(None, *notes, _("好，接着说“{title}”。").format(title=self.title(draft.name)))

    async def drop(self, draft: Draft) -> Reply:
        """Give up a parked draft."""
        self.state.aside = None
        await self._give_up(draft)
        return self.after(Reply(_("好的，先不办了，需要时再说一声就好。")))

    async def expire(self, draft: Draft) -> Reply | None:
        """End a draft that nobody went on with; its conversation says what becomes of it."""
        await self._undo_all(draft)
        draft.keep_collected()
        self._close(draft, "expired")
        conversation = self.book.conversations.get(draft.name)
        if conversation is None or conversation.on_expiry is None:
            return None
        scene = await self.scene()
        return await conversation.on_expiry(scene.recall(draft), conversation.desk(scene.context))

    def forget_unknown(self) -> Note:
        """Drop drafts of conversations that a deploy has removed."""
        gone = [d for d in [*self.state.parked, self.state.active] if d and d.name not in self.book.conversations]
        for draft in gone:
            self._close(draft, "cancelled")
        return _("这项业务刚刚调整过，没说完的先收起来了，请再说一次。") if gone else None

    def after(self, reply: Reply) -> Reply:
        """The last word of a conversation, with the offer to go on with a parked one."""
        if not self.state.parked:
            return reply
        draft = self.state.parked[-1]
        self.state.aside = aside = Aside("resume", self.state.next(), draft.id)
        text = join(reply.text, _("继续刚才的“{title}”吗？").format(title=self.title(draft.name)))
        return replace(reply, text=text, choices=(*reply.choices, *aside_choices(aside)))

    # ---------------------------------------------------------------------------------------------------- what follows

    async def _settle(
        self, stop: Stop, notes: tuple[Note, ...], prelude: Reply | None = None, strict: bool = False
    ) -> Reply:
        said = (*notes, *stop.answers.notes)
        if isinstance(stop, Ended):
            return self._end(stop, said, prelude)
        if isinstance(stop, Rejected):
            before = prelude.text if prelude else None
            return await self._again(stop, stop.reask.key, before, *said, stop.reask.text)
        if stop.changed:
            said = (_("这里的问题刚更新过，请再确认一下。"), *said)
        match stop.outcome:
            case None:
                return self.ask(stop, *said, prelude=prelude)
            case Refusal(reason):
                if strict:
                    raise NotAccepted(stop, reason)
                return self.refused(stop, reason, *said)
            case More():
                return self._more(stop, stop.outcome, said)
            case Change(key):
                return await self._again(stop, key, *said, change=True)
            case Cancel():
                return await self.cancel()
        raise TypeError(stop.outcome)

    def _end(self, stop: Ended, notes: tuple[Note, ...], prelude: Reply | None) -> Reply:
        self._close(self.draft(), "done")
        said = [note for note in (prelude.text if prelude else None, *notes) if note]
        reply = stop.reply or Reply("" if said else _("好的，已记下。"))
        return self.after(replace(reply, text=join(*said, reply.text)))

    def _more(self, stop: Asking, more: More, notes: tuple[Note, ...]) -> Reply:
        pending = self.draft().pending
        if pending is not None:
            pending.partial, pending.tries = more.partial, 0
            if more.renew:
                pending.nonce = self.state.next()
            if more.album:
                pending.album_due = self.now + timedelta(seconds=self.rules.album.quiet_seconds)
        going_on = replace(stop, question=replace(stop.question, partial=more.partial))
        return self.ask(going_on, *notes, more.note, edit=not more.renew)

    async def _again(self, stop: Asking | Rejected, key: str, *notes: Note, change: bool = False) -> Reply:
        """Ask a question anew; only a change that the person wished can be given up for the old answer."""
        draft = self.draft()
        if key not in draft.log:
            raise RuntimeError(f"{key!r} has no answer in {draft.name!r} that could be asked again")
        await undo(draft, stop.answers.undos, after=key)
        reopen(draft, key)
        if not change:
            draft.replaced = None
        return await self.go(None, *notes)

    async def _replay(self, heard: Heard | None = None) -> Stop:
        draft = self.draft()
        return await replay(self.book.conversations[draft.name], draft, await self.scene(), heard)

    async def _give_up(self, draft: Draft) -> None:
        await self._undo_all(draft)
        self._close(draft, "cancelled")

    async def _undo_all(self, draft: Draft) -> None:
        if draft.name in self.book.conversations:
            await undo_all(self.book.conversations[draft.name], draft, await self.scene())

    def _close(self, draft: Draft, state: str) -> None:
        if self.state.active is draft:
            self.state.active = None
        self.state.parked = [other for other in self.state.parked if other is not draft]
        draft.pending = None
        self.finished.append(Finished(draft, state))
