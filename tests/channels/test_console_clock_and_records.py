"""The demo's clock, and the side panel's records."""

import pytest

from tests.channels.conftest import Client
from tests.channels.console_desk import MemoryDesk
from tests.channels.test_console_messages import refused


async def test_the_clock_is_read_and_moved(console: Client) -> None:
    assert await (await console.get("/api/clock")).json() == {"now": "2026-11-23T02:00:00.000+00:00"}
    moved = await console.post("/api/clock", json={"advance": "PT12H"})
    assert (moved.status, await moved.json()) == (200, {"now": "2026-11-23T14:00:00.000+00:00"})
    assert [m["text"] for m in await (await console.get("/api/people/s-liu/messages")).json()] == [
        "到时限了（02:05）。"
    ]


@pytest.mark.parametrize(
    ("advance", "now"),
    [
        ("PT0S", "02:00:00"),
        ("P1DT1H", "03:00:00"),
        ("PT1H30M5S", "03:30:05"),
        ("P1W", "02:00:00"),
        ("PT0.5S", "02:00:00.500"),
    ],
)
async def test_durations_are_iso_8601(console: Client, advance: str, now: str) -> None:
    moved = await (await console.post("/api/clock", json={"advance": advance})).json()
    assert f"T{now}" in moved["now"]


@pytest.mark.parametrize(
    "advance", ["-PT5M", "PT-5M", "P", "PT", "5m", "P1M", "P1Y", "P9999D", "PT1H ", 5, None, "P1W1D"]
)
async def test_other_durations_and_negative_ones_are_refused(
    console: Client, desk: MemoryDesk, advance: object
) -> None:
    await refused(await console.post("/api/clock", json={"advance": advance}), 400, "bad_request")
    assert desk.now_is.hour == 2


async def test_the_next_due_moment_is_told_until_there_is_none(console: Client, desk: MemoryDesk) -> None:
    assert (await (await console.get("/api/clock/next")).json())["due_at"] == "2026-11-23T02:05:00.000+00:00"
    desk.due.clear()
    assert (await (await console.get("/api/clock/next")).json())["due_at"] is None


async def test_records_are_the_viewers_own(console: Client) -> None:
    shown = await (await console.get("/api/records?person=p-li")).json()
    assert shown == [{"number": "TS20261123-0001", "title": "电梯异响，3 栋 1 单元", "state": "处理中"}]
    assert await (await console.get("/api/records?person=p-zhou")).json() == []
    english = await (await console.get("/api/records?person=p-li&lang=en")).json()
    assert english[0]["title"] == "Lift"
    await refused(await console.get("/api/records"), 404, "unknown_person")


async def test_a_timeline_names_the_clause_of_each_step_and_what_is_due(console: Client) -> None:
    timeline = await (await console.get("/api/records/TS20261123-0001/timeline?person=p-li")).json()
    assert timeline["entries"][0]["clause"] == "CP-4.1.1"
    assert timeline["due"][0]["in_words"] == "还剩 23 小时 51 分"
    assert timeline["fields"][0] == {"label": "投诉人", "value": "李敏 · 3-1-201"}
    await refused(await console.get("/api/records/TS1/timeline?person=p-li"), 404, "bad_request")
    await refused(await console.get("/api/records/TS20261123-0001/timeline?person=p-zhou"), 404, "bad_request")


async def test_what_is_not_served_is_refused_in_the_same_shape(console: Client) -> None:
    await refused(await console.get("/api/nothing"), 404, "bad_request")
    await refused(await console.put("/api/people", json={}), 405, "bad_request")
    await refused(await console.get("/static/nothing.js"), 404, "bad_request")
