"""Words that mean the same everywhere: the global words, yes and no, skip and done."""

import re
import unicodedata
from functools import lru_cache

from bot.dialogue.text import LANGUAGES, Text, render

HELP = frozenset({"帮助", "help", "/help", "/start", "菜单", "menu", "/menu", "?"})
CANCEL = frozenset({"取消", "cancel", "/cancel", "算了", "不弄了"})
BACK = frozenset({"返回", "back", "/back", "上一步", "上一题", "后退"})
RESTART = frozenset({"重来", "restart", "/restart", "重新开始", "从头来"})
RESUME = frozenset({"继续", "接着来", "接着说", "resume", "continue"})
SKIP = frozenset({"跳过", "skip", "/skip", "略过", "不填", "无", "没有", "没了", "不需要", "不用", "none", "no"})
DONE = frozenset({"完成", "done", "/done", "发完了", "好了", "完了", "结束", "没有了", "就这些", "ok"})
YES = frozenset({"对", "是", "是的", "对的", "好", "好的", "可以", "没错", "正确", "嗯", "行", "确认", "确定", "提交"})
YES |= {"yes", "y", "ok", "right", "correct", "confirm", "submit"}
NO = frozenset({"不", "不对", "不是", "改", "修改", "错了", "有误", "no", "n", "wrong", "change", "edit"})

_MARKS = " \t\r\n,.。!?~、:;"
_LONGEST = 60
"""A longer text is a story: it names no button and is no word for the engine."""
_ASKED = re.compile(
    r"(?:请|麻烦|帮我|给我|我要|我想|我想要|要|转|找|叫|接|查|看|看看|查看|回)*"
    r"(.+?)"
    r"(?:客服|服务|吧|了|一下|啊|呀|哦)*"
)
_FILLER = re.compile(r"^(?:我|就|选择?|要|是|那个|这个|应该)+|(?:吧|的|类|问题|啊|呀|哦|了|这个|那个)+$")


def plain(text: str) -> str:
    """The text half-width, lower-case, without the spaces and marks around it."""
    return _plain(text) if len(text) <= _LONGEST else _plain.__wrapped__(text)


@lru_cache(4096)
def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    return folded.strip(_MARKS) or folded


def means(text: str, words: frozenset[str], loose: bool = False) -> bool:
    """Whether the text is one of the words; `loose` allows what people put around them ("帮我转人工吧")."""
    said = plain(text)
    if said in words:
        return True
    match = _ASKED.fullmatch(said) if loose and len(said) <= 12 else None
    return match is not None and match[1] in words


def spellings(label: Text | str) -> frozenset[str]:
    """A label as it may be typed, in any language of the catalogue."""
    return frozenset(plain(render(label, language)) for language in LANGUAGES)


def naming(text: str, labels: list[Text | str]) -> list[int]:
    """Which labels the text names: the equal ones, or else those it is a part of."""
    said = plain(text)
    if len(said) > _LONGEST:
        return []
    spelled = [spellings(label) for label in labels]
    for wanted in (said, _FILLER.sub("", said)):
        equal = [index for index, spelling in enumerate(spelled) if wanted and wanted in spelling]
        if equal:
            return equal
        part = [
            index for index, spelling in enumerate(spelled) if wanted and any(wanted in label for label in spelling)
        ]
        if part:
            return part
    return []
