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
    """体检：搁置、积压、磁盘、备份、配置 / Look for what is parked, late, full or set up wrongly; then 1."""

    async def put_back(app: "App") -> None:
        async with app.db.begin(app.clock.now()) as work:
            if not await work.inbox.replay(replay or 0):
                refuse(f"没有被搁置的消息 {replay} / no parked message {replay}")
        typer.echo(f"消息 {replay} 会重新处理 / message {replay} will be handled again")

    async def look(app: "App") -> bool:
        from bot.checkup import examine

        findings = await examine(app)
        for finding in findings:
            typer.echo(f"{'✗' if finding.wrong else '·'} {finding.text}")
        wrong = sum(finding.wrong for finding in findings)
        typer.echo(f"有 {wrong} 处要处理 / {wrong} to be seen to" if wrong else "一切正常 / all is well")
        return wrong == 0

    if replay is not None:
        with_app(config, put_back)
    elif not with_app(config, look):
        raise typer.Exit(1)
