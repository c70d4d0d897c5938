"""The inbox against a model: doubled deliveries, workers that die, messages that keep failing; nothing lost, no order broken."""

import asyncio
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from storage.database import Database
from storage.inbox import InboxMessage
from tests.storage.conftest import people
from tests.storage.matters import NOW

CHATS = ("ann", "bob")
TRIES = 2


class Died(Exception):
    """The worker is gone before its transaction was committed."""


class IntakeMachine(RuleBasedStateMachine):
    template: ClassVar[Path | None] = None

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="huiyin-intake-"))
        self.database: Database = self.run(self.open())
        self.said: dict[str, list[str]] = defaultdict(list)
        self.handled: dict[str, list[str]] = defaultdict(list)
        self.parked: dict[int, tuple[str, str]] = {}
        self.bad: set[str] = set()
        self.late: list[tuple[str, str]] = []
        """Parked messages put back: their place in the order was given up."""
        self.count = 0

    async def open(self) -> Database:
        file = self.folder / "huiyin.db"
        if IntakeMachine.template is None:
            made = Path(tempfile.mkdtemp(prefix="huiyin-intake-")) / "huiyin.db"
            database = await Database.open(f"sqlite+aiosqlite:///{made}")
            await database.migrate()
            async with database.begin(NOW) as work:
                await people(work)
            await database.close()
            IntakeMachine.template = made
        shutil.copy(IntakeMachine.template, file)
        return await Database.open(f"sqlite+aiosqlite:///{file}")

    def run(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(what)

    # --------------------------------------------------------------------------------------------- what may happen

    @rule(chat=st.sampled_from(CHATS), bad=st.sampled_from((False, False, False, True)))
    def say(self, chat: str, bad: bool) -> None:
        self.count += 1
        message = f"{chat}{self.count}"
        self.said[chat].append(message)
        if bad:
            self.bad.add(message)
        assert self.run(self.store(chat, message)) == 1

    @rule(chat=st.sampled_from(CHATS), which=st.integers(0, 100))
    def deliver_again(self, chat: str, which: int) -> None:
        if self.said[chat]:
            assert self.run(self.store(chat, self.said[chat][which % len(self.said[chat])])) == 0

    async def store(self, chat: str, message: str) -> int:
        async with self.database.begin(NOW) as work:
            row = InboxMessage(channel="console", message_id=message, address=chat, payload={"m": message}, at=NOW)
            return len(await work.inbox.add([row]))

    @rule(dies=st.booleans())
    def work_a_batch(self, dies: bool) -> None:
        self.run(self.batch(dies))

    async def batch(self, dies: bool) -> None:
        """As intake does: all in one transaction; where one fails, one by one, and the failing one is counted."""
        done: list[tuple[str, str]] = []
        failed: int | None = None
        try:
            async with self.database.begin(NOW) as work:
                for row in await work.inbox.claim(8):
                    message = row.payload["m"]
                    if message in self.bad:
                        failed = row.id
                        raise Died
                    done.append((row.address, message))
                    work.inbox.done([row.id])
                if dies:
                    raise Died
        except Died:
            done.clear()
        if failed is not None and await self.database.note_failure(failed, "bad", park_after=TRIES):
            async with self.database.read(NOW) as work:
                row = next(row for row in await work.inbox.parked() if row.id == failed)
            self.parked[failed] = (row.address, row.payload["m"])
        for chat, message in done:
            self.handled[chat].append(message)

    @rule()
    def mend_and_replay(self) -> None:
        """The operator mends what was wrong and puts the parked messages back; they come late, the others went on."""
        for number, (chat, message) in list(self.parked.items()):
            self.bad.discard(message)
            self.run(self.replay(number))
            del self.parked[number]
            self.said[chat].remove(message)
            self.late.append((chat, message))

    async def replay(self, number: int) -> None:
        async with self.database.begin(NOW + timedelta(minutes=1)) as work:
            assert await work.inbox.replay(number)

    # ---------------------------------------------------------------------------------------------- what must hold

    def teardown(self) -> None:
        if not hasattr(self, "database"):
            return
        try:
            self.mend_and_replay()
            for _ in range(4 * sum(map(len, self.said.values())) + 8):
                self.run(self.batch(dies=False))
            self.mend_and_replay()
            self.bad.clear()
            for _ in range(20):
                self.run(self.batch(dies=False))
            for chat in CHATS:
                mine = [message for whose, message in self.late if whose == chat]
                in_order = [message for message in self.handled[chat] if message not in mine]
                assert in_order == self.said[chat], "lost, doubled or out of order"
                assert sorted(m for m in self.handled[chat] if m in mine) == sorted(mine), (
                    "a parked one lost or doubled"
                )
        finally:
            self.run(self.database.close())
            self.loop.close()
            shutil.rmtree(self.folder)


IntakeMachine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestIntake = IntakeMachine.TestCase
