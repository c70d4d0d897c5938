"""What a network channel is to the house, and the house to it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from bot.clock import Clock
from bot.sending import Sender
from storage.work import Work

if TYPE_CHECKING:
    from aiohttp import web

Begin = Callable[[datetime], AbstractAsyncContextManager[Work]]
Commands = Mapping[str, Mapping[str, str]]
"""Language → name without the slash → what it does."""


@dataclass(frozen=True, slots=True)
class House:
    """What a channel needs of the house it belongs to. `arrived` is told when something is in the inbox."""

    begin: Begin
    clock: Clock
    arrived: Callable[[], None]
    replica: str
    commands: Commands


class Network(Protocol):
    """One account of one channel: it sends and receives. It knows nothing of what is said."""

    @property
    def sender(self) -> Sender: ...

    def attach(self, house: House) -> None:
        """Before anything else."""

    async def run(self) -> None:
        """Receive until cancelled."""

    async def let_go(self) -> None:
        """Finish what is in hand and leave the account to the next replica."""

    def add_routes(self, served: "web.Application") -> None:
        """Where the service calls us, if it does."""
