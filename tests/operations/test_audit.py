"""The auditor: says what is overdue and unhandled, tells the operators, and keeps still towards the dead-man's switch."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import text

from bot.app import App
from bot.checkup import examine
from domain.decision import Promise
from storage.inbox import InboxMessage
from storage.outbox import OutboxMessage
from tests.handlers.chat.conftest import Talk
from tests.house_under_test import House

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def switch() -> AsyncIterator[tuple[str, list[str]]]:
    """A dead-man's switch: its address, and every visit."""
    visits: list[str] = []

    async def visited(request: web.Request) -> web.Response:
        visits.append(request.path)
        return web.Response(text="OK")

    application = web.Application()
    application.router.add_get("/beat/huiyin", visited)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server: Any = site._server
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/beat/huiyin", visits
    await runner.cleanup()


@pytest.fixture
async def house(tmp_path: Path, template: Path, switch: tuple[str, list[str]]) -> AsyncIterator[House]:
    house = await House.open(tmp_path, template)
    async with house.app.db.read(house.clock.now()) as work:
        operator = next(p for p in await work.people.everybody() if p.role == "front_desk")
    await house.close()
    heartbeat = {"url": switch[0], "operators": [operator.phone]}
    house = await House.open(tmp_path, template, heartbeat=heartbeat)
    await house.app.settle()
    yield house
    await house.close()


async def told(house: House) -> list[str]:
    """What the operator has been told by the auditor."""
    await house.app.settle()
    async with house.app.db.read(house.clock.now()) as work:
        (person,) = [
            p for p in await work.people.by_phone(house.config.heartbeat.operators[0]) if p.role == "front_desk"
        ]
        return [m.text for m in await work.console.list(person.id) if "回音系统" in m.text]


async def codes(house: House, after: timedelta = timedelta(0)) -> list[str]:
    found = await house.app.audit.look(house.clock.now() + after)
    assert found is not None
    return [problem.code for problem in found]


async def test_all_is_well(house: House, switch: tuple[str, list[str]]) -> None:
    talk = Talk(house)
    await talk.files(await talk.id("owner"))
    assert await codes(house) == []
    assert switch[1] == ["/beat/huiyin"]
    assert await told(house) == []


async def test_what_is_overdue_is_told_once_an_hour_until_it_is_over(
    house: House, switch: tuple[str, list[str]]
) -> None:
    now = house.clock.now()
    async with house.app.db.begin(now) as work:
        promise = Promise("T2", "1", "CP-4.2.2a", now)
        work.deadlines.reconcile("nobody", "x", [promise], "花园")
    assert await codes(house, 1 * MINUTE) == []
    for minutes in (3, 4, 5):
        assert await codes(house, minutes * MINUTE) == ["deadlines_late"]
    assert len(switch[1]) == 1  # only while all was well
    (alarm,) = await told(house)
    assert "有 1 个时限过时未办" in alarm
    await codes(house, 64 * MINUTE)
    assert len(await told(house)) == 2
    async with house.app.db.begin(now) as work:
        work.deadlines.reconcile("nobody", "x", [], "花园")
    assert "deadlines_late" not in await codes(house, 5 * MINUTE)
    assert (await told(house))[-1].startswith("✓")


@pytest.mark.parametrize("what", ["inbox", "inbox_parked", "deadlines_parked", "delivery:console:urgent", "forgotten"])
async def test_each_kind_of_trouble_is_seen(house: House, what: str) -> None:
    now = house.clock.now()
    async with house.app.db.read(now) as work:
        person = next(p for p in await work.people.everybody() if p.role == "owner").id
    talk = Talk(house)
    number = await talk.files(person)
    async with house.app.db.begin(now) as work:
        if what.startswith("inbox"):
            message = InboxMessage(
                channel="console", message_id="nine", address=person, payload={"text": "在吗"}, at=now
            )
            (row,) = await work.inbox.add([message])
            if what == "inbox_parked":
                work.inbox.park(row, "broken")
        elif what == "deadlines_parked":
            work.deadlines.park((await work.deadlines.of("complaint", number))[0], "broken")
        elif what == "forgotten":
            await work.connection.execute(text("UPDATE deadlines SET state = 'settled' WHERE kind = 'complaint'"))
        else:
            work.outbox.post(OutboxMessage(person=person, lane="urgent", text="急"))
    assert what in await codes(house, 3 * MINUTE)
    if what == "forgotten":
        assert any(number in finding.text and finding.wrong for finding in await examine(house.app))


async def test_a_duty_that_did_not_run_is_seen(house: House) -> None:
    assert "duties" in await codes(house, timedelta(days=1))
    await house.app.advance(timedelta(days=1))
    assert await codes(house) == []


async def test_one_replica_looks_and_another_takes_over(house: House, tmp_path: Path) -> None:
    other = await App.open(house.config, clock=house.clock)
    assert await codes(house) == []
    assert await other.audit.look(house.clock.now()) is None
    assert await other.audit.look(house.clock.now() + 4 * MINUTE) is not None
    await other.close()


async def test_a_roster_imported_beside_us_is_learnt(house: House) -> None:
    async with house.app.db.begin(house.clock.now()) as work:
        await work.connection.execute(
            text("INSERT INTO sites (id, name, timezone) VALUES ('new', '新楼盘', 'Asia/Shanghai')")
        )
    await house.app._tick()
    async with house.app.db.read(house.clock.now()) as work:
        assert ("K6", "new") in await work.duties.lasts()
