"""People of a site talking to the house: short words for what they say, press and are told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.complaint import Complaint
from tests.house_under_test import House, make_template
from tests.stories.play import Seen
from tests.stories.stages import DeskStage


class Talk:
    """Everybody's side of the conversation; what was seen is remembered for each person."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.stage = DeskStage(house, rebuild=False)
        self._seen: dict[str, int] = {}

    async def ids(self, role: str, department: str = "") -> list[str]:
        people = await self.stage.people()
        found = [p for p in people if p["role"] == role and department in ("", p["department"])]
        return [str(p["id"]) for p in found]

    async def id(self, role: str, department: str = "") -> str:
        return (await self.ids(role, department))[0]

    async def says(self, person: str, *texts: str) -> None:
        for text in texts:
            await self.stage.say(person, text=text)

    async def press(self, person: str, label: str) -> None:
        """Press the latest button that carries this label."""
        for message in reversed(await self.stage.messages(person, 0)):
            value = next((value for shown, value in message.choices if label in shown), None)
            if value is not None:
                await self.stage.say(person, press=value, message=message.id)
                return
        raise AssertionError(f"{person} was never offered {label}")

    async def new(self, person: str) -> list[Seen]:
        """What this person has been told since the last look."""
        found = list(await self.stage.messages(person, self._seen.get(person, 0)))
        self._seen[person] = max((m.id for m in found), default=self._seen.get(person, 0))
        return found

    async def told(self, person: str) -> str:
        return "\n--\n".join(message.text for message in await self.new(person))

    async def last(self, person: str) -> Seen:
        return (await self.stage.messages(person, 0))[-1]

    async def buttons(self, person: str) -> list[str]:
        return [label for label, _value in (await self.last(person)).choices]

    async def files(self, person: str) -> str:
        """A complaint of this resident, filed with the fewest words; its number."""
        await self.says(person, "我要投诉电梯坏了", "电梯", "公共区域", "完成", "正常处理", "跳过", "确认")
        async with self.house.app.db.read(self.house.clock.now()) as work:
            return (await work.complaints.of_resident(person))[0].number

    async def later(self, **span: float) -> None:
        await self.house.app.advance(timedelta(**span))

    async def complaint(self, number: str) -> Complaint:
        async with self.house.app.db.read(self.house.clock.now()) as work:
            found = await work.complaints.get(number)
            assert found is not None
            return found


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(make_template(tmp_path_factory.mktemp("sample")))


@pytest.fixture
async def talk(tmp_path: Path, sample: Path) -> AsyncIterator[Talk]:
    """A house in which no message and no promise may fail."""
    house = await House.open(tmp_path, sample)
    yield Talk(house)
    async with house.app.db.read(house.clock.now()) as work:
        failed = [*await work.inbox.parked(), *await work.deadlines.parked()]
    await house.close()
    assert not failed
