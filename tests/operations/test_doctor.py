"""`huiyin doctor`: says what is wrong and what to do, exit code 1 when anything is, 0 when nothing is."""

import asyncio
import json
import shutil
from collections import namedtuple
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import checkup
from bot.cli import cli
from bot.clock import SystemClock
from domain.decision import Promise
from storage.backlog import BACKED_UP_AT
from storage.database import Database
from storage.inbox import InboxMessage
from storage.outbox import OutboxMessage

NOW = SystemClock().now()
Disk = namedtuple("Disk", "total used free")  # noqa: PYI024 - as shutil.disk_usage answers


@pytest.fixture
async def database(tmp_path: Path, template: Path) -> Database:
    shutil.copyfile(template, tmp_path / "huiyin.db")
    return await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'huiyin.db'}")


def doctor(folder: Path, *options: str, tables: str = "[console]\nenabled = true\n") -> tuple[int, str]:
    config = folder / "config.toml"
    url = json.dumps(f"sqlite+aiosqlite:///{folder / 'huiyin.db'}")
    media = json.dumps(str(folder / "media"))
    config.write_text(f"[database]\nurl = {url}\n[media]\nfolder = {media}\n{tables}", encoding="utf-8")
    done = CliRunner().invoke(cli, ["doctor", *options, "--config", str(config)])
    return done.exit_code, done.output


def test_a_sound_house(tmp_path: Path, template: Path) -> None:
    shutil.copyfile(template, tmp_path / "huiyin.db")
    code, said = doctor(tmp_path)
    assert code == 0, said
    assert "✗" not in said
    assert "一切正常 / all is well" in said
    for what in ("数据库 / database", "磁盘剩余 / disk space", "never backed up"):
        assert what in said


async def test_what_is_parked_late_and_stuck_is_named_with_what_to_do(tmp_path: Path, database: Database) -> None:
    async with database.begin(NOW - timedelta(minutes=20)) as work:
        person = (await work.people.everybody())[0].id
        message = {"channel": "console", "address": person, "payload": {"text": "王女士 13800138000"}, "at": NOW}
        parked, _ = await work.inbox.add([InboxMessage(message_id=str(n), **message) for n in range(2)])
        work.inbox.park(parked, "ValueError: broken\n  second line")
        work.outbox.post(OutboxMessage(person=person, lane="urgent", text="急"))
        promise = Promise("T2", "1", "CP-4.2.2a", NOW - timedelta(hours=1))
        work.deadlines.reconcile("complaint", "TS20261123-0001", [promise], "花园")
    async with database.begin(NOW - timedelta(minutes=20)) as work:
        (row,) = await work.deadlines.due(NOW)
        work.deadlines.park(row, "OSError()")
        later = Promise("T3", "1", "CP-4.2.2b", NOW - timedelta(hours=1))
        work.deadlines.reconcile("complaint", "TS20261123-0002", [later], "花园")
        work.settings.set(BACKED_UP_AT, (NOW - timedelta(days=3)).isoformat())
    await database.close()
    code, said = await asyncio.to_thread(doctor, tmp_path)
    assert code == 1
    wrong = [line for line in said.splitlines() if line.startswith("✗")]
    for what in (
        f"parked message {parked}: console",
        f"huiyin doctor --replay {parked}",
        "ValueError: broken second line",
        "parked promise T2 TS20261123-0001",
        "messages waiting: 1，最早 / oldest 1,",
        "promises past their moment: 1",
        "console, urgent: 1",
        "last backup 3.0 days ago",
    ):
        assert any(what in line for line in wrong), said
    assert "13800138000" not in said
    assert said.splitlines()[: len(wrong)] == wrong
    code, said = await asyncio.to_thread(doctor, tmp_path, "--replay", str(parked))
    assert (code, "will be handled again" in said) == (0, True)
    code, said = await asyncio.to_thread(doctor, tmp_path, "--replay", str(parked))
    assert (code, len(said.splitlines())) == (2, 1)


def test_the_disk_and_the_configuration(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copyfile(template, tmp_path / "huiyin.db")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(1, 1, 1024**2))
    monkeypatch.setattr(checkup, "known_until", NOW.date)
    code, said = doctor(tmp_path, tables='[sites."没有的楼盘".complaint]\nresolve_hours = 8\n')
    assert code == 1
    wrong = [line for line in said.splitlines() if line.startswith("✗")]
    for what in ("disk space", "no such site"):
        assert any(what in line for line in wrong), said
    assert "upgrade chinesecalendar" in said
    assert f"{len(wrong)} to be seen to" in said


def test_what_a_new_house_still_needs_is_told(tmp_path: Path) -> None:
    code, said = doctor(tmp_path, tables="")
    assert code == 0
    for what in ("huiyin roster import", "no channel is switched on"):
        assert what in said
