"""A full disk costs a photo a second try and nothing else; a clock that jumps back fires nothing twice."""

import errno
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import aiohttp
import pytest
from sqlalchemy import select

from bot.clock import MovableClock
from storage.tables.matters import events
from tests.operations.conftest import Serve
from tests.stories.play import Player
from tests.stories.stages import DeskStage, photo


async def test_a_photo_that_finds_no_room_is_told_and_may_be_sent_again(
    serve_house: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = await serve_house()
    async with served.client.get(f"{served.root}/api/people") as answer:
        owner = next(p["id"] for p in await answer.json() if p["role"] == "owner")
    address = f"{served.root}/api/people/{owner}/messages"

    async def sends() -> tuple[int, Any]:
        form = aiohttp.FormData()
        form.add_field("files", photo(), filename="a.jpg", content_type="image/jpeg")
        async with served.client.post(address, data=form) as answer:
            return answer.status, await answer.json()

    opened = Path.open

    def full(path: Path, mode: str = "r", *rest: Any, **more: Any) -> IO[Any]:
        if "w" in mode and path.name == "incoming":
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, mode, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        status, told = await sends()
    assert (status, told["error"]["code"]) == (507, "no_room")
    assert list((tmp_path / "media").rglob("*")) == []
    async with served.client.post(address, json={"text": "我要投诉电梯坏了"}) as answer:
        assert answer.status == 202
    assert (await sends())[0] == 202


@pytest.mark.clause("CP-4.2.1b")
async def test_a_clock_set_back_fires_nothing_twice_and_forgets_nothing(serve_house: Serve) -> None:
    served = await serve_house(start=False)
    house, player = served.house, Player(DeskStage(served.house, rebuild=False))
    player.cast = list(await player.stage.people())
    owner = next(str(p["id"]) for p in player.cast if p["role"] == "owner")
    await player._complains(owner, "家里厨房漏水", "对", False)

    async def alarms() -> int:
        async with house.app.db.read(house.clock.now()) as work:
            found = await work.connection.execute(select(events.c.id).where(events.c.kind == "alarm.not_issued"))
            return len(found.all())

    began = house.clock.now()
    await house.app.advance(timedelta(minutes=5))
    assert await alarms() == 1
    house.app.clock = house.clock = MovableClock(frozen_at=began - timedelta(hours=2))
    await house.app.settle()
    await house.app.advance(timedelta(hours=2, minutes=30))
    assert await alarms() == 1
    supervisor = next(str(p["id"]) for p in player.cast if p["role"] == "cs_supervisor")
    told = [m.text for m in await player.stage.messages(supervisor, 0)]
    assert len([text for text in told if "无人派单" in text]) == 1
