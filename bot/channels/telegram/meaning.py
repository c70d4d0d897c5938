"""From an update to a message of the inbox: who it is from, what was pressed, whether anything reaches them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from bot.channels.telegram.rendering import CHOSEN, TURNED, meant
from bot.channels.telegram.updates import MOST_FILE, File, Kind, Update
from bot.dialogue.text import Text, _
from domain.glossary import Role
from storage.inbox import InboxMessage
from storage.outbox import Offering
from storage.work import Work

CHANNEL = "telegram"
FETCH_WITHIN = timedelta(minutes=10)
"""After that a message is handled without its files, and its sender is told."""

STALE: Text = _("这条已经不是最新的了，请看下面最新的消息。")
NOT_YOURS: Text = _("请先私聊我绑定身份。")

GONE = "b/gone//"
EDITED = "b/edited//"
TOO_BIG = "b/file_too_big//"
CONTACT = "b/contact/{phone}/"
NOT_OWN = "b/contact_of_another//"
GROUP_SAID = "b/said_in_group/{slot}/{text}"
GROUP_LINK = "b/link_group/{chat}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """One update, its message for the inbox if it has one, and what is to be done once it is committed."""

    update: Update
    message: InboxMessage | None = None
    inbox: int | None = None
    """The row; None where it was there before, or is none."""
    toast: Text | str = ""
    language: str = "zh"
    files: tuple[File, ...] = ()
    page: tuple[int, Offering, int] | None = None
    """A long list of choices to be turned over: message of the ledger, what it offers, the page."""

    def kept_as(self, rows: Mapping[str, int]) -> "Understood":
        return replace(self, inbox=rows.get(self.message.message_id)) if self.message is not None else self


@dataclass
class Meaning:
    """What has to be known about a batch of updates, read in a handful of queries."""

    work: Work
    bound: dict[str, tuple[str, bool]]
    """Of each address: the person, and whether it is blocked."""
    roles: dict[str, tuple[Role, str]]
    """Of each of these people: role and language."""
    offers: dict[int, Offering]
    _greeted: set[str] = field(default_factory=set)

    @classmethod
    async def prepared(cls, work: Work, updates: Sequence[Update]) -> Self:
        addresses = {a for update in updates for a in (update.chat, update.sender) if a}
        bound = await work.bindings.at(CHANNEL, addresses) if addresses else {}
        people = [p for p in await work.people.all({person for person, _ in bound.values()}) if not p.left]
        here = {person.id for person in people}
        bound = {address: found for address, found in bound.items() if found[0] in here}
        pressed = [found for update in updates if (found := meant(update.data)) is not None]
        offers = await work.outbox.offers(message for _, message, _ in pressed) if pressed else {}
        return cls(work, bound, {p.id: (p.role, p.language) for p in people}, offers)

    async def of(self, update: Update) -> Understood:
        """Writes what follows at once: a guest, a block, a move. Who is unknown in a group is only told so."""
        match update.kind:
            case Kind.BLOCKED | Kind.UNBLOCKED:
                await self._reachable(update.chat, update.kind is Kind.UNBLOCKED)
            case Kind.MIGRATED:
                await self.work.bindings.move(CHANNEL, update.chat, update.to)
            case Kind.SAID | Kind.PRESSED:
                return await self._said(update)
        return Understood(update=update)

    async def _said(self, update: Update) -> Understood:
        known = update.sender in self.bound and self._role(update.sender) is not Role.GUEST
        if update.group and not known:
            return Understood(update=update, toast=NOT_YOURS if update.callback else "")
        language = await self._language(update)
        await self._reachable(update.sender, True)
        if update.kind is Kind.PRESSED:
            return self._pressed(update, language)
        payload = await self._in_group(update) if update.group else _payload(update)
        if payload is None:
            return Understood(update=update)
        files = () if update.group or any(_too_big(file) for file in update.files) else update.files
        if files:
            payload["fetch"] = [{"id": file.id, "name": file.name, "type": file.type} for file in files]
        message = self._message(update, payload, held=bool(files))
        return Understood(update=update, message=message, language=language, files=files)

    def _pressed(self, update: Update, language: str) -> Understood:
        kind, ledger, number = meant(update.data) or ("", 0, 0)
        offering = self.offers.get(ledger)
        whose = {self.bound[address][0] for address in (update.sender, update.chat) if address in self.bound}
        if offering is None or offering.person not in whose:
            payload = {"press": GONE, "on": None if update.group else update.on}
            return Understood(update=update, message=self._message(update, payload), language=language, toast=STALE)
        if kind == TURNED:
            return Understood(update=update, language=language, page=(ledger, offering, number))
        if kind != CHOSEN or not 0 <= number < len(offering.choices):
            return Understood(update=update, language=language, toast=STALE)
        label, value, _enabled = offering.choices[number]
        stale = value.startswith("q/") and not offering.latest
        payload = {"text": label, "press": value, "on": None if update.group else update.on}
        message = self._message(update, payload)
        return Understood(update=update, message=message, language=language, toast=STALE if stale else "")

    async def _in_group(self, update: Update) -> dict[str, Any] | None:
        """Replies to what the desk said there are notes; `/link` makes the group known. Other talk is not ours."""
        command = update.text.split(maxsplit=1)[0].partition("@")[0].casefold() if update.text else ""
        if command in ("/link", "/绑定本群"):
            return {"press": GROUP_LINK.format(chat=update.chat), "text": ""}
        if update.on is None or update.chat not in self.bound or not update.text:
            return None
        slots = await self.work.outbox.slots(CHANNEL, self.bound[update.chat][0], (update.on,))
        if update.on not in slots:
            return None
        return {"press": GROUP_SAID.format(slot=slots[update.on], text=update.text), "text": ""}

    def _message(self, update: Update, payload: dict[str, Any], *, held: bool = False) -> InboxMessage:
        """Whoever speaks in a group speaks for themselves: it belongs to their own chat."""
        now = self.work.now
        until: datetime | None = now + FETCH_WITHIN if held else None
        at = min(update.at or now, now)
        number = str(update.id)
        return InboxMessage(
            channel=CHANNEL, message_id=number, address=update.sender, payload=payload, at=at, held_until=until
        )

    async def _reachable(self, address: str, reachable: bool) -> None:
        if address in self.bound and self.bound[address][1] is reachable:
            person, _ = self.bound[address]
            await self.work.bindings.set_blocked(CHANNEL, address, blocked=not reachable)
            self.bound[address] = person, not reachable

    async def _language(self, update: Update) -> str:
        """That of whoever speaks; an address nobody has written from before becomes a guest."""
        if update.sender not in self.bound:
            language = "zh" if update.language.casefold().startswith("zh") or not update.language else "en"
            guest = self.work.people.guest(CHANNEL, update.sender, language)
            await self.work.flush()
            await self.work.bindings.bind(CHANNEL, update.sender, guest.id)
            self.bound[update.sender] = guest.id, False
            self.roles[guest.id] = guest.role, language
        return self.roles[self.bound[update.sender][0]][1]

    def _role(self, address: str) -> Role:
        return self.roles[self.bound[address][0]][0]


def _payload(update: Update) -> dict[str, Any]:
    if update.contact is not None:
        press = CONTACT.format(phone=update.contact.phone.replace("/", "")) if update.contact.own else NOT_OWN
        return {"press": press, "text": ""}
    if any(_too_big(file) for file in update.files):
        return {"press": TOO_BIG, "text": update.text}
    if update.edited:
        return {"press": EDITED, "text": update.text}
    return {"text": update.text}


def _too_big(file: File) -> bool:
    return file.size > MOST_FILE
