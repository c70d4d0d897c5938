"""Delivery against a model: whatever fails, dies, blocks or comes late, nothing is lost and little is doubled.

What a message may at worst become is read from its row: doubled as often as nobody knew the end of a try, and then
only where its class says so.
"""

import asyncio
import os
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.sending import Later, Outcome, Unknown
from bot.settings import DeliverySettings
from storage.database import Database
from storage.ledger import Sendable
from tests.delivery.conftest import NOW, Rig
from tests.simulators.post import OUR_CHAT, Post, PostSender
from tests.storage.conftest import people

SOAK = os.environ.get("HUIYIN_SOAK") == "1"
PEOPLE = ("ann", "bob")
LANES = ("urgent", "reply", "bulk")
ENDED = {"sent", "expired", "superseded", "withdrawn", "dropped", "failed"}


class Moody(PostSender):
    """Does the next call as it is told: `after` takes the message and tells nobody, `before` does not take it."""

    mood: str = "fine"

    async def send(self, message: Sendable) -> Outcome:
        if self.mood == "ill":
            return Later("500")
        if self.mood == "before":
            return Unknown("reset")
        outcome = await super().send(message)
        return Unknown("reset") if self.mood == "after" else outcome


class DeliveryMachine(RuleBasedStateMachine):
    template: ClassVar[Path | None] = None

    @initialize(keys=st.booleans())
    def begin(self, keys: bool) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="huiyin-machine-"))
        self.rig = self.run(self.open(keys))
        self.posted: list[str] = []
        self.lives = 1
        self.holder = "r1"

    async def open(self, keys: bool) -> Rig:
        file = self.folder / "huiyin.db"
        if DeliveryMachine.template is not None:
            shutil.copy(DeliveryMachine.template, file)
        database = await Database.open(f"sqlite+aiosqlite:///{file}")
        if DeliveryMachine.template is None:
            await database.migrate()
            async with database.begin(NOW) as work:
                await people(work)
            await database.close()
            DeliveryMachine.template = Path(shutil.copy(file, tempfile.mkdtemp(prefix="huiyin-machine-")))
            database = await Database.open(f"sqlite+aiosqlite:///{file}")
        rig = Rig(
            database,
            Post(keys=keys, chat=OUR_CHAT[0]),
            rules=DeliverySettings(lease_seconds=40, holder_seconds=5, max_attempts=50),
        )
        await rig.bind(*PEOPLE)
        return rig

    def run(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(what)

    def sender(self) -> Moody:
        courier = self.rig.courier(self.holder)
        if not isinstance(courier.sender, Moody):
            courier.sender = Moody(self.rig.post, takes_keys=self.rig.post.keys)
        return courier.sender  # type: ignore[return-value]

    # --------------------------------------------------------------------------------------------- what may happen

    @rule(person=st.sampled_from(PEOPLE), lane=st.sampled_from(LANES), matter=st.sampled_from("AAAB"))
    def say(self, person: str, lane: str, matter: str) -> None:
        self.post(person, lane, matter=matter)

    @rule(many=st.integers(2, 4))
    def say_much(self, many: int) -> None:
        for _ in range(many):
            self.post("ann", "reply", matter="A")

    @rule(person=st.sampled_from(PEOPLE), edit=st.booleans())
    def say_in_a_slot(self, person: str, edit: bool) -> None:
        self.post(person, "reply", slot="s", edit=edit, choices=[("好", "q/1", True)])

    @rule(person=st.sampled_from(PEOPLE), seconds=st.sampled_from((1, 10)))
    def say_for_a_while(self, person: str, seconds: int) -> None:
        self.post(person, "urgent", expires_at=self.rig.now + timedelta(seconds=seconds))

    def post(self, person: str, lane: str, **more: Any) -> None:
        text = f"{len(self.posted)}"
        self.posted.append(text)
        self.run(self.rig.says(text, person=person, lane=lane, **more))

    @rule()
    def withdraw(self) -> None:
        async def withdrawn() -> None:
            async with self.rig.database.begin(self.rig.now) as work:
                work.outbox.withdraw("s")

        self.run(withdrawn())

    @rule(person=st.sampled_from(PEOPLE))
    def block_or_not(self, person: str) -> None:
        self.rig.post.blocked ^= {person}

    @rule(mood=st.sampled_from(("fine", "fine", "ill", "before", "after")))
    def send(self, mood: str) -> None:
        self.sender().mood = mood
        self.run(self.rig.flush(self.holder))

    @rule(mood=st.sampled_from(("fine", "before")))
    def die_while_sending(self, mood: str) -> None:
        """What is claimed is committed, what came back is forgotten; the next life starts with the ledger alone."""
        self.sender().mood = mood

        async def die() -> None:
            async with asyncio.TaskGroup() as tasks:
                await self.rig.courier(self.holder).round(self.rig.now, tasks, None)

        self.run(die())
        self.lives += 1
        self.holder = f"r{self.lives}"

    @rule(seconds=st.sampled_from((0.5, 3, 20, 100)))
    def wait(self, seconds: float) -> None:
        self.sender().mood = "fine"
        self.run(self.rig.pass_time(seconds, self.holder))

    # ---------------------------------------------------------------------------------------------- what must hold

    @invariant()
    def the_service_has_no_complaint(self) -> None:
        if hasattr(self, "rig"):
            assert self.rig.post.wrong == []
            assert self.rig.post.answers[429] == 0

    def teardown(self) -> None:
        if not hasattr(self, "rig"):
            return
        try:
            self.rig.post.blocked.clear()
            self.wait(3600)
            self.compare(self.run(self.rig.rows()))
        finally:
            self.run(self.rig.database.close())
            self.loop.close()
            shutil.rmtree(self.folder)

    def compare(self, rows: dict[str, Any]) -> None:
        assert set(rows) == set(self.posted), "lost before it was sent"
        taken = Counter(message.text for message in self.rig.post.taken)
        missed = Counter(text for _person, text in self.rig.missed)
        for text, row in rows.items():
            assert row.state in ENDED, (text, row.state)
            if row.state == "sent":
                assert taken[text] >= 1, f"{text} was lost"
            if row.state == "failed":
                assert missed[text] == 1, f"nobody was told of {text}"
            if row.state == "dropped":
                assert row.uncertain or row.edit, f"{text} was dropped without need"
            allowed = 1 if self.rig.post.keys else 1 + row.uncertain
            assert taken[text] <= allowed, f"{text} was doubled"
        self.in_order(rows)

    def in_order(self, rows: dict[str, Any]) -> None:
        first: dict[str, int] = {}
        for message in self.rig.post.taken:
            first.setdefault(message.text, message.id)
        keys: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for text, row in rows.items():
            if text in first and not row.edit:
                keys[row.person, row.lane, row.matter].append(first[text])
        for key, ids in keys.items():
            assert ids == sorted(ids), f"order of {key}"


DeliveryMachine.TestCase.settings = settings(
    max_examples=400 if SOAK else 60,
    stateful_step_count=40 if SOAK else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestDelivery = DeliveryMachine.TestCase
