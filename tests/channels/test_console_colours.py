"""Whatever is written on the page can be read, in daylight and in the dark."""

import re
from pathlib import Path

import pytest

LOOK = Path(__file__).parents[2] / "bot/channels/console/static/look.css"
WRITTEN_ON = [
    ("ink", "ground"),
    ("ink", "surface"),
    ("ink", "surface-low"),
    ("ink-soft", "ground"),
    ("ink-soft", "surface"),
    ("ink-soft", "surface-low"),
    ("accent", "surface"),
    ("accent", "accent-soft"),
    ("accent-ink", "accent"),
    ("mine-ink", "mine"),
    ("warn", "warn-soft"),
    ("ink-soft", "warn-soft"),
    ("alarm-ink", "alarm"),
    ("alarm", "surface"),
    *(("ink", kind) for kind in ("resident", "desk", "staff", "leader")),
]


def colours(dark: bool) -> dict[str, str]:
    day, night = LOOK.read_text(encoding="utf-8").split("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", day))
    if dark:
        found |= dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", night))
    return found


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), WRITTEN_ON)
def test_text_stands_out_from_its_ground(text: str, ground: str, dark: bool) -> None:
    palette = colours(dark)
    lighter, darker = sorted((luminance(palette[text]), luminance(palette[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
