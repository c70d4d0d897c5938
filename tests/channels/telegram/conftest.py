"""A house on the simulated Bot API, the clock standing still; everybody of the roster has an account."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.people import Person
from tests.house_under_test import MONDAY
from tests.simulators.telegram.service import Sight
from tests.stories.play import Story
from tests.stories.telegram_stage import TelegramStage

STRANGER = 77


class Chat:
    """One account, and what it sees and does."""

    def __init__(self, stage: TelegramStage, user: int) -> None:
        self.stage = stage
        self.user = user

    async def says(self, text: str) -> Sight:
        self.stage.server.people.say(self.user, text)
        await self.stage.settle()
        return self.last

    async def presses(self, label: str, on: Sight | None = None) -> Sight:
        """Press the key of this label on the last message, or on that one."""
        sight = on or self.last
        key = next(key for row in sight.keyboard for key in row if key["text"] == label)
        self.stage.server.people.press(self.user, sight, key["callback_data"])
        await self.stage.settle()
        return self.last

    @property
    def last(self) -> Sight:
        return next(sight for sight in reversed(self.stage.server.service.room(self.user).seen) if sight.mine)

    @property
    def texts(self) -> list[str]:
        return [sight.text for sight in self.stage.server.service.room(self.user).seen if sight.mine]


class Scene:
    """The stage and who is on it."""

    def __init__(self, stage: TelegramStage, people: tuple[Person, ...]) -> None:
        self.stage = stage
        self.service = stage.server.service
        self.people = people

    def one(self, role: str, department: str | None = None) -> Person:
        site = min(p.site for p in self.people if p.role == "front_desk")
        found = (p for p in self.people if p.role == role and p.site == site)
        return next(p for p in found if department is None or p.department == department)

    def chat(self, person: Person | int) -> Chat:
        return Chat(self.stage, person if isinstance(person, int) else self.stage.users[person.id])

    async def person_at(self, user: int) -> Person | None:
        async with self.stage.house.app.db.read(self.stage.house.clock.now()) as work:
            return await work.people.by_address("telegram", str(user))


@pytest.fixture(params=[False, True], ids=["polling", "webhook"])
async def scene(request: pytest.FixtureRequest, tmp_path: Path, template: Path) -> AsyncIterator[Scene]:
    nothing = Story("", [], "", [], {})
    opened = TelegramStage.opened(tmp_path, template, nothing, MONDAY, webhook=request.param, rebuild=False)
    async with opened as stage:
        async with stage.house.app.db.read(stage.house.clock.now()) as work:
            people = await work.people.everybody()
        stage.server.service.room(STRANGER, title="陌生人")
        yield Scene(stage, people)
        assert stage.server.service.wrong == []
