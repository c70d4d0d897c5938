"""Files that people send: fetched as soon as their message is safe, and before it is handled."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import structlog
from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot.channels.telegram.receiver import backing_off
from bot.channels.telegram.wire import Wire
from bot.network import House
from storage.inbox import InboxRow
from storage.media import MediaRefused, MediaStore, TooLarge
from storage.work import Work

log = structlog.get_logger()

TRIES = 5
SECONDS = 60.0
SIDE_BY_SIDE = 8
LOST = "b/file_lost//"
REFUSED = "b/file_refused//"
TOO_BIG = "b/file_too_big//"


class Fetching:
    """`fetch` each message that waits for files; a message whose files cannot be had is handled all the same."""

    def __init__(self, bot: Bot, wire: Wire, house: House, media: MediaStore) -> None:
        self._bot = bot
        self._wire = wire
        self._house = house
        self._media = media
        self._turns = asyncio.Semaphore(SIDE_BY_SIDE)
        self._in_hand: set[int] = set()

    async def waiting(self) -> list[InboxRow]:
        """Messages that wait for files and that nobody here has in hand: after a start, or another's death."""
        async with self._house.begin(self._house.clock.now()) as work:
            return [row for row in await work.inbox.held("telegram") if row.id not in self._in_hand]

    async def fetch(self, row: InboxRow) -> None:
        """Store its files and let it go on."""
        if row.id in self._in_hand:
            return
        self._in_hand.add(row.id)
        try:
            async with self._turns:
                await self._fetch(row)
        except Exception:
            log.exception("files_not_fetched", inbox=row.id)
        finally:
            self._in_hand.discard(row.id)

    async def _fetch(self, row: InboxRow) -> None:
        stored, press = [], None
        for file in row.payload["fetch"]:
            try:
                stored.append(await self._stored(file))
            except TooLarge:
                press = TOO_BIG
            except MediaRefused:
                press = REFUSED
            except (TelegramError, FileNotFoundError, OSError):
                log.warning("file_lost", inbox=row.id)
                press = LOST
        async with self._house.begin(self._house.clock.now()) as work:
            files = [self._row(work, found, row) for found in stored]
            await work.flush()
            await work.inbox.let_go(row.id, _payload(row.payload, files, press))
        self._house.arrived()

    async def _stored(self, file: dict[str, str]) -> Any:
        for attempt in range(TRIES):
            try:
                found = await self._bot.get_file(file["id"])
                return await self._media.store(self._content(found.file_path or ""), file["name"], file["type"])
            except BadRequest as error:
                if "too big" in error.message:
                    raise TooLarge(error.message) from error
                raise
            except TelegramError:
                if attempt == TRIES - 1:
                    raise
            await backing_off(attempt)
        raise FileNotFoundError(file["id"])

    async def _content(self, url: str) -> AsyncIterator[bytes]:
        async for chunk in self._wire.download(url, SECONDS):
            yield chunk

    @staticmethod
    def _row(work: Work, stored: Any, row: InboxRow) -> dict[str, str]:
        media = work.media.add_stored(stored, row.person or "")
        return {"media": media, "name": stored.name, "type": stored.type}


def _payload(before: dict[str, Any], files: list[dict[str, str]], press: str | None) -> dict[str, Any]:
    kept = {name: value for name, value in before.items() if name != "fetch"}
    return kept | {"files": files} | ({"press": press} if press else {})
