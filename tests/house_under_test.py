"""A whole house for tests: the sample sites in a real SQLite file, a clock that stands still until moved."""

import asyncio
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.app import App
from bot.clock import MovableClock
from bot.config import Config, load
from bot.console_desk import ConsoleDesk
from bot.network import Network
from bot.sending import Sender
from storage.media import MediaStore
from tests.postgres import OwnPostgres

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday 10:00 in Shanghai."""


def config_in(folder: Path, tables: Mapping[str, Any] | None = None) -> Config:
    """A configuration whose database and media lie in `folder`, with these tables on top."""
    merged: dict[str, Any] = {
        "database": {"url": f"sqlite+aiosqlite:///{folder / 'huiyin.db'}"},
        "media": {"folder": str(folder / "media")},
        "server": {"port": 0},
        **(tables or {}),
    }
    file = folder / "config.toml"
    file.write_text(_toml(merged), encoding="utf-8")
    return load(file)


def _toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Flat tables as TOML; JSON's strings, numbers and lists are TOML's too."""
    lines = []
    for name, values in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    return "\n".join(lines)


NetworksOf = Callable[[Config], Sequence[Network]]


def no_networks(_config: Config) -> Sequence[Network]:
    """The console alone."""
    return ()


@dataclass
class House:
    """The app with its console desk; `rebuild` throws all memory away and opens the same files again."""

    config: Config
    clock: MovableClock
    app: App
    desk: ConsoleDesk
    senders: Sequence[Sender] = ()
    networks: NetworksOf = no_networks

    @classmethod
    async def open(
        cls,
        folder: Path,
        template: Path,
        now: datetime = MONDAY,
        *,
        clock: MovableClock | None = None,
        senders: Sequence[Sender] = (),
        networks: NetworksOf = no_networks,
        **tables: Any,
    ) -> "House":
        """`clock` where time is to pass by itself; else it stands at `now`. `networks` are made anew at each opening."""
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template, folder / "huiyin.db")
        config = config_in(folder, tables)
        return await cls._open(config, clock or MovableClock(frozen_at=now), senders, networks)

    @classmethod
    async def _open(
        cls, config: Config, clock: MovableClock, senders: Sequence[Sender] = (), networks: NetworksOf = no_networks
    ) -> "House":
        app = await App.open(config, clock=clock, senders=senders, networks=networks(config))
        desk = ConsoleDesk(app, MediaStore(Path(config.media.folder)))
        return cls(config, clock, app, desk, senders, networks)

    async def rebuild(self) -> None:
        await self.app.close()
        fresh = await self._open(self.config, self.clock, self.senders, self.networks)
        self.app, self.desk = fresh.app, fresh.desk

    async def close(self) -> None:
        await self.app.close()


def seeded_postgres(server: OwnPostgres, folder: Path) -> dict[str, str]:
    """The `[database]` table of a house on PostgreSQL, with the sample sites in it."""

    async def fill(url: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        app = await App.open(
            config_in(folder, {"database": {"url": url}}), clock=MovableClock(frozen_at=MONDAY), demo=True
        )
        await app.close()

    return {"url": server.copy("seeded", lambda url: asyncio.run(fill(url)))}


async def make_template(folder: Path) -> Path:
    """The seeded database that every house of this test run is copied from."""
    app = await App.open(config_in(folder), clock=MovableClock(frozen_at=MONDAY), demo=True)
    await app.close()
    return folder / "huiyin.db"
