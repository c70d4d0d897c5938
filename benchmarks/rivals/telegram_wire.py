"""Telegram's JSON for one private chat: what a bot receives, and what the platform answers to its sends."""

import itertools
import json
from typing import Any

LOOPBACK = "42:loopback"
"""Has the shape of a bot's token and opens nothing."""
BOT = {"id": 42, "is_bot": True, "first_name": "loopback", "username": "loopback_bot"}
_ids = itertools.count(1)


def text_update(chat: int, text: str) -> dict[str, Any]:
    message: dict[str, Any] = {
        "message_id": next(_ids),
        "date": 1_790_000_000,
        "chat": {"id": chat, "type": "private", "first_name": "业主"},
        "from": {"id": chat, "is_bot": False, "first_name": "业主", "language_code": "zh-hans"},
        "text": text,
    }
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    return {"update_id": next(_ids), "message": message}


def sent_response(chat: int, text: str) -> str:
    message = {
        "message_id": next(_ids),
        "date": 1_790_000_000,
        "chat": {"id": chat, "type": "private", "first_name": "业主"},
        "from": BOT,
        "text": text,
    }
    return json.dumps({"ok": True, "result": message})


def bot_response() -> str:
    return json.dumps({"ok": True, "result": BOT})
