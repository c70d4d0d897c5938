"""A time to come by: understood from people's words, said back, and taken only when they agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from bot.dialogue.questions.question import BACK, NO, YES, Answer, Heard, Json, More, Outcome, Question, Refusal
from bot.dialogue.text import LANGUAGES, Text, _
from bot.dialogue.window import Window, WindowProblem, describe, from_json, parse_window, to_json
from bot.dialogue.words import NO as NO_WORDS
from bot.dialogue.words import YES as YES_WORDS
from bot.dialogue.words import means

PROBLEMS = {
    WindowProblem.NONE_FOUND: _("没看懂时间，可以这样说：“明天下午三点后”“周六上午”。"),
    WindowProblem.PAST: _("这个时间已经过去了，请说一个以后的时间，比如“明天上午”。"),
    WindowProblem.TOO_FAR: _("这个时间太远了，请说 60 天以内的时间。"),
    WindowProblem.AMBIGUOUS: _("这里像是有好几个时间，请只说一个，比如“周六上午”。"),
    WindowProblem.BACKWARDS: _("结束比开始还早，请再说一遍，比如“明天 14:00–16:00”。"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class When(Question):
    """The log keeps the window and when it was said, so that a summary shown later reads the same."""

    kind: ClassVar[str] = "window"
    zone: ZoneInfo

    def prompt(self) -> Text | str:
        if not self.partial:
            return self.text
        return _("{window}，对吗？").format(window=self.display(self.partial))

    def choices(self) -> Sequence[tuple[str, Text | str]]:
        return [(YES, _("对")), (NO, _("改"))] if self.partial else []

    def within(self) -> bool:
        return bool(self.partial)

    async def read(self, heard: Heard) -> Outcome:
        if self.partial:
            if heard.code == YES or (heard.code is None and means(heard.text, YES_WORDS)):
                return Answer(self.partial)
            if heard.code in (NO, BACK) or (heard.code is None and means(heard.text, NO_WORDS)):
                return More(None, renew=True)
        found = parse_window(heard.text, heard.now, self.zone) if heard.text else WindowProblem.NONE_FOUND
        if isinstance(found, WindowProblem):
            return Refusal(PROBLEMS[found])
        return More({**to_json(found), "said": heard.now.isoformat()}, renew=True)

    def fits(self, answer: Json) -> bool:
        return isinstance(answer, dict) and {"start", "end", "guessed", "said"} <= answer.keys()

    def value(self, answer: Json) -> Window:
        return from_json(answer)

    def display(self, answer: Json) -> Text | str:
        window, said = from_json(answer), datetime.fromisoformat(answer["said"])
        chinese, english = (describe(window, self.zone, said, language) for language in LANGUAGES)
        return Text(chinese, english=english)
