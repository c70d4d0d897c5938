"""`huiyin rotate-keys`."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import ConfigFile, with_app
from storage.keys import Use

if TYPE_CHECKING:
    from bot.app import App


def rotate_keys(
    which: Annotated[Use, typer.Argument(help="登录、文件链接或登录码 / sessions, links to files, one-time codes")],
    now: Annotated[bool, typer.Option("--now", help="旧的立即作废 / what the old key signed ends at once")] = False,
    config: ConfigFile = None,
) -> None:
    """更换密钥，不必停机 / Change a key beside a running serve."""

    async def run(app: "App") -> None:
        from bot.clock import SystemClock

        async with app.db.begin(SystemClock().now()) as work:
            await work.keys.rotate(which, at_once=now)
        typer.echo(
            "已更换，旧的在半分钟内作废 / changed; what the old key signed ends within half a minute"
            if now
            else "已更换，两分钟后启用 / changed; signs in two minutes, what the old key signed lasts its time"
        )

    with_app(config, run)
