"""Two replicas over one PostgreSQL, a crowd filing complaints, replicas killed, the database restarted and connections
cut meanwhile. Every second owner hears by a chat service that fails, hangs, and resets before or after it accepted.

At the end the database is compared with what was accepted. Expected: complaints lost 0, complaints doubled 0, messages
lost 0, order violations 0, alarms missed 0, alarms doubled 0; messages doubled only by the service, and there never more
often than the ledger counts tries whose end nobody knew.
"""

import asyncio
import os
import random
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from sqlalchemy import func, select

from bot.app import App
from bot.clock import MovableClock
from storage.tables.matters import complaints, events
from storage.tables.messages import inbox, outbox
from tests.house_under_test import config_in, seeded_postgres
from tests.postgres import OwnPostgres
from tests.simulators.post import Fault, Post

SOAK = os.environ.get("HUIYIN_SOAK") == "1"
SEED = int(os.environ.get("HUIYIN_SEED", datetime.now(UTC).timetuple().tm_yday))
OWNERS, KILLS, RESTARTS, CUTS = (60, 30, 4, 12) if SOAK else (12, 3, 1, 2)
FAULTS: tuple[Fault, ...] = ("500", "429", "hang", "reset", "reset_after")
FAULTY = 0.12
QUICK = {"timeout_seconds": 1, "lease_seconds": 5, "holder_seconds": 3}
"""So that what hangs or dies is found out within the test."""
GIVEN_UP = 90.0
"""Seconds after which a message that nobody accepts, or answers, counts as lost."""
ANSWERS = ("对", "家里", "跳过", "正常处理", "跳过", "确认")


class Replica:
    """`huiyin serve` in a process of its own."""

    def __init__(self, config: Path, port: int, post: str) -> None:
        self._command = [sys.executable, "-m", "tests.faults.replica", str(config), post]
        self._environment = {**os.environ, "HUIYIN_SERVER__PORT": str(port)}
        self._process: asyncio.subprocess.Process | None = None
        self.root = f"http://127.0.0.1:{port}"

    async def start(self) -> None:
        nothing = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            *self._command, env=self._environment, stdout=nothing, stderr=nothing
        )

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()

    async def keep(self) -> None:
        """Start again when it has gone by itself, as a supervisor would."""
        if self._process is None or self._process.returncode is not None:
            await self.start()


@dataclass
class Owner:
    """One resident, who repeats what is not accepted, under the same id, to whichever replica answers."""

    id: str
    replicas: list[Replica]
    client: aiohttp.ClientSession
    dice: random.Random
    post: Post | None = None
    """The service that this owner hears by; without one it is the console."""
    said: int = 0
    accepted: list[int] = field(default_factory=list)

    async def files(self) -> None:
        await self.says(f"我要投诉厨房漏水，记号{self.id}")
        for answer in ANSWERS:
            await self.says(answer)

    async def says(self, text: str) -> None:
        """Say it, at times twice, at times with something from long before once more, and wait for the reply."""
        self.said += 1
        body = {"text": text, "client_id": f"{self.id}-{self.said}"}
        number = await self._until(lambda root: self._post(root, body))
        if self.dice.random() < 0.2:
            assert await self._until(lambda root: self._post(root, body)) == number
        if self.accepted and self.dice.random() < 0.2:
            old = self.dice.randrange(len(self.accepted))
            late = {"text": "迟到的", "client_id": f"{self.id}-{old + 1}"}
            assert await self._until(lambda root: self._post(root, late)) == self.accepted[old]
        self.accepted.append(number)
        await self._until(lambda root: self._heard() if self.post else self._replied(root, number))

    async def _heard(self) -> int | None:
        assert self.post is not None
        keys = {message.key for message in self.post.taken if message.chat == self.id}
        return len(keys) if len(keys) >= self.said else None

    async def _until(self, attempt: Any) -> int:
        async with asyncio.timeout(GIVEN_UP):
            while True:
                try:
                    found: int | None = await attempt(self.dice.choice(self.replicas).root)
                except (aiohttp.ClientError, TimeoutError):
                    found = None
                if found is not None:
                    return found
                await asyncio.sleep(0.1 + self.dice.random() * 0.2)

    async def _post(self, root: str, body: dict[str, Any]) -> int | None:
        limit = aiohttp.ClientTimeout(5)
        async with self.client.post(f"{root}/api/people/{self.id}/messages", json=body, timeout=limit) as answer:
            return int((await answer.json())["id"]) if answer.status == 202 else None

    async def _replied(self, root: str, number: int) -> int | None:
        limit = aiohttp.ClientTimeout(5)
        address = f"{root}/api/people/{self.id}/messages?after={number}"
        async with self.client.get(address, timeout=limit) as answer:
            if answer.status != 200:
                return None
            return next((m["id"] for m in await answer.json() if m["from"] == "bot"), None)


@asynccontextmanager
async def server_of_its_own() -> AsyncIterator[OwnPostgres]:
    """Stopped and started on the way, so not that of the other tests."""
    server = await asyncio.to_thread(OwnPostgres)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.remove)


async def cut_connections(url: str) -> None:
    """Every connection of the replicas at once, as a proxy in between that restarts."""
    own = await asyncpg.connect(url.replace("+asyncpg", ""))
    everybody = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = $1"
    await own.execute(everybody, url.rpartition("/")[2])
    await own.close()


async def trouble(server: OwnPostgres, url: str, replicas: list[Replica], dice: random.Random) -> None:
    blows = ["kill"] * KILLS + ["database"] * RESTARTS + ["cut"] * CUTS
    dice.shuffle(blows)
    for blow in blows:
        await asyncio.sleep(0.7 + dice.random())
        if blow == "database":
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)
        elif blow == "cut":
            await cut_connections(url)
        else:
            victim = dice.choice(replicas)
            await victim.kill()
            await victim.start()
        for replica in replicas:
            await replica.keep()


@pytest.mark.postgres
@pytest.mark.clause("CP-4.2.1b")
async def test_two_replicas_lose_and_double_nothing(
    tmp_path: Path, unused_tcp_port_factory: Any, postgres: OwnPostgres
) -> None:
    print(f"seed {SEED}")
    dice, mood = random.Random(SEED), random.Random(f"{SEED} post")
    post = Post(dice=lambda: mood.choice(FAULTS) if mood.random() < FAULTY else None)
    async with server_of_its_own() as server, post.served() as root, aiohttp.ClientSession() as client:
        database = await asyncio.to_thread(seeded_postgres, server, tmp_path)
        config = config_in(tmp_path, {"database": database, "console": {"enabled": True}, "delivery": QUICK})
        replicas = [Replica(tmp_path / "config.toml", unused_tcp_port_factory(), root) for _ in range(2)]
        for replica in replicas:
            await replica.start()
        try:
            app = await App.open(config, clock=MovableClock(frozen_at=datetime.now(UTC)))
            async with app.db.begin(app.clock.now()) as work:
                residents = [p for p in await work.people.everybody() if p.role == "owner" and len(p.units) == 1]
                for person in residents[:OWNERS:2]:
                    await work.people.bind("post", person.id, person.id)
            await app.close()
            owners = [
                Owner(
                    person.id,
                    replicas,
                    client,
                    random.Random(f"{SEED} {person.id}"),
                    None if number % 2 else post,
                )
                for number, person in enumerate(residents[:OWNERS])
            ]
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(trouble(server, database["url"], replicas, dice))
                for owner in owners:
                    tasks.create_task(owner.files())
        finally:
            for replica in replicas:
                await replica.kill()
        await compare(config, owners)
        await compare_sent(config, post)


async def compare(config: Any, owners: list[Owner]) -> None:
    """What the database holds with what was accepted; then two replicas sweep what fell due meanwhile, at once."""
    later = datetime.now(UTC) + timedelta(minutes=20)
    one, two = [await App.open(config, clock=MovableClock(frozen_at=later)) for _ in range(2)]
    async with one.db.read(later) as work:
        run = work.connection.execute
        states = dict((await run(select(inbox.c.state, func.count()).group_by(inbox.c.state))).all())  # type: ignore[arg-type]
        filed = Counter((await run(select(complaints.c.complainant))).scalars())
    said = sum(owner.said for owner in owners)
    assert states == {"done": said}, "messages lost, doubled or left"
    assert filed == Counter(owner.id for owner in owners), "complaints lost or doubled"
    for owner in owners:
        assert owner.accepted == sorted(owner.accepted), "order violated"
    await asyncio.gather(one.settle(), two.settle())
    await one.settle()
    async with one.db.read(later) as work:
        alarmed = select(events.c.subject).where(events.c.kind == "alarm.not_issued")
        alarms = Counter((await work.connection.execute(alarmed)).scalars())
        numbers = set((await work.connection.execute(select(complaints.c.number))).scalars())
    assert alarms == Counter(numbers), "alarms missed or doubled"
    await one.close()
    await two.close()


async def compare_sent(config: Any, post: Post) -> None:
    """What the ledger says with what the service took."""
    app = await App.open(config, clock=MovableClock(frozen_at=datetime.now(UTC)))
    async with app.db.read(app.clock.now()) as work:
        of_post = select(outbox).where(outbox.c.channel == "post").order_by(outbox.c.id)
        rows = (await work.connection.execute(of_post)).all()
    await app.close()
    taken = Counter(message.key for message in post.taken)
    first = {message.key: message.id for message in reversed(post.taken)}
    uncertain = sum(row.uncertain for row in rows)
    doubled = sum(count - 1 for count in taken.values())
    print(f"{len(rows)} messages by the service, {uncertain} tries of unknown end, {doubled} doubled")
    assert rows, "nobody heard anything by the service"
    keys: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for row in rows:
        key = f"huiyin-{row.id}"
        assert taken[key] <= 1 + row.uncertain, "doubled without need"
        if row.state == "sent":
            assert taken[key] >= 1, "lost"
            if not row.edit:
                keys[row.person, row.lane, row.matter].append(first[key])
    for ids in keys.values():
        assert ids == sorted(ids), "order violated"
    assert post.wrong == []
