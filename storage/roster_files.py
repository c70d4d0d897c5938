"""Reading roster files into plain cells: an XLSX workbook or a folder of CSV files, both within bounds."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from storage.roster_columns import SHEETS, SheetShape

MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 64
MOST_CHARACTERS = 1_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class RosterUnreadable(Exception):
    """The file is not a roster at all: wrong kind, too large, or without any sheet that is known."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a sheet as texts, by column code; `line` is what the spreadsheet shows."""

    line: int
    cells: Mapping[str, str]


Sheets = dict[str, list[Row]]
"""The rows of each sheet that is there, by the sheet's code."""


def read_roster(path: Path) -> Sheets:
    """Read `path`, a workbook or a folder. Raises RosterUnreadable."""
    if path.is_dir():
        found = {shape.code: _csv_rows(file) for shape in SHEETS if (file := _csv_file(path, shape)) is not None}
    elif path.suffix.lower() == ".xlsx" and path.is_file():
        found = _workbook(path)
    else:
        raise RosterUnreadable(f"{path} is neither an .xlsx file nor a folder of .csv files")
    if not found:
        raise RosterUnreadable(f"{path} has none of the sheets sites, units, people, staff")
    shapes = {shape.code: shape for shape in SHEETS}
    return {code: list(_rows(shapes[code], lines)) for code, lines in found.items()}


def _csv_file(folder: Path, shape: SheetShape) -> Path | None:
    return next((file for name in shape.names if (file := folder / f"{name}.csv").is_file()), None)


def _csv_rows(path: Path) -> list[Sequence[Any]]:
    if path.stat().st_size > MOST_BYTES:
        raise RosterUnreadable(f"{path.name} is larger than {MOST_BYTES} bytes")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    try:
        return list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise RosterUnreadable(f"{path.name}: {error}") from error


def _workbook(path: Path) -> dict[str, list[Sequence[Any]]]:
    _refuse_bombs(path)
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever the broken part of the file makes it raise
        raise RosterUnreadable(f"{path.name} cannot be read as a workbook ({type(error).__name__})") from error
    try:
        found: dict[str, list[Sequence[Any]]] = {}
        for shape in SHEETS:
            name = next((n for n in book.sheetnames if n.strip().lower() in shape.names), None)
            if name is not None:
                rows = book[name].iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS, values_only=True)
                found[shape.code] = list(rows)
        return found
    except Exception as error:
        raise RosterUnreadable(f"{path.name} cannot be read as a workbook ({type(error).__name__})") from error
    finally:
        book.close()


def _refuse_bombs(path: Path) -> None:
    """A workbook is a zip file: look at what it says it unpacks to before unpacking it."""
    if path.stat().st_size > MOST_BYTES:
        raise RosterUnreadable(f"{path.name} is larger than {MOST_BYTES} bytes")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise RosterUnreadable(f"{path.name} is not an .xlsx file") from error
    if unpacked > MOST_UNPACKED:
        raise RosterUnreadable(f"{path.name} unpacks to more than {MOST_UNPACKED} bytes")


def _rows(shape: SheetShape, lines: Iterable[Sequence[Any]]) -> Iterator[Row]:
    """The rows below the heading; empty ones are passed over."""
    columns: list[str | None] | None = None
    for number, line in enumerate(lines, 1):
        if number > MOST_ROWS + 1:
            raise RosterUnreadable(f"sheet {shape.code} has more than {MOST_ROWS} rows")
        texts = [_text(value) for value in line[:MOST_COLUMNS]]
        if not any(texts):
            continue
        if columns is None:
            columns = [column.code if (column := shape.column(text)) else None for text in texts]
            _check_heading(shape, columns)
        else:
            yield Row(number, {code: text for code, text in zip(columns, texts, strict=False) if code})


def _check_heading(shape: SheetShape, columns: list[str | None]) -> None:
    missing = [column.code for column in shape.columns if column.needed and column.code not in columns]
    if missing:
        raise RosterUnreadable(f"sheet {shape.code} lacks the columns {', '.join(missing)}")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime):
        value = value.date()
    text = value.isoformat() if isinstance(value, date) else str(value)
    text = "".join(c for c in text if c.isprintable()).strip()[:MOST_CHARACTERS]
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def harmless(text: str) -> str:
    """The cell so that no spreadsheet takes it for a formula; reading it back gives the text again."""
    return f"'{text}" if text.startswith(_FORMULA) else text
