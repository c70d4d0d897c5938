"""The demo: a database of its own, marked as one when it is created, with the sample sites."""

from datetime import datetime
from pathlib import Path
from typing import Any

from bot.config import Config
from storage.database import Database

DEMO = "demo"


def demo_config(config: Config, port: int, db: Path) -> Config:
    """The configuration with the demo's own database, media folder, port and console."""
    changed: dict[str, dict[str, Any]] = {
        "database": {"url": f"sqlite+aiosqlite:///{db.absolute()}"},
        "server": {"host": "127.0.0.1", "port": port, "public_url": "", "forwarded": False},
        "console": {"enabled": True},
        "media": {"folder": str(db.absolute().with_suffix(".media"))},
    }
    tables = {name: getattr(config, name).model_copy(update=values) for name, values in changed.items()}
    return config.model_copy(update=tables)


async def seed(db: Database, now: datetime) -> None:
    """Mark an empty database as a demo and give it the sample sites; one in use is left as it is."""
    async with db.begin(now) as work:
        if await work.people.sites():
            return
        work.settings.set(DEMO, True)
    from storage.sample import seed_sample

    await seed_sample(db, now)
