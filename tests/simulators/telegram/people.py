"""What people do in Telegram, as updates. Every one passes aiogram's types, but for those that are odd on purpose."""

from dataclasses import dataclass, field
from typing import Any

from aiogram.types import Update as Oracle

from tests.simulators.telegram.service import BOT, Room, Service, Sight

KEPT_SECONDS = {"message": 86_400, "edited_message": 86_400, "callback_query": 150, "my_chat_member": 86_400}


@dataclass
class Queued:
    """One update on its way to the bot. Those of one `queue` come one after the other."""

    update: dict[str, Any]
    expires: float
    queue: str


@dataclass
class People:
    """Makes updates out of what people do; `waiting` are those that the bot has not confirmed."""

    service: Service
    waiting: list[Queued] = field(default_factory=list)
    expired: int = 0
    on_news: list[Any] = field(default_factory=list)
    _update: int = 500_000_000
    _query: int = 0

    def say(self, user: int, text: str, *, group: int | None = None, reply_to: int | None = None) -> Sight:
        return self.message(user, {"text": text}, group=group, reply_to=reply_to)

    def photo(self, user: int, content: bytes, *, caption: str = "", album: str = "") -> Sight:
        small = self.service.store("small.jpg", content)
        large = self.service.store("photo.jpg", content)
        sizes = [
            {"file_id": small, "file_unique_id": small, "width": 90, "height": 60, "file_size": len(content)},
            {"file_id": large, "file_unique_id": large, "width": 800, "height": 600, "file_size": len(content)},
        ]
        extra = ({"caption": caption} if caption else {}) | ({"media_group_id": album} if album else {})
        return self.message(user, {"photo": sizes} | extra)

    def contact(self, user: int, phone: str, *, of: int | None = None) -> Sight:
        contact = {"phone_number": phone, "first_name": "某人", "user_id": user if of is None else of}
        return self.message(user, {"contact": contact})

    def message(
        self, user: int, content: dict[str, Any], *, group: int | None = None, reply_to: int | None = None
    ) -> Sight:
        room = self.service.room(group if group is not None else user)
        seen = Sight(self.service.next_message(), room.id, 0, content.get("text", ""), mine=False, at=self._now())
        self.service.add(room, seen)
        message = {"message_id": seen.id, "date": int(self._now()), "chat": self._chat(room), "from": self._user(user)}
        if reply_to is not None:
            replied = room.latest[reply_to]
            of = BOT if replied.mine else self._user(user)
            message["reply_to_message"] = {
                "message_id": reply_to,
                "date": int(replied.at),
                "chat": self._chat(room),
                "from": of,
                "text": replied.text,
            }
        self.put({"message": message | content}, f"chat {room.id}")
        return seen

    def edit(self, user: int, sight: Sight, text: str) -> None:
        message = {"message_id": sight.id, "date": int(sight.at), "edit_date": int(self._now()), "text": text}
        message |= {"chat": self._chat(self.service.room(sight.chat)), "from": self._user(user)}
        self.put({"edited_message": message}, f"chat {sight.chat}")

    def press(self, user: int, sight: Sight, data: str) -> str:
        self._query += 1
        query = str(self._query)
        self.service.open_queries[query] = self._now()
        room = self.service.room(sight.chat)
        message = {"message_id": sight.id, "date": int(sight.at), "chat": self._chat(room), "from": BOT}
        body = {"id": query, "from": self._user(user), "chat_instance": "1", "data": data}
        self.put({"callback_query": body | {"message": message | {"text": sight.text or "…"}}}, f"press {user}")
        return query

    def block(self, user: int, *, blocked: bool = True) -> None:
        room = self.service.room(user)
        room.trouble = "blocked" if blocked else ""
        states = ("member", "kicked") if blocked else ("kicked", "member")
        old, new = (self._member(state) for state in states)
        change = {"chat": self._chat(room), "from": self._user(user), "date": int(self._now())}
        self.put({"my_chat_member": change | {"old_chat_member": old, "new_chat_member": new}}, f"member {user}")

    def grow(self, group: int, to: int) -> None:
        """The group becomes a supergroup, under another id."""
        room = self.service.room(group)
        room.moved_to = to
        self.service.room(to, title=room.title)
        chat = {"id": group, "type": "group", "title": room.title or "群"}
        message = {"message_id": self.service.next_message(), "date": int(self._now()), "chat": chat}
        self.put({"message": message | {"from": self._user(1), "migrate_to_chat_id": to}}, f"chat {group}")

    def put(self, content: dict[str, Any], queue: str, *, odd: bool = False) -> dict[str, Any]:
        """Queue the update. `odd`: such as the types do not know."""
        self._update += 1
        update = {"update_id": self._update, **content}
        if not odd:
            Oracle.model_validate(update)
        kind = next(iter(content), "message")
        self.waiting.append(Queued(update, self._now() + KEPT_SECONDS.get(kind, 86_400), queue))
        for tell in self.on_news:
            tell()
        return update

    def due(self) -> list[Queued]:
        """What has not expired, in order."""
        alive = [queued for queued in self.waiting if queued.expires > self._now()]
        self.expired += len(self.waiting) - len(alive)
        self.waiting = alive
        return alive

    def confirm(self, below: int) -> None:
        self.waiting = [queued for queued in self.waiting if queued.update["update_id"] >= below]

    def _now(self) -> float:
        return self.service.now()

    def _user(self, user: int) -> dict[str, Any]:
        language = self.service.room(user).language
        return {"id": user, "is_bot": False, "first_name": f"u{user}", "language_code": language}

    @staticmethod
    def _chat(room: Room) -> dict[str, Any]:
        if room.id > 0:
            return {"id": room.id, "type": "private", "first_name": f"u{room.id}"}
        return {"id": room.id, "type": "supergroup", "title": room.title or "群"}

    @staticmethod
    def _member(status: str) -> dict[str, Any]:
        return {"status": status, "user": BOT} | ({"until_date": 0} if status == "kicked" else {})
