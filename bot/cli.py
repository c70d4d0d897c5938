"""The command line. Exit code 0 success, 2 a user's error told in one clear line, 1 a fault.

Heavy imports wait until a command needs them, so that `huiyin --help` and start-up stay quick.
"""

import asyncio
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from bot.app import App
    from bot.config import Config

T = TypeVar("T")

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
roster = typer.Typer(no_args_is_help=True, help="花名册 / The roster of sites, units, people and staff")
cli.add_typer(roster, name="roster")

ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="配置文件 / configuration file (config.toml)")
]


def main() -> None:
    """Run the command; what a user got wrong ends in one line and exit code 2."""
    cli()


def _refuse(line: str) -> NoReturn:
    typer.echo(line, err=True)
    raise typer.Exit(2)


def _load(path: Path | None) -> "Config":
    from bot.config import ConfigError, load

    try:
        return load(path)
    except ConfigError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(2) from None


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="端口 / port")] = 8080,
    db: Annotated[Path, typer.Option(help="数据库文件 / database file, kept over restarts")] = Path("var/demo.db"),
) -> None:
    """试用：样板数据与网页控制台 / Try it: sample sites and the web console, act as anybody, move the clock."""
    from bot.demo import demo_config

    _run(_serve(demo_config(_load(None), port, db), demo=True))


@cli.command()
def serve(config: ConfigFile = None) -> None:
    """运行 / Run the desk."""
    _run(_serve(_load(config), demo=False))


async def _serve(config: "Config", *, demo: bool) -> None:
    from bot.app import App
    from bot.logs import set_up_logs
    from bot.web import serve as serve_web
    from storage.errors import AlreadyServing
    from storage.media import MediaStore

    set_up_logs(config.log)
    try:
        app = await App.open(config, demo=demo)
        app.db.claim_exclusive()
    except AlreadyServing as error:
        _refuse(f"数据库已有一个 serve 在用 / another serve already uses this database: {error}")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)

    def announce(address: str) -> None:
        if demo:
            typer.echo(f"回音 Huiyin 已就绪，用浏览器打开 / ready, open in a browser: {address}")

    try:
        await serve_web(app, MediaStore(Path(config.media.folder), config.media.max_bytes), stop, announce=announce)
    except OSError as error:
        _refuse(f"端口 {config.server.port} 用不了 / cannot listen on port {config.server.port}: {error.strerror}")
    finally:
        await app.close()


@cli.command()
def migrate(config: ConfigFile = None) -> None:
    """建表或升级 / Create or upgrade the tables."""
    _run(_with_app(_load(config), _nothing))
    typer.echo("数据库已是最新 / the database is up to date")


@cli.command("check-config")
def check_config(config: ConfigFile = None) -> None:
    """检查配置 / Check the configuration and explain every mistake."""
    from bot.config import explain

    problems = explain(config)
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(2)
    typer.echo("配置没有问题 / the configuration is fine")


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
            _refuse(str(error))
        for problem in result.problems:
            typer.echo(str(problem), err=True)
        counts = "，".join(f"{sheet} {count}" for sheet, count in result.read.items())
        if result.problems and not skip_bad:
            count = len(result.problems)
            _refuse(f"有 {count} 处错误，什么都没有改 / {count} problems, nothing was changed")
        done = "已导入 / imported" if result.written else "可以导入 / ready to import"
        typer.echo(f"{done}: {counts}")

    _run(_with_app(_load(config), run))


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

    _run(_with_app(_load(config), run))


@cli.command("bind-code")
def bind_code(person: Annotated[str, typer.Argument(help="手机号 / phone number")], config: ConfigFile = None) -> None:
    """生成一次性登录码 / Make a one-time code for a console session of one person."""

    async def run(app: "App") -> None:
        async with app.db.begin(app.clock.now()) as work:
            found = await work.people.by_phone(person)
            if len(found) != 1:
                _refuse(
                    f"没有这个手机号 / nobody has this phone number: {person}"
                    if not found
                    else f"有 {len(found)} 人用这个手机号 / {len(found)} people share this phone number: {person}"
                )
            typer.echo(work.codes.issue(found[0].id))

    _run(_with_app(_load(config), run))


@cli.command()
def doctor(
    replay: Annotated[int | None, typer.Option(metavar="N", help="重放第 N 条 / replay parked message N")] = None,
    config: ConfigFile = None,
) -> None:
    """体检：被搁置的消息与时限 / Show messages and promises that were parked; replay one."""

    async def run(app: "App") -> None:
        if replay is not None:
            async with app.db.begin(app.clock.now()) as work:
                if not await work.inbox.replay(replay):
                    _refuse(f"没有被搁置的消息 {replay} / no parked message {replay}")
            typer.echo(f"消息 {replay} 会重新处理 / message {replay} will be handled again")
            return
        async with app.db.read(app.clock.now()) as work:
            messages, promises = await work.inbox.parked(), await work.deadlines.parked()
        for row in messages:
            typer.echo(f"消息 / message {row.id}: {row.channel}, {row.at:%Y-%m-%d %H:%M} UTC, {row.error}")
        for due in promises:
            typer.echo(f"时限 / promise {due.what} {due.subject}: {due.due_at:%Y-%m-%d %H:%M} UTC, {due.outcome}")
        if not messages and not promises:
            typer.echo("一切正常，没有搁置的事项 / all is well, nothing is parked")

    _run(_with_app(_load(config), run))


async def _with_app(config: "Config", action: Any) -> None:
    from bot.app import App

    app = await App.open(config)
    try:
        await action(app)
    finally:
        await app.close()


async def _nothing(_app: "App") -> None:
    """Opening the app has migrated the database."""
