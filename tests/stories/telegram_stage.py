"""Where stories are played over Telegram: the simulated Bot API, by polling or by webhook, the engine rebuilt between."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.channels.telegram import Telegram
from bot.config import Config
from bot.network import Network
from bot.networks import networks_of
from storage.backlog import forgotten
from tests.house_under_test import House
from tests.simulators.telegram.server import Server
from tests.simulators.telegram.service import TOKEN, UNLIMITED, Service, Sight
from tests.stories.play import Seen, Story
from tests.stories.stages import first_site, photo

SECRET = "a-secret_of-the-webhook"
FIRST_USER = 1001


def without_rates(config: Config) -> list[Network]:
    """In a story time stands still, and nobody can wait for a place."""
    networks = networks_of(config)
    for network in networks:
        assert isinstance(network, Telegram)
        sender = network.sender
        sender.whole = sender.chat = sender.group = (UNLIMITED,)
    return networks


class TelegramStage:
    """Everybody of the first site is bound to an account of theirs; nobody uses the console."""

    def __init__(self, house: House, server: Server, *, webhook: bool, rebuild: bool) -> None:
        self.house = house
        self.server = server
        self._webhook = webhook
        self._rebuild = rebuild
        self.users: dict[str, int] = {}

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, folder: Path, template: Path, story: Story, starts_at: Any, *, webhook: bool, rebuild: bool
    ) -> AsyncIterator["TelegramStage"]:
        server = Server(Service(limits=(UNLIMITED, UNLIMITED, UNLIMITED)))
        async with server.served() as root:
            table = {"token": TOKEN, "api_base": root, "webhook_secret": SECRET}
            tables = {**story.config, "telegram": table}
            house = await House.open(folder, template, starts_at, networks=without_rates, **tables)
            server.service.now = lambda: house.clock.now().timestamp()
            stage = cls(house, server, webhook=webhook, rebuild=rebuild)
            await stage._bind_everybody()
            try:
                async with stage._listening():
                    yield stage
            finally:
                await house.close()

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        """The address that the webhook calls, whichever house is up."""
        if not self._webhook:
            yield
            return
        app = web.Application()
        app.router.add_post("/telegram/webhook", self._called)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        listening: Any = site._server
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/telegram/webhook"
        self.server.service.webhook = {"url": url, "secret_token": SECRET}
        try:
            yield
        finally:
            await runner.cleanup()

    async def _called(self, request: web.Request) -> web.Response:
        return await self.telegram.webhook(request)

    @property
    def telegram(self) -> Telegram:
        (network,) = self.house.app.networks
        assert isinstance(network, Telegram)
        return network

    async def _bind_everybody(self) -> None:
        async with self.house.app.db.begin(self.house.clock.now()) as work:
            everybody = await work.people.everybody()
            for number, person in enumerate(everybody, FIRST_USER):
                await work.people.bind("telegram", str(number), person.id)
                self.users[person.id] = number
                self.server.service.room(number, title=f"{person.role} {person.name}")

    async def people(self) -> Sequence[Mapping[str, Any]]:
        async with self.house.app.db.read(self.house.clock.now()) as work:
            everybody = await work.people.everybody()
        return first_site(
            [
                {
                    "id": p.id,
                    "role": str(p.role),
                    "department": str(p.department) if p.department else None,
                    "site": p.site,
                    "language": p.language,
                    "name": p.name,
                }
                for p in everybody
            ]
        )

    async def say(self, person: str, *, text: str = "", press: str = "", message: int = 0, photos: int = 0) -> None:
        user = self.users[person]
        if press:
            self.server.people.press(user, self._sight(user, message), press)
        elif photos:
            for number in range(photos):
                caption = text if number == 0 else ""
                self.server.people.photo(user, photo(number), caption=caption, album="a1" if photos > 1 else "")
        else:
            self.server.people.say(user, text)
        await self.settle()

    async def settle(self) -> None:
        """Everything received, its files fetched, answered and sent."""
        if self._webhook:
            await self.server.taken()
        else:
            while await self.telegram.poll_once():
                pass
        await self.telegram.settle()
        await self.house.app.settle()
        await self._nothing_is_forgotten()

    async def messages(self, person: str, after: int) -> Sequence[Seen]:
        room = self.server.service.rooms[self.users[person]]
        found, before = [], dict[int, int]()
        for sight in room.seen:
            if sight.mine and sight.order > after:
                keys = tuple((str(k["text"]), str(k["callback_data"])) for row in sight.keyboard for k in row)
                found.append(Seen(sight.order, sight.text, keys, sight.files, before.get(sight.id)))
            before[sight.id] = sight.order
        return found

    def _sight(self, user: int, order: int) -> Sight:
        return next(sight for sight in self.server.service.rooms[user].seen if sight.order == order)

    async def advance(self, by: timedelta) -> None:
        await self.house.app.advance(by)
        await self.settle()

    async def _nothing_is_forgotten(self) -> None:
        async with self.house.app.db.read(self.house.clock.now()) as work:
            assert await forgotten(work) == []

    async def between_steps(self) -> None:
        if self._rebuild:
            await self.house.rebuild()
