"""`huiyin privacy`: hand out or erase what is kept about one person, legal holds, who read their data."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import ConfigFile, refuse, with_app

if TYPE_CHECKING:
    from bot.app import App
    from domain.people import Person
    from storage.work import Work

privacy = typer.Typer(no_args_is_help=True, help="个人信息 / Personal data: export, erase, legal hold, who read it")
Phone = Annotated[str, typer.Argument(metavar="PHONE", help="手机号或人员编号 / phone number or person id")]
Reason = Annotated[str, typer.Option(help="缘由，会留存 / why; it is kept on record")]


async def _one(work: "Work", phone: str) -> "Person":
    found = await work.people.by_phone(phone)
    if not found and (known := await work.people.get(phone)) is not None:
        return known
    if len(found) != 1:
        ids = ", ".join(person.id for person in found)
        refuse(
            f"{len(found)} 人用这个号码，请用编号 / {len(found)} people share this number, use the id: {ids}"
            if found
            else f"没有这个人 / there is nobody with this number or id: {phone}"
        )
    return found[0]


@privacy.command("export")
def export(
    phone: Phone,
    folder: Annotated[Path, typer.Argument(help="新建的目录 / a folder to be made")],
    config: ConfigFile = None,
) -> None:
    """导出某人的全部数据与文件 / Write everything about one person, files too, into a new folder."""
    from bot.keeping import open_media_store
    from storage.personal_data import everything_about

    async def run(app: "App") -> None:
        store = open_media_store(app.config)
        async with app.db.begin(app.clock.now()) as work:
            person = await _one(work, phone)
            found = await everything_about(work, person.id)
            rows = await work.media.get_many(str(row["id"]) for row in found["media"])
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            refuse(f"目录已存在或无法新建 / the folder exists or cannot be made: {folder}: {error.strerror}")
        text = json.dumps(found, ensure_ascii=False, indent=2)
        (folder / "data.json").write_text(text, encoding="utf-8")
        for row in rows.values():
            if store.path(row).is_file():
                content = await store.unsealed(row) if row.sealed else store.path(row).read_bytes()
                (folder / f"{row.id}-{row.name}").write_bytes(content)
        typer.echo(
            f"已导出 / exported: {folder}，{sum(map(len, found.values()))} 行 / rows, {len(rows)} 个文件 / files"
        )

    with_app(config, run)


@privacy.command("erase")
def erase_person(
    phone: Phone,
    reason: Reason,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 / do not ask")] = False,
    config: ConfigFile = None,
) -> None:
    """删除某人的个人信息 / Erase what one person said and who they are; that something happened stays on record."""
    from bot.keeping import open_media_store
    from storage.personal_data import OnHold, StillOpen, erase

    async def run(app: "App") -> None:
        now = app.clock.now()
        try:
            async with app.db.begin(now) as work:
                person = await _one(work, phone)
                if not yes and not typer.confirm(f"删除 {person.name}，无法恢复 / erase {person.name} for good?"):
                    refuse("没有改动 / nothing was changed")
                counts = await erase(work, person.id, reason)
        except OnHold as error:
            refuse(f"依法保全中，不能删除 / under a legal hold: {error.reason}")
        except StillOpen as error:
            refuse(f"还有未归档的投诉，请先办结 / complaints not filed yet: {error}")
        store = open_media_store(app.config)
        async with app.db.begin(now) as work:
            removable = await work.media.removable()
            gone = [media for media, digest in removable.items() if await store.remove(digest, now)]
            await work.media.removed(gone)
        told = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
        typer.echo(f"已删除 / erased: {told}")

    with_app(config, run)


@privacy.command("hold")
def hold(phone: Phone, reason: Reason, config: ConfigFile = None) -> None:
    """依法保全：不清理、不删除 / Legal hold: nothing of this person is pruned or erased."""

    async def run(app: "App") -> None:
        async with app.db.begin(app.clock.now()) as work:
            person = await _one(work, phone)
            await work.privacy.hold(person.id, reason)
        typer.echo(f"已保全 / held: {person.name}")

    with_app(config, run)


@privacy.command("release")
def release(phone: Phone, config: ConfigFile = None) -> None:
    """解除保全 / End a legal hold."""

    async def run(app: "App") -> None:
        async with app.db.begin(app.clock.now()) as work:
            person = await _one(work, phone)
            if not await work.privacy.release(person.id):
                refuse(f"没有保全 / there is no hold: {person.name}")
        typer.echo(f"已解除 / released: {person.name}")

    with_app(config, run)


@privacy.command("readers")
def readers(phone: Phone, config: ConfigFile = None) -> None:
    """谁看过此人的电话与证件 / Who was shown this person's telephone number or identity papers."""

    async def run(app: "App") -> None:
        async with app.db.read(app.clock.now()) as work:
            person = await _one(work, phone)
            for reading in await work.privacy.readings(person.id):
                reader = await work.people.get(reading.by)
                name = reader.name if reader else reading.by
                typer.echo(f"{reading.at:%Y-%m-%d %H:%M} UTC  {name}  {reading.what}  {reading.matter}")

    with_app(config, run)
