"""Migrations, packaged with the program and run by it: no alembic.ini, no separate command."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

HEAD = "0017"
"""The newest revision; a database that has it is opened without importing Alembic."""

_LOCK = 4208_2026
"""Key of the advisory lock that lets one replica migrate while the others wait."""


async def migrate(engine: AsyncEngine) -> None:
    """Upgrade to HEAD. One migrates, whoever starts beside it waits and then finds nothing to do."""
    async with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # A migration takes as long as it takes, and so does the wait for a colleague's.
            for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                await connection.execute(text(f"SET LOCAL {limit} = 0"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if await connection.run_sync(revision) != HEAD:
            await connection.run_sync(upgrade)


def revision(connection: Connection) -> str | None:
    """The revision the database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def upgrade(connection: Connection, target: str = "head") -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def knows(wanted: str) -> bool:
    """Whether this program can bring a database at revision `wanted` to HEAD."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return any(script.revision == wanted for script in ScriptDirectory.from_config(config).walk_revisions())
