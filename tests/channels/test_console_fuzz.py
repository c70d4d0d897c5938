"""Whatever is sent, the console answers in its own shape and never breaks."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from aiohttp import ClientError, web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.channels.console import ConsoleSettings, add_console
from tests.channels.conftest import Client, HandClock, keys
from tests.channels.console_desk import MemoryDesk

CODES = {
    "bad_json",
    "bad_request",
    "unknown_person",
    "unknown_message",
    "not_allowed",
    "too_large",
    "unsupported_media",
    "gone",
    "rate_limited",
}
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

texts = st.text(max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "text": values,
        "press": values,
        "message": values,
        "client_id": values,
        "advance": values,
        "code": values,
    },
)
people = st.sampled_from(["p-li", "s-chen", "nobody"]) | texts.filter(
    lambda t: t and "/" not in t and t not in {".", ".."}
)


@asynccontextmanager
async def a_console() -> AsyncIterator[Client]:
    clock = HandClock()
    app = web.Application()
    add_console(app, MemoryDesk(), ConsoleSettings(cookie_keys=keys, link_keys=keys, monotonic=lambda: clock.seconds))
    async with TestClient(TestServer(app)) as client:
        yield client


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


async def answers_properly(console: Client, method: str, path: str, **rest: Any) -> None:
    try:
        response = await console.request(method, path, **rest)
    except (ClientError, ValueError):
        return  # the client itself would not send it
    assert response.status < 500, await response.text()
    if response.status >= 400 and response.content_type == "application/json":
        assert (await response.json())["error"]["code"] in CODES
    response.release()


@FUZZ
@given(person=people, body=bodies | values)
def test_any_json_said(person: str, body: object) -> None:
    async def test() -> None:
        async with a_console() as console:
            path = f"/api/people/{quote(person, errors='surrogatepass')}/messages"
            sent = json.dumps(body).encode("utf-8", "surrogatepass")
            for target in (path, "/api/clock", "/api/session"):
                await answers_properly(console, "POST", target, data=sent, headers={"Content-Type": "application/json"})

    run(test())


@FUZZ
@given(body=st.binary(max_size=300), content_type=st.sampled_from(["application/json", "text/plain", "image/png", ""]))
def test_any_bytes_said(body: bytes, content_type: str) -> None:
    async def test() -> None:
        async with a_console() as console:
            path = "/api/people/p-li/messages"
            await answers_properly(console, "POST", path, data=body, headers={"Content-Type": content_type})

    run(test())


part_lines = st.lists(
    st.sampled_from(
        [
            b"--b",
            b"--b--",
            b"",
            b'Content-Disposition: form-data; name="files"; filename="a.png"',
            b'Content-Disposition: form-data; name="text"',
            b"Content-Disposition: form-data; name*=x'y",
            b"Content-Disposition: attachment",
            b"Content-Type: multipart/mixed; boundary=c",
            b"Content-Type: image/png; charset=nothing",
            b"Content-Transfer-Encoding: base64",
            b"Content-Encoding: gzip",
            b"Content-Length: 99999",
            b"\x89PNG\r\n",
            b"\xff\xfe",
        ]
    )
    | st.binary(max_size=20),
    max_size=14,
)


@FUZZ
@example(lines=[b"--b", b"Content-Disposition: form-data; name*=x'y"], boundary="b")
@given(lines=part_lines, boundary=st.sampled_from(["b", "c", '"b"', "", "b" * 80]))
def test_any_multipart_said(lines: list[bytes], boundary: str) -> None:
    async def test() -> None:
        async with a_console() as console:
            headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
            path = "/api/people/p-li/messages"
            await answers_properly(console, "POST", path, data=b"\r\n".join(lines), headers=headers)

    run(test())


header_names = st.sampled_from(
    ["Host", "Origin", "Cookie", "Authorization", "Sec-Fetch-Site", "If-None-Match", "Content-Length", "Range", "X-Any"]
)
header_values = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), max_size=40) | st.sampled_from(
    ["huiyin_person=a.b", "Bearer é", "[::1", "bytes=5-1", "null"]
)


@FUZZ
@given(
    headers=st.dictionaries(header_names, header_values, max_size=3),
    path=texts,
    query=st.dictionaries(texts, texts, max_size=3),
)
def test_any_headers_and_addresses(headers: dict[str, str], path: str, query: dict[str, str]) -> None:
    async def test() -> None:
        async with a_console() as console:
            for start in ("/api/people", "/media/", "/static/", "/api/records/"):
                address = start + quote(path, errors="surrogatepass")
                await answers_properly(console, "GET", address, headers=headers, params=query)
            await answers_properly(console, "GET", "/api/people/p-li/messages", params=query | {"after": path})

    run(test())
