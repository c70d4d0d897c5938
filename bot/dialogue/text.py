"""Lazy texts: written in Chinese where they are used, translated only when somebody's language is known."""

import gettext
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

CATALOGUES = Path(__file__).parents[1] / "texts"
LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """A Chinese source text with named parameters, which may be texts themselves.

    `english` is for texts of the configuration, which no catalogue can know.
    """

    message: str
    params: Mapping[str, "Text | str | int"] = field(default_factory=dict)
    english: str = ""

    def format(self, **params: "Text | str | int") -> "Text":
        """The same text with these parameters filled in when it is rendered."""
        return Text(self.message, {**self.params, **params}, self.english)

    def __str__(self) -> str:
        return render(self, "zh")


_ = Text


class Personal(str):
    """A telephone number or the like as a parameter of a text: whoever is sent it is put on record as its reader."""

    __slots__ = ("whose",)
    whose: str

    def __new__(cls, text: str, whose: str) -> Self:
        """`whose` is the id of the person it belongs to."""
        made = super().__new__(cls, text)
        made.whose = whose
        return made


def personal_in(text: Text | str | int) -> frozenset[str]:
    """Whose personal data stand in the text, by person id."""
    if isinstance(text, Personal):
        return frozenset((text.whose,)) if text else frozenset()
    if not isinstance(text, Text) or not text.params:
        return frozenset()
    return frozenset().union(*map(personal_in, text.params.values()))


def render(text: Text | str, language: str) -> str:
    """The text in that language; what the catalogue lacks stays Chinese."""
    if isinstance(text, str):
        return text
    if text.english and language != "zh":
        message = text.english
    else:
        message = _catalogue(language).gettext(text.message) if text.message else ""
    if not text.params:
        return message
    values = {
        name: render(value, language) if isinstance(value, Text) else value for name, value in text.params.items()
    }
    return message.format(**values)


def join(*texts: Text | str | None, sep: str = "\n") -> Text:
    """One text of several; empty ones and None are left out."""
    kept = {f"part{index}": text for index, text in enumerate(texts) if text is not None and text != ""}
    return Text(sep.replace("{", "{{").replace("}", "}}").join(f"{{{name}}}" for name in kept), kept)


def listed(texts: Iterable[Text | str]) -> Text | str:
    """One line of several: 甲、乙、丙."""
    line: Text | str = ""
    for text in texts:
        line = _("{some}、{more}").format(some=line, more=text) if line else text
    return line


def kept(text: Text | str) -> str:
    """The text as a record keeps it: whoever reads it later gets it in their language through `restored`."""
    return json.dumps(_parts(text), ensure_ascii=False)


def restored(stored: str) -> Text | str:
    """The text that `kept` wrote; anything else is somebody's own words."""
    try:
        parts = json.loads(stored)
    except ValueError:
        return stored
    whole = _whole(parts)
    return whole if isinstance(whole, Text) else stored


def _parts(text: Text | str | int) -> Any:
    if not isinstance(text, Text):
        return text
    params = {name: _parts(value) for name, value in text.params.items()}
    return {"text": text.message, "params": params, "english": text.english}


def _whole(parts: Any) -> Any:
    if not isinstance(parts, dict) or parts.keys() != {"text", "params", "english"}:
        return parts
    message = parts["text"]
    return Text(message, {name: _whole(value) for name, value in parts["params"].items()}, parts["english"])


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "zh":
        return gettext.NullTranslations()
    return gettext.translation("huiyin", localedir=CATALOGUES, languages=[language], fallback=True)
