"""Numbers as people type them in a chat: 2, ２, 二, 两, ②, 十二, 一百零五."""

import re
import unicodedata

DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
UNITS = {"十": 10, "百": 100, "千": 1000}
TRADITIONAL = str.maketrans("兩點後號週過內個時間這禮裡樓棟單選復覆項", "两点后号周过内个时间这礼里楼栋单选复复项")
KEYCAP = dict.fromkeys(map(ord, "\ufe0e\ufe0f\u20e3"))

_ARABIC = re.compile(r"[0-9]{1,9}")
_NUMERAL = r"(?P<number>[0-9]{1,3}|[零〇一二两三四五六七八九十百]{1,5})"
_CHOICE = re.compile(rf"{_NUMERAL}\s*[.、。,)\]]?")
_NAMED_CHOICE = re.compile(
    r"(?:我?(?:选择?|要|回复?)\s*[:,]?\s*第?|第|[#(\[]|(?:no|option|number|choice)\b\.?)\s*"
    rf"{_NUMERAL}\s*(?:个|项|种|条|号|[.、。,)\]])?\s*吧?[。.!]?"
)


def fold(text: str) -> str:
    """The text in half-width, lower-case, simplified characters, so that one spelling is left of each numeral."""
    return unicodedata.normalize("NFKC", text).translate(KEYCAP).translate(TRADITIONAL).lower()


def number(text: str) -> int | None:
    """The number that the whole text writes, or None. 一百五 is 150, as it is spoken."""
    text = fold(text).strip()
    if _ARABIC.fullmatch(text):
        return int(text)
    return _chinese(text) if text and len(text) <= 9 else None


def choice_number(text: str, count: int) -> int | None:
    """The 1-based choice that the text names ("2", "选二", "第2个", "②"), or None when it names none of `count`.

    A text that merely contains a number ("2栋", "12-3-501", a phone number) names no choice.
    """
    text = fold(text).strip()
    match = _CHOICE.fullmatch(text) or _NAMED_CHOICE.fullmatch(text)
    chosen = number(match["number"]) if match else None
    return chosen if chosen is not None and 1 <= chosen <= count else None


def _chinese(text: str) -> int | None:
    total, digit, unit, gap = 0, None, 10_000, False
    for character in text:
        if character in DIGITS:
            if digit is not None:
                return None
            if DIGITS[character] == 0 and len(text) > 1:
                gap = True
                continue
            digit = DIGITS[character]
        elif character in UNITS and UNITS[character] < unit:
            unit = UNITS[character]
            if digit is None and not (unit == 10 and (total == 0 or gap)):
                return None
            total += (1 if digit is None else digit) * unit
            digit, gap = None, False
        else:
            return None
    if digit is None:
        return None if gap else total
    spoken_short = unit > 10 and unit < 10_000 and not gap
    return total + digit * (unit // 10 if spoken_short else 1)
