"""One turn of a chat: what was said or pressed, the state before; the state after, one reply, the wake-ups wanted.

Nothing is kept in memory between turns and no clock is read, so any process may serve any message.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.dialogue.book import Book
from bot.dialogue.chat import Context
from bot.dialogue.listener import Listener, Offered
from bot.dialogue.message import Reply, Said
from bot.dialogue.questions.question import Heard
from bot.dialogue.session import Finished, Session
from bot.dialogue.state import Draft, State
from bot.dialogue.text import _, join
from domain.people import Person
from domain.rules import Rules

__all__ = ["Finished", "State", "Turn", "Wake", "turn", "wake", "wakes"]


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
    adjusted = session.forget_unknown()
    reply = await Listener(session, said, offered).answer()
    if session.state.active is not None:
        session.state.active.touched_at, session.state.active.nudged = now, False
    if adjusted is not None and reply is not None:
        reply = replace(reply, text=join(adjusted, reply.text))
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
    session.forget_unknown()
    wanted = [wake for wake in wakes(session.state, rules) if (wake.kind, wake.step) == (kind, step)]
    draft = session.state.draft(step)
    due = draft is not None and any(wake.due_at <= now for wake in wanted)
    return _turn(session, await _woken(session, kind, draft) if due and draft is not None else None)


async def _woken(session: Session, kind: str, draft: Draft) -> Reply | None:
    if draft is session.state.active:
        session.state.aside = None
    if kind == "album":
        return await session.go(Heard(session.now, quiet=True))
    title = session.title(draft.name)
    if kind == "nudge":
        draft.nudged = True
        return await session.go(None, _("“{title}”还没有说完，方便时接着来：").format(title=title))
    was_active = draft is session.state.active
    reply = await session.expire(draft)
    session.state.aside = None
    if was_active:
        put_away = _("“{title}”停了太久，先收起来了；需要时再告诉我就好。").format(title=title)
        return session.after(reply or Reply(put_away))
    return await session.repeat(reply) if reply else None


def _turn(session: Session, reply: Reply | None) -> Turn:
    replies = () if reply is None else (reply,)
    return Turn(session.state, replies, wakes(session.state, session.rules), tuple(session.finished))


def wakes(state: State, rules: Rules) -> tuple[Wake, ...]:
    """All moments at which this chat wants to be woken."""
    expiry = timedelta(minutes=rules.draft.expire_minutes)
    wanted = [Wake("expire", draft.id, draft.touched_at + expiry) for draft in [*state.parked, state.active] if draft]
    active = state.active
    if active and not active.nudged:
        wanted.append(Wake("nudge", active.id, active.touched_at + timedelta(minutes=rules.draft.nudge_minutes)))
    if active and active.pending and active.pending.album_due:
        wanted.append(Wake("album", active.id, active.pending.album_due))
    return tuple(wanted)
