"""A Bot API server that is strict: it refuses what the real one refuses, in its words, and counts floods.

Written from the documented facts. Every request is parsed with aiogram's types, and so is every update it makes: they
share nothing with the transport under test. It stands still in time but for `now`.
"""

import re
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Literal

from aiogram import methods
from aiogram.methods import TelegramMethod
from pydantic import ValidationError

from bot.rates import Bucket
from bot.sending import Rate

TOKEN = "123456:TEST-token_of-the_simulator"
BOT = {"id": 123456, "is_bot": True, "first_name": "回音", "username": "huiyin_bot"}
Fault = Literal["500", "502", "429", "hang", "reset", "reset_after"]
WHOLE, CHAT, GROUP = Rate(30, 1.0, 30), Rate(1, 1.0, 5), Rate(20, 60.0, 20)
UNLIMITED = Rate(1_000_000, 1.0, 1_000_000)
KNOWN: dict[str, type[TelegramMethod[Any]]] = {
    cls.__api_method__: cls
    for name in methods.__all__
    if isinstance(cls := getattr(methods, name), type) and getattr(cls, "__api_method__", None)
}
COUNTED = ("sendMessage", "sendPhoto", "sendDocument", "sendMediaGroup", "editMessageText", "editMessageReplyMarkup")
TAGS = re.compile(r"</?(b|strong|i|em|u|s|code|pre)>")
MARKUP_BYTES = 10_000


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def body(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return answer | ({"parameters": self.parameters} if self.parameters else {})


@dataclass
class Sight:
    """One message as people in the chat see it; `version` grows with each edit, `order` with each that is shown."""

    id: int
    chat: int
    order: int
    text: str
    keyboard: list[list[dict[str, Any]]] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    files: int = 0
    protected: bool = False
    mine: bool = True
    """Of the bot; people's own messages are there too."""
    at: float = 0.0
    reply_to: int | None = None


@dataclass
class Room:
    """A private chat (`id` > 0) or a group. `trouble`: 'blocked', 'deactivated', 'kicked'."""

    id: int
    title: str = ""
    trouble: str = ""
    moved_to: int | None = None
    language: str = "zh-hans"
    seen: list[Sight] = field(default_factory=list)
    """Every version of every message, in the order in which it appeared."""
    latest: dict[int, Sight] = field(default_factory=dict)


@dataclass
class Service:
    """The state behind the API. `faults` are used up one a call of a sending method; `dice` may order more."""

    now: Callable[[], float] = time.time
    limits: tuple[Rate, Rate, Rate] = (WHOLE, CHAT, GROUP)
    rooms: dict[int, Room] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    dice: Callable[[], Fault | None] = lambda: None
    answers: Counter[str] = field(default_factory=Counter)
    """What it answered by itself: `method status`."""
    wrong: list[str] = field(default_factory=list)
    """What no honest client does."""
    toasts: list[tuple[str, str]] = field(default_factory=list)
    commands: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    webhook: dict[str, Any] | None = None
    calls: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    open_queries: dict[str, float] = field(default_factory=dict)
    _buckets: dict[int, Bucket] = field(default_factory=dict)
    _resting: dict[int, float] = field(default_factory=dict)
    _message: int = 0
    _order: int = 0

    def room(self, number: int, **values: Any) -> Room:
        return self.rooms.setdefault(number, Room(number, **values))

    # ---------------------------------------------------------------------------------------------------- one call

    def call(self, name: str, parameters: dict[str, Any], files: dict[str, bytes]) -> Any:
        """The result of a method. Raises Refusal."""
        try:
            result = self._call(name, parameters, files)
        except Refusal as refusal:
            self.answers[f"{name} {refusal.code}"] += 1
            raise
        self.answers[f"{name} 200"] += 1
        return result

    def _call(self, name: str, parameters: dict[str, Any], files: dict[str, bytes]) -> Any:
        self.calls.append((self.now(), name, parameters))
        known, handler = KNOWN.get(name), getattr(self, f"do_{name}", None)
        if known is None or handler is None:
            self.wrong.append(f"no such method: {name}")
            raise Refusal(404, "Not Found")
        if unknown := set(parameters) - set(known.model_fields):
            self.wrong.append(f"{name}: unknown parameters {sorted(unknown)}")
        try:
            known.model_validate(parameters)
        except ValidationError as error:
            self.wrong.append(f"{name}: {error}")
            raise Refusal(400, "Bad Request: can't parse parameters") from error
        if name in COUNTED:
            chat = self._reachable(int(parameters["chat_id"]))
            self._flood(chat.id, len(parameters.get("media", [0])) if name == "sendMediaGroup" else 1)
        return handler(parameters, files)

    def _reachable(self, number: int) -> Room:
        room = self.rooms.get(number)
        if room is None:
            raise Refusal(400, "Bad Request: chat not found")
        if room.moved_to is not None:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=room.moved_to,
            )
        if room.trouble == "kicked":
            raise Refusal(403, "Forbidden: bot was kicked from the supergroup chat")
        if room.trouble == "deactivated":
            raise Refusal(403, "Forbidden: user is deactivated")
        if room.trouble == "blocked":
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        return room

    def _flood(self, chat: int, messages: int) -> None:
        """Raises 429 with the seconds to wait; who does not wait is noted."""
        now = self.now()
        if now < self._resting.get(chat, 0.0) - 0.01:
            self.wrong.append(f"{chat} did not wait")
        whole, private, group = self.limits
        kinds = {0: whole, chat: group if chat < 0 else private}
        buckets = [self._buckets.setdefault(key, Bucket(rate)) for key, rate in kinds.items()]
        wait = max(bucket.ready_at() for bucket in buckets) - now
        if wait > 1e-6:
            seconds = max(1, int(wait + 0.999))
            self._resting[chat] = now + seconds
            raise Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        for bucket in buckets:
            for _ in range(messages):
                bucket.take(now)

    # ----------------------------------------------------------------------------------------------------- methods

    def do_getMe(self, _parameters: dict[str, Any], _files: dict[str, bytes]) -> Any:  # noqa: N802
        return BOT

    def do_setMyCommands(self, p: dict[str, Any], _files: dict[str, bytes]) -> Any:  # noqa: N802
        names = [command["command"] for command in p["commands"]]
        if len(names) > 100 or any(not re.fullmatch(r"[a-z0-9_]{1,32}", name) for name in names):
            raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
        if any(not 1 <= len(command["description"]) <= 256 for command in p["commands"]):
            raise Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[(p.get("scope") or {}).get("type", "default"), p.get("language_code") or ""] = names
        return True

    def do_setWebhook(self, p: dict[str, Any], _files: dict[str, bytes]) -> Any:  # noqa: N802
        if p.get("drop_pending_updates"):
            self.wrong.append("pending updates dropped")
        self.webhook = p
        return True

    def do_deleteWebhook(self, p: dict[str, Any], _files: dict[str, bytes]) -> Any:  # noqa: N802
        if p.get("drop_pending_updates"):
            self.wrong.append("pending updates dropped")
        self.webhook = None
        return True

    def do_sendMessage(self, p: dict[str, Any], _files: dict[str, bytes]) -> Any:  # noqa: N802
        return self._message_json(self._show(p, self._parsed(p.get("text"), p, 4096, "message text is empty")))

    def do_sendPhoto(self, p: dict[str, Any], files: dict[str, bytes]) -> Any:  # noqa: N802
        return self._with_file(p, files, "photo", 10 * 1024 * 1024)

    def do_sendDocument(self, p: dict[str, Any], files: dict[str, bytes]) -> Any:  # noqa: N802
        return self._with_file(p, files, "document", 50 * 1024 * 1024)

    def _with_file(self, p: dict[str, Any], files: dict[str, bytes], kind: str, most: int) -> Any:
        self._uploaded(str(p[kind]), files, most)
        text = self._parsed(p.get("caption") or "", p, 1024, "")
        return self._message_json(self._show(p, text, files=1))

    def _uploaded(self, named: str, files: dict[str, bytes], most: int) -> None:
        content = files.get(named.removeprefix("attach://"))
        if content is None:
            raise Refusal(400, "Bad Request: wrong file identifier/HTTP URL specified")
        if len(content) > most:
            raise Refusal(413, "Request Entity Too Large")

    def do_sendMediaGroup(self, p: dict[str, Any], files: dict[str, bytes]) -> Any:  # noqa: N802
        media = p["media"]
        if not 2 <= len(media) <= 10:
            raise Refusal(400, "Bad Request: wrong number of messages in an album")
        kinds = {item["type"] for item in media}
        if kinds & {"document", "audio"} and len(kinds) > 1:
            raise Refusal(400, "Bad Request: documents cannot be mixed")
        for item in media:
            self._uploaded(item["media"], files, 50 * 1024 * 1024)
        return [self._message_json(self._show(p, "", files=1)) for _ in media]

    def do_editMessageText(self, p: dict[str, Any], _files: dict[str, bytes]) -> Any:  # noqa: N802
        before = self._own(p)
        if before.files:
            raise Refusal(400, "Bad Request: there is no text in the message to edit")
        text, keyboard = self._parsed(p.get("text"), p, 4096, "message text is empty"), self._keyboard(p)
        if (text, keyboard) == (before.text, before.keyboard):
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the "
                "same as a current content and reply markup of the message",
            )
        return self._message_json(self._show(p, text, replaces=before))

    def do_editMessageReplyMarkup(self, p: dict[str, Any], _files: dict[str, bytes]) -> Any:  # noqa: N802
        before = self._own(p)
        if self._keyboard(p) == before.keyboard:
            raise Refusal(400, "Bad Request: message is not modified")
        before.keyboard = self._keyboard(p)
        return self._message_json(before)

    def _own(self, p: dict[str, Any]) -> Sight:
        found = self.rooms[int(p["chat_id"])].latest.get(int(p["message_id"]))
        if found is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if not found.mine:
            raise Refusal(400, "Bad Request: message can't be edited")
        return found

    def do_answerCallbackQuery(self, p: dict[str, Any], _files: dict[str, bytes]) -> Any:  # noqa: N802
        asked = self.open_queries.pop(p["callback_query_id"], None)
        if asked is None or self.now() - asked > 150:
            raise Refusal(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )
        if len(p.get("text") or "") > 200:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        self.toasts.append((p["callback_query_id"], p.get("text") or ""))
        return True

    def do_getFile(self, p: dict[str, Any], _files: dict[str, bytes]) -> Any:  # noqa: N802
        if p["file_id"] not in self.files:
            raise Refusal(400, "Bad Request: invalid file_id")
        name, content = self.files[p["file_id"]]
        if len(content) > 20 * 1024 * 1024:
            raise Refusal(400, "Bad Request: file is too big")
        return {"file_id": p["file_id"], "file_unique_id": p["file_id"], "file_path": f"{p['file_id']}/{name}"}

    # ----------------------------------------------------------------------------------------------------- checks

    def _parsed(self, text: Any, p: dict[str, Any], most: int, empty: str) -> str:
        """The text as people see it. Raises what the real one raises."""
        if p.get("parse_mode") not in (None, "HTML"):
            self.wrong.append(f"parse mode {p.get('parse_mode')}")
        bare = TAGS.sub("", str(text or ""))
        if "<" in bare or ">" in bare or re.search(r"&(?!(lt|gt|amp|quot|#\d+);)", bare):
            raise Refusal(400, "Bad Request: can't parse entities: unsupported start tag")
        seen = unescape(bare)
        if empty and not seen.strip():
            raise Refusal(400, f"Bad Request: {empty}")
        if len(seen.encode("utf-16-le")) // 2 > most:
            raise Refusal(400, "Bad Request: message is too long" if most == 4096 else "Bad Request: caption too long")
        return seen

    def _keyboard(self, p: dict[str, Any]) -> list[list[dict[str, Any]]]:
        rows: list[list[dict[str, Any]]] = (p.get("reply_markup") or {}).get("inline_keyboard") or []
        keys = [key for row in rows for key in row]
        if any(not 1 <= len(str(key.get("callback_data", "")).encode()) <= 64 for key in keys):
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
        if len(keys) > 100 or any(len(row) > 8 for row in rows) or len(str(rows).encode()) > MARKUP_BYTES:
            raise Refusal(400, "Bad Request: REPLY_MARKUP_TOO_LONG")
        if any(not key.get("text") for key in keys):
            raise Refusal(400, "Bad Request: inline keyboard button text must be non-empty")
        return rows

    def _show(self, p: dict[str, Any], text: str, *, files: int = 0, replaces: Sight | None = None) -> Sight:
        room, markup = self.rooms[int(p["chat_id"])], p.get("reply_markup") or {}
        asks = [key["text"] for row in markup.get("keyboard", ()) for key in row]
        if any(key.get("request_contact") for row in markup.get("keyboard", ()) for key in row) and room.id < 0:
            raise Refusal(400, "Bad Request: phone number can be requested in private chats only")
        return self.add(
            room,
            Sight(
                id=replaces.id if replaces else self.next_message(),
                chat=room.id,
                order=0,
                text=text,
                keyboard=self._keyboard(p),
                asks=asks,
                files=files,
                protected=bool(p.get("protect_content")),
                at=self.now(),
                reply_to=(p.get("reply_parameters") or {}).get("message_id"),
            ),
        )

    def next_message(self) -> int:
        self._message += 1
        return self._message

    def add(self, room: Room, sight: Sight) -> Sight:
        self._order += 1
        sight.order = self._order
        room.seen.append(sight)
        room.latest[sight.id] = sight
        return sight

    def _message_json(self, sight: Sight) -> dict[str, Any]:
        chat = {"id": sight.chat, "type": "private" if sight.chat > 0 else "supergroup", "title": "g"}
        return {"message_id": sight.id, "date": int(sight.at), "chat": chat, "from": BOT, "text": sight.text or "…"}

    def store(self, name: str, content: bytes) -> str:
        """A file that people have sent; gives its id."""
        number = "f" + secrets.token_hex(8)
        self.files[number] = name, content
        return number

    def transcript(self) -> str:
        """What was said in every chat, to be read by people."""
        lines = []
        for room in self.rooms.values():
            if not room.seen:
                continue
            lines.append(f"== {room.title or room.id}")
            for sight in room.seen:
                who = "回音" if sight.mine else "  →"
                keys = " ".join(f"[{key['text']}]" for row in sight.keyboard for key in row)
                lines.append(f"{who} #{sight.id}: {sight.text}{'  ' + keys if keys else ''}")
        return "\n".join(lines)
