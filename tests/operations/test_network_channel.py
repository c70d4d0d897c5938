"""The whole house with a network channel: said there, answered there, over real HTTP."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.clock import MovableClock
from domain.people import Person
from storage.inbox import InboxMessage
from storage.outbox import OutboxMessage
from tests.handlers.chat.conftest import Talk
from tests.house_under_test import House
from tests.simulators.post import Post, PostSender

SAID = itertools.count(1)
FILING = ("我要投诉电梯坏了", "电梯", "公共区域", "完成", "正常处理", "跳过", "确认")


@pytest.fixture
async def post() -> Post:
    return Post()


@pytest.fixture
async def house(tmp_path: Path, template: Path, post: Post) -> AsyncIterator[House]:
    """Time passes by itself, as it does for the service."""
    async with post.served() as root:
        house = await House.open(tmp_path, template, clock=MovableClock(), senders=[PostSender(root=root)])
        yield house
        if not house.app.stopping:
            await house.app.stop()
        await house.close()


async def somebody(house: House, role: str, site: str | None = None) -> Person:
    async with house.app.db.begin(house.clock.now()) as work:
        found = next(p for p in await work.people.everybody() if p.role == role and site in (None, p.site))
        await work.people.bind("post", f"p-{found.id}", found.id)
    return found


async def says(house: House, person: Person, text: str) -> None:
    now = house.clock.now()
    payload = {"text": text, "press": None, "on": None, "files": []}
    message = InboxMessage(
        channel="post", message_id=str(next(SAID)), address=f"p-{person.id}", payload=payload, at=now
    )
    async with house.app.db.begin(now) as work:
        await work.inbox.add([message])
    house.app.arrived()


async def until(there: Callable[[], Any], seconds: float = 10.0) -> float:
    """Wait for it; how long it took."""
    started = time.monotonic()
    while not there():
        assert time.monotonic() - started < seconds
        await asyncio.sleep(0.005)
    return time.monotonic() - started


async def test_an_answer_leaves_at_once(house: House, post: Post) -> None:
    owner = await somebody(house, "owner")
    house.app.start()
    await says(house, owner, "帮助")
    took = await until(lambda: post.texts(f"p-{owner.id}"))
    assert took < 0.9  # woken by the commit; polling alone would take up to a second
    assert post.wrong == []


async def test_a_complaint_is_filed_and_answered_there(house: House, post: Post) -> None:
    owner = await somebody(house, "owner")
    for text in FILING:
        await says(house, owner, text)
        await house.app.settle()
        while post.texts(f"p-{owner.id}")[-1:] == [] or house.app.couriers["post"].waiting_until:
            await asyncio.sleep(0.05)
            await house.app.settle()
    assert "已受理" in "".join(post.texts(f"p-{owner.id}"))
    assert post.answers[429] == 0


async def test_a_technician_who_blocked_the_bot_is_called(house: House, post: Post) -> None:
    technician = await somebody(house, "technician")
    post.blocked.add(f"p-{technician.id}")
    async with house.app.db.begin(house.clock.now()) as work:
        owner = next(p for p in await work.people.everybody() if p.role == "owner" and p.site == technician.site)
        desk = next(p for p in await work.people.everybody() if p.role == "front_desk" and p.site == technician.site)
    talk = Talk(house)
    number = await talk.files(owner.id)
    async with house.app.delivery.begin(house.clock.now()) as work:
        work.outbox.post(
            OutboxMessage(person=technician.id, lane="urgent", text="新工单，请接单", matter=number, site=owner.site)
        )
    await house.app.settle()
    async with house.app.db.read(house.clock.now()) as work:
        (task,) = [t for t in await work.calls.of_matter(number) if t.person == technician.id]
        assert any("新工单，请接单" in message.text for message in await work.console.list(desk.id))
    assert task.state == "open"


async def test_stopping_sends_what_is_in_hand_and_lets_the_account_go(house: House, post: Post) -> None:
    owner = await somebody(house, "owner")
    house.app.start()
    await says(house, owner, "帮助")
    await house.app.drain()
    await house.app.stop()
    assert len(post.texts(f"p-{owner.id}")) == 1
    async with house.app.db.begin(house.clock.now()) as work:
        assert await work.leases.hold("send:post", "another", house.clock.now()) is not None
