"""A handler that raises: one apology with a reference, the message parked, everybody else served; mended, it is replayed."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.channels.console import port
from bot.cli import cli
from storage.complaints import Complaints
from tests.house_under_test import House


async def test_a_handler_that_raises_costs_its_message_a_delay_and_nobody_else_anything(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await House.open(tmp_path, template)
    owner, other = [person.id for person in await house.desk.people() if person.role == "owner"][:2]

    async def said(person: str, text: str) -> None:
        await house.desk.accept(person, port.Incoming(text=text, media=(), press=None, message=None))

    async def last(person: str) -> str:
        return [m.text for m in await house.desk.messages(person, None) if m.sender == "bot"][-1]

    async def broken(*_: Any, **__: Any) -> None:
        raise ValueError("13800138000 的进度查不出来")

    with monkeypatch.context() as patched:
        patched.setattr(Complaints, "of_resident", broken)
        await said(owner, "进度")
        await said(other, "我要投诉电梯坏了")
        await house.app.settle()
    apology = await last(owner)
    reference = re.search(r"E(\d{6})", apology)
    assert reference is not None, apology
    assert "抱歉" in apology
    assert "ValueError" not in apology
    assert "哪方面的问题" in await last(other)
    await house.app.close()

    def doctor(*options: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["doctor", *options, "--config", str(tmp_path / "config.toml")])
        return done.exit_code, done.output

    number = str(int(reference[1]))
    code, shown = await asyncio.to_thread(doctor)
    assert (code, f"--replay {number}" in shown) == (1, True), shown
    code, _ = await asyncio.to_thread(doctor, "--replay", number)
    assert code == 0
    fresh = await House._open(house.config, house.clock)
    house.app, house.desk = fresh.app, fresh.desk
    await house.app.settle()
    assert "还没有投诉" in await last(owner)
    await house.close()
