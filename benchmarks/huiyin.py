"""Ourselves: the whole app on a SQLite file, spoken to through the console's desk as its HTTP side does.

A turn is what a message costs in service: into the person's list and the inbox, through the dialogue, its answers,
events, promises and notices, and the reply into the person's list, committed.
"""

import asyncio
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.subject import NoReplyError
from bot.app import App
from bot.channels.console.port import Incoming
from bot.config import load
from bot.console_desk import ConsoleDesk
from domain.people import Person
from storage.media import MediaStore
from storage.tables.matters import complaints

PATIENCE = 20.0
LOOK = 0.25
"""Seconds after which a page that heard nothing looks for itself."""


class Huiyin:
    """The residents are those of the sample sites who have one unit, so that nobody is asked which."""

    def __init__(self, url: str = "", replica: int = 0, replicas: int = 1) -> None:
        self._url = url
        """The database; a SQLite file at the given path where there is none."""
        self._share = slice(replica, None, replicas)
        """Each replica speaks with residents of its own."""

    async def start(self, path: Path) -> None:
        file, url = path.with_suffix(".toml"), self._url or f"sqlite+aiosqlite:///{path}"
        file.write_text(
            f'[database]\nurl = "{url}"\n[media]\nfolder = "{path.with_suffix(".media")}"\n', encoding="utf-8"
        )
        config = load(file)
        self._app = await App.open(config, demo=True)
        self._desk = ConsoleDesk(self._app, MediaStore(Path(config.media.folder)))
        async with self._app.db.read(self._app.clock.now()) as work:
            self._residents = [p.id for p in await work.people.everybody() if with_one_unit(p)][self._share]
        self._latest: dict[str, int] = {}
        self._waiting: dict[str, tuple[int, asyncio.Future[None]]] = {}
        self._news = asyncio.create_task(self._hear())
        self._app.start()

    async def _hear(self) -> None:
        """What is published is committed; the console's pages hear of it in the same way."""
        with self._app.changes.subscribe() as subscription:
            while True:
                latest, _ = await subscription.news(PATIENCE)
                self._latest |= {p: max(m, self._latest.get(p, 0)) for p, m in latest.items()}
                for person in latest.keys() & self._waiting.keys():
                    said, answered = self._waiting[person]
                    if latest[person] > said and not answered.done():
                        answered.set_result(None)

    async def say(self, chat: int, text: str) -> None:
        person = self._residents[chat - 1]
        said = await self._desk.accept(person, Incoming(text=text))
        if self._latest.get(person, 0) > said:
            return
        answered = asyncio.get_running_loop().create_future()
        self._waiting[person] = said, answered
        try:
            await self._answer(person, said, answered)
        except TimeoutError:
            raise NoReplyError(text) from None
        finally:
            del self._waiting[person]

    async def _answer(self, person: str, said: int, answered: asyncio.Future[None]) -> None:
        """Hear of it, or find it: what another replica has answered is published over there."""
        async with asyncio.timeout(PATIENCE):
            while not answered.done():
                await asyncio.wait([answered], timeout=LOOK)
                if not answered.done():
                    async with self._app.db.read(self._app.clock.now()) as work:
                        if await work.console.latest(person) > said:
                            return

    async def filed(self) -> int:
        async with self._app.db.read(self._app.clock.now()) as work:
            mine = select(func.count()).where(complaints.c.complainant.in_(self._residents))
            return int((await work.connection.execute(mine)).scalar_one())

    async def stop(self) -> None:
        self._news.cancel()
        await self._app.stop()
        await self._app.close()


def with_one_unit(person: Person) -> bool:
    return person.resident and len(person.units) == 1
