"""The console's port kept in memory, with a small scripted bot behind it: a real desk for a house of one room."""

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.channels.console import Changes
from bot.channels.console.port import (
    AttachmentView,
    ChoiceView,
    DueView,
    EntryView,
    Gone,
    Incoming,
    MessageView,
    OpenMedia,
    PersonView,
    RecordView,
    TimelineView,
    UnknownChoice,
    UnknownMessage,
    UnknownPerson,
    UnknownRecord,
    UnsupportedMedia,
    Upload,
)

STARTS_AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SIGNS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"%PDF": "application/pdf"}
KINDS = (("电梯", "lift"), ("漏水", "leak"), ("噪音", "noise"), ("保洁", "cleaning"))


def cast() -> list[PersonView]:
    return [
        PersonView("p-li", "李敏", "owner", "翠湖花园", unit="3-1-201"),
        PersonView("p-zhou", "周文博", "lessee", "翠湖花园", unit="3-2-502"),
        PersonView("p-smith", "Anna Smith", "owner", "翠湖花园", unit="5-1-1203", language="en"),
        PersonView("s-chen", "陈晓", "front_desk", "翠湖花园", department="dept_cs"),
        PersonView("s-wang", "王建国", "technician", "翠湖花园", department="dept_engineering"),
        PersonView("s-zhao", "赵磊", "department_head", "翠湖花园", department="dept_engineering"),
        PersonView("s-sun", "孙洁", "department_head", "翠湖花园", department="dept_cleaning"),
        PersonView("s-liu", "刘芳", "cs_supervisor", "翠湖花园", department="dept_cs"),
        PersonView("s-he", "何志远", "site_manager", "翠湖花园"),
    ]


@dataclass
class MemoryDesk:
    demo: bool = True
    zone: str = "Asia/Shanghai"
    everybody: list[PersonView] = field(default_factory=cast)
    codes: dict[str, str] = field(default_factory=dict)
    now_is: datetime = STARTS_AT
    due: list[datetime] = field(
        default_factory=lambda: [STARTS_AT + timedelta(minutes=5), STARTS_AT + timedelta(days=1)]
    )
    silent: set[str] = field(default_factory=set)
    changes: Changes = field(default_factory=Changes)

    def __post_init__(self) -> None:
        self._lists: dict[str, list[MessageView]] = defaultdict(list)
        self._media: dict[str, OpenMedia] = {}
        self._owners: dict[str, set[str]] = defaultdict(set)
        self._done: dict[tuple[str, str], int] = {}
        self._numbers = itertools.count(1)

    # ---- people and messages

    async def people(self) -> Sequence[PersonView]:
        return self.everybody

    async def person(self, person_id: str) -> PersonView | None:
        return next((person for person in self.everybody if person.id == person_id), None)

    async def suggested(self) -> Sequence[str]:
        return ["p-li", "s-chen", "s-wang", "s-zhao", "s-liu"]

    async def messages(self, person_id: str, after: int | None) -> Sequence[MessageView]:
        return [message for message in self._lists[person_id] if after is None or message.id > after]

    async def accept(self, person_id: str, incoming: Incoming) -> int:
        if await self.person(person_id) is None:
            raise UnknownPerson
        key = (person_id, incoming.client_id or "")
        if incoming.client_id and key in self._done:
            return self._done[key]
        text = incoming.text if incoming.press is None else self._pressed(person_id, incoming).label
        attachments = tuple(self._attachment(media_id) for media_id in incoming.media)
        said = self._append(person_id, "person", text, attachments=attachments, reply_to=incoming.message)
        if incoming.client_id:
            self._done[key] = said.id
        if person_id not in self.silent:
            self._answer(person_id, said, incoming)
        return said.id

    def _pressed(self, person_id: str, incoming: Incoming) -> ChoiceView:
        message = next((m for m in self._lists[person_id] if m.id == incoming.message), None)
        if message is None:
            raise UnknownMessage
        versions = [m for m in self._lists[person_id] if m.id == message.id or m.edits == message.id]
        for choice in (choice for version in versions for choice in version.choices):
            if choice.value == incoming.press:
                return choice
        raise UnknownChoice("that message never offered this")

    def _answer(self, person_id: str, said: MessageView, incoming: Incoming) -> None:
        """Menu on 菜单, an edit of the menu on a press, an echo on anything else."""
        if incoming.press is not None:
            asked = next(m for m in self._lists[person_id] if m.id == incoming.message)
            shut = tuple(replace(choice, enabled=False) for choice in asked.choices)
            self._append(person_id, "bot", f"{asked.text}\n✓ {said.text}", choices=shut, edits=asked.id)
            self.tell(person_id, f"好的，已选“{said.text}”。")
        elif said.text in {"菜单", "投诉"}:
            self.tell(person_id, "是哪方面的问题？", choices=tuple(ChoiceView(label, value) for label, value in KINDS))
        elif said.attachments:
            self.tell(person_id, f"收到 {len(said.attachments)} 个文件。", attachments=said.attachments)
        else:
            self.tell(person_id, f"您说：{said.text}")

    def tell(
        self,
        person_id: str,
        text: str,
        choices: tuple[ChoiceView, ...] = (),
        attachments: tuple[AttachmentView, ...] = (),
        edits: int | None = None,
    ) -> int:
        return self._append(person_id, "bot", text, choices=choices, attachments=attachments, edits=edits).id

    def heard(self, person_id: str, text: str) -> int:
        return self._append(person_id, "person", text).id

    def _append(self, person_id: str, sender: str, text: str, **rest: object) -> MessageView:
        message = MessageView(next(self._numbers), sender, text, self.now_is, **rest)  # type: ignore[arg-type]
        self._lists[person_id].append(message)
        for attachment in message.attachments:
            self._owners[attachment.media_id].add(person_id)
        self.changes.publish(person_id, message.id)
        return message

    # ---- media

    async def store_media(self, person_id: str, upload: Upload) -> str:
        content = b"".join([chunk async for chunk in upload.chunks])
        kind = next((kind for sign, kind in SIGNS.items() if content.startswith(sign)), None)
        if kind is None:
            raise UnsupportedMedia("photos and PDF only")
        media_id = hashlib.sha256(content).hexdigest()[:32]
        self._media[media_id] = OpenMedia(upload.name, kind, content)
        self._owners[media_id].add(person_id)
        return media_id

    def _attachment(self, media_id: str) -> AttachmentView:
        return AttachmentView(media_id, self._media[media_id].name, self._media[media_id].type)

    async def may_see(self, person_id: str, media_id: str) -> bool:
        return person_id in self._owners[media_id]

    async def open_media(self, media_id: str, _person_id: str) -> OpenMedia:
        if media_id not in self._media:
            raise Gone("erased")
        return self._media[media_id]

    def erase(self, media_id: str) -> None:
        del self._media[media_id]

    def take_away(self, person_id: str) -> None:
        for owners in self._owners.values():
            owners.discard(person_id)

    # ---- the clock and the side panel

    async def now(self) -> datetime:
        return self.now_is

    async def advance(self, by: timedelta) -> datetime:
        self.now_is += by
        for due_at in [due_at for due_at in self.due if due_at <= self.now_is]:
            self.due.remove(due_at)
            self.tell("s-liu", f"到时限了（{due_at:%H:%M}）。")
        return self.now_is

    async def next_due(self) -> datetime | None:
        return min(self.due, default=None)

    async def records(self, person_id: str, language: str) -> Sequence[RecordView]:
        if person_id.startswith("p-zhou"):
            return []
        return [RecordView("TS20261123-0001", "Lift" if language == "en" else "电梯异响，3 栋 1 单元", "处理中")]

    async def timeline(self, person_id: str, number: str, language: str) -> TimelineView:
        if number not in {record.number for record in await self.records(person_id, language)}:
            raise UnknownRecord("no such record")
        return TimelineView(
            number,
            "电梯异响，3 栋 1 单元",
            "处理中",
            fields=(("投诉人", "李敏 · 3-1-201"), ("责任部门", "工程维护部"), ("处理人", "王建国")),
            entries=(
                EntryView(STARTS_AT, "前台收到投诉，首报", "CP-4.1.1", "接待投诉"),
                EntryView(STARTS_AT + timedelta(minutes=3), "陈晓派单给工程维护部王建国", "CP-4.2.1a", "五分钟内派单"),
                EntryView(STARTS_AT + timedelta(minutes=9), "王建国接单", "CP-4.2.1b", "接单处理"),
            ),
            due=(
                DueView(
                    "24 小时内完成处理，否则报客服主管",
                    STARTS_AT + timedelta(days=1),
                    "还剩 23 小时 51 分",
                    "CP-4.2.2a",
                    "逾时未完成上报",
                ),
                *(DueView(f"第 {n} 次提醒", STARTS_AT + timedelta(days=n), f"还剩 {n} 天") for n in (2, 3)),
            ),
        )

    async def redeem_code(self, code: str) -> str | None:
        return self.codes.pop(code, None)
