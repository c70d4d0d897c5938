"""Where stories are played: straight on the desk with the engine rebuilt between steps, or through real HTTP."""

import asyncio
import io
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import aiohttp
from PIL import Image

from bot.channels.console import port
from storage.backlog import forgotten
from tests.house_under_test import House
from tests.stories.play import Seen


def photo(number: int = 1) -> bytes:
    """A small JPEG, a different one for each number."""
    target = io.BytesIO()
    Image.new("RGB", (64, 48), ((number * 53) % 256, 90, 140)).save(target, "JPEG")
    return target.getvalue()


def first_site(people: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The people of one site and of the company."""
    site = min(str(p["site"]) for p in people if p["role"] == "front_desk")
    return [p for p in people if p["site"] in (site, "")]


class DeskStage:
    """Straight on the console desk; with `rebuild` nothing in memory survives from one step to the next."""

    def __init__(self, house: House, *, rebuild: bool) -> None:
        self.house = house
        self._rebuild = rebuild

    async def people(self) -> Sequence[Mapping[str, Any]]:
        views = await self.house.desk.people()
        return first_site(
            [
                {
                    "id": v.id,
                    "role": v.role,
                    "department": v.department,
                    "site": v.site,
                    "language": v.language,
                    "name": v.name,
                }
                for v in views
            ]
        )

    async def say(self, person: str, *, text: str = "", press: str = "", message: int = 0, photos: int = 0) -> None:
        desk = self.house.desk
        media = [await desk.store_media(person, _upload(number)) for number in range(photos)]
        said = port.Incoming(text=text, media=tuple(media), press=press or None, message=message or None)
        await desk.accept(person, said)
        await self.house.app.settle()
        await self._nothing_is_forgotten()

    async def messages(self, person: str, after: int) -> Sequence[Seen]:
        found = await self.house.desk.messages(person, after or None)
        return [
            Seen(m.id, m.text, tuple((c.label, c.value) for c in m.choices), len(m.attachments), m.edits)
            for m in found
            if m.sender == "bot"
        ]

    async def advance(self, by: timedelta) -> None:
        await self.house.app.advance(by)
        await self._nothing_is_forgotten()

    async def _nothing_is_forgotten(self) -> None:
        """Whatever is open has something promised about it, after every step of every story."""
        async with self.house.app.db.read(self.house.clock.now()) as work:
            assert await forgotten(work) == []

    async def between_steps(self) -> None:
        if self._rebuild:
            await self.house.rebuild()


def _upload(number: int) -> port.Upload:
    async def chunks():  # type: ignore[no-untyped-def]
        yield photo(number)

    return port.Upload(f"photo{number}.jpg", "image/jpeg", chunks())


class HttpStage:
    """Through the console's HTTP API, as the page does."""

    def __init__(self, client: aiohttp.ClientSession, root: str) -> None:
        self._client = client
        self._root = root

    async def people(self) -> Sequence[Mapping[str, Any]]:
        async with self._client.get(f"{self._root}/api/people") as answer:
            assert answer.status == 200, await answer.text()
            return first_site(await answer.json())

    async def say(self, person: str, *, text: str = "", press: str = "", message: int = 0, photos: int = 0) -> None:
        await self.send(person, text=text, press=press, message=message, photos=photos)
        await self.advance(timedelta(0))

    async def send(self, person: str, *, text: str, press: str, message: int, photos: int) -> None:
        """Post the message; accepted, whether it is handled yet or not. Told to slow down, it does."""
        for _attempt in range(20):
            if await self._posted(person, text=text, press=press, message=message, photos=photos):
                return
            await asyncio.sleep(1)
        raise AssertionError("told to slow down for ever")

    async def _posted(self, person: str, *, text: str, press: str, message: int, photos: int) -> bool:
        url = f"{self._root}/api/people/{person}/messages"
        if photos:
            form = aiohttp.FormData()
            form.add_field("text", text)
            for number in range(photos):
                form.add_field("files", photo(number), filename=f"photo{number}.jpg", content_type="image/jpeg")
            request = self._client.post(url, data=form)
        else:
            body: dict[str, Any] = {"press": press, "message": message} if press else {"text": text}
            request = self._client.post(url, json=body)
        async with request as answer:
            assert answer.status in (202, 429), (answer.status, await answer.text())
            return answer.status == 202

    async def messages(self, person: str, after: int) -> Sequence[Seen]:
        url = f"{self._root}/api/people/{person}/messages"
        async with self._client.get(url, params={"after": str(after)} if after else {}) as answer:
            assert answer.status == 200, await answer.text()
            return [
                Seen(
                    m["id"],
                    m["text"],
                    tuple((c["label"], c["value"]) for c in m["choices"]),
                    len(m["attachments"]),
                    m["edits"],
                )
                for m in await answer.json()
                if m["from"] == "bot"
            ]

    async def advance(self, by: timedelta) -> None:
        body = {"advance": f"PT{int(by.total_seconds())}S"}
        async with self._client.post(f"{self._root}/api/clock", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def between_steps(self) -> None:
        """Nothing: the process lives on."""
