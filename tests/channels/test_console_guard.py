"""Who gets in, from where, and what may be seen."""

from collections.abc import Callable

import pytest
from aiohttp import FormData

from bot.channels.console import ConsoleSettings, UnsafeConsole
from bot.channels.console.keys import Expired, Forged, Signer, same_secret
from bot.channels.console.rates import Rates
from tests.channels.conftest import KEY, Client, HandClock, OpenConsole, keys
from tests.channels.console_desk import MemoryDesk
from tests.channels.test_console_messages import LI, PNG, refused


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "a b", "[::2]", "10.0.0.1:8080", "localhost:999999"]
)
async def test_other_host_names_are_refused(console: Client, host: str) -> None:
    await refused(await console.get("/api/people", headers={"Host": host}), 403, "not_allowed")
    assert (await console.get("/", headers={"Host": host})).status == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9", "[::1]:8080", "LOCALHOST:1"])
async def test_loopback_names_are_served_on_any_port(console: Client, host: str) -> None:
    assert (await console.get("/api/people", headers={"Host": host})).status == 200


async def test_requests_from_other_sites_are_refused(console: Client) -> None:
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        await refused(await console.post(LI, json={"text": "a"}, headers=headers), 403, "not_allowed")
        await refused(await console.get("/api/people", headers=headers), 403, "not_allowed")
    own = {"Origin": str(console.make_url("/")).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    assert (await console.post(LI, json={"text": "a"}, headers=own)).status == 202
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert (await console.get("/", headers=elsewhere)).status == 200


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"])
async def test_forwarded_headers_need_an_access_key(console: Client, open_console: OpenConsole, header: str) -> None:
    await refused(await console.get("/api/people", headers={header: "for=1.2.3.4"}), 403, "not_allowed")
    keyed = await open_console(access_key="secret")
    allowed = await keyed.get("/api/people", headers={header: "for=1.2.3.4", "Authorization": "Bearer secret"})
    assert allowed.status == 200


async def test_a_public_address_needs_an_access_key(open_console: OpenConsole) -> None:
    with pytest.raises(UnsafeConsole):
        ConsoleSettings(cookie_keys=keys, link_keys=keys, public_url="https://desk.example")
    client = await open_console(access_key="secret", public_url="https://desk.example/")
    asks = {"Host": "desk.example", "Authorization": "Bearer secret", "Origin": "https://desk.example"}
    assert (await client.post(LI, json={"text": "a"}, headers=asks)).status == 202


async def test_everything_carries_a_strict_policy_and_nosniff(console: Client) -> None:
    for path in ("/", "/api/people", "/api/nothing", "/static/index.html"):
        response = await console.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_access_key_is_asked_for_and_exchanged_for_a_cookie(open_console: OpenConsole) -> None:
    client = await open_console(access_key="s3cret-钥匙")
    await refused(await client.get("/api/people"), 401, "not_allowed")
    assert (await client.get("/")).status == 401
    await refused(await client.get("/api/people", headers={"Authorization": "Bearer wrong"}), 401, "not_allowed")
    assert (await client.get("/?key=wrong")).status == 401
    assert (await client.get("/static/index.html")).status == 200
    exchanged = await client.get("/", params={"key": "s3cret-钥匙", "a": "1"}, allow_redirects=False)
    assert (exchanged.status, exchanged.headers["Location"]) == (303, "/?a=1")
    cookie = exchanged.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite" in cookie
    assert (await client.get("/api/people")).status == 200


async def test_a_cookie_is_worthless_after_the_access_key_has_changed(open_console: OpenConsole) -> None:
    client = await open_console(access_key="old")
    exchanged = await client.get("/?key=old", allow_redirects=False)
    token = exchanged.cookies["huiyin_access"].value
    changed = await open_console(access_key="new")
    for value in (token, "forged.token", "é"):
        response = await changed.get("/api/people", headers={"Cookie": f"huiyin_access={value}"})
        assert response.status == 401


async def test_outside_a_demo_a_session_is_one_person(desk: MemoryDesk, console: Client) -> None:
    desk.demo = False
    desk.codes["428517"] = "p-li"
    desk.tell("s-chen", "内部消息")
    await refused(await console.get("/api/people"), 401, "not_allowed")
    await refused(await console.get(LI), 401, "not_allowed")
    await refused(await console.get("/api/events"), 401, "not_allowed")
    await refused(await console.post("/api/session", json={"code": "111111"}), 403, "not_allowed")
    opened = await console.post("/api/session", json={"code": "428517"})
    assert await opened.json() == {"id": "p-li"}
    assert "HttpOnly" in opened.headers["Set-Cookie"]
    assert [person["id"] for person in await (await console.get("/api/people")).json()] == ["p-li"]
    assert (await (await console.get("/api/me")).json())["person"]["id"] == "p-li"
    assert (await console.post(LI, json={"text": "你好"})).status == 202
    for path in ("/api/people/s-chen/messages", "/api/people/nobody/messages", "/api/records?person=s-chen"):
        await refused(await console.get(path), 403, "not_allowed")
    await refused(await console.get("/api/clock"), 403, "not_allowed")
    await refused(await console.post("/api/clock", json={"advance": "PT1H"}), 403, "not_allowed")
    await console.delete("/api/session")
    await refused(await console.get(LI), 401, "not_allowed")
    await refused(await console.post("/api/session", json={"code": "428517"}), 403, "not_allowed")


async def test_events_outside_a_demo_are_the_persons_own(desk: MemoryDesk, console: Client) -> None:
    desk.demo = False
    desk.codes["428517"] = "p-li"
    await console.post("/api/session", json={"code": "428517"})
    async with console.get("/api/events") as stream:
        await stream.content.readuntil(b"\n\n")
        desk.tell("s-chen", "内部消息")
        last = desk.tell("p-li", "您好")
        assert await stream.content.readuntil(b"\n\n") == f'event: messages\ndata: {{"p-li": {last}}}\n\n'.encode()


async def test_codes_cannot_be_tried_without_end(desk: MemoryDesk, console: Client) -> None:
    desk.demo = False
    tried = [(await console.post("/api/session", json={"code": str(n)})).status for n in range(6)]
    assert tried == [403] * 5 + [429]


async def photo_link(console: Client) -> str:
    form = FormData()
    form.add_field("files", PNG, filename="a.png", content_type="image/png")
    await console.post(LI, data=form)
    messages = await (await console.get(LI)).json()
    return str(messages[0]["attachments"][0]["url"])


async def test_a_media_link_is_signed_short_lived_and_checked_again(
    desk: MemoryDesk, console: Client, an_hour_later: Callable[[], None]
) -> None:
    link = await photo_link(console)
    served = await console.get(link)
    assert served.status == 200
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in served.headers["Content-Security-Policy"]
    await refused(await console.get(link[:-3] + "AAA"), 403, "not_allowed")
    await refused(await console.get("/media/a.b"), 403, "not_allowed")
    desk.take_away("p-li")
    await refused(await console.get(link), 403, "not_allowed")
    an_hour_later()
    await refused(await console.get(link), 410, "gone")


async def test_erased_media_is_gone(desk: MemoryDesk, console: Client) -> None:
    link = await photo_link(console)
    for media_id in list(desk._media):
        desk.erase(media_id)
    await refused(await console.get(link), 410, "gone")


async def test_a_media_link_outside_a_demo_opens_in_its_own_session_only(desk: MemoryDesk, console: Client) -> None:
    link = await photo_link(console)
    desk.demo = False
    desk.codes |= {"1": "p-li", "2": "s-chen"}
    await refused(await console.get(link), 401, "not_allowed")
    await console.post("/api/session", json={"code": "2"})
    await refused(await console.get(link), 403, "not_allowed")
    await console.post("/api/session", json={"code": "1"})
    assert (await console.get(link)).status == 200


def test_tokens_are_bound_to_purpose_time_and_key() -> None:
    signer = Signer(keys)
    token = signer.sign("media", ("甲", "b"), 100)
    assert signer.read("media", token, 99.9) == ("甲", "b")
    with pytest.raises(Expired):
        signer.read("media", token, 100)
    with pytest.raises(Forged):
        signer.read("person", token, 0)
    with pytest.raises(Forged):
        Signer(lambda: (KEY[::-1],)).read("media", token, 0)
    for forged in ("", ".", "a", "é.é", token + "A", token.replace(".", "..")):
        with pytest.raises(Forged):
            signer.read("media", forged, 0)
    with pytest.raises(ValueError, match="16 bytes"):
        Signer(lambda: (b"short",))


def test_secrets_of_any_characters_compare() -> None:
    assert same_secret("钥匙\udc80", "钥匙\udc80")
    assert not same_secret("", "secret")


def test_rested_keys_are_forgotten() -> None:
    clock = HandClock()
    rates = Rates(burst=1, per_second=1, monotonic=clock, most_keys=2)
    assert [rates.take(key) for key in ("a", "b", "a")] == [0, 0, 1]
    clock.seconds = 5
    assert rates.take("c") == 0
    assert set(rates._left) == {"c"}
