"""The complaint conversation that every subject holds, as data: what is asked, and what the person says."""

from collections.abc import Mapping
from dataclasses import dataclass

SKIP = "跳过"
CONFIRM = "确认"


@dataclass(frozen=True)
class Question:
    key: str
    prompt: str
    options: tuple[str, ...] = ()
    free_text: bool = False

    def accept(self, text: str) -> str | None:
        """The answer to record, or None when the text answers nothing here."""
        if text in self.options:
            return text
        return text if self.free_text and text else None


OPENING = "/complain"
COMMAND = OPENING.removeprefix("/")
QUESTIONS = (
    Question("unit", "请问是哪一套房屋？", ("3-1-201", "3-1-202")),
    Question("kind", "是哪方面的问题？", ("电梯", "水电", "保洁", "安保", "其他")),
    Question("description", "请简单说说发生了什么。", free_text=True),
    Question("photos", "有照片可以现在发，也可以跳过。", (SKIP,)),
    Question("window", "什么时候方便联系您？也可以跳过。", (SKIP,), free_text=True),
    Question("confirm", "请核对，没有问题就请确认。", (CONFIRM, "取消")),
)
SCRIPT = (OPENING, "3-1-201", "电梯", "三号楼的电梯昨天停了两次, 老人出不了门。", SKIP, SKIP, CONFIRM)
RECEIVED = "已收到您的投诉，我们会尽快答复。"


def prompt(question: Question, answers: Mapping[str, str]) -> str:
    """The text that asks `question`; the confirmation lists the answers so far."""
    if question.key != "confirm":
        return question.prompt
    return "\n".join([*(f"{key}: {value}" for key, value in answers.items()), question.prompt])
