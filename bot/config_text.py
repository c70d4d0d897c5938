"""Write config.example.toml and config.schema.json from the model: `python -m bot.config_text [--check]`."""

import json
import sys
import textwrap
from collections.abc import Iterator
from datetime import time
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from bot.config import FullConfig

ROOT = Path(__file__).resolve().parent.parent
HEAD = """\
Huiyin 回音：全部配置。每一项写的都是默认值，只需保留要改的几行。
Every setting, each with its default; keep only the lines you change.

密钥宜放在环境变量里 / secrets are best kept in the environment: HUIYIN_TELEGRAM__TOKEN, HUIYIN_WECOM__SECRET …
检查 / check: huiyin check-config --config config.toml
(ns) = 程序文件没有给出数字，默认值由我们选定 / the procedures state no figure, the default is ours.\
"""
SITES = """\
各楼盘的不同之处：表名前加 sites."楼盘名"，只写不同的几项。
What one site does differently: the table's name after sites."NAME", and only what differs.
[sites."阳光花园".complaint]
resolve_hours = 8
[sites."阳光花园".quiet_hours]
start = "21:30"\
"""
KF = """\
各楼盘的微信客服账号，可写多段 / the kf account of each site, as many as there are
[[wecom.kf]]
site = "阳光花园"
open_kfid = "wkAbCdEf"\
"""


def example() -> str:
    """The commented example: parsing it gives the defaults, and no key of the model is left out."""
    defaults = FullConfig.model_construct()
    blocks = [_comment(HEAD)]
    for name, field in FullConfig.model_fields.items():
        value = getattr(defaults, name)
        if isinstance(value, BaseModel):
            blocks.append("\n".join(_table(name, value)))
        elif name == "kinds":
            blocks.append(_comment(str(field.description)))
            blocks += ["\n".join(_kind(kind)) for kind in value]
    return "\n\n".join([*blocks, _comment(SITES)]) + "\n"


def schema() -> str:
    """The JSON Schema that editors check config.toml against."""
    body = _standard(FullConfig.model_json_schema())
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Huiyin config.toml"}
    return json.dumps(head | {**body, "title": head["title"]}, ensure_ascii=False, indent=2) + "\n"


BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}


def _standard(part: Any) -> Any:
    """The schema's own words for bounds, where pydantic leaves its own (numbers behind a validator)."""
    if isinstance(part, dict):
        return {BOUNDS.get(key, key): _standard(value) for key, value in part.items()}
    return [_standard(item) for item in part] if isinstance(part, list) else part


def _table(name: str, table: BaseModel) -> Iterator[str]:
    yield _comment(" ".join(str(type(table).__doc__).split()))
    yield f"[{name}]"
    for key, field in type(table).model_fields.items():
        if (name, key) == ("wecom", "kf"):
            yield _comment(KF)
            continue
        yield _comment(str(field.description))
        yield f"{key} = {_toml(getattr(table, key))}"


def _kind(kind: BaseModel) -> Iterator[str]:
    yield "[[kinds]]"
    for key in type(kind).model_fields:
        yield f"{key} = {_toml(getattr(kind, key))}"


def _comment(text: str) -> str:
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, 110) or [""]]
    return "\n".join(f"# {line}".rstrip() for line in lines)


def _toml(value: Any) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, time):
        value = value.strftime("%H:%M")
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def main(arguments: list[str]) -> int:
    """Write both files, or with --check only say whether they are current."""
    stale = []
    for path, text in ((ROOT / "config.example.toml", example()), (ROOT / "config.schema.json", schema())):
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    if stale:
        word = "stale, run `make generated`" if "--check" in arguments else "written"
        sys.stdout.write(f"{', '.join(stale)}: {word}\n")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
