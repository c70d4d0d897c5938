"""`huiyin roster import` and `huiyin roster export`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import ConfigFile, refuse, with_app

if TYPE_CHECKING:
    from bot.app import App

roster = typer.Typer(no_args_is_help=True, help="花名册 / The roster of sites, units, people and staff")


@roster.command("import")
def roster_import(
    file: Annotated[Path, typer.Argument(help="XLSX 文件或 CSV 文件夹 / XLSX file or folder of CSV files")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查 / only check")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="跳过有错的行 / leave bad rows out")] = False,
    config: ConfigFile = None,
) -> None:
    """导入花名册 / Import the roster; changes nothing if any row is bad, unless --skip-bad."""
    from storage.roster import RosterUnreadable, import_roster

    async def run(app: "App") -> None:
        try:
            result = await import_roster(app.db, file, app.clock.now(), dry_run=dry_run, skip_bad=skip_bad)
        except RosterUnreadable as error:
            refuse(str(error))
        for problem in result.problems:
            typer.echo(str(problem), err=True)
        counts = "，".join(f"{sheet} {count}" for sheet, count in result.read.items())
        if result.problems and not skip_bad:
            count = len(result.problems)
            refuse(f"有 {count} 处错误，什么都没有改 / {count} problems, nothing was changed")
        done = "已导入 / imported" if result.written else "可以导入 / ready to import"
        typer.echo(f"{done}: {counts}")

    with_app(config, run)


@roster.command("export")
def roster_export(
    file: Annotated[Path, typer.Argument(help="XLSX 文件或 CSV 文件夹 / XLSX file or folder of CSV files")],
    config: ConfigFile = None,
) -> None:
    """导出花名册 / Export the roster."""
    from storage.roster import export_roster

    async def run(app: "App") -> None:
        await export_roster(app.db, file, app.clock.now())
        typer.echo(f"已导出 / exported: {file}")

    with_app(config, run)
