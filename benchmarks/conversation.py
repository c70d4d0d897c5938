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


KINDS = (
    *("电梯困人", "消防燃气", "水管爆裂", "人身伤害", "电梯", "漏水渗水", "水电故障", "公共设施", "保洁卫生"),
    *("安保秩序", "噪音扰民", "停车", "绿化", "装修违规", "收费", "服务态度", "其他"),
)
"""Those of a site by default."""
OPENING = "/complain"
COMMAND = OPENING.removeprefix("/")
QUESTIONS = (
    Question("kind", "是哪方面的问题？", KINDS),
    Question("area", "在家里，还是公共区域？", ("家里", "公共区域")),
    Question("details", "请说说发生了什么，在哪里。", free_text=True),
    Question("photos", "有照片吗？可以直接发，发完点“完成”。", ("完成", SKIP)),
    Question("urgency", "急不急？如果有人受伤、被困、着火、漏气或大量漏水，请选“很急”。", ("正常处理", "很急")),
    Question("window", "什么时候方便上门或联系？", (SKIP,), free_text=True),
    Question("confirm", "请确认", (CONFIRM, "取消")),
)
SCRIPT = (OPENING, "电梯", "公共区域", "三号楼的电梯昨天停了两次, 老人出不了门。", SKIP, "正常处理", SKIP, CONFIRM)
RECEIVED = "已收到您的投诉，我们会尽快答复。"


def prompt(question: Question, answers: Mapping[str, str]) -> str:
    """The text that asks `question`; the confirmation lists the answers so far."""
    if question.key != "confirm":
        return question.prompt
    return "\n".join([*(f"{key}: {value}" for key, value in answers.items()), question.prompt])
