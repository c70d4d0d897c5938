"""The answers log of each chat, as plain JSON; drafts that ended are kept with their answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from storage.tables.messages import conversations, drafts
from storage.writes import Lock, insert_or_ignore, insert_or_update

if TYPE_CHECKING:
    from storage.work import Work

StateJson = Mapping[str, Any]
"""The dialogue's state as it writes itself down: JSON values only."""


class Conversations:
    """`work.conversations`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: dict[int, tuple[str, StateJson] | None] = {}

    async def preload(self, chat_ids: Iterable[int]) -> None:
        """Read the states of these chats in one query."""
        missing = sorted(set(chat_ids) - self._known.keys())
        if missing:
            rows = (await self._work.connection.execute(_STATES, {"ids": missing})).all()
            self._known.update(dict.fromkeys(missing, None))
            self._known.update({row.chat: (row.person, row.state) for row in rows})

    async def load(self, chat_id: int, person_id: str) -> StateJson | None:
        """The person's state in this chat; None when there is none, or when the chat was another person's before."""
        await self.preload((chat_id,))
        known = self._known[chat_id]
        return known[1] if known is not None and known[0] == person_id else None

    def save(self, chat_id: int, person_id: str, state: StateJson) -> None:
        self._known[chat_id] = (person_id, state)
        statement = insert_or_update(self._work.dialect, conversations, ("chat",), ("person", "state", "updated_at"))
        row = {"chat": chat_id, "person": person_id, "state": state, "updated_at": self._work.now}
        self._work.collected.add(Lock.CHAT, conversations, statement, row)

    def keep_draft(
        self, draft_id: str, chat_id: int, person_id: str, conversation: str, outcome: str, draft: StateJson
    ) -> None:
        """Keep a draft that ended (`finished`, `expired`, `cancelled`) with its answers; a second time is ignored."""
        row = {
            "id": draft_id,
            "chat": chat_id,
            "person": person_id,
            "conversation": conversation,
            "outcome": outcome,
            "draft": draft,
            "ended_at": self._work.now,
        }
        self._work.collected.add(Lock.CHAT, drafts, insert_or_ignore(self._work.dialect, drafts, "id"), row)

    async def kept_draft(self, draft_id: str) -> tuple[str, StateJson] | None:
        """Outcome and answers of a draft that ended."""
        await self._work.sees(drafts)
        row = (await self._work.connection.execute(_DRAFT, {"draft_id": draft_id})).one_or_none()
        return None if row is None else (row.outcome, row.draft)


_STATES = select(conversations.c.chat, conversations.c.person, conversations.c.state).where(
    conversations.c.chat.in_(bindparam("ids", expanding=True))
)
_DRAFT = select(drafts.c.outcome, drafts.c.draft).where(drafts.c.id == bindparam("draft_id"))
