"""Log lines: JSON that names turn, chat and record; nothing that could be a person's; lost errors told once."""

import asyncio
import io
import json
import logging
import sys
from typing import Any

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from bot.intake import told_of
from bot.logs import log_lost_errors, set_up_logs, without_people
from bot.settings import LogSettings
from tests.operations.conftest import Serve


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Everything logged since, as JSON objects."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    before = structlog.get_config()
    handlers, level = logging.root.handlers[:], logging.root.level
    set_up_logs(LogSettings(level="info", format="json"))
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def fresh() -> Any:
    """A logger that has not been bound to another test's stream."""
    return structlog.get_logger("fresh")


def test_a_line_is_json_with_its_time_and_level(lines: Any) -> None:
    fresh().warning("channel_slow", channel="telegram", seconds=3)
    (line,) = lines()
    assert line["event"] == "channel_slow"
    assert (line["level"], line["channel"], line["seconds"]) == ("warning", "telegram", 3)
    assert line["timestamp"].endswith("Z")


def test_lines_of_libraries_look_the_same(lines: Any) -> None:
    try:
        raise ValueError("call 13800138000")
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error handling request")
    (line,) = lines()
    assert (line["logger"], line["level"], line["event"]) == ("aiohttp.server", "error", "Error handling request")
    assert "ValueError: call [phone]" in line["exception"]


PERSONAL = [
    ("王女士 13800138000 说漏水", "王女士 [phone] 说漏水"),
    ("手机138-0013-8000。", "手机[phone]。"),
    ("+86 138 0013 8000", "[phone]"),
    ("0755-26912345", "[phone]"),
    ("证件11010519491231002X", "证件[id number]"),
    ("mail wang@example.com now", "mail [mail] now"),
    (
        "https://api.example.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1/send",
        "https://api.example.org/bot[token]/send",
    ),
    ("/cgi-bin/send?access_token=abc.def-1&x=1", "/cgi-bin/send?access_token=[secret]&x=1"),
    ("Authorization: Bearer abcdef", "Authorization: Bearer [secret]"),
    ("postgresql+asyncpg://huiyin:s3cret@db/huiyin", "postgresql+asyncpg://[account]@db/huiyin"),
    ("[SQL: INSERT]\n[parameters: ('王', '漏水')]\n", "[SQL: INSERT]\n[parameters left out]\n"),
    ("duplicate key\nDETAIL:  Key (phone)=(1) exists.", "duplicate key\nDETAIL: [left out]"),
]
KEPT = ["TS20261123-0001", "E000123", "2026-11-23T02:00:00.123456Z", "D000001", "20261123000001", "GD20261123-00012"]


@pytest.mark.parametrize(("said", "written"), PERSONAL)
def test_what_could_be_a_persons_is_blackened_wherever_it_stands(said: str, written: str) -> None:
    event = {"event": said, "inner": {"list": [said]}, "error": ValueError(said)}
    assert without_people(None, "info", dict(event)) == {
        "event": written,
        "inner": {"list": [written]},
        "error": written,
    }


@pytest.mark.parametrize("word", KEPT)
def test_numbers_of_ours_are_left(word: str) -> None:
    assert without_people(None, "info", {"event": f"about {word}"}) == {"event": f"about {word}"}


async def test_every_line_of_a_turn_names_it_its_chat_and_its_record(
    serve_house: Serve, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.channels.console.port import Incoming

    served = await serve_house(start=False)
    app = served.house.app
    person = next(p.id for p in await served.house.desk.people() if p.role == "owner")
    answer = app.talk.answer

    async def talkative(work: Any, row: Any, now: Any) -> None:
        await answer(work, row, now)
        structlog.contextvars.bind_contextvars(record="TS20261123-0001")
        fresh().info("inside")

    monkeypatch.setattr(app.talk, "answer", talkative)
    await served.house.desk.accept(person, Incoming(text="帮助"))
    await app.settle()
    fresh().info("outside")
    inside, outside = (next(line for line in lines() if line["event"] == name) for name in ("inside", "outside"))
    assert inside["request"] == "E000001"
    assert isinstance(inside["chat"], int)
    assert inside["record"] == "TS20261123-0001"
    assert outside.keys().isdisjoint({"request", "chat", "record"})
    assert told_of  # the same words for a message run singly


async def test_a_failing_message_is_told_with_its_reference_and_without_its_words(
    serve_house: Serve, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.channels.console.port import Incoming

    served = await serve_house(start=False)
    app = served.house.app
    person = next(p.id for p in await served.house.desk.people() if p.role == "owner")

    async def broken(*_: Any) -> None:
        raise ValueError("no 13800138000")

    monkeypatch.setattr(app.talk, "answer", broken)
    await served.house.desk.accept(person, Incoming(text="我是王女士，电话13900139000"))
    await app.settle()
    told = lines()
    failed = [line for line in told if line["event"] == "message_failed"]
    assert {line["request"] for line in failed} == {"E000001"}
    assert [line["request"] for line in told if line["event"] == "message_parked"] == ["E000001"]
    for word in ("13800138000", "13900139000", "王女士"):
        assert word not in json.dumps(told, ensure_ascii=False)


async def test_every_line_of_a_request_carries_its_id(serve_house: Serve, lines: Any) -> None:
    served = await serve_house(start=False)

    async def talkative() -> str:
        fresh().info("asked")
        return "ok"

    served.house.app.readiness["talkative"] = talkative
    async with served.client.get(served.root + "/readyz", headers={"X-Request-Id": "from-the-proxy-1"}) as answer:
        assert answer.headers["X-Request-Id"] == "from-the-proxy-1"
    async with served.client.get(
        served.root + "/readyz", headers={"X-Request-Id": "<script>alert(1)</script>"}
    ) as answer:
        given = answer.headers["X-Request-Id"]
        assert len(given) == 16
    assert [line["request"] for line in lines() if line["event"] == "asked"] == ["from-the-proxy-1", given]


async def test_an_error_nobody_awaits_is_told_once(lines: Any) -> None:
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    log_lost_errors(loop)

    async def lost() -> None:
        with bound_contextvars(request="E000007"):
            raise RuntimeError("call 13800138000")

    task = loop.create_task(lost())
    await asyncio.sleep(0.01)
    del task
    await asyncio.sleep(0)
    loop.set_exception_handler(before)
    told = [line for line in lines() if line["event"] == "task_failed"]
    assert len(told) == 1
    assert "RuntimeError: call [phone]" in told[0]["exception"]
    assert told[0]["task"].endswith("lost")
