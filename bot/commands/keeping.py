"""`huiyin backup` and `huiyin restore`."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.opening import ConfigFile, load_config, refuse

Archive = Annotated[Path, typer.Argument(metavar="FILE", help="备份文件 / the archive, one tar file")]


def backup(file: Archive, config: ConfigFile = None) -> None:
    """备份数据库与文件，不必停机 / Back up the database and all files into one archive, beside a running serve."""
    from bot.clock import SystemClock
    from bot.metrics import program_version
    from storage.backup.keeping import back_up, note_backup, size

    settings = load_config(config)
    url, media = settings.database.url, Path(settings.media.folder)
    now = SystemClock().now()
    with _faults_told(), _bar("备份 / backup", size(url, media)) as progress:
        manifest = back_up(url, media, file, program=program_version(), now=now, progress=progress)
        asyncio.run(note_backup(url, now))
    count = len(manifest.files) - 1
    typer.echo(f"已备份 / backed up: {file} ({file.stat().st_size / 1e6:.1f} MB, 文件 / files {count})")


def restore(
    file: Archive,
    force: Annotated[bool, typer.Option("--force", help="覆盖已有数据 / replace what is there")] = False,
    config: ConfigFile = None,
) -> None:
    """恢复备份：先停 serve / Restore an archive; stop serve first. Nothing is touched unless the archive is whole."""
    from storage.backup.keeping import restore as put_back

    settings = load_config(config)
    url, media = settings.database.url, Path(settings.media.folder)
    with _faults_told(), _bar("恢复 / restore", file.stat().st_size if file.is_file() else 0) as progress:
        manifest = put_back(url, media, file, force=force, progress=progress)
    typer.echo(f"已恢复 / restored: {file} ({manifest.made_at}, 文件 / files {len(manifest.files) - 1})")
    typer.echo(
        f"此后的删除请求须重做 / erasures after {manifest.made_at} must be done again: huiyin privacy erase", err=True
    )


@contextmanager
def _faults_told() -> Iterator[None]:
    from storage.backup.archive import BackupFailed, BackupRefused
    from storage.backup.keeping import told_in_one_line

    try:
        with told_in_one_line():
            yield
    except BackupRefused as error:
        refuse(str(error))
    except BackupFailed as error:
        typer.echo(f"没有成功 / failed: {error}", err=True)
        raise typer.Exit(1) from None


@contextmanager
def _bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar over bytes where somebody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    console = Console(file=sys.stderr)
    columns = ("[progress.description]{task.description}", BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total or None)
        yield lambda done: progress.advance(task, done)
