"""Take a backup and put one back, on either engine."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.backlog import BACKED_UP_AT
from storage.backup import archive, postgres_tools, sqlite_file
from storage.backup.archive import DATABASE, MEDIA, BackupFailed, BackupRefused, Manifest, Progress, media_files
from storage.database import Database
from storage.engine import sqlite_path
from storage.errors import AlreadyServing
from storage.migrations import knows

_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


def _nothing(_bytes: int) -> None:
    """Nobody watches the progress."""


def size(url: str, media: Path) -> int:
    """Bytes on the disk that a backup will read, as far as this machine can know."""
    file = sqlite_path(url)
    return (file.stat().st_size if file and file.exists() else 0) + sum(f.stat().st_size for f in media_files(media))


def back_up(
    url: str, media: Path, target: Path, *, program: str, now: datetime, progress: Progress = _nothing
) -> Manifest:
    """Write the archive `target`; `serve` may go on beside it.

    The database comes first: a file is stored before the row that names it, so every row finds its file. Raises
    BackupRefused, BackupFailed.
    """
    target = target.absolute()
    if target.exists():
        raise BackupRefused(f"已有这个文件，不覆盖 / it exists already and is not overwritten: {target}")
    if not target.parent.is_dir():
        raise BackupRefused(f"没有这个目录 / there is no such folder: {target.parent}")
    _need_room(target.parent, size(url, media))
    with _hidden_folder(target.parent) as folder:
        copy = folder / DATABASE
        file = sqlite_path(url)
        if file is not None:
            revision = sqlite_file.snapshot(file, copy)
        else:
            postgres_tools.dump(url, copy)
            revision = asyncio.run(_revision(url))
        about = {
            "made_at": now.isoformat(timespec="seconds"),
            "program": program,
            "engine": "sqlite" if file is not None else "postgresql",
            "revision": revision,
        }
        return archive.write(target, copy, media, about, progress)


async def note_backup(url: str, now: datetime) -> None:
    """Let doctor and metrics know of it."""
    database = await Database.open(url)
    try:
        async with database.begin(now) as work:
            work.settings.set(BACKED_UP_AT, now.isoformat())
    finally:
        await database.close()


def restore(url: str, media: Path, source: Path, *, force: bool, progress: Progress = _nothing) -> Manifest:
    """Put the archive in the place of database and media, and migrate it to this program's tables.

    Nothing is touched before the whole archive has been checked. Raises BackupRefused, BackupFailed.
    """
    manifest = archive.read_manifest(source)
    file = sqlite_path(url)
    engine = "sqlite" if file is not None else "postgresql"
    if manifest.engine != engine:
        raise BackupRefused(
            f"备份来自 {manifest.engine}，配置是 {engine} / the backup is of {manifest.engine}, configured is {engine}"
        )
    if not knows(manifest.revision):
        raise BackupRefused(
            f"备份由更新的版本（{manifest.program}）所做，请先升级 / "
            f"made by a newer version ({manifest.program}), upgrade first"
        )
    asyncio.run(_Restore(url, media, file, force).run(source, manifest, progress))
    return manifest


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Turn what the disk or the database says into BackupFailed."""
    try:
        yield
    except OSError as error:
        raise BackupFailed(f"{error.strerror or error} {error.filename or ''}".strip()) from error
    except DBAPIError as error:
        raise BackupFailed(f"数据库不通 / the database does not answer: {error.orig}".splitlines()[0]) from error


class _Restore:
    def __init__(self, url: str, media: Path, file: Path | None, force: bool) -> None:
        self._url = url
        self._media = media
        self._file = file
        self._force = force

    async def run(self, source: Path, manifest: Manifest, progress: Progress) -> None:
        database = await Database.open(self._url)
        try:
            _alone(database)
            if self._file is None:
                await self._nobody_connected(database)
            if not self._force and not (await self._empty(database) and _no_files(self._media)):
                raise BackupRefused(
                    "目标库或媒体目录不是空的，确要覆盖请加 --force / "
                    "the database or the media folder is not empty; --force replaces them"
                )
            self._media.mkdir(parents=True, exist_ok=True)
            _need_room(self._media, sum(file.size for file in manifest.files.values()))
            with _hidden_folder(self._media) as folder:
                archive.unpack(source, manifest, folder, progress)
                await self._put_database(folder / DATABASE, manifest, database)
                self._put_media(folder / MEDIA)
            await database.migrate()
        finally:
            await database.close()

    async def _put_database(self, copy: Path, manifest: Manifest, database: Database) -> None:
        await database.engine.dispose()
        if self._file is None:
            await asyncio.to_thread(postgres_tools.load, self._url, copy)
            if (found := await database.revision()) != manifest.revision:
                raise BackupRefused(f"恢复后的版本不对 / the restored schema is not right: {found}")
            return
        sqlite_file.check(copy, manifest.revision)
        beside = self._file.with_name(f".{self._file.name}.restored")
        shutil.move(copy, beside)  # the database may lie on another disk than the media
        sqlite_file.put_in_place(beside, self._file)

    def _put_media(self, restored: Path) -> None:
        """File by file, as the folder may be a disk of its own; what the backup does not have goes."""
        wanted = {path.relative_to(restored) for path in media_files(restored)}
        for name in sorted(wanted):
            (self._media / name).parent.mkdir(parents=True, exist_ok=True)
            (restored / name).replace(self._media / name)
        for path in list(media_files(self._media)):
            if path.relative_to(self._media) not in wanted:
                path.unlink()

    async def _empty(self, database: Database) -> bool:
        if self._file is not None:
            return sqlite_file.is_empty(self._file)
        async with database.engine.connect() as connection:
            return await _no_rows(connection)

    async def _nobody_connected(self, database: Database) -> None:
        async with database.engine.connect() as connection:
            others = int((await connection.execute(_OTHERS)).scalar_one())
        if others:
            raise BackupRefused(
                f"还有 {others} 个连接在用这个库，请先停掉 serve / {others} others are connected, stop serve first"
            )


def _alone(database: Database) -> None:
    try:
        database.claim_exclusive()
    except AlreadyServing:
        raise BackupRefused("serve 正在用这个库，请先停掉 / serve is using this database, stop it first") from None


def _no_files(media: Path) -> bool:
    return next(media_files(media), None) is None


async def _no_rows(connection: AsyncConnection) -> bool:
    names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    for name in names:
        if name != "alembic_version" and (await connection.execute(text(f'SELECT 1 FROM "{name}" LIMIT 1'))).first():  # noqa: S608
            return False
    return True


async def _revision(url: str) -> str:
    database = await Database.open(url)
    try:
        found = await database.revision()
    finally:
        await database.close()
    if found is None:
        raise BackupRefused("这不是回音的数据库 / this is not a Huiyin database")
    return found


def _need_room(folder: Path, size: int) -> None:
    """Twice the size: the copy and the archive stand side by side for a moment."""
    if shutil.disk_usage(folder).free < 2 * size:
        raise BackupRefused(f"{folder} 空间不够，需要 {2 * size} 字节 / not enough room, {2 * size} bytes are needed")


@contextmanager
def _hidden_folder(within: Path) -> Iterator[Path]:
    """A folder of our own on the same disk, which nobody else looks into, gone afterwards."""
    with tempfile.TemporaryDirectory(dir=within, prefix=".huiyin-") as folder:
        yield Path(folder)
