"""Keys of cookies and links are changed beside a running desk, and nobody is sent away unless that is wanted."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.channels.console.keys import Forged, Signer
from bot.cli import cli
from bot.clock import Clock
from bot.keyring import Keyrings
from storage.database import Database
from storage.keys import LIVES, SETTLES, Use, rotated, usable

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path, template: Path) -> AsyncIterator[Database]:
    shutil.copyfile(template, tmp_path / "huiyin.db")
    opened = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'huiyin.db'}")
    yield opened
    await opened.close()


class HandClock(Clock):
    moment = NOW

    def now(self) -> datetime:
        return self.moment


async def rotate(database: Database, *, at_once: bool) -> None:
    async with database.begin(NOW) as work:
        await work.keys.rotate(Use.COOKIES, at_once=at_once)


def test_a_new_key_signs_once_every_replica_has_read_it_and_the_old_one_reads_until_its_tokens_are_over() -> None:
    old = rotated((), Use.LINKS, NOW, at_once=False)
    ring = rotated(old, Use.LINKS, NOW, at_once=False)
    (first,), fresh = usable(old, NOW), ring[0].secret
    assert usable(ring, NOW) == (first, fresh)
    assert usable(ring, NOW + SETTLES) == (fresh, first)
    assert usable(ring, NOW + SETTLES + LIVES[Use.LINKS]) == (fresh,)


def test_rotated_at_once_nothing_old_is_read() -> None:
    ring = rotated(rotated((), Use.COOKIES, NOW, at_once=False), Use.COOKIES, NOW, at_once=True)
    assert usable(ring, NOW) == (ring[0].secret,)


async def test_two_replicas_never_send_each_others_people_away(database: Database) -> None:
    clock = HandClock()
    one, two = Keyrings(database, clock), Keyrings(database, clock)
    await one.read()
    await two.read()
    assert one.cookies() == two.cookies() != one.links()
    before = Signer(one.cookies).sign("person", ("p",), 2_000_000_000)
    await rotate(database, at_once=False)
    await one.read()
    early = Signer(one.cookies).sign("person", ("p",), 2_000_000_000)
    assert Signer(two.cookies).read("person", early, 0) == ("p",)
    await two.read()
    clock.moment = NOW + SETTLES + timedelta(seconds=1)
    after = Signer(one.cookies).sign("person", ("p",), 2_000_000_000)
    assert after not in (before, early)
    for token in (before, early, after):
        assert Signer(two.cookies).read("person", token, 0) == ("p",)
    links = one.links()
    await rotate(database, at_once=True)
    await two.read()
    assert two.links() == links
    with pytest.raises(Forged):
        Signer(two.cookies).read("person", after, 0)


async def test_the_command_changes_keys_and_ends_codes_only_when_told_to(database: Database, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "sqlite+aiosqlite:///{tmp_path / "huiyin.db"}"\n')
    async with database.begin(NOW) as work:
        person = (await work.people.everybody())[0].id
        codes = [await work.codes.issue(person, timedelta(days=36_500)) for _ in range(2)]
    rings = Keyrings(database, HandClock())
    await rings.read()
    links = rings.links()
    for which in (["cookies"], ["links", "--now"], ["binding"]):
        done = await asyncio.to_thread(CliRunner().invoke, cli, ["rotate-keys", *which, "--config", str(config)])
        assert done.exit_code == 0, done.output
    await rings.read()
    assert len(rings.cookies()) == 2
    assert set(rings.links()).isdisjoint(links)
    async with database.begin(datetime.now(UTC)) as work:
        assert await work.codes.redeem(codes[0]) == person
    args = ["rotate-keys", "binding", "--now", "--config", str(config)]
    done = await asyncio.to_thread(CliRunner().invoke, cli, args)
    assert done.exit_code == 0, done.output
    async with database.begin(datetime.now(UTC)) as work:
        assert await work.codes.redeem(codes[1]) is None
