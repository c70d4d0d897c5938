"""What `huiyin doctor` looks at: everything that waits too long, keeps failing, fills up, or was set up by mistake."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from bot.app import App
from scheduler.calendar import known_until
from storage.backlog import Backlog, database_bytes, forgotten, read_backlog
from storage.deadlines import DeadlineRow
from storage.engine import sqlite_path
from storage.inbox import InboxRow

LONGEST_IN_INBOX = timedelta(minutes=1)
LONGEST_IN_OUTBOX = timedelta(minutes=10)
LATEST_PROMISE = timedelta(minutes=1)
OLDEST_BACKUP = timedelta(days=2)
HOLIDAYS_AHEAD = timedelta(days=45)
MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One line, Chinese and English. `wrong`: somebody must do something."""

    text: str
    wrong: bool = False


async def examine(app: App) -> list[Finding]:
    """Everything there is to say about this house, what is wrong first."""
    now = app.clock.now()
    async with app.db.read(now) as work:
        messages, promises = await work.inbox.parked(), await work.deadlines.parked()
        backlog = await read_backlog(work)
        lost = await forgotten(work)
        size = await database_bytes(work)
        sites = [site.name for site in await work.people.sites()]
    found = [*_parked(messages, promises), *_waiting(backlog, now), *_backup(backlog.backed_up_at, now)]
    found += [Finding(f"没有时限在走的投诉 / no clock runs for {number}", wrong=True) for number in lost]
    found += await asyncio.to_thread(lambda: list(_disk(app)))
    found += _configuration(app, sites, now.date())
    found.append(Finding(f"数据库 / database: {size / 1e6:,.1f} MB"))
    return sorted(found, key=lambda finding: not finding.wrong)


def _parked(messages: list[InboxRow], promises: list[DeadlineRow]) -> Iterator[Finding]:
    for row in messages[:MOST_LISTED]:
        when = f"{row.at:%Y-%m-%d %H:%M} UTC"
        yield Finding(
            f"搁置的消息 / parked message {row.id}: {row.channel}, {when}, {_line(row.error)}"
            f" → huiyin doctor --replay {row.id}",
            wrong=True,
        )
    for due in promises[:MOST_LISTED]:
        when = f"{due.due_at:%Y-%m-%d %H:%M} UTC"
        yield Finding(f"搁置的时限 / parked promise {due.what} {due.subject}: {when}, {_line(due.outcome)}", wrong=True)
    if (more := max(0, len(messages) - MOST_LISTED) + max(0, len(promises) - MOST_LISTED)) > 0:
        yield Finding(f"还有 {more} 项搁置 / {more} more are parked", wrong=True)


def _waiting(backlog: Backlog, now: datetime) -> Iterator[Finding]:
    inbox, late = backlog.inbox, backlog.late
    yield Finding(
        f"待处理消息 / messages waiting: {inbox.count}{_since(inbox.age(now))}",
        wrong=inbox.age(now) > LONGEST_IN_INBOX.total_seconds(),
    )
    yield Finding(
        f"过时未办的时限 / promises past their moment: {late.count}{_since(late.age(now))}",
        wrong=late.age(now) > LATEST_PROMISE.total_seconds(),
    )
    for (channel, lane), queue in sorted(backlog.outbox.items()):
        yield Finding(
            f"待发送 / to be sent: {channel}, {lane}: {queue.count}{_since(queue.age(now))}",
            wrong=queue.age(now) > LONGEST_IN_OUTBOX.total_seconds(),
        )


def _backup(backed_up_at: datetime | None, now: datetime) -> Iterator[Finding]:
    if backed_up_at is None:
        yield Finding("还没有用 huiyin backup 备份过 / never backed up with huiyin backup")
        return
    age = now - backed_up_at
    days = age.total_seconds() / 86400
    yield Finding(f"上次备份在 {days:.1f} 天前 / last backup {days:.1f} days ago", wrong=age > OLDEST_BACKUP)


def _disk(app: App) -> Iterator[Finding]:
    media = Path(app.config.media.folder)
    file = sqlite_path(app.config.database.url)
    for place in (media, *([file] if file is not None else [])):
        there = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
        free = shutil.disk_usage(there).free // 1024**2
        low = free < app.config.server.disk_floor_mb
        yield Finding(f"磁盘剩余 / disk space for {place.name}: {free:,} MiB", wrong=low)
        if not os.access(there, os.W_OK):
            yield Finding(f"不能写入 / cannot be written: {place}", wrong=True)


def _configuration(app: App, sites: list[str], today: date) -> Iterator[Finding]:
    config = app.config
    yield from (Finding(line, wrong=True) for line in config.unknown_sites(sites))
    if not sites:
        yield Finding("花名册还是空的 / the roster is empty → huiyin roster import FILE")
    if not (config.console.enabled or app.demo or config.telegram.token.get_secret_value() or config.wecom.corp_id):
        yield Finding("没有开启任何渠道 / no channel is switched on: telegram, wecom, console")
    if app.rules("").calendar.national_holidays and known_until() < today + HOLIDAYS_AHEAD:
        yield Finding(
            f"节假日表只到 {known_until()}，请升级 chinesecalendar / "
            f"holidays are known until {known_until()}, upgrade chinesecalendar"
        )
    if config.log.level == "debug":
        yield Finding("日志级别是 debug，日志会很多 / the log level is debug, the log will be long")
    if not config.media.seal_keys:
        yield Finding("未设 media.seal_keys，不收证件照 / no media.seal_keys: copies of identity papers are refused")


def _since(seconds: float) -> str:
    return f"，最早 / oldest {seconds:,.0f} s" if seconds else ""


def _line(text: str) -> str:
    """An error in one line that is no longer than a line should be."""
    return " ".join(text.split())[:160]
