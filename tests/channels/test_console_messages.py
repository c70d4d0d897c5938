"""What is said, heard, pressed and waited for through the console's API."""

import asyncio
import io
import json

import pytest
from aiohttp import FormData

from tests.channels.conftest import Client, HandClock
from tests.channels.console_desk import MemoryDesk

PNG = b"\x89PNG\r\n\x1a\n" + bytes(2000)
LI = "/api/people/p-li/messages"


async def heard(console: Client, path: str = LI) -> list[dict[str, object]]:
    return await (await console.get(path)).json()


async def refused(response: object, status: int, code: str) -> None:
    body = await response.json()  # type: ignore[attr-defined]
    assert (response.status, body["error"]["code"]) == (status, code)  # type: ignore[attr-defined]
    assert body["error"]["message"]


async def test_people_carry_role_site_unit_and_language(console: Client) -> None:
    people = await (await console.get("/api/people")).json()
    assert people[0] == {
        "id": "p-li",
        "name": "李敏",
        "role": "owner",
        "site": "翠湖花园",
        "unit": "3-1-201",
        "department": None,
        "language": "zh",
    }


async def test_a_text_is_accepted_listed_and_answered(console: Client) -> None:
    response = await console.post(LI, json={"text": "你好"})
    assert response.status == 202
    body = await response.json()
    said, answered = await heard(console)
    assert body == {"accepted": True, "id": said["id"]}
    assert (said["from"], said["text"], said["at"]) == ("person", "你好", "2026-11-23T02:00:00.000+00:00")
    assert (answered["from"], answered["text"], answered["choices"]) == ("bot", "您说：你好", [])


async def test_the_same_client_id_is_answered_and_nothing_happens_twice(console: Client) -> None:
    first, second = [
        await (await console.post(LI, json={"text": "你好", "client_id": "a" * 64})).json() for _ in range(2)
    ]
    assert first == second
    assert len(await heard(console)) == 2


async def test_a_press_is_listed_as_the_persons_message_and_edits_what_was_asked(console: Client) -> None:
    await console.post(LI, json={"text": "菜单"})
    asked = (await heard(console))[-1]
    assert asked["choices"][0] == {"label": "电梯", "value": "lift", "enabled": True}  # type: ignore[index]
    response = await console.post(LI, json={"press": "lift", "message": asked["id"]})
    assert response.status == 202
    pressed, edited, _ = await heard(console, f"{LI}?after={asked['id']}")
    assert (pressed["from"], pressed["text"], pressed["reply_to"]) == ("person", "电梯", asked["id"])
    assert edited["edits"] == asked["id"]
    assert not any(choice["enabled"] for choice in edited["choices"])  # type: ignore[attr-defined]


async def test_a_press_may_name_any_version_of_the_message(console: Client) -> None:
    await console.post(LI, json={"text": "菜单"})
    asked = (await heard(console))[-1]["id"]
    await console.post(LI, json={"press": "lift", "message": asked})
    assert (await console.post(LI, json={"press": "leak", "message": asked})).status == 202


async def test_photos_come_with_text_and_are_fetchable(console: Client) -> None:
    form = FormData({"text": "轿厢里", "client_id": "c1"})
    form.add_field("files", PNG, filename="../电梯.png", content_type="image/png")
    form.add_field("files", PNG + b"2", filename="b.png", content_type="image/png")
    assert (await console.post(LI, data=form)).status == 202
    said = (await heard(console))[0]
    assert said["text"] == "轿厢里"
    photo = said["attachments"][0]  # type: ignore[index]
    assert (photo["name"], photo["type"]) == ("电梯.png", "image/png")
    fetched = await console.get(photo["url"])
    assert (fetched.status, await fetched.read()) == (200, PNG)
    assert fetched.headers["Content-Type"] == "image/png"


async def test_multipart_may_carry_a_text_alone(console: Client) -> None:
    form = FormData(default_to_multipart=True)
    form.add_field("text", "没有照片")
    assert (await console.post(LI, data=form)).status == 202


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "bad_json"),
        ("", 400, "bad_json"),
        ("[" * 100_000, 400, "bad_json"),
        ('{"text": ' + "9" * 5000 + "}", 400, "bad_json"),
        ("[]", 400, "bad_request"),
        ("{}", 400, "bad_request"),
        ('{"text": "  "}', 400, "bad_request"),
        ('{"text": 5}', 400, "bad_request"),
        ('{"text": "\\ud800"}', 400, "bad_request"),
        ('{"text": "a\\u0000"}', 400, "bad_request"),
        ('{"press": "lift"}', 400, "bad_request"),
        ('{"press": "lift", "message": true}', 400, "bad_request"),
        ('{"press": "lift", "message": 1, "text": "a"}', 400, "bad_request"),
        ('{"text": "a", "message": 1}', 400, "bad_request"),
        ('{"press": "lift", "message": 99}', 404, "unknown_message"),
        ('{"press": "lift", "message": 9' + "9" * 30 + "}", 400, "bad_request"),
        (json.dumps({"text": "字" * 8001}), 413, "too_large"),
        (json.dumps({"text": "a", "client_id": "a" * 65}), 413, "too_large"),
        ('{"text": "a", "client_id": ""}', 400, "bad_request"),
        (json.dumps({"text": "a", "rest": "x" * 1024 * 1024}), 413, "too_large"),
    ],
)
async def test_what_cannot_be_taken_is_refused_with_a_code(console: Client, body: str, status: int, code: str) -> None:
    await refused(
        await console.post(LI, data=io.BytesIO(body.encode()), headers={"Content-Type": "application/json"}),
        status,
        code,
    )
    assert await heard(console) == []


async def test_text_of_8000_characters_is_taken(console: Client) -> None:
    assert (await console.post(LI, json={"text": "字" * 8000})).status == 202


async def test_a_choice_never_offered_is_refused(console: Client) -> None:
    await console.post(LI, json={"text": "菜单"})
    asked = (await heard(console))[-1]["id"]
    await refused(await console.post(LI, json={"press": "fire", "message": asked}), 400, "bad_request")


async def test_a_stranger_is_unknown(console: Client) -> None:
    await refused(await console.get("/api/people/nobody/messages"), 404, "unknown_person")
    await refused(await console.post("/api/people/nobody/messages", json={"text": "a"}), 404, "unknown_person")
    await refused(await console.get("/api/people/%00/messages"), 404, "unknown_person")


async def test_files_of_another_kind_and_of_more_than_20_mib_are_refused(console: Client) -> None:
    form = FormData()
    form.add_field("files", b"MZ" + bytes(100), filename="a.png", content_type="image/png")
    await refused(await console.post(LI, data=form), 415, "unsupported_media")
    form = FormData()
    form.add_field("files", io.BytesIO(PNG + bytes(20 * 1024 * 1024)), filename="a.png", content_type="image/png")
    await refused(await console.post(LI, data=form), 413, "too_large")
    form = FormData()
    form.add_field("files", io.BytesIO(PNG + bytes(50_000_000)), filename="a.png", content_type="image/png")
    await refused(await console.post(LI, data=form), 413, "too_large")
    form = FormData()
    form.add_field("files", b"", filename="a.png", content_type="image/png")
    await refused(await console.post(LI, data=form), 400, "bad_request")
    assert await heard(console) == []


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=x", "multipart/mixed; boundary=x"]
)
async def test_a_broken_multipart_body_is_refused(console: Client, content_type: str) -> None:
    for body in (
        b"",
        b"--x",
        b"--x\r\n\r\nno end",
        b"--x\r\nContent-Disposition: form-data; name=text\r\n\r\n\xff\r\n--x--\r\n",
    ):
        response = await console.post(LI, data=body, headers={"Content-Type": content_type})
        await refused(response, 400, "bad_request")


async def test_more_than_a_burst_of_20_then_5_a_second_is_refused(console: Client, seconds: HandClock) -> None:
    assert [(await console.post(LI, json={"text": "a"})).status for _ in range(20)] == [202] * 20
    too_fast = await console.post(LI, json={"text": "a"})
    await refused(too_fast, 429, "rate_limited")
    assert int(too_fast.headers["Retry-After"]) >= 1
    assert (await console.post("/api/people/s-chen/messages", json={"text": "a"})).status == 202
    seconds.seconds += 1
    assert [(await console.post(LI, json={"text": "a"})).status for _ in range(6)] == [202] * 5 + [429]


async def test_a_long_poll_ends_with_the_first_news_of_that_person(console: Client, desk: MemoryDesk) -> None:
    first = desk.tell("p-li", "一")

    async def waits() -> list[dict[str, object]]:
        return await heard(console, f"{LI}?after={first}&wait=20")

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        waiting = group.create_task(waits())
        while not len(desk.changes):  # noqa: ASYNC110 — the poll itself is waited for
            await asyncio.sleep(0)
        desk.tell("s-chen", "别人的")
        await asyncio.sleep(0.05)
        assert not waiting.done()
        desk.tell("p-li", "二")
    assert [message["text"] for message in waiting.result()] == ["二"]


async def test_a_long_poll_without_news_is_empty(console: Client) -> None:
    assert await heard(console, f"{LI}?wait=0.1") == []


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=%EF%BC%91", "after=" + "9" * 40, "wait=-1", "wait=nan", "wait=1e9"]
)
async def test_a_query_that_makes_no_sense_is_refused(console: Client, query: str) -> None:
    await refused(await console.get(f"{LI}?{query}"), 400, "bad_request")


async def test_events_tell_who_has_something_new(console: Client, desk: MemoryDesk) -> None:
    async with asyncio.timeout(10), console.get("/api/events") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        assert stream.headers["X-Content-Type-Options"] == "nosniff"
        await stream.content.readuntil(b"\n\n")
        last = desk.tell("p-li", "一")
        assert await stream.content.readuntil(b"\n\n") == f'event: messages\ndata: {{"p-li": {last}}}\n\n'.encode()
        await console.post("/api/clock", json={"advance": "PT1M"})
        assert b"event: clock" in await stream.content.readuntil(b"\n\n")


async def test_streams_and_polls_end_with_the_server(console: Client, desk: MemoryDesk) -> None:
    async with asyncio.timeout(10), console.get("/api/events") as stream:
        await stream.content.readuntil(b"\n\n")
        desk.changes.close()
        await stream.content.read()
    assert len(desk.changes) == 0
