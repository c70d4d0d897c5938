"""A house of its own for each scene."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.handlers.scene import Scene
from tests.house_under_test import House, make_template


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(make_template(tmp_path_factory.mktemp("seeded")))


@pytest.fixture
async def scene(tmp_path: Path, seeded: Path) -> AsyncIterator[Scene]:
    house = await House.open(tmp_path / "house", seeded)
    yield Scene(house)
    await house.close()
