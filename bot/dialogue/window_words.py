"""The words in which people name a time to come by: which spans of a text are days, parts of a day and clocks.

Everything is matched with bounded patterns, one linear pass each; the calendar itself is in window_days.
"""

import re
from dataclasses import dataclass
from enum import Enum

from bot.dialogue.numerals import fold, number

ZH = "零〇一二两三四五六七八九十"
CLAIMED, CLOCK, ADDRESS, COUNT = "\x01", "\x04", "\x02", "\x03"
_MORE_TRADITIONAL = str.maketrans(
    "週後點號兩過鐘禮拜個內間時開會說門電話來麼", "周后点号两过钟礼拜个内间时开会说门电话来么"
)
_DASHES = str.maketrans("–—―−~〜∼‐‑", "-" * 9)
_PREVIOUS = rf"(?<![0-9{ZH}百第几.:/])"
_NUMBER = rf"(?:[0-9]{{1,4}}|[{ZH}]{{1,4}})"
_PLACE = "号楼|号院|号房|号门|号车位|号线|栋|幢|座|单元|弄|层|楼|室|房|门|户|梯|期|区|车位|#"

_NUMBERED_PLACE = rf"[a-z]?{_NUMBER}\s?(?:{_PLACE})"
_BARE_ROOM = r"(?:[- ]?[0-9]{1,4}(?![0-9点:时月日号年到至/-]|\s?[ap]m)|[0-9]{1,3}号)?"
_NO_FULL_DATE = r"(?!20[0-9]{2}-[0-9]{1,2}-[0-9]{1,2}(?![0-9-]))(?!20[0-9]{2}/[0-9]{1,2}/[0-9]{1,2}(?![0-9/]))"
_OFTEN = r"(?:每|天天|平时|经常|总是|整[夜晚])(?:天|日|晚|早|夜|个?(?:周|星期|礼拜|月))?[一二三四五六日天末]?的?"

_ADDRESSES = re.compile(
    "|".join(
        [
            r"(?<![0-9])(?:\+?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}(?![0-9])",  # mobile number
            r"(?<![0-9])(?:0[0-9]{2,3}|400)[- ]?[0-9]{3,4}[- ]?[0-9]{3,4}(?![0-9])",  # landline
            r"[0-9]{5,30}",
            rf"{_NO_FULL_DATE}(?<![0-9:])[0-9]{{1,4}}[a-z]?(?:[-/#][0-9]{{1,4}}[a-z]?){{2,5}}(?![0-9:])",  # 12-3-501
            r"(?<![0-9:-])[0-9]{1,4}[-#][0-9]{3,4}(?![0-9:])",  # 3-501
            rf"(?<![0-9{ZH}周期拜月]){_NUMBERED_PLACE}(?:[- ]?{_NUMBERED_PLACE})*{_BARE_ROOM}",  # 3栋2单元501
            r"(?<![a-z0-9])[a-z]{1,2}-?[0-9]+(?![0-9:]|\s?[ap]m)",  # b12, a-501
            r"(?<![今明])[早晚][一]?点(?![0-9])",
        ]
    )
)
_COUNTS = re.compile(
    "|".join(
        [
            rf"第[{ZH}0-9]{{1,4}}",
            rf"(?<![周期拜])[{ZH}0-9]{{1,3}}[次遍回趟块岁]",
            r"[快好有大小多少慢近远高低轻][一]?点(?![0-9])|一点(?=[都也儿没])",
            r"(?<![周期拜])[一半]个?(?:晚上?|早上|上午|下午|夜|宿)|(?<!周)[一半]天(?![内后之以都])",
            rf"{_OFTEN}(?:早上|晚上|上午|下午|中午|凌晨|半夜|夜里|深夜)?(?:[0-9{ZH}]{{1,2}}点)?",
        ]
    )
)


def readable(text: str) -> str:
    """The folded text with room numbers, phone numbers, counts and habits hidden: none of them is ever a date.

    Beside an address a time still stands alone ("3栋501，明天下午"); beside a count it is part of a story.
    """
    text = fold(text).translate(_MORE_TRADITIONAL).translate(_DASHES).replace("o'clock", "点")
    text = text.replace("tonight", "today evening")
    text = re.sub(r"between ([0-9]{1,2}) and ([0-9]{1,2})(?![0-9:])", r"\1点 to \2点", text)
    text = re.sub(r"between (.{1,20}?) and ", r"\1 to ", text)
    text = _ADDRESSES.sub(lambda match: ADDRESS * len(match[0]), text)
    return _COUNTS.sub(lambda match: COUNT * len(match[0]), text)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day in minutes from midnight, and the half that an hour beside it belongs to."""

    start: int
    end: int
    half: str  # "am", "pm", "noon", "night", or "" where an hour may be either


@dataclass(frozen=True, slots=True)
class Clock:
    hour: int
    minute: int
    literal: bool = False  # written in 24 hours: 15:00, 08:30
    half: str = ""


class Bound(Enum):
    AFTER = "after"
    BEFORE = "before"


DAYTIME = Part(9 * 60, 18 * 60, "")
_PARTS: list[tuple[str, Part]] = [
    (r"下班以?之?后|下了班|after work", Part(18 * 60, 21 * 60, "night")),
    (r"晚饭以?之?后", Part(19 * 60, 21 * 60, "night")),
    (r"上班以?之?前|before work", Part(7 * 60, 9 * 60, "am")),
    (r"上下午|白天|一?整天|全天|一天(?=都)|all day|(?<![a-z])daytime", DAYTIME),
    (r"凌晨", Part(0, 6 * 60, "am")),
    (r"大?清早|一大?早(?!上)|大?早上|清晨|早晨|(?<=\x01)[早晨](?![点饭餐一])", Part(7 * 60, 10 * 60, "am")),
    (r"上午|(?<![a-z])morning(?![a-z])", Part(8 * 60, 12 * 60, "am")),
    (r"中午|正午|(?<![a-z])(?:noon|midday|lunchtime)(?![a-z])", Part(12 * 60, 14 * 60, "noon")),
    (r"下午|午后|(?<![a-z])afternoon(?![a-z])", Part(13 * 60, 18 * 60, "pm")),
    (r"傍晚|黄昏", Part(17 * 60, 19 * 60, "pm")),
    (r"深夜|半夜|午夜", Part(22 * 60, 24 * 60, "night")),
    (
        r"大?晚上|夜里|夜间|(?<=\x01)[晚夜](?![点饭餐了些])|(?<![a-z])(?:evening|night)(?![a-z])",
        Part(18 * 60, 21 * 60, "night"),
    ),
]
PARTS = [(re.compile(pattern), part) for pattern, part in _PARTS]

_HOUR = r"(?P<hour>[0-9]{1,2}|二十[一二三四]?|十[一二三四五六七八九]?|[零〇一二两三四五六七八九])"
_MINUTE = (
    r"(?:(?P<half>半)|(?P<quarter>[一二两三123])刻|过?[零〇0]?(?P<minute>[0-5]?[0-9]分|[0-5][0-9]|"
    r"[二三四五]?十[一二三四五六七八九]?|[一二三四五六七八九](?=分)|(?<=[零〇])[一二三四五六七八九])(?![0-9号月栋个次])分?)"
)
_SHORT_OF = r"(?:差(?P<short>[0-9]{1,2}|[二三]?十五?|[一五])(?P<unit>分|刻)钟?)?"
_NEXT_HOUR = (
    "一(?=[两二]点)|[两二](?=三点)|三(?=四点)|四(?=五点)|五(?=六点)|六(?=七点)|七(?=八点)|八(?=九点)|九(?=十点)"
)
CLOCKS = [
    re.compile(rf"{_PREVIOUS}(?P<hour>{_NEXT_HOUR})"),  # the 七 of 七八点
    re.compile(rf"{_PREVIOUS}{_SHORT_OF}{_HOUR}\s?(?:点|时(?![间候常段而刻光不]))(?:钟|整|{_MINUTE})?(?!\s?[ap]m)"),
    re.compile(
        r"(?<![0-9:])(?P<hour>[0-9]{1,2}):(?P<minute>[0-5][0-9])(?!:?[0-9])\s?(?P<meridiem>[ap])?\.?(?(meridiem)m)"
    ),
    re.compile(r"(?<![0-9:])(?P<hour>[0-9]{1,2})\s?点?\s?(?P<meridiem>[ap])\.?m(?![a-z])"),
    re.compile(rf"{_PREVIOUS}{_HOUR}(?=\s?(?:[-、到至]|to)\s?{CLOCK})"),  # the 3 of 3-5点
    re.compile(r"(?<![0-9])(?<=at )(?P<hour>[0-9]{1,2})(?![0-9])"),
]

AFTER = re.compile(r"\s?(?:以后|之后|过后|往后|后(?![天面门排边来勤])|起|开始|onwards|or later)")
BEFORE = re.compile(r"\s?(?:以前|之前|前(?![天面门台排边两几]))")
AFTER_EN = re.compile(r"(?<![a-z])(?:after|from)\s?$")
BEFORE_EN = re.compile(r"(?<![a-z])(?:before|by|until|till)\s?$")

PAST = re.compile(
    r"昨[天日晚夜儿]|大?(?<![目以之提])前[天晚](?!台)|上上?个?(?:周|星期|礼拜)[一二三四五六日天末]?|上个月|去年|刚[才刚]"
    r"|[0-9一二两三四五六七八九十几半]{1,3}个?(?:小时|钟头|分钟|天|周|星期|礼拜|月|年)(?:以前|之前|前)"
    r"|(?<![a-z])(?:yesterday|last (?:night|week|month|year|mon|tue|wed|thu|fri|sat|sun)[a-z]*)"
    r"|(?<![a-z])[a-z0-9]{1,6} [a-z]{1,7} ago(?![a-z])"
)
RANGE_JOIN = re.compile(r"[-到至]|(?<![a-z])(?:to|until|till|through)(?![a-z])")
OTHER_JOIN = re.compile(r"或|和|跟|、|还是|以及|(?<![a-z])(?:or|and)(?![a-z])")

_FILLER_ZH = (
    "不行|不方便|没空|没时间|有事|不在家|不在|不要太[早晚]|别太[早晚]|太[早晚]|换[到成]|什么时候|如果|要是|的话|任何时间|任何时候|哪天|几点|都可以|都方便|都行|都在|都有空|随时|随便|没问题|可以的|可以|方便|有空|有人|有时间|在家里|在家|家里|家中|"
    "上门|维修|检修|修理|来修|来看看|来看|过来|能来|来人|派人|来吧|师傅们?|工人|物业|你们|您们|我们|咱们|他们|时间段?|之间|期间|左右|前后|大概|大约|差不多|"
    "应该|可能|比较|最好|希望|预约|约在|约|定在|改到|改成|安排|就行|就好|好吗|行吗|好的|好了|行不行|可不可以|能不能|麻烦|谢谢|拜托|这个|那个|时段|"
    "以后|之后|以前|开始|这天|那天|当天|一下|一趟|一直|才|再过?|我|你|您|请|在|能|会|要|想|有|的|吧|吗|呢|啊|呀|哦|哈|嗯|嘛|啦|好|行|都|来|去|到|至|"
    "就|那|这|从|于|是|为|等|空|了|或者|或是|或|和|跟|还是|以及|修(?!好)|看|家|多|许|给|把|让|太|也|还|先|个|点钟|钟|整|得|对|宜"
)
_FILLER_EN = (
    "i'm|i'll|i|at|on|in|the|am|is|are|be|will|would|can|could|you|we|me|my|for|home|free|available|please|come|ok|okay|"
    "fine|good|best|works?|any|time|anytime|around|about|after|before|from|by|or|and|to|until|till|through|between|between|"
    "this|next|coming|of|a|an|works|suits|visit|repair|thanks?|it|that|there|someone|between|how|maybe|better|whenever|all|day|s"
)
FILLER = re.compile(
    rf"{_FILLER_ZH}|(?<![a-z])(?:{_FILLER_EN})(?![a-z])|[\s\x01\x02\x04.,:;!?()\[\]{{}}'\"/、。·《》「」『』【】…~+*=_-]+"
)
AT_HOME = re.compile(
    r"在家|方便|有空|有人|可以|能来|上门|有时间|都行|来修|来看|过来|派人|来人|(?<![a-z])(?:home|free|available|please|come|ok)(?![a-z])"
)
REFUSAL = re.compile(
    r"[^,。;!?\n]{0,6}?(?:不行|不方便|不在|不可以|不可|没空|没时间|没人|有事|除外|以外|不要)|\s?(?:is|am|are)?\s?(?:not|n't)"
)
EXCEPTION = re.compile(r"(?:除了|除|不要|别|不是|except|not)\s?$")
TOLD = re.compile(
    r"说好|说是|说的|答应|承诺|通知|上次|之前说|结果|等到|没来|没人来|没修|才来|坏了|漏了|停了|过了|还没|不来|再不|还不"
)
ANYTIME = re.compile(
    r"随时|随便|(?:什么时候|几点|哪天)都|任何时[候间]|(?:我|时间)?都(?:可以|行|方便|在|有空)"
    r"|(?<![a-z])(?:any ?time|whenever)(?![a-z])"
)
NOW = re.compile(
    r"现在|马上|立刻|立即|尽快|赶紧|越快越好|尽早|一会儿?|待会儿?|等会儿?"
    r"|(?<![a-z])(?:right now|now|asap|as soon as possible)(?![a-z])"
)


def is_filler(text: str) -> bool:
    """Whether nothing is left of the text but words that only wrap a time ("我在家", "可以吗", "please come")."""
    return not FILLER.sub("", text)


def read_clock(match: re.Match[str]) -> Clock | None:
    """The clock of a match of CLOCKS, or None when no day has that hour."""
    found = match.groupdict()
    hour, minute = _small(found["hour"]), 0
    if found.get("half"):
        minute = 30
    elif found.get("quarter"):
        minute = 15 * _small(found["quarter"])
    elif found.get("minute"):
        minute = _small(found["minute"].rstrip("分"))
    if found.get("short"):
        hour, minute = hour - 1, 60 - _small(found["short"]) * (15 if found["unit"] == "刻" else 1)
    if not (0 <= hour <= 24 and 0 <= minute < 60) or (hour == 24 and minute):
        return None
    written_in_24_hours = hour > 12 or hour == 0 or (found["hour"][0] == "0" and ":" in match[0])
    half = {"a": "am", "p": "pm"}.get(found.get("meridiem") or "", "")
    return Clock(hour, minute, literal=written_in_24_hours and not half, half=half)


def _small(text: str) -> int:
    return number(text) or 0
