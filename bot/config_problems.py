"""What is wrong with a configuration, in words a person can act on: file, line, key, Chinese / English."""

import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Key = tuple[int | str, ...]

PLAIN = {
    "missing": "缺少这个键 / this key is missing",
    "bool_type": "应为 true 或 false / must be true or false",
    "bool_parsing": "应为 true 或 false / must be true or false",
    "int_type": "应为整数 / must be a whole number",
    "int_parsing": "应为整数 / must be a whole number",
    "int_parsing_size": "数字太大 / the number is too large",
    "int_from_float": "应为整数 / must be a whole number",
    "float_type": "应为数字 / must be a number",
    "float_parsing": "应为数字 / must be a number",
    "finite_number": "应为有限的数 / must be a finite number",
    "string_type": "应为带引号的文字 / must be a text in quotes",
    "string_unicode": "文字含无效字符 / the text holds invalid characters",
    "string_pattern_mismatch": "含不允许的字符（如换行、首尾空格） / holds characters not allowed here",
    "tuple_type": "应为 [ … ] 列表 / must be a list [ … ]",
    "model_type": "应为表 [ … ] / must be a table",
    "model_attributes_type": "应为表 [ … ] / must be a table",
    "dict_type": "应为表 [ … ] / must be a table",
}
BOUNDS = {
    "greater_than_equal": ("ge", "不能小于 {0} / must be {0} or more"),
    "greater_than": ("gt", "必须大于 {0} / must be more than {0}"),
    "less_than_equal": ("le", "不能大于 {0} / must be {0} or less"),
    "less_than": ("lt", "必须小于 {0} / must be less than {0}"),
    "string_too_long": ("max_length", "最多 {0} 个字 / at most {0} characters"),
    "string_too_short": ("min_length", "不能空，至少 {0} 个字 / at least {0} characters"),
    "too_long": ("max_length", "最多 {0} 项 / at most {0} entries"),
    "too_short": ("min_length", "至少 {0} 项 / at least {0} entries"),
    "literal_error": ("expected", "只能是 {0} / must be one of {0}"),
    "enum": ("expected", "只能是 {0} / must be one of {0}"),
}


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint naming the known key most like `word`, or nothing."""
    like = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"，是否指 {like[0]} (did you mean {like[0]}?)" if like else ""


class Problems:
    """Writes the lines for one file; `text` is searched for the place a key stands in."""

    def __init__(self, source: str, text: str, prefix: str) -> None:
        self.source, self.text, self.prefix = source, text, prefix

    def line(self, key: Key, message: str) -> str:
        """One problem: where, which key, what to do. Never more than one line, and never a secret's value."""
        variable = self._variable(key)
        number = 0 if variable else self._line_number(key)
        where = variable or (f"{self.source}:{number}" if number else self.source)
        named = f"{dotted(key)}：" if key else ""
        return " ".join(f"{where}: {named}{message}".split())

    def unknown(self, key: Key, known: Iterable[str]) -> str:
        """A key that nobody reads, with the one it may have been meant to be."""
        word = str(key[-1])
        hint = nearest(word, known)
        return self.line(key, f"不认识的键{hint} / unknown key")

    def syntax(self, error: ValueError) -> str:
        """TOML that cannot be parsed; the parser's own words carry no key."""
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        if place:
            where = f"第 {place[1]} 行第 {place[2]} 列 / line {place[1]}, column {place[2]}"
        else:
            where = "文件末尾或数值 / at the end of the file or in a value"
        said = re.sub(r"\s*\(at [^)]*\)", "", str(error))[:120]
        return self.line((), f"TOML 写法有误，{where}：{said}")

    def variable(self, error: Exception) -> str:
        """An environment variable that should have held JSON."""
        name = re.search(r'field "(\w+)"', str(error))
        named = self.prefix + name[1].upper() if name else self.prefix + "…"
        return self.line((), f"环境变量 {named} 应为 JSON / the variable {named} must hold JSON")

    def of(self, error: ValidationError, model: type[BaseModel]) -> list[str]:
        """One line for each mistake that validation found, in the order of the file."""
        details = _told(error)
        lines = [(self._line_number(_clean(item["loc"])), self._one(item, model)) for item in details]
        return list(dict.fromkeys(text for _, text in sorted(lines)))

    def _one(self, item: ErrorDetails, model: type[BaseModel]) -> str:
        key, kind, context = _clean(item["loc"]), item["type"], item.get("ctx", {})
        if kind == "extra_forbidden":
            return self.unknown(key, _keys_beside(model, key))
        if kind == "value_error":
            return self.line(key, str(context.get("error", item["msg"])))
        if kind in BOUNDS:
            name, words = BOUNDS[kind]
            return self.line(key, words.format(context.get(name, "")))
        return self.line(key, PLAIN.get(kind, f"值不对 / not a valid value: {item['msg']}"))

    def _variable(self, key: Key) -> str:
        names = {name.upper() for name in os.environ}
        for size in range(len(key), 0, -1):
            name = self.prefix + "__".join(str(part) for part in key[:size]).upper()
            if name in names:
                return name
        return ""

    def _line_number(self, key: Key) -> int:
        """The line that holds the key, or its table, or 0 if the file names neither."""
        path = tuple(str(part) for part in key if isinstance(part, str))
        wanted = next((part for part in key if isinstance(part, int)), 0)
        best, seen = 0, -1
        table: tuple[str, ...] = ()
        for number, raw in enumerate(self.text.splitlines(), 1):
            header = re.match(r"\s*(\[\[?)([^\[\]]+)\]", raw)
            if header:
                table = _parts(header[2])
                seen += header[1] == "[[" and table == path[: len(table)]
                name = table
            else:
                assigned = re.match(r"\s*([^=#\[\]{},]+?)\s*=", raw)
                name = (*table, *_parts(assigned[1])) if assigned else ()
            if name and name == path[: len(name)] and (seen < 0 or seen == wanted):
                if name == path:
                    return number
                best = number if len(name) > 0 else best
        return best


def _told(error: ValidationError) -> list[ErrorDetails]:
    """The mistakes worth telling: a list is also called too short when each of its entries was wrong."""
    details = error.errors(include_url=False, include_input=False)
    places = [item["loc"] for item in details]
    return [
        item
        for item in details
        if item["type"] != "too_short"
        or not any(place != item["loc"] and place[: len(item["loc"])] == item["loc"] for place in places)
    ]


def dotted(key: Key) -> str:
    """The key as a person would write it; entries of a list are counted from one."""
    words = [f"[{part + 1}]" if isinstance(part, int) else _quoted(part) for part in key]
    return ".".join(words).replace(".[", "[")


def _quoted(part: str) -> str:
    short = part if len(part) <= 60 else part[:57] + "…"
    return short if re.fullmatch(r"[A-Za-z0-9_-]+", short) else '"' + re.sub(r"[\x00-\x1f\x7f]", "?", short) + '"'


def _clean(loc: Key) -> Key:
    """A location without the marks validation adds for dictionary keys."""
    return tuple(part for part in loc if part != "[key]")


def _parts(name: str) -> tuple[str, ...]:
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|([A-Za-z0-9_-]+)', name)
    return tuple(double or single or bare for double, single, bare in found)


def _keys_beside(model: Any, key: Key) -> Iterable[str]:
    """The known keys of the table in which an unknown one stands."""
    for part in key[:-1]:
        if isinstance(part, int):
            continue
        hint = model.model_fields[part].annotation if part in getattr(model, "model_fields", {}) else model
        model = _model_in(hint)
    fields: Mapping[str, Any] = getattr(model, "model_fields", {})
    return fields.keys()


def _model_in(hint: Any) -> Any:
    """The model inside a list, a dictionary or an optional of it."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint
    return next((found for arg in reversed(get_args(hint)) if (found := _model_in(arg)) is not None), None)
