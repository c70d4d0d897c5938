"""Backups restored for real: every table and every file compared, on each engine; nothing touched unless it is whole."""

import asyncio
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import inspect, text

from bot.app import App
from bot.channels.console.port import Incoming
from bot.clock import MovableClock
from bot.console_desk import ConsoleDesk
from storage.backlog import BACKED_UP_AT, read_backlog
from storage.backup import postgres_tools
from storage.backup.archive import BackupFailed, BackupRefused
from storage.backup.keeping import restore
from storage.database import Database
from storage.media import MediaStore
from storage.migrations import HEAD
from tests.house_under_test import MONDAY, config_in
from tests.operations.test_stop import Desk, said_in
from tests.postgres import OwnPostgres
from tests.stories.stages import _upload, photo


async def contents(url: str) -> dict[str, list[str]]:
    """Every row of every table, as sorted texts."""
    database = await Database.open(url)
    async with database.engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        found = {name: sorted(map(repr, await connection.execute(text(f'SELECT * FROM "{name}"')))) for name in names}
    await database.close()
    found["settings"] = [row for row in found["settings"] if BACKED_UP_AT not in row]  # noted after the copy was made
    return found


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class Place:
    """A configuration with a database and a media folder, and `huiyin` run on it."""

    def __init__(self, folder: Path, url: str, media: str = "media") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.url = url
        self.media = folder / media
        self.config = folder / "config.toml"
        self.config.write_text(
            f"[database]\nurl = {json.dumps(url)}\n[media]\nfolder = {json.dumps(str(self.media))}\n", encoding="utf-8"
        )

    def run(self, *command: str, **variables: str) -> tuple[int, str]:
        """Exit code, and all that it said."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *command, "--config", str(self.config)],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, **variables},
        )
        return done.returncode, (done.stdout + done.stderr).strip()


def sqlite_url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


NewDatabase = Callable[[str], str]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> NewDatabase:
    """The address of an empty database of the engine, by name."""
    if request.param == "sqlite":
        return lambda name: sqlite_url(tmp_path / name / "huiyin.db")
    server: OwnPostgres = request.getfixturevalue("postgres")
    return lambda name: server.new_database(f"{name}_{uuid.uuid4().hex[:8]}")


@pytest.fixture
async def lived_in(tmp_path: Path, new_database: NewDatabase) -> Place:
    """Sample sites, a complaint with a photo, a number of turns."""
    place = Place(tmp_path / "lived_in", new_database("lived_in"))
    tables = {"database": {"url": place.url}, "media": {"folder": str(place.media)}}
    app = await App.open(config_in(tmp_path / "lived_in", tables), clock=MovableClock(frozen_at=MONDAY), demo=True)
    desk = ConsoleDesk(app, MediaStore(place.media))
    owners = [person.id for person in await desk.people() if person.role == "owner"]
    for number, owner in enumerate(owners[:3], 1):
        media = await desk.store_media(owner, _upload(number))
        await desk.accept(owner, Incoming(text="我要投诉，电梯坏了", media=(media,)))
    await app.settle()
    await app.close()
    return place


async def test_what_is_restored_is_what_was_there(lived_in: Place, tmp_path: Path, new_database: NewDatabase) -> None:
    code, said = lived_in.run("backup", str(tmp_path / "all.tar"))
    assert code == 0, said
    assert "已备份 / backed up" in said
    other = Place(tmp_path / "other", new_database("other"))
    code, said = other.run("restore", str(tmp_path / "all.tar"))
    assert code == 0, said
    was = await contents(lived_in.url)
    assert was == await contents(other.url)
    assert len(was["people"]) > 50
    assert len(was["media"]) == 3
    assert files(lived_in.media) == files(other.media) != {}
    assert (await contents(other.url))["alembic_version"] == [f"('{HEAD}',)"]
    database = await Database.open(lived_in.url)
    async with database.read(MONDAY) as work:
        assert (await read_backlog(work)).backed_up_at is not None
    await database.close()


async def test_only_the_owner_may_read_it(lived_in: Place, tmp_path: Path) -> None:
    lived_in.run("backup", str(tmp_path / "all.tar"))
    assert (tmp_path / "all.tar").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


async def test_it_does_not_overwrite_a_backup(lived_in: Place, tmp_path: Path) -> None:
    (tmp_path / "all.tar").write_text("yesterday's")
    code, said = lived_in.run("backup", str(tmp_path / "all.tar"))
    assert code == 2
    assert "already" in said
    assert len(said.splitlines()) == 1
    assert (tmp_path / "all.tar").read_text() == "yesterday's"


async def test_a_target_in_use_is_not_overwritten_without_force(
    lived_in: Place, tmp_path: Path, new_database: NewDatabase
) -> None:
    lived_in.run("backup", str(tmp_path / "all.tar"))
    other = Place(tmp_path / "other", new_database("other"))
    assert other.run("migrate")[0] == 0
    code, said = other.run("restore", str(tmp_path / "all.tar"))
    assert code == 0, said  # tables without a row are nobody's loss
    database = await Database.open(other.url)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE people SET name = 'changed since'"))
    await database.close()
    (other.media / "aa").mkdir(exist_ok=True)
    (other.media / "aa" / "since.jpg").write_bytes(b"since")
    changed = await contents(other.url)
    code, said = other.run("restore", str(tmp_path / "all.tar"))
    assert (code, len(said.splitlines())) == (2, 1)
    assert "--force" in said
    assert await contents(other.url) == changed
    code, said = other.run("restore", str(tmp_path / "all.tar"), "--force")
    assert code == 0, said
    assert await contents(other.url) == await contents(lived_in.url)
    assert files(other.media) == files(lived_in.media)


async def test_what_is_older_is_migrated_up(lived_in: Place, tmp_path: Path, new_database: NewDatabase) -> None:
    database = await Database.open(lived_in.url)

    def down(connection: Any) -> None:
        from alembic import command
        from alembic.config import Config

        from storage import migrations

        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.downgrade(config, "-1")

    async with database.engine.begin() as connection:
        await connection.run_sync(down)
    older = await database.revision()
    await database.close()
    assert older != HEAD
    assert lived_in.run("backup", str(tmp_path / "old.tar"))[0] == 0
    other = Place(tmp_path / "other", new_database("other"))
    code, said = other.run("restore", str(tmp_path / "old.tar"))
    assert code == 0, said
    found = await contents(other.url)
    assert found["alembic_version"] == [f"('{HEAD}',)"]
    assert found["people"] == (await contents(lived_in.url))["people"]


def rewritten(source: Path, target: Path, change: Callable[[str, bytes], bytes | None], **more: bytes) -> Path:
    """The archive with its members changed: None leaves one out, `more` adds some."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        members = {m.name: old.extractfile(m).read() for m in old}  # type: ignore[union-attr]
        kept = {name: content for name, was in members.items() if (content := change(name, was)) is not None}
        for name, content in {**kept, **more}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            new.addfile(info, io.BytesIO(content))
    return target


def bad_archives(good: Path, folder: Path) -> dict[str, Path]:
    whole = good.read_bytes()
    (folder / "cut.tar").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.tar").write_bytes(b"")
    (folder / "text.tar").write_text("not a tar at all" * 100)

    def manifest(**values: Any) -> Callable[[str, bytes], bytes]:
        return lambda name, was: json.dumps({**json.loads(was), **values}).encode() if name == "manifest.json" else was

    return {
        "cut off": folder / "cut.tar",
        "empty": folder / "empty.tar",
        "no archive": folder / "text.tar",
        "changed database": rewritten(
            good, folder / "db.tar", lambda name, was: was[:-1] + b"!" if name == "database" else was
        ),
        "a file missing": rewritten(
            good, folder / "less.tar", lambda n, was: None if n.endswith(".thumb.jpg") else was
        ),
        "a file too many": rewritten(good, folder / "more.tar", lambda _, was: was, **{"media/xx/evil": b"x"}),
        "a file that climbs out": rewritten(good, folder / "climb.tar", lambda _, was: was, **{"../evil": b"x"}),
        "of a newer version": rewritten(good, folder / "newer.tar", manifest(revision="9999")),
        "another format": rewritten(good, folder / "format.tar", manifest(format=2)),
        "no manifest": rewritten(good, folder / "none.tar", lambda n, was: None if n == "manifest.json" else was),
        "not there": folder / "nowhere.tar",
    }


async def test_what_is_not_whole_is_refused_and_changes_nothing(lived_in: Place, tmp_path: Path) -> None:
    lived_in.run("backup", str(tmp_path / "all.tar"))
    (tmp_path / "bad").mkdir()
    was, had = await contents(lived_in.url), files(lived_in.media)
    for what, bad in bad_archives(tmp_path / "all.tar", tmp_path / "bad").items():
        with pytest.raises(BackupRefused) as refused:
            await asyncio.to_thread(restore, lived_in.url, lived_in.media, bad, force=True)
        assert len(str(refused.value).splitlines()) == 1, what
        assert " / " in str(refused.value)
    assert await contents(lived_in.url) == was
    assert files(lived_in.media) == had
    code, said = lived_in.run("restore", str(tmp_path / "bad" / "cut.tar"), "--force")
    assert (code, len(said.splitlines())) == (2, 1)
    assert not (tmp_path / "evil").exists()


def test_without_a_database_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    place = Place(tmp_path, sqlite_url(tmp_path / "none.db"))
    code, said = place.run("backup", str(tmp_path / "x.tar"))
    assert (code, len(said.splitlines())) == (2, 1)
    assert not (tmp_path / "none.db").exists()
    assert not (tmp_path / "x.tar").exists()


def test_tools_are_found_and_told_the_password_in_the_environment_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Shell builtins only: nothing outside this test's folder is named, let alone written.
    script = f'#!/bin/sh\necho "$@" > {tmp_path}/argv\necho "$PGPASSWORD" > {tmp_path}/password\n'
    (tmp_path / "pg_dump").write_text(script)
    (tmp_path / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    postgres_tools.dump("postgresql+asyncpg://huiyin:s3%23cret@db.example:5433/desk?ssl=require", tmp_path / "out")
    assert "s3#cret" not in (tmp_path / "argv").read_text()
    assert "db.example" not in (tmp_path / "argv").read_text()
    assert (tmp_path / "password").read_text() == "s3#cret\n"
    assert postgres_tools.environment("postgresql+asyncpg://huiyin:s3%23cret@db.example:5433/desk?ssl=require") == {
        "PGHOST": "db.example",
        "PGPORT": "5433",
        "PGUSER": "huiyin",
        "PGPASSWORD": "s3#cret",
        "PGDATABASE": "desk",
        "PGSSLMODE": "require",
        "PGAPPNAME": "huiyin backup",
        "PGCONNECT_TIMEOUT": "10",
    }


async def test_a_serve_in_use_is_not_restored_over(tmp_path: Path, template: Path) -> None:
    shutil.copyfile(template, tmp_path / "demo.db")
    place = Place(tmp_path / "place", sqlite_url(tmp_path / "demo.db"))
    assert place.run("backup", str(tmp_path / "all.tar"))[0] == 0
    desk = Desk(tmp_path / "demo.db")
    await desk.start()
    try:
        code, said = await asyncio.to_thread(place.run, "restore", str(tmp_path / "all.tar"), "--force")
    finally:
        await desk.stop()
    assert (code, len(said.splitlines())) == (2, 1)
    assert "stop it first" in said


async def test_a_backup_beside_a_running_serve_is_of_one_moment(tmp_path: Path, template: Path) -> None:
    shutil.copyfile(template, tmp_path / "demo.db")
    desk = Desk(tmp_path / "demo.db")
    await desk.start()
    place = Place(tmp_path, sqlite_url(tmp_path / "demo.db"), "demo.media")
    stop = asyncio.Event()
    async with aiohttp.ClientSession() as client:
        async with client.get(f"{desk.root}/api/people") as answer:
            people = [person["id"] for person in await answer.json() if person["role"] == "owner"][:8]

        async def talk(person: str) -> None:
            number = 0
            while not stop.is_set():
                number += 1
                form = aiohttp.FormData()
                form.add_field("text", "帮助")
                form.add_field("client_id", f"{person}-{number}")
                form.add_field("files", photo(number), filename="photo.jpg", content_type="image/jpeg")
                async with client.post(f"{desk.root}/api/people/{person}/messages", data=form) as answer:
                    if answer.status == 429:
                        await asyncio.sleep(0.1)

        talking = [asyncio.create_task(talk(person)) for person in people]
        for name in ("one", "two", "three"):
            await asyncio.sleep(0.3)
            code, said = await asyncio.to_thread(place.run, "backup", str(tmp_path / f"{name}.tar"))
            assert code == 0, said
        stop.set()
        await asyncio.gather(*talking)
    await desk.stop()
    sizes = []
    for name in ("one", "two", "three"):
        other = Place(tmp_path / name, sqlite_url(tmp_path / name / "huiyin.db"))
        code, said = other.run("restore", str(tmp_path / f"{name}.tar"))
        assert code == 0, said
        found = await contents(other.url)
        sizes.append(len(await said_in(tmp_path / name / "huiyin.db")))
        database = await Database.open(other.url)
        async with database.engine.connect() as connection:
            halves = "SELECT count(*) FROM console_messages m WHERE client_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.message_id = CAST(m.id AS TEXT))"
            assert (await connection.execute(text(halves))).scalar_one() == 0
            digests = list((await connection.execute(text("SELECT digest FROM media"))).scalars())
        await database.close()
        kept = files(other.media)
        assert found["media"]
        assert all(any(digest in path for path in kept) for digest in digests)
    assert sizes[0] < sizes[-1]


@pytest.mark.postgres
@pytest.mark.parametrize("new_database", ["postgresql"], indirect=True)
async def test_others_connected_to_the_database_stop_a_restore(lived_in: Place, tmp_path: Path) -> None:
    lived_in.run("backup", str(tmp_path / "all.tar"))
    database = await Database.open(lived_in.url)
    async with database.engine.connect():
        code, said = await asyncio.to_thread(lived_in.run, "restore", str(tmp_path / "all.tar"), "--force")
    await database.close()
    assert (code, len(said.splitlines())) == (2, 1)
    assert "stop serve" in said


@pytest.mark.postgres
@pytest.mark.parametrize("new_database", ["postgresql"], indirect=True)
async def test_a_load_that_breaks_off_leaves_what_was_there(
    lived_in: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = tmp_path / "dump"
    postgres_tools.dump(lived_in.url, dump)
    was = await contents(lived_in.url)
    run = postgres_tools._run

    def breaking(url: str, tool: str, *options: str, **more: Any) -> None:
        run(url, tool, *options, **more)
        if tool == "pg_restore":
            with (tmp_path / "restore.sql").open("a") as script:
                script.write("\nSELECT 1/0;\n")

    monkeypatch.setattr(postgres_tools, "_run", breaking)
    with pytest.raises(BackupFailed, match="division by zero"):
        postgres_tools.load(lived_in.url, dump)
    assert await contents(lived_in.url) == was


def test_a_database_that_does_not_answer_is_told_in_one_line(tmp_path: Path) -> None:
    place = Place(tmp_path, "postgresql+asyncpg://u:secret@127.0.0.1:1/x")
    code, said = place.run("backup", str(tmp_path / "x.tar"))
    assert (code, len(said.splitlines())) == (1, 1)
    assert "secret" not in said
