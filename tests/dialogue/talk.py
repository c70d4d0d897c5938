"""A conversation as a list of said and expected; everything is rebuilt from JSON between every two steps."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.dialogue.book import Book
from bot.dialogue.engine import Finished, Turn, Wake, turn, wake
from bot.dialogue.message import Attachment, Choice, Reply, Said
from bot.dialogue.state import State
from bot.dialogue.text import render
from domain.glossary import Role
from domain.people import Person
from domain.rules import Rules

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 at the site


@dataclass
class World:
    """What conversations write to; `writes` is what the engine's guard watches."""

    writes: int = 0
    log: list[Any] = field(default_factory=list)

    def write(self, what: Any) -> Any:
        self.writes += 1
        self.log.append(what)
        return what


class Desk:
    """A desk that knows nothing but the world."""

    def __init__(self, world: World) -> None:
        self.world = world


def photo(name: str = "a.jpg", kind: str = "image/jpeg") -> Attachment:
    return Attachment("sha-" + name, name, kind)


class Talk:
    """One person's chat. `said` holds the text of the last reply, `labels` its buttons."""

    def __init__(self, book: Callable[[], Book], role: Role = Role.OWNER, language: str = "zh") -> None:
        self.book = book
        self.person = Person("p1", "王芳", role, "site", language=language)
        self.world = World()
        self.state = State()
        self.now = MONDAY
        self.rules = Rules()
        self.wakes: tuple[Wake, ...] = ()
        self.replies: list[Reply] = []
        self.offered: tuple[Choice, ...] = ()
        self.finished: list[Finished] = []
        self._count = 0

    @property
    def reply(self) -> Reply:
        return self.replies[-1]

    @property
    def said(self) -> str:
        return render(self.reply.text, self.person.language)

    @property
    def labels(self) -> list[str]:
        return [render(choice.label, self.person.language) for choice in self.reply.choices]

    def value(self, label: str) -> str:
        """The value of the button that is now shown under this label."""
        return next(choice.value for choice in self.reply.choices if render(choice.label, "zh") == label)

    async def say(self, text: str = "", *files: Attachment) -> str:
        return await self._turn(Said(self._id(), self.now, text, files=files))

    async def press(self, label: str) -> str:
        return await self.press_value(self.value(label))

    async def press_value(self, value: str) -> str:
        return await self._turn(Said(self._id(), self.now, press=value, on="m1"))

    async def runs(self, steps: Iterable[tuple[str, str]]) -> None:
        """Say (or press, with a leading >) the left of each pair and expect the right in the reply."""
        for said, expected in steps:
            got = await (self.press(said[1:]) if said.startswith(">") else self.say(said))
            assert expected in got, f"after {said!r}: {got!r} lacks {expected!r}"

    async def wait(self, **time: int) -> list[str]:
        """Let time pass, waking drafts as they fall due; what was said meanwhile."""
        end, heard = self.now + timedelta(**time), []
        while due := sorted((wake for wake in self.wakes if wake.due_at <= end), key=lambda wake: wake.due_at):
            self.now = max(self.now, due[0].due_at)
            heard += await self.fire(due[0])
        self.now = end
        return heard

    async def fire(self, due: Wake) -> list[str]:
        outcome = await wake(
            self.book(),
            self.state,
            due.kind,
            due.step,
            self.person,
            self._context,
            now=self.now,
            zone=ZONE,
            rules=self.rules,
        )
        self._keep(outcome)
        return [render(reply.text, self.person.language) for reply in outcome.replies]

    async def _turn(self, said: Said) -> str:
        outcome = await self.hear(said)
        assert len(outcome.replies) == 1, outcome.replies
        return self.said

    async def hear(self, said: Said) -> Turn:
        """One turn, whatever comes of it."""
        outcome = await turn(
            self.book(),
            self.state,
            said,
            self.person,
            self._context,
            now=self.now,
            zone=ZONE,
            rules=self.rules,
            offered=self._offered,
        )
        self._keep(outcome)
        return outcome

    def _keep(self, outcome: Turn) -> None:
        plain = outcome.state.to_json()
        self.state = State.from_json(json.loads(json.dumps(plain)))
        assert self.state.to_json() == plain
        assert self.state == outcome.state
        for over in outcome.finished:
            json.dumps(over.draft.to_json())
        self.finished += outcome.finished
        self.wakes = outcome.wakes
        self.replies += outcome.replies
        for reply in outcome.replies:
            self.offered = reply.choices or self.offered
            values = [choice.value for choice in reply.choices]
            assert len(values) == len(set(values)), values

    def _id(self) -> str:
        self._count += 1
        return str(self._count)

    async def _context(self) -> World:
        return self.world

    async def _offered(self) -> tuple[Choice, ...]:
        return self.offered
