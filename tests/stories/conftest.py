"""The seeded database that stories start from."""

import asyncio
from pathlib import Path

import pytest

from tests.house_under_test import make_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(make_template(tmp_path_factory.mktemp("template")))
