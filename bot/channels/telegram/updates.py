"""What an update means, read without any types: whatever is odd is kept and skipped, never raised.

https://core.telegram.org/bots/api#update
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

MOST_TEXT = 8_000
MOST_FILE = 20 * 1024 * 1024
"""What getFile hands out."""
MOST_NAME = 120
LATEST = 32_503_680_000
"""No date is later than the year 3000."""
OF_MESSAGES = ("message", "edited_message")
ALLOWED = (*OF_MESSAGES, "callback_query", "my_chat_member")
"""The kinds that are asked for."""


class Kind(StrEnum):
    SAID = "said"
    PRESSED = "pressed"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    MIGRATED = "migrated"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class File:
    """A file that is still with the service; `size` 0 where it was not said."""

    id: str
    name: str
    type: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """A telephone number handed over; `own` when it is that of the sender."""

    phone: str
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One update in our words. `chat` and `sender` are ids as text; a group's chat is not its sender."""

    id: int
    kind: Kind
    chat: str = ""
    group: bool = False
    sender: str = ""
    language: str = ""
    at: datetime | None = None
    text: str = ""
    edited: bool = False
    files: tuple[File, ...] = ()
    contact: Contact | None = None
    on: str | None = None
    """The message pressed on, or replied to."""
    data: str = ""
    callback: str = ""
    """The callback query that wants an answer."""
    to: str = ""
    """Where a group has moved."""
    why: str = ""
    """What was skipped."""


def read(raw: object) -> Update | None:
    """The update in our words; None for what has not even an id. Raises nothing."""
    update = _map(raw)
    number = _whole(update.get("update_id"))
    if number is None:
        return None
    try:
        return _read(number, update)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        return Update(id=number, kind=Kind.SKIPPED, why=type(error).__name__)


def _read(number: int, update: Mapping[str, Any]) -> Update:
    for name in OF_MESSAGES:
        if name in update:
            return _message(number, _map(update[name]), edited=name == "edited_message")
    if "callback_query" in update:
        return _press(number, _map(update["callback_query"]))
    if "my_chat_member" in update:
        return _membership(number, _map(update["my_chat_member"]))
    return Update(id=number, kind=Kind.SKIPPED, why=next((k for k in update if k != "update_id"), "empty")[:64])


def _message(number: int, message: Mapping[str, Any], *, edited: bool) -> Update:
    chat, sender = _map(message.get("chat")), _map(message.get("from"))
    where, who, kind = _whole(chat.get("id")), _whole(sender.get("id")), chat.get("type")
    if where is None or kind not in ("private", "group", "supergroup"):
        return Update(id=number, kind=Kind.SKIPPED, why=f"message in {str(kind)[:32]}")
    if (to := _whole(message.get("migrate_to_chat_id"))) is not None:
        return Update(id=number, kind=Kind.MIGRATED, chat=str(where), group=True, to=str(to))
    if who is None or sender.get("is_bot") is True:
        return Update(id=number, kind=Kind.SKIPPED, why="message of nobody")
    text, files, contact = _content(message), _files(message), _contact(message, who)
    if not (text or files or contact):
        return Update(id=number, kind=Kind.SKIPPED, why="message without words", chat=str(where))
    replied = _map(message.get("reply_to_message"))
    return Update(
        id=number,
        kind=Kind.SAID,
        chat=str(where),
        group=kind != "private",
        sender=str(who),
        language=_line(sender.get("language_code"), 16),
        at=_moment(message.get("edit_date") if edited else message.get("date")),
        text=text,
        edited=edited,
        files=files,
        contact=contact,
        on=_id(replied.get("message_id")),
    )


def _press(number: int, query: Mapping[str, Any]) -> Update:
    sender, message = _map(query.get("from")), _map(query.get("message"))
    chat, who = _map(message.get("chat")), _whole(sender.get("id"))
    where = _whole(chat.get("id"))
    callback = _line(query.get("id"), 128)
    if who is None or where is None:
        return Update(id=number, kind=Kind.SKIPPED, why="press on nothing", callback=callback)
    return Update(
        id=number,
        kind=Kind.PRESSED,
        chat=str(where),
        group=where != who,
        sender=str(who),
        language=_line(sender.get("language_code"), 16),
        on=_id(message.get("message_id")),
        data=_line(query.get("data"), 64),
        callback=callback,
    )


def _membership(number: int, change: Mapping[str, Any]) -> Update:
    chat, after = _map(change.get("chat")), _map(change.get("new_chat_member"))
    where = _whole(chat.get("id"))
    if where is None:
        return Update(id=number, kind=Kind.SKIPPED, why="member of nothing")
    gone = after.get("status") in ("kicked", "left")
    group = chat.get("type") != "private"
    kind = Kind.BLOCKED if gone else Kind.UNBLOCKED
    return Update(id=number, kind=kind, chat=str(where), group=group, at=_moment(change.get("date")))


def _content(message: Mapping[str, Any]) -> str:
    text = message.get("text") or message.get("caption")
    if isinstance(text, str):
        return storable(text)[:MOST_TEXT]
    place = _map(message.get("location") or _map(message.get("venue")).get("location"))
    latitude, longitude = place.get("latitude"), place.get("longitude")
    if isinstance(latitude, (int, float)) and isinstance(longitude, (int, float)):
        venue = _map(message.get("venue"))
        named = " ".join(part for name in ("title", "address") if (part := _line(venue.get(name), 200)))
        return f"{named} ({latitude:.5f}, {longitude:.5f})".strip()
    return ""


def _files(message: Mapping[str, Any]) -> tuple[File, ...]:
    """The one file of a message; of a photo the largest size."""
    sizes = [_map(size) for size in message.get("photo") or () if _map(size).get("file_id")]
    if sizes:
        largest = max(sizes, key=lambda size: (_whole(size.get("width")) or 0) * (_whole(size.get("height")) or 0))
        return (_file(largest, "photo.jpg", "image/jpeg"),)
    kinds = (("document", "file", ""), ("voice", "voice.ogg", "audio/ogg"), ("video", "video.mp4", "video/mp4"))
    others = (("audio", "audio.mp3", ""), ("video_note", "video.mp4", "video/mp4"), ("animation", "video.mp4", ""))
    for name, called, kind in (*kinds, *others):
        found = _map(message.get(name))
        if found.get("file_id"):
            return (_file(found, called, kind),)
    return ()


def _file(found: Mapping[str, Any], called: str, kind: str) -> File:
    name = _line(found.get("file_name"), MOST_NAME) or called
    type_ = _line(found.get("mime_type"), 100).lower() or kind
    return File(_line(found["file_id"], 512), name, type_, max(0, _whole(found.get("file_size")) or 0))


def _contact(message: Mapping[str, Any], sender: int) -> Contact | None:
    contact = _map(message.get("contact"))
    phone = _line(contact.get("phone_number"), 32)
    return Contact(phone, contact.get("user_id") == sender) if phone else None


def storable(text: str) -> str:
    """Without half characters and NUL, which databases refuse."""
    return "".join(c for c in text if c != "\0" and not "\ud800" <= c <= "\udfff")


def _line(value: object, most: int) -> str:
    return storable(value)[:most] if isinstance(value, str) else ""


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53 else None


def _id(value: object) -> str | None:
    number = _whole(value)
    return None if number is None else str(number)


def _moment(value: object) -> datetime | None:
    seconds = _whole(value)
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None and 0 < seconds < LATEST else None
