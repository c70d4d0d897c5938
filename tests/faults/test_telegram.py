"""Two replicas over one PostgreSQL, a crowd on the simulated Bot API that fails, hangs, floods and resets; replicas are
killed meanwhile. The service itself repeats what was not confirmed, and lets updates of different chats overtake.

Expected: complaints lost 0, doubled 0; updates lost 0, handled twice 0; messages lost 0; doubled only where the ledger
counts a try whose end nobody knew (Telegram takes no key). No call that an honest client would not make.
"""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.app import App
from bot.clock import MovableClock
from storage.tables.matters import complaints
from storage.tables.messages import inbox, outbox
from tests.faults.test_replicas import ANSWERS, FAULTY, QUICK, SEED, SOAK, Replica, server_of_its_own
from tests.house_under_test import config_in, seeded_postgres
from tests.postgres import OwnPostgres
from tests.simulators.telegram.server import Server
from tests.simulators.telegram.service import TOKEN, Fault

OWNERS, KILLS = (40, 12) if SOAK else (8, 3)
FAULTS: tuple[Fault, ...] = ("500", "502", "429", "hang", "reset", "reset_after")
GIVEN_UP = 120.0
FIRST_USER = 2001


class Serving(Replica):
    """`huiyin serve` as it is."""

    def __init__(self, config: Path, port: int) -> None:
        super().__init__(config, port, "")
        self._command = [*self._command[:1], "-m", "bot", "serve", "--config", str(config)]


async def files(server: Server, user: int) -> int:
    """File one complaint, each line once the one before is answered; how much was said."""
    said = 0
    room = server.service.room(user)
    for text in (f"我要投诉厨房漏水，记号{user}", *ANSWERS):
        heard = sum(sight.mine for sight in room.seen)
        server.people.say(user, text)
        said += 1
        async with asyncio.timeout(GIVEN_UP):
            while sum(sight.mine for sight in room.seen) == heard:  # noqa: ASYNC110  (another process answers)
                await asyncio.sleep(0.05)
    return said


@pytest.mark.postgres
@pytest.mark.clause("CP-4.2.1b")
async def test_two_replicas_on_telegram_lose_and_double_nothing(
    tmp_path: Path, unused_tcp_port_factory: Any, postgres: OwnPostgres
) -> None:
    print(f"seed {SEED}")
    dice, mood = random.Random(SEED), random.Random(f"{SEED} telegram")
    server = Server()
    server.service.dice = lambda: mood.choice(FAULTS) if mood.random() < FAULTY else None
    async with server_of_its_own() as own, server.served() as root:
        database = await asyncio.to_thread(seeded_postgres, own, tmp_path)
        tables = {"database": database, "delivery": QUICK, "telegram": {"token": TOKEN, "api_base": root}}
        config = config_in(tmp_path, tables)
        users = await bound(config)
        replicas = [Serving(tmp_path / "config.toml", unused_tcp_port_factory()) for _ in range(2)]
        for replica in replicas:
            await replica.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                talking = [tasks.create_task(files(server, user)) for user in users]
                for _ in range(KILLS):
                    await asyncio.sleep(1.5 + dice.random())
                    victim = dice.choice(replicas)
                    await victim.kill()
                    await victim.start()
            said = sum(task.result() for task in talking)
            async with asyncio.timeout(GIVEN_UP):
                while server.people.waiting:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        finally:
            for replica in replicas:
                await replica.kill()
        await compare(config, server, users, said)


async def bound(config: Any) -> dict[int, str]:
    """The accounts of the crowd, and whose they are."""
    app = await App.open(config, clock=MovableClock(frozen_at=datetime.now(UTC)))
    async with app.db.begin(app.clock.now()) as work:
        residents = [p for p in await work.people.everybody() if p.role == "owner" and len(p.units) == 1][:OWNERS]
        users = {FIRST_USER + number: person.id for number, person in enumerate(residents)}
        for user, person in users.items():
            await work.people.bind("telegram", str(user), person)
    await app.close()
    return users


async def compare(config: Any, server: Server, users: dict[int, str], said: int) -> None:
    app = await App.open(config, clock=MovableClock(frozen_at=datetime.now(UTC)))
    async with app.db.read(app.clock.now()) as work:
        run = work.connection.execute
        states = dict((await run(select(inbox.c.state, func.count()).group_by(inbox.c.state))).all())  # type: ignore[arg-type]
        filed = Counter((await run(select(complaints.c.complainant))).scalars())
        rows = (await run(select(outbox).where(outbox.c.channel == "telegram"))).all()
    await app.close()
    assert states == {"done": said}, "updates lost, doubled or left"
    assert filed == Counter(users.values()), "complaints lost or doubled"
    shown = sum(sight.mine for user in users for sight in server.service.rooms[user].seen)
    sent, uncertain = sum(row.state == "sent" for row in rows), sum(row.uncertain for row in rows)
    print(f"{sent} messages sent, {uncertain} tries of unknown end, {shown} shown")
    assert sent <= shown <= len(rows) + uncertain, "messages lost or doubled without need"
    assert server.service.wrong == []
