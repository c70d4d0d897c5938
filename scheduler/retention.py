"""The nightly pruning: once a night however many replicas there are, a page a transaction, harmless to cut short."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from scheduler.sweeps import Begin
from storage.media import MediaStore
from storage.retention import GROWING

log = structlog.get_logger()

DUTY = "retention"
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """How long each thing is kept. `growing` names tables of `storage.retention.GROWING`."""

    growing: Mapping[str, timedelta]
    drafts: timedelta
    media: timedelta
    unused_media: timedelta
    backups: timedelta
    backups_folder: Path | None


class Retention:
    """Prunes what `spans` says is old, first at `at` after it was opened."""

    def __init__(self, begin: Begin, store: MediaStore, spans: Spans, at: time) -> None:
        if missing := GROWING.keys() - spans.growing.keys():
            raise ValueError(f"nobody says how long to keep {missing}")
        self._begin = begin
        self._store = store
        self._spans = spans
        self._at = at
        self._next: datetime | None = None

    async def run_due(self, now: datetime) -> bool:
        """Prune if the night's moment has come and no other replica does; whether this one did."""
        if self._next is None:
            self._next = self._after(now)
        if now < self._next:
            return False
        night, self._next = self._next, self._after(now)
        async with self._begin(now) as work:
            if not await work.duties.claim(DUTY, "", night):
                return False
        counts = await self.prune(now)
        log.info("pruned", **counts)
        return True

    async def prune(self, now: datetime) -> dict[str, int]:
        """Prune everything that is old at this moment; how much of each went."""
        counts = {what: await self._pages(what, now) for what in self._spans.growing}
        async with self._begin(now) as work:
            held = await work.privacy.held()
            counts["drafts"] = await work.retention.prune_drafts(now - self._spans.drafts, held)
            counts["codes"] = await work.retention.prune_codes(now - timedelta(days=1))
        counts["media"] = await self._media(now)
        counts["backups"] = _old_backups(self._spans.backups_folder, now - self._spans.backups)
        return counts

    async def _pages(self, what: str, now: datetime) -> int:
        deleted, after = 0, 0
        while True:
            async with self._begin(now) as work:
                held = await work.privacy.held()
                page = await work.retention.prune(what, now - self._spans.growing[what], held, after)
            deleted += page.deleted
            if page.next_after is None:
                return deleted
            after = page.next_after

    async def _media(self, now: datetime) -> int:
        erased, unused, filed = 0, now - self._spans.unused_media, now - self._spans.media
        while True:
            async with self._begin(now) as work:
                more = await work.retention.erase_media(unused, filed, await work.privacy.held())
            erased += more
            if not more:
                break
        await self._remove_bytes(now)
        return erased

    async def _remove_bytes(self, now: datetime) -> None:
        """Files of erased rows, also those that a cut run left lying."""
        async with self._begin(now) as work:
            removable = await work.media.removable()
        gone = [media for media, digest in removable.items() if await self._store.remove(digest, now)]
        async with self._begin(now) as work:
            await work.media.removed(gone)

    def _after(self, now: datetime) -> datetime:
        local = now.astimezone(ZONE)
        today = datetime.combine(local.date(), self._at, ZONE)
        return (today if today > local else today + timedelta(days=1)).astimezone(now.tzinfo)


def _old_backups(folder: Path | None, before: datetime) -> int:
    """Delete backup files of the folder, never anything else that lies there."""
    if folder is None or not folder.is_dir():
        return 0
    old = [file for file in folder.glob("huiyin-*") if file.is_file() and file.stat().st_mtime < before.timestamp()]
    for file in old:
        file.unlink()
    return len(old)
