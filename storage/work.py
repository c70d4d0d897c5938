"""The unit of work: one transaction for one message or for a batch of them (design §1.2).

What reads is awaited; what only writes is a plain call, collected and sent in bulk when the work ends, or before a
read that could see it.
"""

from datetime import datetime

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bindings import Bindings
from storage.calls import CallTasks
from storage.codes import OneTimeCodes
from storage.complaints import Complaints
from storage.console import ConsoleMessages
from storage.conversations import Conversations
from storage.deadlines import Deadlines
from storage.duties import Duties
from storage.duty_log import DutyLog
from storage.events import Events
from storage.inbox import Inbox
from storage.keys import Keys
from storage.leases import Leases
from storage.ledger import Ledger
from storage.media_rows import MediaRows
from storage.numbers import Numbers
from storage.outbox import Outbox
from storage.people import People
from storage.privacy import Privacy
from storage.retention import Retention
from storage.settings import Settings
from storage.threads import Threads
from storage.writes import Lock, Writes


class Work:
    """The repositories of one transaction; `writes` is what the dialogue's write guard watches."""

    def __init__(
        self, connection: AsyncConnection, now: datetime, channels: tuple[str, ...], read_only: bool = False
    ) -> None:
        self.connection = connection
        self.now = now
        self.channels = channels
        self.dialect = connection.dialect.name
        self.collected = Writes(connection, read_only)
        self.people = People(self)
        self.bindings = Bindings(self)
        self.codes = OneTimeCodes(self)
        self.complaints = Complaints(self)
        self.events = Events(self)
        self.deadlines = Deadlines(self)
        self.duties = Duties(self)
        self.inbox = Inbox(self)
        self.conversations = Conversations(self)
        self.outbox = Outbox(self)
        self.ledger = Ledger(self)
        self.leases = Leases(self)
        self.console = ConsoleMessages(self)
        self.numbers = Numbers(self)
        self.threads = Threads(self)
        self.calls = CallTasks(self)
        self.duty_log = DutyLog(self)
        self.media = MediaRows(self)
        self.settings = Settings(self)
        self.keys = Keys(self)
        self.privacy = Privacy(self)
        self.retention = Retention(self)

    @property
    def writes(self) -> int:
        """How many writes were asked for so far."""
        return self.collected.count

    async def flush(self) -> None:
        """Send every collected write, in the order of locks. Raises VersionConflict."""
        if not self.collected.dirty:
            return
        asked_for = self.collected.count
        await self.complaints.prepare()
        await self.collected.send(Lock.DEADLINE)
        await self.deadlines.prepare()
        self.numbers.prepare()
        await self.outbox.prepare()
        await self.collected.send()
        self.collected.dirty.clear()
        self.collected.count = asked_for

    async def sees(self, *tables: Table) -> None:
        """Flush when a read of these tables would otherwise miss a collected write."""
        if not self.collected.dirty.isdisjoint(tables):
            await self.flush()
