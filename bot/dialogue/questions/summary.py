"""The summary before the last step, where every answer can still be changed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bot.dialogue.numerals import choice_number, fold, number
from bot.dialogue.questions.question import (
    BACK,
    CANCEL,
    NO,
    YES,
    Answer,
    Cancel,
    Change,
    Heard,
    Json,
    More,
    Outcome,
    Question,
    Refusal,
)
from bot.dialogue.text import Text, _, join
from bot.dialogue.words import NO as NO_WORDS
from bot.dialogue.words import YES as YES_WORDS
from bot.dialogue.words import means, naming

_CHANGE = re.compile(
    r"(?:我?要?想?(?:修改|更改|改|换)(?:一下)?|change|edit)\s*第?\s*(\w+?)\s*(?:项|条|个|号)?\s*[吧。.!]?"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the summary: the key it belongs to, its label, the answer as shown."""

    key: str
    label: Text | str
    shown: Text | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(Question):
    """Bound to `digest`, the hash of what was shown: any change asks again."""

    kind: ClassVar[str] = "confirm"
    items: tuple[Item, ...]
    digest: str

    def begun(self) -> Json:
        return {"digest": self.digest}

    def prompt(self) -> Text | str:
        if self._listing():
            return _("要修改哪一项？")
        lines = [
            _("{n}. {label}：{shown}").format(n=place, label=item.label, shown=item.shown)
            for place, item in enumerate(self.items, 1)
        ]
        return join(self.text, *lines)

    def choices(self) -> Sequence[tuple[str, Text | str]]:
        if self._listing():
            return [(f"={item.key}", item.label) for item in self.items]
        change: list[tuple[str, Text | str]] = [(NO, _("修改"))] if self.items else []
        return [(YES, _("确认")), *change, (CANCEL, _("取消"))]

    def within(self) -> bool:
        return self._listing()

    async def read(self, heard: Heard) -> Outcome:
        if heard.code == CANCEL and number(heard.text) is not None:
            return Refusal(_("要取消请回复“取消”；要修改某一项，请回复“改”加编号，比如“改2”。"))
        if heard.code == CANCEL:
            return Cancel()
        if heard.code == YES or (heard.code is None and means(heard.text, YES_WORDS) and not self._listing()):
            return self._confirmed()
        if heard.code == NO or (heard.code is None and self.items and means(heard.text, NO_WORDS)):
            return self._list()
        if heard.code == BACK:
            return More({"digest": self.digest})
        if heard.code is not None:
            return self._change(heard.code[1:])
        return self._named(heard.text)

    def fits(self, answer: Json) -> bool:
        return bool(answer == self.digest)

    def value(self, answer: Json) -> Any:
        return self.fits(answer)

    def display(self, answer: Json) -> Text | str:
        return _("已确认") if self.fits(answer) else _("未确认")

    def _listing(self) -> bool:
        return bool(self.partial and self.partial.get("listing"))

    def _list(self) -> Outcome:
        return More({"digest": self.digest, "listing": True}, renew=True)

    def _confirmed(self) -> Outcome:
        if self.partial is not None and self.partial.get("digest") != self.digest:
            return More({"digest": self.digest}, _("内容刚刚有变化，请再看一遍。"), renew=True)
        return Answer(self.digest)

    def _named(self, text: str) -> Outcome:
        match = _CHANGE.fullmatch(fold(text).strip()) if len(text) <= 40 else None
        said = match[1] if match else text
        place = (choice_number(said, len(self.items)) or number(said)) if match else None
        if place is not None and 1 <= place <= len(self.items):
            return Change(self.items[place - 1].key)
        found = naming(said, [item.label for item in self.items])
        if len(found) == 1:
            return Change(self.items[found[0]].key)
        return Refusal(_("请点“确认”，或回复“改2”修改第 2 项。"))

    def _change(self, key: str) -> Outcome:
        if any(item.key == key for item in self.items):
            return Change(key)
        return Refusal(_("这一项现在不能修改。"))
