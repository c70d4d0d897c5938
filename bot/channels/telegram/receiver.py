"""Takes updates in: into the inbox in one transaction, and only then does the service hear that we have them.

Polling is done by one replica at a time; a webhook may reach any. The same update may come twice, late, or after a
newer one: the inbox knows it by its id.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from bot.channels.telegram.meaning import Meaning, Understood
from bot.channels.telegram.updates import Update, read
from bot.network import House
from storage.database import transient

log = structlog.get_logger()


class Receiver:
    """`take` returns once everything that can be kept is committed."""

    def __init__(self, house: House, after: Callable[[Understood], None]) -> None:
        self._house = house
        self._after = after
        """What is to be done outside once an update is safe: an answer to a press, files to be fetched."""

    async def take(self, raw: Sequence[object]) -> None:
        """Keep these updates. Raises only what another try may mend; an odd one never stops the others."""
        updates = [update for update in map(read, raw) if update is not None]
        if not updates:
            return
        try:
            understood = await self._keep(updates)
        except Exception as error:
            if transient(error):
                raise
            log.exception("updates_going_one_by_one")
            understood = [one for update in updates for one in await self._keep_alone(update)]
        if any(one.inbox is not None for one in understood):
            self._house.arrived()
        for one in understood:
            self._after(one)

    async def _keep_alone(self, update: Update) -> list[Understood]:
        try:
            return await self._keep([update])
        except Exception as error:
            if transient(error):
                raise
            log.exception("update_not_kept", update=update.id)
            return []

    async def _keep(self, updates: Sequence[Update]) -> list[Understood]:
        now = self._house.clock.now()
        async with self._house.begin(now) as work:
            meaning = await Meaning.prepared(work, updates)
            understood = [await meaning.of(update) for update in updates]
            messages = [one.message for one in understood if one.message is not None]
            await work.inbox.add(messages)
            rows = await work.inbox.ids("telegram", [message.message_id for message in messages])
        return [one.kept_as(rows) for one in understood]


async def backing_off(attempt: int) -> None:
    """Between two tries at the service."""
    await asyncio.sleep(min(30.0, 0.5 * 2.0**attempt))
