"""The ladder through the whole house: random presses of whoever is offered something, time that jumps, the house rebuilt.

After every step: nothing is late, parked or forgotten; whoever was pinged and kept silent has somebody above them told,
and nobody is told of the same step twice in one moment.
"""

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.complaint import Complaint
from domain.glossary import Level
from storage.backlog import forgotten, read_backlog
from tests.handlers.chat.conftest import Talk
from tests.house_under_test import House, make_template

SOAK = os.environ.get("HUIYIN_SOAK") == "1"
ROLES = ("owner", "front_desk", "technician", "department_head", "cs_supervisor", "cs_head", "site_manager", "leader")
WORDS = ("跳过", "已安排", "确认", "1", "明天下午三点")


class LadderMachine(RuleBasedStateMachine):
    template: ClassVar[Path | None] = None

    @initialize(urgent=st.booleans())
    def begin(self, urgent: bool) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="huiyin-ladder-"))
        self.talk: Talk = self.run(self.open())
        self.number: str = self.run(self.file(urgent))

    async def open(self) -> Talk:
        if LadderMachine.template is None:
            LadderMachine.template = await make_template(Path(tempfile.mkdtemp(prefix="huiyin-ladder-")))
        talk = Talk(await House.open(self.folder, LadderMachine.template))
        people = await talk.stage.people()
        self.people = [str(p["id"]) for role in ROLES for p in people if p["role"] == role][:14]
        return talk

    async def file(self, urgent: bool) -> str:
        owner = await self.talk.id("owner")
        number = await self.talk.files(owner)
        if urgent:
            await self.talk.press(await self.talk.id("front_desk"), "标为紧急")
        return number

    def run(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(what)

    # --------------------------------------------------------------------------------------------- what may happen

    @rule(who=st.integers(0, 13), which=st.integers(0, 5))
    def press(self, who: int, which: int) -> None:
        async def pressed() -> None:
            person = self.people[who % len(self.people)]
            offered = [m for m in await self.talk.stage.messages(person, 0) if m.choices][-2:]
            if offered:
                message = offered[which % len(offered)]
                value = message.choices[which % len(message.choices)][1]
                await self.talk.stage.say(person, press=value, message=message.id)

        self.run(pressed())

    @rule(who=st.integers(0, 13), words=st.sampled_from(WORDS))
    def say(self, who: int, words: str) -> None:
        self.run(self.talk.says(self.people[who % len(self.people)], words))

    @rule(hours=st.sampled_from((0.1, 1.0, 1.0, 6.0, 24.0, 80.0)))
    def wait(self, hours: float) -> None:
        self.run(self.talk.later(hours=hours))

    @rule()
    def rebuild(self) -> None:
        self.run(self.talk.house.rebuild())

    # ---------------------------------------------------------------------------------------------- what must hold

    @invariant()
    def nothing_is_missed_or_doubled(self) -> None:
        if hasattr(self, "number"):
            self.run(self.check())

    async def check(self) -> None:
        house = self.talk.house
        async with house.app.db.read(house.clock.now()) as work:
            backlog = await read_backlog(work)
            assert (backlog.late.count, backlog.deadlines_parked, backlog.inbox_parked) == (0, 0, 0)
            assert await forgotten(work) == []
            complaint = await work.complaints.get(self.number)
            events = await work.events.of(self.number)
        assert complaint is not None
        pings = Counter((e.at, e.data.get("step"), e.data.get("level")) for e in events if e.kind == "escalation.ping")
        assert not [ping for ping, times in pings.items() if times > 1], "told twice in one moment"
        if not complaint.closed:
            self.silence_climbs(complaint)

    def silence_climbs(self, complaint: Complaint) -> None:
        house = self.talk.house
        within = timedelta(minutes=house.app.rules(complaint.site).escalation.ack_minutes)
        for step in complaint.escalation.steps:
            silent = step.acknowledged_at is None and step.instructed_at is None and step.ended_at is None
            if not silent or step.pinged_at is None or step.level >= Level.L6:
                continue
            above = [
                s
                for s in complaint.escalation.steps
                if (s.cause, s.subject) == (step.cause, step.subject) and s.level > step.level and s.at >= step.at
            ]
            assert above or house.clock.now() - step.pinged_at <= within, f"{step.level} was silent, nobody above told"

    def teardown(self) -> None:
        if not hasattr(self, "talk"):
            return
        self.run(self.talk.house.close())
        self.loop.close()
        shutil.rmtree(self.folder)


LadderMachine.TestCase.settings = settings(
    max_examples=200 if SOAK else 12,
    stateful_step_count=30 if SOAK else 20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestLadder = pytest.mark.clause("CP-4.2.3a", "CP-4.2.3b")(LadderMachine.TestCase)
