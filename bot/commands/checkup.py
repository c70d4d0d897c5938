"""`huiyin doctor`."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import ConfigFile, refuse, with_app

if TYPE_CHECKING:
    from bot.app import App


def doctor(
    replay: Annotated[int | None, typer.Option(metavar="N", help="重放第 N 条 / replay parked message N")] = None,
    config: ConfigFile = None,
) -> None:
    """体检：被搁置的消息与时限 / Show messages and promises that were parked; replay one."""

    async def run(app: "App") -> None:
        if replay is not None:
            async with app.db.begin(app.clock.now()) as work:
                if not await work.inbox.replay(replay):
                    refuse(f"没有被搁置的消息 {replay} / no parked message {replay}")
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

    with_app(config, run)
