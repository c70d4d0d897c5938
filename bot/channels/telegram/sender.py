"""Sends one message of the ledger with python-telegram-bot's `Bot`, and says what came of it.

A message may take several calls: files, then the parts of a long text. How far it got is remembered while this process
lives, so that a second try goes on where the first one ended.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import structlog
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    KeyboardButton,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from bot.channels.telegram.rendering import MOST_CAPTION, Keyboard, Shown, html, shown, units
from bot.channels.telegram.wire import Ill, NotSent
from bot.sending import Later, Moved, Outcome, Rate, Refused, Sent, Unknown
from bot.settings import DeliverySettings
from storage.ledger import Sendable

log = structlog.get_logger()

CHAT_BURST, GROUP_BURST, WHOLE_BURST = 3, 5, 8
REMEMBERED = 4_096
EVERYBODY = 3
"""So many chats told to wait within `MOMENT` seconds: it is the account."""
MOMENT = 5.0
ILL_SECONDS = 60.0
ALBUM = 10
PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
GONE = ("bot was blocked by the user", "user is deactivated", "bot was kicked", "bot is not a member", "chat not found")
"""Nothing reaches this address until somebody writes from it again."""
TO_BE_SENT_ANEW = (
    "message to edit not found",
    "message can't be edited",
    "there is no text in the message to edit",
    "message_id_invalid",
)
OPEN = ("q/",)
"""Choices that lose their sense when the conversation goes on."""


class Attached:
    """A file on its way out: its content, and whether it may not be passed on (copies of personal papers)."""

    def __init__(self, name: str, type_: str, content: bytes, *, personal: bool) -> None:
        self.name, self.type, self.content, self.personal = name, type_, content, personal


FilesOf = Callable[[Sequence[dict[str, str]]], Awaitable[list[Attached]]]
Call = Callable[[], Awaitable[str | None]]
"""One call; gives the message id where the message is the one that is edited and answered later."""


class TelegramSender:
    """One bot. `files_of` reads attachments; what is gone is left out."""

    channel = "telegram"
    takes_keys = False

    def __init__(self, bot: Bot, rules: DeliverySettings, files_of: FilesOf) -> None:
        self._bot = bot
        self._files_of = files_of
        self.chat = (Rate(rules.telegram_chat_per_second, 1.0, CHAT_BURST),)
        self.group = (Rate(rules.telegram_group_per_minute, 60.0, GROUP_BURST),)
        self.whole = (Rate(rules.telegram_per_second, 1.0, WHOLE_BURST),)
        self._done: OrderedDict[int, tuple[int, str | None]] = OrderedDict()
        """Of each message begun: how many calls have come off, and its id."""
        self._open: OrderedDict[str, str] = OrderedDict()
        """Of each chat the message whose question is still open: courtesy only, lost with the process."""
        self._told_to_wait: deque[tuple[float, str]] = deque(maxlen=EVERYBODY)

    @property
    def limits(self) -> tuple[Rate, ...]:
        return self.whole

    def limits_of(self, address: str) -> tuple[Rate, ...]:
        return self.group if address.startswith("-") else self.chat

    async def close(self) -> None:
        await self._bot.request.shutdown()

    async def send(self, message: Sendable) -> Outcome:
        address = message.address or ""
        try:
            return await self._send(message, int(address))
        except RetryAfter as error:
            seconds = error.retry_after
            wait = float(seconds if isinstance(seconds, int) else seconds.total_seconds())
            return Later("429", wait, everybody=self._is_everybody(address))
        except ChatMigrated as error:
            return Moved(str(error.new_chat_id))
        except Forbidden as error:
            return Refused(_code(error), gone=True)
        except InvalidToken:
            log.error("telegram_token_refused")
            return Later("token", ILL_SECONDS, everybody=True)
        except NotSent:
            return Later("unreachable")
        except Ill as error:
            return Unknown(str(error.status)) if error.status in (502, 504) else Later(str(error.status))
        except TimedOut:
            return Unknown("timeout")
        except BadRequest as error:  # a NetworkError by its class, but an answer
            return Refused(_code(error), gone=any(word in error.message.lower() for word in GONE))
        except NetworkError:
            return Unknown("connection")

    async def _send(self, message: Sendable, chat: int) -> Outcome:
        files = await self._files_of(message.attachments)
        content = shown(message.id, message.text, message.choices)
        if message.target is not None and not files and not content.asks and len(content.parts) == 1:
            edited = await self._edit(chat, int(message.target), content)
            if edited:
                self._remember_open(message, message.target)
                return Sent(message.target)
        calls = self._calls(message, chat, content, files)
        done, given = self._done.get(message.id, (0, None))
        for number, call in enumerate(calls[done:], done + 1):
            given = await call() or given
            self._done[message.id] = number, given
        self._done.pop(message.id, None)
        while len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
        more = len(calls) - done - 1 + await self._close_question(message, chat, given)
        self._remember_open(message, given)
        return Sent(given or "", calls=1 + max(0, more))

    async def _edit(self, chat: int, target: int, content: Shown) -> bool:
        """False when the message is there no longer, or cannot become this one."""
        try:
            await self._bot.edit_message_text(
                content.parts[0],
                chat_id=chat,
                message_id=target,
                parse_mode="HTML",
                reply_markup=inline(content.keyboard),
                link_preview_options=NO_PREVIEW,
            )
        except BadRequest as error:
            said = error.message.lower()
            if "message is not modified" in said:
                return True
            if any(word in said for word in TO_BE_SENT_ANEW):
                return False
            raise
        return True

    def _calls(self, message: Sendable, chat: int, content: Shown, files: list[Attached]) -> list[Call]:
        """Files first, so that the words with their buttons stand last."""
        text, plain = content.parts[-1], message.text
        alone = len(files) == 1 and len(content.parts) == 1 and not content.asks and units(plain) <= MOST_CAPTION
        if alone:
            return [partial(self._file, chat, files[0], text, content.keyboard)]
        return [
            *(partial(self._album, chat, batch) for batch in _albums(files)),
            *(partial(self._text, chat, part, message, None) for part in content.parts[:-1]),
            partial(self._text, chat, text, message, content),
        ]

    async def _text(self, chat: int, text: str, message: Sendable, content: Shown | None) -> str | None:
        answers = ReplyParameters(int(message.reply_to), allow_sending_without_reply=True) if message.reply_to else None
        sent = await self._bot.send_message(
            chat,
            text,
            parse_mode="HTML",
            reply_markup=_markup(content) if content else None,
            reply_parameters=answers,
            link_preview_options=NO_PREVIEW,
            disable_notification=message.lane == "bulk",
        )
        return str(sent.message_id) if content else None

    async def _file(self, chat: int, file: Attached, caption: str, keyboard: Keyboard) -> str:
        common: dict[str, Any] = {
            "caption": caption,
            "parse_mode": "HTML",
            "reply_markup": inline(keyboard),
            "protect_content": file.personal,
        }
        if file.type in PHOTOS:
            sent = await self._bot.send_photo(chat, file.content, filename=file.name, **common)
        else:
            sent = await self._bot.send_document(chat, file.content, filename=file.name, **common)
        return str(sent.message_id)

    async def _album(self, chat: int, files: list[Attached]) -> None:
        personal = any(file.personal for file in files)
        if len(files) == 1:
            await self._file(chat, files[0], html(""), [])
            return
        kind = InputMediaPhoto if files[0].type in PHOTOS else InputMediaDocument
        media = [kind(file.content, filename=file.name) for file in files]
        await self._bot.send_media_group(chat, media, protect_content=personal)

    async def _close_question(self, message: Sendable, chat: int, given: str | None) -> int:
        """Take the buttons off the question before this one, which was answered in words; how many calls it took."""
        before = self._open.get(str(chat))
        if message.lane != "reply" or before is None or before == given:
            return 0
        del self._open[str(chat)]
        try:
            await self._bot.edit_message_reply_markup(chat_id=chat, message_id=int(before))
        except (BadRequest, Forbidden, NetworkError, RetryAfter) as error:
            log.info("question_not_closed", reason=type(error).__name__)
        return 1

    def _remember_open(self, message: Sendable, given: str | None) -> None:
        chat = str(message.address)
        if given and any(value.startswith(OPEN) for _, value, _ in message.choices):
            self._open[chat] = given
            self._open.move_to_end(chat)
            while len(self._open) > REMEMBERED:
                self._open.popitem(last=False)
        elif self._open.get(chat) == given:
            self._open.pop(chat, None)

    def _is_everybody(self, chat: str) -> bool:
        moment = asyncio.get_running_loop().time()
        self._told_to_wait.append((moment, chat))
        lately = {told for at, told in self._told_to_wait if at > moment - MOMENT}
        return len(lately) >= EVERYBODY


def _albums(files: list[Attached]) -> list[list[Attached]]:
    """Photos together, other files together, at most ten in one."""
    photos = [file for file in files if file.type in PHOTOS]
    others = [file for file in files if file.type not in PHOTOS]
    return [kind[start : start + ALBUM] for kind in (photos, others) for start in range(0, len(kind), ALBUM)]


def _markup(content: Shown) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    if not content.asks:
        return inline(content.keyboard)
    rows = [[KeyboardButton(label, request_contact=number == 0)] for number, label in enumerate(content.asks)]
    return ReplyKeyboardMarkup(rows, resize_keyboard=True, one_time_keyboard=True)


def inline(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    if not keyboard:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(k.label, callback_data=k.data) for k in row] for row in keyboard]
    )


def _code(error: BadRequest | Forbidden) -> str:
    """The service's own words, without what stands before the colon."""
    return error.message.rpartition(": ")[2].strip().lower()[:80].replace(" ", "_") or "refused"
