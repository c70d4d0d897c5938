"""`huiyin rotate-keys`."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import ConfigFile, with_app

if TYPE_CHECKING:
    from bot.app import App


class Which(StrEnum):
    COOKIES = "cookies"
    LINKS = "links"
    BINDING = "binding"


def rotate_keys(
    which: Annotated[Which, typer.Argument(help="登录、文件链接或登录码 / sessions, links to files, one-time codes")],
    now: Annotated[bool, typer.Option("--now", help="旧的立即作废 / what the old key signed ends at once")] = False,
    config: ConfigFile = None,
) -> None:
    """更换密钥，不必停机 / Change a key beside a running serve. One-time codes not yet used always end at once."""

    async def run(app: "App") -> None:
        from bot.clock import SystemClock
        from bot.keyring import Keyrings, Use

        if which is Which.BINDING:
            async with app.db.begin(app.clock.now()) as work:
                work.codes.revoke()
            typer.echo("没用过的登录码都已作废 / one-time codes not yet used have ended")
            return
        await Keyrings(app.db, SystemClock()).rotate(Use(which), at_once=now)
        typer.echo(
            "已更换，旧的在半分钟内作废 / changed; what the old key signed ends within half a minute"
            if now
            else "已更换，两分钟后启用 / changed; signs in two minutes, what the old key signed lasts its time"
        )

    with_app(config, run)
