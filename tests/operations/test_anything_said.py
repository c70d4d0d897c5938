"""Whatever anybody says or presses, at the console's own address: no fault, no hang, nothing lost, nothing parked.

Everybody of the sample sites talks at random: sense, nonsense, other people's buttons, the same message twice, broken
requests, and time that passes. A seed that has failed is kept in KEPT.
"""

import asyncio
import json
import os
import random
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from storage.tables.messages import inbox
from tests.operations.conftest import Serve, Served

SOAK = os.environ.get("HUIYIN_SOAK") == "1"
CASES = 20_000 if SOAK else 400
KEPT = (1, 20261123)
TODAY = int(os.environ.get("HUIYIN_SEED", datetime.now(UTC).timetuple().tm_yday + 1000))
LONGEST_ANSWER = 30.0
"""Seconds; a request that takes longer hangs."""

SENSE = (
    "我要投诉电梯坏了", "家里漏水", "家里", "公共区域", "跳过", "确认", "正常处理", "很急", "对", "返回", "取消", "重来", "进度", "催单",
    "人工", "帮助", "/my", "/queue", "/calls", "/duty", "/callbacks", "/inbox", "/shift", "/leave", "/relay", "/privacy", "/bind", "1",
    "二", "选3", "２", "99", "0", "-1", "明天下午三点后", "今天", "2-1-501", "张三", "13800138000", "完成", "满意", "不满意", "同意",
)  # fmt: skip
NONSENSE = (
    "", " ", "\n\t", "\u200b", "\u202e倒过来", "مرحبا", "👩‍👩‍👧‍👦" * 30, "é" * 300, "A" * 7_999, "漏" * 8_001, "a" * 100_000, "\x00", "\ud83d",
    "{0}", "%s%n", "';DROP TABLE inbox;--", "<b>x</b>", "=1+1", "/" * 50, "/complain " * 40, "..", "TS20261123-0001", "GD99999999-9999",
)  # fmt: skip
PRESSES = (
    "",
    "q/d1/1/x",
    "accept/GD20261123-0001/1",
    "archive/TS20261123-0001/1",
    "a" * 300,
    "nothing",
    "q//",
    "☃",
    "verdict/…/0",
)
BROKEN = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"text":',
    b'{"text": 1}',
    b"\xff\xfe",
    b'{"press": []}',
    b'{"text": "x", "message": "y"}',
)


class Crowd:
    """People talking at random; `accepted` are the ids that the house gave to what they said."""

    def __init__(self, served: Served, people: list[str], seed: int) -> None:
        self._served = served
        self._people = people
        self._dice = random.Random(seed)
        self._choices: list[tuple[str, int]] = []
        self.accepted: set[tuple[str, int]] = set()

    async def case(self) -> None:
        dice, person = self._dice, self._dice.choice(self._people)
        match dice.randrange(10):
            case 0 | 1 | 2 | 3:
                await self._say(person, {"text": dice.choice(SENSE)})
            case 4:
                await self._say(person, {"text": dice.choice(NONSENSE)})
            case 5:
                sent = {"text": dice.choice(SENSE), "client_id": f"c{dice.randrange(50)}"}
                first, second = await self._say(person, sent), await self._say(person, sent)
                assert None in (first, second) or first == second, sent
            case 6 | 7:
                await self._listen(person)
                if self._choices:
                    press, message = dice.choice(self._choices)
                    await self._say(person, {"press": press, "message": message})
            case 8:
                await self._say(person, {"press": dice.choice(PRESSES), "message": dice.randrange(-1, 99)})
            case _:
                await self._post(person, dice.choice(BROKEN))

    async def _say(self, person: str, body: dict[str, Any]) -> int | None:
        found = await self._post(person, json.dumps(body).encode())
        if found is not None:
            self.accepted.add((person, found))
        return found

    async def _post(self, person: str, body: bytes) -> int | None:
        address = f"{self._served.root}/api/people/{person}/messages"
        headers = {"Content-Type": "application/json"}
        limit = aiohttp.ClientTimeout(LONGEST_ANSWER)
        async with self._served.client.post(address, data=body, headers=headers, timeout=limit) as answer:
            told = await answer.json()
            assert answer.status < 500, (body[:200], told)
            if answer.status != 202:
                assert told["error"]["message"], told
                return None
            return int(told["id"])

    async def _listen(self, person: str) -> None:
        address = f"{self._served.root}/api/people/{person}/messages"
        async with self._served.client.get(address) as answer:
            assert answer.status == 200
            for message in await answer.json():
                self._choices += [(choice["value"], message["id"]) for choice in message["choices"]]
        del self._choices[:-200]


@pytest.mark.parametrize("seed", [*KEPT, TODAY])
async def test_no_fault_no_hang_and_nothing_lost(serve_house: Serve, seed: int) -> None:
    print(f"seed {seed}")
    served = await serve_house()
    async with served.client.get(f"{served.root}/api/people") as answer:
        people = [row["id"] for row in await answer.json()]
    dice = random.Random(seed)
    staff = [person for person in people if dice.random() < 0.4]
    crowd = Crowd(served, staff, seed)
    for number in range(CASES // 3 if SOAK else CASES):
        await crowd.case()
        if number % 100 == 99:
            async with served.client.post(f"{served.root}/api/clock", json={"advance": "PT37M"}) as answer:
                assert answer.status == 200, await answer.text()
    async with asyncio.timeout(LONGEST_ANSWER):
        await served.house.app.settle()
    async with served.house.app.db.read(served.house.clock.now()) as work:
        states = dict(
            (await work.connection.execute(select(inbox.c.state, func.count()).group_by(inbox.c.state))).all()
        )  # type: ignore[arg-type]
        parked = await work.deadlines.parked()
    assert set(states) == {"done"}, states
    assert states["done"] == len(crowd.accepted)
    assert parked == []
    health, _ = await served.get("/healthz")
    assert health == 200
