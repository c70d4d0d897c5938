"""The answers log of each chat, as plain JSON; drafts that ended are kept with their answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from bot.dialogue.state import Draft, State
from storage.tables.messages import conversations, drafts
from storage.writes import Lock, insert_or_ignore, insert_or_update

if TYPE_CHECKING:
    from storage.work import Work


class Conversations:
    """`work.conversations`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: dict[int, tuple[str, Any] | None] = {}

    async def preload(self, chat_ids: Iterable[int]) -> None:
        """Read the states of these chats in one query."""
        missing = sorted(set(chat_ids) - self._known.keys())
        if missing:
            rows = (await self._work.connection.execute(_STATES, {"ids": missing})).all()
            self._known.update(dict.fromkeys(missing, None))
            self._known.update({row.chat: (row.person, row.state) for row in rows})

    async def owner(self, chat_id: int) -> str | None:
        """The person whose state the chat holds."""
        await self.preload((chat_id,))
        known = self._known[chat_id]
        return known[0] if known is not None else None

    async def load(self, chat_id: int, person_id: str) -> State:
        """What this chat remembers of this person; a fresh state where it is new, or was another person's before."""
        await self.preload((chat_id,))
        known = self._known[chat_id]
        return State.from_json(known[1]) if known is not None and known[0] == person_id else State()

    def save(self, chat_id: int, person_id: str, state: State) -> None:
        data = state.to_json()
        self._known[chat_id] = (person_id, data)
        statement = insert_or_update(self._work.dialect, conversations, ("chat",), ("person", "state", "updated_at"))
        row = {"chat": chat_id, "person": person_id, "state": data, "updated_at": self._work.now}
        self._work.collected.add(Lock.CHAT, conversations, statement, row)

    def keep_draft(self, chat_id: int, person_id: str, draft: Draft, outcome: str) -> None:
        """Keep a draft that ended (`finished`, `expired`, `cancelled`) with its answers; a second time is ignored."""
        row = {
            "chat": chat_id,
            "person": person_id,
            "id": draft.id,
            "conversation": draft.name,
            "outcome": outcome,
            "draft": draft.to_json(),
            "ended_at": self._work.now,
        }
        statement = insert_or_ignore(self._work.dialect, drafts, "chat", "person", "id")
        self._work.collected.add(Lock.CHAT, drafts, statement, row)

    async def kept_drafts(self, person_id: str) -> list[tuple[str, Draft]]:
        """Outcome and answers of the person's drafts that ended, latest first."""
        await self._work.sees(drafts)
        rows = (await self._work.connection.execute(_DRAFTS, {"whose": person_id})).all()
        return [(row.outcome, Draft.from_json(row.draft)) for row in rows]


_STATES = select(conversations.c.chat, conversations.c.person, conversations.c.state).where(
    conversations.c.chat.in_(bindparam("ids", expanding=True))
)
_DRAFTS = (
    select(drafts.c.outcome, drafts.c.draft)
    .where(drafts.c.person == bindparam("whose"))
    .order_by(drafts.c.ended_at.desc(), drafts.c.chat, drafts.c.id)
)
