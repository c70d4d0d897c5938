"""Who is told of what: each handler file says for its events which people hear, and with which buttons.

An event is written by a rule; what a person reads about it is decided here, at the edge, in the same transaction.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from domain.complaint import Complaint
from domain.decision import Event

if TYPE_CHECKING:
    from handlers.office import Office

Teller = Callable[[Event, Complaint, "Office"], Awaitable[None]]


class Notices:
    """The tellers of one handler file, or of all of them merged."""

    def __init__(self) -> None:
        self._tellers: dict[str, list[Teller]] = defaultdict(list)

    def on(self, *kinds: str) -> Callable[[Teller], Teller]:
        """Register a teller for these kinds of event."""

        def register(teller: Teller) -> Teller:
            for kind in kinds:
                self._tellers[kind].append(teller)
            return teller

        return register

    def include(self, *others: "Notices") -> "Notices":
        for other in others:
            for kind, tellers in other._tellers.items():
                self._tellers[kind].extend(tellers)
        return self

    async def tell(self, event: Event, complaint: Complaint, office: "Office") -> None:
        for teller in self._tellers.get(event.kind, ()):
            await teller(event, complaint, office)

    def kinds(self) -> frozenset[str]:
        return frozenset(self._tellers)
