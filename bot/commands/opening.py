"""What every command begins with: the configuration read, the app opened, or one clear line and exit code 2."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from bot.app import App
    from bot.config import Config

T = TypeVar("T")

ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="配置文件 / configuration file (config.toml)")
]


def refuse(line: str) -> NoReturn:
    """End the command: the user got something wrong, and this line says what."""
    typer.echo(line, err=True)
    raise typer.Exit(2)


def load_config(path: Path | None) -> "Config":
    from bot.config import ConfigError, load

    try:
        return load(path)
    except ConfigError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(2) from None


def with_app(path: Path | None, action: "Callable[[App], Awaitable[T]]") -> T:
    """Open the house that the configuration names (its database migrated), do `action`, close it."""
    return asyncio.run(_with_app(load_config(path), action))


async def _with_app(config: "Config", action: "Callable[[App], Awaitable[T]]") -> T:
    from bot.app import App

    app = await App.open(config)
    try:
        return await action(app)
    finally:
        await app.close()
