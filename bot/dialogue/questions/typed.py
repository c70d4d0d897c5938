"""Free text and numbers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, ClassVar

from bot.dialogue.numerals import number
from bot.dialogue.questions.question import Answer, Heard, Json, Outcome, Question, Refusal
from bot.dialogue.text import Text, _

Check = Callable[[str], Text | str | Awaitable[Text | str | None] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(Question):
    """A text of a length; `check` may refuse it with a reason; `taken` answers it unasked if it is long enough."""

    kind: ClassVar[str] = "text"
    at_least: int = 1
    at_most: int = 2000
    taken: str = ""
    check: Check | None = None

    def unasked(self) -> tuple[Json, bool] | None:
        taken = self.taken.strip()
        fitting = self.check is None and taken != "" and self.at_least <= len(taken) <= self.at_most
        return (taken, False) if fitting else None

    async def read(self, heard: Heard) -> Outcome:
        text = heard.text.strip()
        if not text:
            return Refusal(_("请用文字说一下。"))
        if len(text) < self.at_least:
            return Refusal(_("请再说详细一点，至少 {n} 个字。").format(n=self.at_least))
        if len(text) > self.at_most:
            return Refusal(_("太长了，最多 {n} 个字，请说得短一些。").format(n=self.at_most))
        refusal = self.check(text) if self.check else None
        if isawaitable(refusal):
            refusal = await refusal
        return Refusal(refusal if isinstance(refusal, Text) else Text(refusal)) if refusal else Answer(text)

    def fits(self, answer: Json) -> bool:
        return isinstance(answer, str) and self.at_least <= len(answer) <= self.at_most

    def value(self, answer: Json) -> Any:
        return answer

    def display(self, answer: Json) -> Text | str:
        return str(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Question):
    kind: ClassVar[str] = "number"
    lowest: int
    highest: int

    async def read(self, heard: Heard) -> Outcome:
        found = number(heard.text)
        if found is None or not self.fits(found):
            return Refusal(_("请回复 {low} 到 {high} 之间的数字。").format(low=self.lowest, high=self.highest))
        return Answer(found)

    def fits(self, answer: Json) -> bool:
        return isinstance(answer, int) and self.lowest <= answer <= self.highest

    def value(self, answer: Json) -> Any:
        return answer

    def display(self, answer: Json) -> Text | str:
        return str(answer)
