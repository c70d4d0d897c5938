"""One bot: its sender, its receive loop or webhook, and what is done outside once an update is safe."""

import asyncio
import hmac
import json
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import structlog
from aiohttp import web
from telegram import Bot, BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats
from telegram.error import TelegramError

from bot.channels.telegram.fetching import Fetching
from bot.channels.telegram.meaning import CHANNEL, Understood
from bot.channels.telegram.receiver import Receiver, backing_off
from bot.channels.telegram.rendering import shown
from bot.channels.telegram.sender import Attached, TelegramSender, inline
from bot.channels.telegram.updates import ALLOWED
from bot.channels.telegram.wire import Wire
from bot.dialogue.text import render
from bot.network import House
from bot.settings import DeliverySettings, TelegramSettings
from storage.media import MediaStore

log = structlog.get_logger()

WEBHOOK = "/telegram/webhook"
SECRET = "X-Telegram-Bot-Api-Secret-Token"
POLL_SECONDS = 50
MOST_UPDATES = 100
MOST_BODY = 1024 * 1024
LEASE = "poll:telegram"
LOOK_SECONDS = 30.0
"""How often files left waiting by somebody who died are looked for."""


class Telegram:
    """`attach` the house, then `run`; without running, `poll_once` and `settle` do one step (tests and demos)."""

    channel = CHANNEL

    def __init__(self, settings: TelegramSettings, rules: DeliverySettings, media: MediaStore, public_url: str) -> None:
        self._settings = settings
        self._media = media
        self._public_url = public_url
        self._rules = rules
        root, self._token = settings.api_base.rstrip("/"), settings.token.get_secret_value()
        self._api = f"{root}/bot{self._token}"
        self._wire = Wire()
        self.bot = Bot(
            self._token,
            base_url=f"{root}/bot",
            base_file_url=f"{root}/file/bot",
            request=self._wire,
            get_updates_request=self._wire,
        )
        self.sender = TelegramSender(self.bot, rules, self._files_of)
        self._offset = 0
        self._doing: set[asyncio.Task[None]] = set()

    def attach(self, house: House) -> None:
        self._house = house
        self.receiver = Receiver(house, self._after)
        self._fetching = Fetching(self.bot, self._wire, house, self._media)

    # -------------------------------------------------------------------------------------------------- receiving

    async def run(self) -> None:
        """Say what we are, then receive until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_for_files())
            tasks.create_task(self._set_up())
            if self._settings.mode == "polling":
                tasks.create_task(self._poll())

    async def poll_once(self, seconds: int = 0) -> int:
        """Ask for updates, keep them, and how many there were; the service forgets them with the next call."""
        parameters = {
            "offset": self._offset,
            "limit": MOST_UPDATES,
            "timeout": seconds,
            "allowed_updates": list(ALLOWED),
        }
        status, answer = await self._wire.raw(f"{self._api}/getUpdates", parameters, seconds + 15.0)
        if status != 200 or not isinstance(answer, dict) or not isinstance(answer.get("result"), list):
            described = answer.get("description") if isinstance(answer, dict) else None
            raise Unavailable(status, str(described or "")[:200], _retry_after(answer))
        updates = answer["result"]
        await self.receiver.take(updates)
        ids = [u["update_id"] for u in updates if isinstance(u, dict) and isinstance(u.get("update_id"), int)]
        if ids:
            self._offset = max(ids) + 1  # only now: what was asked for before is committed
        return len(updates)

    async def _poll(self) -> None:
        failures = 0
        while True:
            if not await self._hold():
                self._offset = 0
                await asyncio.sleep(self._rules.holder_seconds / 3)
                continue
            try:
                await self._poll_while_held()
                failures = 0
            except Unavailable as error:
                log.warning("telegram_not_polled", status=error.status, reason=error.reason)
                await asyncio.sleep(error.seconds) if error.seconds else await backing_off(min(failures, 10))
                failures += 1
            except Exception:
                log.exception("telegram_not_polled")
                await backing_off(min(failures, 10))
                failures += 1

    async def _poll_while_held(self) -> None:
        """One long poll; meanwhile the lease is kept, and lost, the poll is given up: nothing of it is confirmed."""
        polling = asyncio.get_running_loop().create_task(self.poll_once(POLL_SECONDS))
        try:
            while not polling.done():
                await asyncio.wait([polling], timeout=self._rules.holder_seconds / 3)
                if not polling.done() and not await self._hold():
                    return
            polling.result()
        finally:
            polling.cancel()

    async def _hold(self) -> bool:
        now = self._house.clock.now()
        until = now + timedelta(seconds=self._rules.holder_seconds)
        try:
            async with self._house.begin(now) as work:
                return await work.leases.hold(LEASE, self._house.replica, until) is not None
        except Exception:
            log.exception("poll_lease_not_held")
            return False

    async def let_go(self) -> None:
        """Leave polling to the next replica, and finish what is in hand."""
        if self._doing:
            await asyncio.wait(self._doing, timeout=5)
        if self._settings.mode == "polling":
            async with self._house.begin(self._house.clock.now()) as work:
                await work.leases.release(LEASE, self._house.replica)

    # ---------------------------------------------------------------------------------------------------- webhook

    def add_routes(self, served: web.Application) -> None:
        if self._settings.mode == "webhook":
            served.router.add_post(WEBHOOK, self.webhook)

    async def webhook(self, request: web.Request) -> web.Response:
        """200 once the update is committed; anything else makes the service come again."""
        secret = self._settings.webhook_secret.get_secret_value()
        if not hmac.compare_digest(request.headers.get(SECRET, "").encode(), secret.encode()):
            return web.Response(status=403)
        body = bytearray()
        async for chunk in request.content.iter_chunked(64 * 1024):
            body += chunk
            if len(body) > MOST_BODY:
                return web.Response(status=413)
        update = _json(bytes(body))
        if update is None:
            return web.Response(status=400)
        try:
            await self.receiver.take([update])
        except Exception:
            log.exception("webhook_not_kept")
            return web.Response(status=503, headers={"Retry-After": "1"})
        return web.Response()

    # ------------------------------------------------------------------------------------------- what follows after

    def _after(self, understood: Understood) -> None:
        if understood.update.callback:
            self._begin(self._answer(understood))
        if understood.page is not None:
            self._begin(self._turn(understood))
        if understood.files and understood.inbox is not None:
            self._begin(self.fetch_waiting())

    def _begin(self, action: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(action)
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)

    async def settle(self) -> None:
        """Wait for answers to presses and for files."""
        while self._doing:
            await asyncio.wait(set(self._doing))

    async def _answer(self, understood: Understood) -> None:
        """At once: the press is safe; what comes of it comes as a message."""
        toast = render(understood.toast, understood.language) if understood.toast else None
        try:
            await self.bot.answer_callback_query(understood.update.callback, toast)
        except TelegramError as error:
            log.info("press_not_answered", reason=error.message)

    async def _turn(self, understood: Understood) -> None:
        if understood.page is None or understood.update.on is None:
            return
        ledger, offering, page = understood.page
        content = shown(ledger, offering.text, offering.choices, page)
        try:
            await self.bot.edit_message_reply_markup(
                chat_id=int(understood.update.chat),
                message_id=int(understood.update.on),
                reply_markup=inline(content.keyboard),
            )
        except TelegramError as error:
            log.info("page_not_turned", reason=error.message)

    async def fetch_waiting(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for row in await self._fetching.waiting():
                tasks.create_task(self._fetching.fetch(row))

    async def _look_for_files(self) -> None:
        while True:
            try:
                await self.fetch_waiting()
            except Exception:
                log.exception("files_not_looked_for")
            await asyncio.sleep(LOOK_SECONDS)

    async def _files_of(self, attachments: Sequence[dict[str, str]]) -> list[Attached]:
        if not attachments:
            return []
        async with self._house.begin(self._house.clock.now()) as work:
            rows = await work.media.get_many([file["media"] for file in attachments])
        found = []
        for file in attachments:
            row = rows.get(file["media"])
            if row is None or row.erased:
                continue
            try:
                content = await self._media.content(row)
            except FileNotFoundError:
                continue
            found.append(Attached(file["name"], row.type, content, personal=row.sealed))
        return found

    # ----------------------------------------------------------------------------------------------------- set-up

    async def _set_up(self) -> None:
        """Webhook or none, and the commands shown below the slash; tried until it comes off."""
        for attempt in count():
            try:
                await self.set_up()
                return
            except TelegramError as error:
                log.warning("telegram_not_set_up", reason=error.message)
            except Exception:
                log.exception("telegram_not_set_up")
            await backing_off(min(attempt, 10))

    async def set_up(self) -> None:
        """Raises TelegramError."""
        secret = self._settings.webhook_secret.get_secret_value()
        if self._settings.mode == "webhook":
            url = f"{self._public_url.rstrip('/')}{WEBHOOK}"
            await self.bot.set_webhook(
                url, secret_token=secret, allowed_updates=list(ALLOWED), drop_pending_updates=False
            )
        else:
            await self.bot.delete_webhook(drop_pending_updates=False)
        for language, commands in self._house.commands.items():
            code = None if language == "zh" else language
            in_groups = [BotCommand("link", commands["link"])] if "link" in commands else []
            private = [BotCommand(name, text) for name, text in commands.items() if name != "link"]
            await self.bot.set_my_commands(private, BotCommandScopeAllPrivateChats(), code)
            await self.bot.set_my_commands(in_groups, BotCommandScopeAllGroupChats(), code)


class Unavailable(RuntimeError):
    """The service did not give updates: 409 while another polls or a webhook is set, 429, 5xx."""

    def __init__(self, status: int, reason: str, seconds: float) -> None:
        super().__init__(f"{status} {reason}")
        self.status, self.reason, self.seconds = status, reason, seconds


def _retry_after(answer: object) -> float:
    parameters = answer.get("parameters") if isinstance(answer, dict) else None
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(seconds) if isinstance(seconds, (int, float)) else 0.0


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
