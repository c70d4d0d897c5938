"""A broadcast at Telegram's real limits, in virtual time, while the desk works: no flood, urgent pings at once."""

import os
from datetime import timedelta
from pathlib import Path

from bot.networks import networks_of
from domain.people import Person
from storage.outbox import OutboxMessage
from tests.house_under_test import MONDAY, House
from tests.simulators.telegram.server import Server
from tests.simulators.telegram.service import TOKEN

SOAK = os.environ.get("HUIYIN_SOAK") == "1"
PEOPLE = 100_000 if SOAK else 1_500
FIRST_USER, TECHNICIAN = 1_000_000, 999
EVERY = 3.0
"""Seconds between two urgent pings."""
PERMITTED = 30.0


async def crowd(house: House, server: Server) -> list[Person]:
    """People enough, each with an account."""
    async with house.app.db.begin(house.clock.now()) as work:
        people = [work.people.guest("telegram", str(FIRST_USER + number), "zh") for number in range(PEOPLE)]
        await work.flush()
        for number, person in enumerate(people):
            await work.bindings.bind("telegram", str(FIRST_USER + number), person.id)
            server.service.room(FIRST_USER + number)
    return people


async def test_a_broadcast_floods_nobody_and_delays_no_ping(tmp_path: Path, template: Path) -> None:
    server = Server()
    async with server.served() as root:
        table = {"token": TOKEN, "api_base": root}
        house = await House.open(tmp_path, template, MONDAY, networks=networks_of, telegram=table)
        server.service.now = lambda: house.clock.now().timestamp()
        people = await crowd(house, server)
        async with house.app.db.begin(house.clock.now()) as work:
            technician = next(p for p in await work.people.everybody() if p.role == "technician")
            await work.people.bind("telegram", str(TECHNICIAN), technician.id)
            server.service.room(TECHNICIAN)
            for person in people:
                work.outbox.post(OutboxMessage(person=person.id, lane="bulk", text="明天停水，请提前储水。"))
        pinged, seconds, half = await pass_the_time(house, server, technician.id)
        await house.close()
    pings = [sight.at for sight in server.service.rooms[TECHNICIAN].seen if sight.mine]
    waits = sorted(shown - asked for shown, asked in zip(pings, pinged, strict=True))
    reached = [room for room in server.service.rooms.values() if room.id >= FIRST_USER and len(room.seen) == 1]
    assert len(reached) == PEOPLE, "somebody was left out or told twice"
    assert server.service.answers["sendMessage 429"] == 0
    assert server.service.wrong == []
    assert waits[int(len(waits) * 0.99)] < 1.0
    assert PEOPLE / seconds >= 0.9 * PERMITTED, "slower than the service permits"
    assert 0 < half < PEOPLE, "progress is there to be seen"


async def pass_the_time(house: House, server: Server, technician: str) -> tuple[list[float], float, int]:
    """Until everything is sent: when pings were posted, how many seconds it took, what waited half-way, rebuilt there."""
    pinged: list[float] = []
    half = 0
    rebuilt = False
    started = house.clock.now()
    while True:
        now = house.clock.now()
        if (now - started).total_seconds() >= EVERY * len(pinged):
            async with house.app.delivery.begin(now) as work:
                work.outbox.post(OutboxMessage(person=technician, lane="urgent", text=f"新工单 {len(pinged)}"))
            pinged.append(now.timestamp())
        (courier,) = house.app.couriers.values()
        await courier.flush(now)
        async with house.app.db.read(now) as work:
            waiting = await work.outbox.waiting("telegram")
        if not waiting:
            return pinged, (house.clock.now() - started).total_seconds(), half
        if not rebuilt and waiting < PEOPLE // 2:
            half, rebuilt = waiting, True
            await house.rebuild()
            server.service.now = lambda: house.clock.now().timestamp()
            continue
        until = courier.waiting_until or now
        house.clock.move_to(max(until, now + timedelta(milliseconds=1)))
