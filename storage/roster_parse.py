"""Rows of a roster into people, units and sites, with the reason for every row that is bad. No database here."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ParamSpec, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.glossary import RESIDENTS, Department, Relation, Role
from domain.people import Unit
from storage.people import Site, person_id
from storage.roster_columns import DEPARTMENTS, LANGUAGES, NO, RELATIONS, ROLES, SHEETS, YES, SheetShape
from storage.roster_files import Row, Sheets

P = ParamSpec("P")
Word = TypeVar("Word", bound=str)
_RESIDENT_ADDRESSES = {"telegram_id": "telegram", "wecom_external_userid": "wecom_kf"}
_STAFF_ADDRESSES = {"telegram_id": "telegram", "wecom_userid": "wecom"}
_PHONE = re.compile(r"\d{5,15}")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one row is bad, in both languages."""

    sheet: str
    line: int
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.sheet} 第 {self.line} 行：{self.zh} ({self.sheet} line {self.line}: {self.en})"


@dataclass(slots=True)
class Entry:
    """One person of the roster. None means: the cell was empty, what is stored stays (or the default applies)."""

    id: str
    name: str
    phone: str
    role: Role
    site: str
    line: int
    department: Department | None = None
    buildings: tuple[str, ...] = ()
    units: list[tuple[str, Relation]] = field(default_factory=list)
    key_resident: bool | None = None
    duty: bool | None = None
    rank: int | None = None
    language: str | None = None
    deputy: str | None = None
    leave: tuple[date, date | None] | None = None
    addresses: dict[str, str] = field(default_factory=dict)
    left: bool = False


Post = tuple[str, str, Role, Department | None]
"""Site, phone, role, department: what makes a row the same person as before."""


@dataclass(slots=True)
class RosterData:
    """What a roster says, checked."""

    sites: dict[str, Site] = field(default_factory=dict)
    units: dict[tuple[str, str], Unit] = field(default_factory=dict)
    people: dict[str, Entry] = field(default_factory=dict)
    ids: dict[Post, str] = field(default_factory=dict)
    """Of the people there are already: they may have come in another way than by a roster."""


class BadRow(Exception):
    """One row cannot be taken."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def parse_roster(sheets: Sheets, known: RosterData | None = None) -> tuple[RosterData, list[Problem]]:
    """Everything the sheets say, and every row that is bad; `known` is what the database has already."""
    return _Parse(known or RosterData()).run(sheets)


def unit_id(site: str, label: str) -> str:
    return "u-" + hashlib.sha256(f"{site}\x1f{label}".encode()).hexdigest()[:12]


class _Parse:
    def __init__(self, known: RosterData) -> None:
        self._known = known
        self._data = RosterData()
        self._problems: list[Problem] = []
        self._deputies: list[tuple[Entry, str, int]] = []
        self._seen_addresses: dict[tuple[str, str], str] = {}

    def run(self, sheets: Sheets) -> tuple[RosterData, list[Problem]]:
        takers = (self._take_site, self._take_unit, self._take_resident, self._take_staff)
        for shape, take in zip(SHEETS, takers, strict=True):
            for row in sheets.get(shape.code, ()):
                self._try(shape.code, row.line, self._take, shape, take, row)
        for entry, deputy, line in self._deputies:
            self._try("staff", line, self._set_deputy, entry, deputy)
        order = [shape.code for shape in SHEETS]
        self._problems.sort(key=lambda problem: (order.index(problem.sheet), problem.line))
        return self._data, self._problems

    def _try(self, sheet: str, line: int, act: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            act(*args, **kwargs)
        except BadRow as bad:
            self._problems.append(Problem(sheet, line, bad.zh, bad.en))

    @staticmethod
    def _take(shape: SheetShape, take: Callable[[Row], None], row: Row) -> None:
        for column in shape.columns:
            if column.needed and not row.cells.get(column.code):
                raise BadRow(f"缺少{column.headings[-1]}（{column.code}）", f"{column.code} is missing")
        take(row)

    def _take_site(self, row: Row) -> None:
        name = row.cells["site"]
        zone = row.cells.get("timezone") or "Asia/Shanghai"
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise BadRow(f"不认识的时区“{zone}”", f"unknown time zone {zone!r}") from error
        if name in self._data.sites:
            raise BadRow(f"管理处“{name}”重复", f"site {name!r} appears twice")
        if len(name) > 64:
            raise BadRow("管理处名称过长", "the site's name is too long")
        self._data.sites[name] = Site(name, name, row.cells.get("company", ""), row.cells.get("group", ""), zone)

    def _take_unit(self, row: Row) -> None:
        site, label = self._site(row), row.cells["unit"]
        if (site, label) in self._data.units:
            raise BadRow(f"房号“{label}”重复", f"unit {label!r} appears twice")
        if max(len(label), len(row.cells["building"])) > 64:
            raise BadRow("房号过长", "the unit's label is too long")
        cells = row.cells
        known = self._known.units.get((site, label))
        self._data.units[(site, label)] = Unit(
            known.id if known else unit_id(site, label),
            site,
            cells["building"],
            label,
            cells.get("area", ""),
            cells.get("kind", ""),
        )

    def _take_resident(self, row: Row) -> None:
        site = self._site(row)
        relation = _word(row.cells["relation"], RELATIONS, "身份", "relation")
        units = [self._unit(site, label) for label in _several(row.cells["unit"])]
        key_resident = _yes_no(row, "key_resident", None)
        person = self._person(row, Role(relation), site, None, _RESIDENT_ADDRESSES)
        person.units += [(unit.id, relation) for unit in units if (unit.id, relation) not in person.units]
        person.key_resident = person.key_resident if key_resident is None else key_resident

    def _take_staff(self, row: Row) -> None:
        role = _word(row.cells["role"], ROLES, "岗位", "role")
        if role in RESIDENTS:
            raise BadRow("业户应填在业户表", "residents belong in the sheet people")
        department = None
        if cell := row.cells.get("department"):
            department = _word(cell, DEPARTMENTS, "部门", "department")
        elif role is Role.DEPARTMENT_HEAD:
            raise BadRow("部门负责人须填部门", "a department head needs a department")
        site = self._site(row) if row.cells.get("site") else ""
        rank, leave, duty = _rank(row), _leave(row), _yes_no(row, "duty", None)
        left = bool(_yes_no(row, "left", None))
        person = self._person(row, role, site, department, _STAFF_ADDRESSES)
        person.buildings = _several(row.cells.get("buildings", ""))
        person.duty, person.rank, person.leave = duty, rank, leave
        person.left = left
        if deputy := row.cells.get("deputy"):
            self._deputies.append((person, deputy, row.line))

    def _person(
        self, row: Row, role: Role, site: str, department: Department | None, channels: Mapping[str, str]
    ) -> Entry:
        """The person of this row, new or met in an earlier one; a row that is bad leaves nothing behind."""
        phone, name = _phone(row.cells["phone"]), row.cells["name"]
        language = _word(cell, LANGUAGES, "语言", "language") if (cell := row.cells.get("language")) else None
        known_as = self._known.ids.get((site, phone, role, department)) or person_id(site, phone, role, department)
        person = self._data.people.get(known_as)
        if person is None:
            person = Entry(known_as, name, phone, role, site, row.line, department)
        elif person.name != name:
            raise BadRow(f"电话 {phone} 已属于“{person.name}”", f"phone {phone} already belongs to {person.name!r}")
        elif role not in RESIDENTS:
            raise BadRow(f"与第 {person.line} 行重复", f"the same as line {person.line}")
        person.addresses.update(self._addresses(row, known_as, channels))
        person.language = language or person.language
        self._data.people[known_as] = person
        return person

    def _addresses(self, row: Row, person: str, channels: Mapping[str, str]) -> dict[str, str]:
        """The channel addresses of the row, by channel."""
        found: dict[str, str] = {}
        for column, channel in channels.items():
            if not (address := row.cells.get(column, "")):
                continue
            if channel == "telegram" and not (address.isascii() and address.isdecimal()):
                raise BadRow(f"{column} 应为数字", f"{column} must be a number")
            if self._seen_addresses.get((channel, address), person) != person or len(address) > 128:
                raise BadRow(f"{column} 已属于另一人", f"{column} already belongs to somebody else")
            found[channel] = address
        self._seen_addresses.update(dict.fromkeys(found.items(), person))
        return found

    def _set_deputy(self, person: Entry, deputy: str) -> None:
        """By phone, else by a name that only one member of staff of the site or the company has."""
        digits = deputy.replace(" ", "").replace("-", "")
        staff = [e for e in self._data.people.values() if e.role not in RESIDENTS and e.site in (person.site, "")]
        found = [e for e in staff if deputy == e.name or digits == e.phone]
        if len(found) != 1:
            few = "找不到" if not found else "不止一位"
            raise BadRow(f"{few}代理人“{deputy}”", f"{len(found)} members of staff match the deputy {deputy!r}")
        if found[0].id == person.id:
            raise BadRow("代理人不能是本人", "nobody is their own deputy")
        person.deputy = found[0].id

    def _site(self, row: Row) -> str:
        name = row.cells["site"]
        if name not in self._data.sites and name not in self._known.sites:
            raise BadRow(f"没有管理处“{name}”", f"there is no site {name!r}")
        return name

    def _unit(self, site: str, label: str) -> Unit:
        unit = self._data.units.get((site, label)) or self._known.units.get((site, label))
        if unit is None:
            raise BadRow(f"{site}没有房号“{label}”", f"{site} has no unit {label!r}")
        return unit


def _word(text: str, words: Mapping[Word, Iterable[str]], zh: str, en: str) -> Word:
    """The code that `text` is, or is the Chinese name of."""
    plain = text.strip().lower()
    for code, names in words.items():
        if plain == code or plain in names:
            return code
    raise BadRow(f"不认识的{zh}“{text}”", f"unknown {en} {text!r}")


def _several(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.replace("；", ";").split(";") if part.strip()))


def _phone(text: str) -> str:
    digits = re.sub(r"[\s()（）-]", "", text).removeprefix("+86").removeprefix("+")
    if not digits.isascii() or not _PHONE.fullmatch(digits):
        raise BadRow(f"电话“{text}”不对", f"{text!r} is no phone number")
    return digits


def _yes_no(row: Row, column: str, default: bool | None) -> bool | None:
    text = row.cells.get(column, "").lower()
    if not text:
        return default
    if text not in YES | NO:
        raise BadRow(f"{column} 应为“是”或“否”", f"{column} must be yes or no")
    return text in YES


def _rank(row: Row) -> int | None:
    text = row.cells.get("rank", "")
    if text and not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise BadRow("排序应为数字", "rank must be a number")
    return int(text) if text else None


def _leave(row: Row) -> tuple[date, date | None] | None:
    start, end = _date(row, "leave_from"), _date(row, "leave_to")
    if start is None:
        if end is not None:
            raise BadRow("只有休假结束，没有开始", "leave_to without leave_from")
        return None
    if end is not None and end < start:
        raise BadRow("休假结束早于开始", "the leave ends before it begins")
    return start, end


def _date(row: Row, column: str) -> date | None:
    text = row.cells.get(column, "").replace("/", "-").replace(".", "-")
    if not text:
        return None
    try:
        year, month, day = (int(part) for part in text.split("-"))
        return date(year, month, day)
    except ValueError as error:
        raise BadRow(f"日期“{text}”不对，应如 2026-11-23", f"{text!r} is no date like 2026-11-23") from error
