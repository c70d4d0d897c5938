"""A benchmark against rivals that lose conversations would be worthless: each is killed after every single turn."""

import asyncio
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from benchmarks.conversation import SCRIPT
from benchmarks.drive import Load, WorkMissingError, turns_per_second
from benchmarks.entrants import ENTRANTS, Part
from benchmarks.subject import NoReplyError, Subject

CHAT = 7
PRELOADED = ["benchmarks.rivals.aiogram_fsm", "benchmarks.rivals.ptb_conversation"]


def say_and_die(name: str, path: Path, text: str) -> None:
    async def turn() -> None:
        subject = ENTRANTS[name].create()
        await subject.start(path)
        await subject.say(CHAT, text)
        os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(turn())


@pytest.mark.parametrize("name", ENTRANTS)
async def test_conversation_goes_on_although_killed_after_every_turn(name: str, tmp_path: Path) -> None:
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(PRELOADED)  # imports of seconds are paid once, not seven times
    path = tmp_path / "bench.db"
    for text in SCRIPT:
        child = server.Process(target=say_and_die, args=(name, path, text))
        child.start()
        await asyncio.to_thread(child.join, 60)
        assert child.exitcode == -signal.SIGKILL, f"{text!r} was not answered"

    subject = ENTRANTS[name].create()
    await subject.start(path)
    filed = await subject.filed()
    await subject.stop()
    assert filed == 1


@pytest.mark.parametrize("name", [name for name, entrant in ENTRANTS.items() if entrant.part is not Part.OURS])
async def test_without_its_store_the_conversation_is_unknown(name: str, tmp_path: Path) -> None:
    """The counter-check: nothing but the store carries the conversation over. (Ours answers whatever is said.)"""
    first, second = ENTRANTS[name].create(), ENTRANTS[name].create()
    await first.start(tmp_path / "one.db")
    await first.say(CHAT, SCRIPT[0])
    await second.start(tmp_path / "two.db")
    with pytest.raises(NoReplyError):
        await second.say(CHAT, SCRIPT[1])
    await first.stop()
    await second.stop()


class Forgetful(Subject):
    """Answers everything and stores nothing."""

    async def start(self, path: Path) -> None: ...

    async def say(self, chat: int, text: str) -> None:
        await asyncio.sleep(0)

    async def filed(self) -> int:
        return 0

    async def stop(self) -> None: ...


async def test_a_subject_that_does_no_work_gets_no_figure() -> None:
    with pytest.raises(WorkMissingError):
        await turns_per_second(Forgetful(), Load(chats=2, seconds=0.01, warm_up=0))
