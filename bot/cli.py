"""The command line. Exit code 0 success, 2 a user's error told in one clear line, 1 a fault.

Heavy imports wait until a command needs them, so that `huiyin --help` and start-up stay quick.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.checkup import doctor
from bot.commands.keeping import backup, restore
from bot.commands.keys import rotate_keys
from bot.commands.opening import ConfigFile, refuse, with_app
from bot.commands.privacy import privacy
from bot.commands.roster import roster
from bot.commands.serving import demo, serve

if TYPE_CHECKING:
    from bot.app import App

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
cli.command()(demo)
cli.command()(serve)
cli.command()(doctor)
cli.command()(backup)
cli.command()(restore)
cli.command("rotate-keys")(rotate_keys)
cli.add_typer(roster, name="roster")
cli.add_typer(privacy, name="privacy")


def main() -> None:
    """Run the command; what a user got wrong ends in one line and exit code 2."""
    cli()


@cli.command()
def migrate(config: ConfigFile = None) -> None:
    """建表或升级 / Create or upgrade the tables."""
    with_app(config, _nothing)
    typer.echo("数据库已是最新 / the database is up to date")


async def _nothing(_app: "App") -> None:
    """Opening the app has migrated the database."""


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


@cli.command("bind-code")
def bind_code(person: Annotated[str, typer.Argument(help="手机号 / phone number")], config: ConfigFile = None) -> None:
    """生成一次性登录码 / Make a one-time code for a console session of one person."""

    async def run(app: "App") -> None:
        async with app.db.begin(app.clock.now()) as work:
            found = await work.people.by_phone(person)
            if len(found) != 1:
                refuse(
                    f"没有这个手机号 / nobody has this phone number: {person}"
                    if not found
                    else f"有 {len(found)} 人用这个手机号 / {len(found)} people share this phone number: {person}"
                )
            typer.echo(await work.codes.issue(found[0].id))

    with_app(config, run)
