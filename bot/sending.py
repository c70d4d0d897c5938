"""What a channel does to send: it says whom it can reach how fast, and what came of one message. It decides nothing."""

from dataclasses import dataclass
from typing import Protocol

from storage.ledger import Sendable


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` messages in `seconds`, of which `burst` may come at once after a rest."""

    count: float
    seconds: float
    burst: int = 1

    @property
    def interval(self) -> float:
        return self.seconds / self.count


@dataclass(frozen=True, slots=True)
class Sent:
    """The service took it; `message` is the id by which it is edited and answered later.

    `calls`: how many calls it took, all of which count against the rates.
    """

    message: str
    calls: int = 1


@dataclass(frozen=True, slots=True)
class Later:
    """Surely not taken, worth another try; `seconds` where the service said how long to wait.

    `everybody`: the wait is the whole account's, not this chat's.
    """

    code: str
    seconds: float | None = None
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection broke or the answer did not come: it may have been taken."""

    code: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Never with this message to this address: blocked, unknown, malformed.

    `gone`: nor with any other, until somebody writes from there again.
    """

    code: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """Not taken: the chat has another address now."""

    address: str


Outcome = Sent | Later | Unknown | Refused | Moved


class Sender(Protocol):
    """One account of one channel."""

    @property
    def channel(self) -> str: ...

    @property
    def takes_keys(self) -> bool:
        """Whether the service itself drops a message that comes twice under the same idempotency key."""

    @property
    def limits(self) -> tuple[Rate, ...]:
        """The whole account's."""

    def limits_of(self, address: str) -> tuple[Rate, ...]:
        """One chat's, by its kind: a person, a group."""

    async def send(self, message: Sendable) -> Outcome:
        """Send it to `message.address`, or edit `message.target`; cancelled when it takes too long."""

    async def close(self) -> None: ...
