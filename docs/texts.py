"""The English catalogue: extract every text, keep what is translated, compile; `--check` only looks.

`python docs/texts.py` rewrites bot/texts/en/LC_MESSAGES/huiyin.po and .mo from the sources. New texts appear in the .po
with an empty translation; fill them in and run it again.
"""

import re
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "bot" / "texts" / "en" / "LC_MESSAGES"
PO, MO = FOLDER / "huiyin.po", FOLDER / "huiyin.mo"
SOURCES = ("bot", "handlers")
ALWAYS = datetime(2026, 11, 23, tzinfo=UTC)
"""The dates of the header: fixed, so that the same texts give the same files."""
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def texts() -> list[str]:
    """Every text that people may read, in the order of the files."""
    found: dict[str, None] = {}
    for folder in SOURCES:
        extracted = extract_from_dir(str(ROOT / folder), [("**.py", "python")], keywords={"_": None, "Text": None})
        for _file, _line, message, _comments, _context in extracted:
            if isinstance(message, str) and message:
                found[message] = None
    return sorted(found)


def catalogue() -> Catalog:
    """The catalogue for the texts of today with the translations there are."""
    known = read_po(BytesIO(PO.read_bytes())) if PO.exists() else Catalog()
    fresh = Catalog(
        locale="en",
        header_comment="# The English texts of Huiyin. Written by docs/texts.py; translate here, then run it again.",
        creation_date=ALWAYS,
        revision_date=ALWAYS,
        fuzzy=False,
        project="huiyin",
        version="1",
        msgid_bugs_address="-",
        last_translator="-",
        language_team="-",
    )
    for text in texts():
        message = known.get(text)
        fresh.add(text, message.string if message else "", flags=())
    return fresh


def written(made: Catalog) -> tuple[bytes, bytes]:
    po, mo = BytesIO(), BytesIO()
    write_po(po, made, width=120, no_location=True, ignore_obsolete=True)
    write_mo(mo, made)
    return po.getvalue(), mo.getvalue()


def problems(made: Catalog) -> list[str]:
    """What keeps the catalogue from being complete: one line each."""
    found = []
    for message in made:
        if not message.id:
            continue
        if not message.string:
            found.append(f"not translated: {message.id!r}")
        elif set(PLACEHOLDER.findall(message.id)) != set(PLACEHOLDER.findall(message.string)):
            found.append(f"other placeholders: {message.id!r} / {message.string!r}")
    return found


def main(check: bool) -> int:
    made = catalogue()
    found = problems(made)
    po, mo = written(made)
    if check:
        current = PO.exists() and MO.exists() and PO.read_bytes() == po and MO.read_bytes() == mo
        found += [] if current else ["bot/texts is not what the sources say; run make generated"]
    else:
        FOLDER.mkdir(parents=True, exist_ok=True)
        PO.write_bytes(po)
        MO.write_bytes(mo)
    for line in found:
        sys.stderr.write(line + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
