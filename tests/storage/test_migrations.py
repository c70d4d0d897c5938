"""The migrations make exactly the tables that the code describes."""

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from storage import migrations
from storage.database import Database
from storage.tables import metadata


def _shape(connection: Connection) -> set[tuple[str, str]]:
    rows = connection.execute(
        text(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%' AND type <> 'trigger'"
        )
    )
    return {(name, " ".join(sql.replace('"', "").split())) for name, sql in rows}


async def test_migrations_and_metadata_agree_to_the_last_index(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'migrated.db'}")
    await database.migrate()
    async with database.engine.connect() as connection:
        migrated = await connection.run_sync(_shape)
    await database.close()
    plain = create_engine(f"sqlite:///{tmp_path / 'plain.db'}")
    with plain.begin() as connection:
        metadata.create_all(connection)
        described = _shape(connection)
    plain.dispose()
    assert migrated == described


async def test_nothing_differs_for_alembic_either(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    async with database.engine.connect() as connection:
        found = await connection.run_sync(
            lambda c: compare_metadata(MigrationContext.configure(c, opts={"compare_type": True}), metadata)
        )
    assert found == []


async def test_migrating_twice_changes_nothing_and_ends_at_head(database: Database) -> None:
    await database.migrate()
    async with database.engine.connect() as connection:
        assert await connection.run_sync(migrations.revision) == migrations.HEAD
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD


async def test_the_way_down_leaves_nothing(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'down.db'}")
    await database.migrate()

    def down(connection: Connection) -> set[tuple[str, str]]:
        from alembic import command

        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        return {row for row in _shape(connection) if not row[0].startswith("sqlite_")}

    async with database.engine.begin() as connection:
        assert await connection.run_sync(down) == set()
    await database.close()
