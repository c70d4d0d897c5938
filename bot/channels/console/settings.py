"""How the console is set up, checked when it is made so that nothing unsafe ever listens."""

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.channels.console.keys import Keys
from bot.clock import Clock, SystemClock

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 — recognised here, never bound


class UnsafeConsole(ValueError):
    """The settings would open the console to people who should not get in."""


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """`cookie_keys` and `link_keys` stay the same over restarts, and may be changed while the console serves.

    The clock is the real one, whatever a demo's says.
    """

    cookie_keys: Keys
    link_keys: Keys
    host: str = "127.0.0.1"
    access_key: str | None = None
    public_url: str | None = None
    clock: Clock = field(default_factory=SystemClock)
    monotonic: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        if self.public_url and not self.access_key:
            raise UnsafeConsole("public_url needs [console] access_key: anybody who finds the address could get in")
        if self.public_url and urlsplit(self.public_url).scheme not in {"http", "https"}:
            raise UnsafeConsole("public_url must start with http:// or https://")

    def unix_now(self) -> float:
        return self.clock.now().timestamp()

    @property
    def public_origin(self) -> str | None:
        """Scheme, name and port of the public address, as a browser sends them in Origin."""
        if not self.public_url:
            return None
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}".lower()

    @property
    def secure_cookies(self) -> bool:
        return bool(self.public_origin and self.public_origin.startswith("https://"))

    def knows_host(self, name: str) -> bool:
        """Tell whether a request may be addressed to this name; strangers' names may be rebound to this machine."""
        if name in LOOPBACK or name == self.host.lower():
            return True
        if self.public_url and name == (urlsplit(self.public_url).hostname or ""):
            return True
        return self.host in EVERYWHERE and _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
