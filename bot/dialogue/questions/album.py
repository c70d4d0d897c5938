"""Photos and files that come in several messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bot.dialogue.message import Attachment
from bot.dialogue.questions.question import DONE, Answer, Heard, Json, More, Outcome, Question, Refusal
from bot.dialogue.text import Text, _, join
from bot.dialogue.words import DONE as DONE_WORDS
from bot.dialogue.words import means


@dataclass(frozen=True, slots=True, kw_only=True)
class Album(Question):
    """Collected until 完成, or until nothing more came for the quiet time; `early` ones are there already."""

    kind: ClassVar[str] = "album"
    at_most: int = 9
    images: bool = True
    early: tuple[Attachment, ...] = ()

    def takes(self, file: Attachment) -> bool:
        return not self.images or file.type.startswith("image/")

    def begun(self) -> Json:
        return [file.to_json() for file in self.early if self.takes(file)][: self.at_most] or None

    def prompt(self) -> Text | str:
        if not self.partial:
            return self.text
        return join(self.text, _("已收到 {n} 个，还可以继续发；发完请点“完成”。").format(n=len(self.partial)))

    def choices(self) -> Sequence[tuple[str, Text | str]]:
        return [(DONE, _("完成"))] if self.partial else []

    async def read(self, heard: Heard) -> Outcome:
        collected: list[Json] = list(self.partial or [])
        done = heard.quiet or heard.code == DONE or (bool(heard.text) and means(heard.text, DONE_WORDS))
        fitting = [file for file in heard.files if self.takes(file)]
        collected += [file.to_json() for file in fitting][: self.at_most - len(collected)]
        if heard.files and not fitting:
            return Refusal(_("这里只收照片。"))
        if collected and (done or len(collected) >= self.at_most):
            return Answer(collected)
        if fitting:
            return More(collected, album=True)
        if done and self.optional:
            return Answer(None)
        return Refusal(_("还没有收到，请直接发过来。") if done else _("请直接把它发过来。"))

    def fits(self, answer: Json) -> bool:
        return isinstance(answer, list) and 0 < len(answer) <= self.at_most

    def value(self, answer: Json) -> Any:
        return tuple(Attachment.from_json(file) for file in answer or ())

    def display(self, answer: Json) -> Text | str:
        return _("{n} 个").format(n=len(answer or ()))
