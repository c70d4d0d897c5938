"""One of several, or several of several."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bot.dialogue.numerals import choice_number
from bot.dialogue.questions.question import DONE, Answer, Heard, Json, More, Outcome, Question, Refusal
from bot.dialogue.text import Text, _, join, listed
from bot.dialogue.words import DONE as DONE_WORDS
from bot.dialogue.words import YES as YES_WORDS
from bot.dialogue.words import means, naming, plain, spellings


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a question: its code is logged, its `value` (the code if None) is what the script gets."""

    code: str
    label: Text | str
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose(Question):
    kind: ClassVar[str] = "choose"
    options: tuple[Option, ...]
    skip_if_single: bool = False
    proposed: str | None = None

    def prompt(self) -> Text | str:
        guess = option_of(self.proposed, self.options)
        if guess is None:
            return self.text
        return join(self.text, _("看起来是“{guess}”，对的话回复“对”就行。").format(guess=guess.label))

    def choices(self) -> Sequence[tuple[str, Text | str]]:
        first = [option for option in self.options if option.code == self.proposed]
        rest = [option for option in self.options if option.code != self.proposed]
        return [(option.code, option.label) for option in first + rest]

    def unasked(self) -> tuple[Json, bool] | None:
        return (self.options[0].code, True) if self.skip_if_single and len(self.options) == 1 else None

    async def read(self, heard: Heard) -> Outcome:
        labels = [option.label for option in self.options]
        found = [place for place, label in enumerate(labels) if plain(heard.text) in spellings(label)]
        if heard.code is not None and len(found) != 1:
            if option_of(heard.code, self.options):
                return Answer(heard.code)
            return Refusal(_("这一项现在不能选了，请另选一项。"))
        if option_of(self.proposed, self.options) and means(heard.text, YES_WORDS):
            return Answer(self.proposed)
        found = found or naming(heard.text, labels)
        if len(found) == 1:
            return Answer(self.options[found[0]].code)
        return _which(heard.text, [self.options[index] for index in found])

    def fits(self, answer: Json) -> bool:
        return option_of(answer, self.options) is not None

    def value(self, answer: Json) -> Any:
        return value_of(answer, self.options)

    def display(self, answer: Json) -> Text | str:
        option = option_of(answer, self.options)
        return option.label if option else str(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseMany(Question):
    """Buttons tick and untick ("+code", "-code", so that a double press does nothing twice); typing answers at once."""

    kind: ClassVar[str] = "choose_many"
    options: tuple[Option, ...]
    at_least: int = 1
    at_most: int | None = None

    def choices(self) -> Sequence[tuple[str, Text | str]]:
        ticked = self.partial or []
        shown: list[tuple[str, Text | str]] = []
        for option in self.options:
            if option.code in ticked:
                shown.append(("-" + option.code, Text("✓ {option}").format(option=option.label)))
            else:
                shown.append(("+" + option.code, option.label))
        return [*shown, (DONE, _("完成"))]

    async def read(self, heard: Heard) -> Outcome:
        ticked: list[str] = list(self.partial or [])
        if heard.code == DONE or (heard.code is None and means(heard.text, DONE_WORDS)):
            return self._judge(ticked)
        if heard.code is not None:
            return self._tick(heard.code, ticked)
        named: list[str] = []
        for piece in re.split(r"[\s,，、;；和]+", heard.text.strip()):
            number = choice_number(piece, len(self.options) + 1)
            if number == len(self.options) + 1:
                return self._judge(ticked + named)
            found = [number - 1] if number else naming(piece, [option.label for option in self.options])
            if len(found) != 1:
                return _which(piece, [self.options[index] for index in found])
            named.append(self.options[found[0]].code)
        return self._judge(named)

    def fits(self, answer: Json) -> bool:
        return isinstance(answer, list) and all(option_of(code, self.options) for code in answer)

    def value(self, answer: Json) -> Any:
        return tuple(value_of(code, self.options) for code in answer)

    def display(self, answer: Json) -> Text | str:
        found = ((code, option_of(code, self.options)) for code in answer)
        return listed(option.label if option else code for code, option in found)

    def _tick(self, code: str, ticked: list[str]) -> Outcome:
        sign, option = code[:1], option_of(code[1:], self.options)
        if option is None or sign not in "+-":
            return Refusal(_("这一项现在不能选了，请另选一项。"))
        rest = [other for other in ticked if other != option.code]
        return More([*rest, option.code] if sign == "+" else rest)

    def _judge(self, codes: list[str]) -> Outcome:
        chosen = [option.code for option in self.options if option.code in codes]
        if len(chosen) < self.at_least:
            return Refusal(_("请至少选 {n} 项。").format(n=self.at_least))
        if self.at_most is not None and len(chosen) > self.at_most:
            return Refusal(_("最多选 {n} 项。").format(n=self.at_most))
        return Answer(chosen)


def option_of(code: Json, options: Sequence[Option]) -> Option | None:
    return next((option for option in options if option.code == code), None)


def value_of(code: Json, options: Sequence[Option]) -> Any:
    """What the script gets for a logged code: of an option that is gone, the code, if all options are mere codes."""
    option = option_of(code, options)
    if option is None and any(other.value is not None for other in options):
        raise LookupError(code)
    return code if option is None or option.value is None else option.value


def _which(text: str, found: Sequence[Option]) -> Refusal:
    if found:
        names = listed(option.label for option in found)
        return Refusal(_("“{said}”可能是：{names}。请再说准一点。").format(said=text.strip()[:30], names=names))
    if not text.strip():
        return Refusal(_("请点一个按钮，或回复它的编号。"))
    return Refusal(_("没找到“{said}”。请点一个按钮，或回复它的编号。").format(said=text.strip()[:30]))
