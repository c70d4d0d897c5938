"""Importing and exporting the roster 花名册: all of it or nothing, the same file twice changes nothing."""

import asyncio
import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, delete, insert, select

from domain.decision import Promise
from domain.glossary import RESIDENTS
from domain.people import Person, Unit
from storage.database import Database
from storage.people import Site
from storage.roster_columns import SHEETS
from storage.roster_files import RosterUnreadable, Sheets, harmless, read_roster
from storage.roster_parse import Entry, Problem, RosterData, parse_roster
from storage.tables import people as t
from storage.work import Work
from storage.writes import insert_or_update

__all__ = ["Imported", "Problem", "RosterUnreadable", "export_roster", "import_roster", "import_sheets"]

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do: rows read per sheet, rows new or changed per table, and every bad row."""

    problems: tuple[Problem, ...]
    read: Mapping[str, int]
    changed: Mapping[str, int]
    written: bool


async def import_roster(
    database: Database, path: Path, now: datetime, *, dry_run: bool = False, skip_bad: bool = False
) -> Imported:
    """Import a workbook or a folder of CSV files. One bad row and nothing is changed, unless `skip_bad`.

    Raises RosterUnreadable.
    """
    sheets = await asyncio.to_thread(read_roster, path)
    async with database.begin(now) as work:
        return await import_sheets(work, sheets, dry_run=dry_run, skip_bad=skip_bad)


async def import_sheets(work: Work, sheets: Sheets, *, dry_run: bool = False, skip_bad: bool = False) -> Imported:
    """Import what was read; the same sheets twice change nothing the second time."""
    data, problems = parse_roster(sheets, await _known(work))
    read = {code: len(rows) for code, rows in sheets.items()}
    may_write = not dry_run and (skip_bad or not problems)
    changed = await _write(work, data, may_write)
    return Imported(tuple(problems), read, changed, may_write)


async def _known(work: Work) -> RosterData:
    sites = {site.id: site for site in await work.people.sites()}
    rows = (await work.connection.execute(select(t.units))).all()
    units = {(row.site, row.label): Unit(row.id, row.site, row.building, row.label, row.area, row.kind) for row in rows}
    everybody = await work.people.everybody()
    return RosterData(sites, units, ids={(p.site, p.phone, p.role, p.department): p.id for p in everybody})


async def _write(work: Work, data: RosterData, may_write: bool) -> dict[str, int]:
    """Write what is new or different, or only count it."""
    stored = {person.id: person for person in await work.people.all(data.people)}
    tables = {
        t.sites: [_site_row(site) for site in data.sites.values()],
        t.units: [_unit_row(unit) for unit in data.units.values()],
        t.people: [_person_row(entry, stored.get(entry.id)) for entry in data.people.values()],
    }
    changed = {table.name: await _upsert(work, table, rows, may_write) for table, rows in tables.items()}
    if may_write:
        work.collected.touch(t.people)
        await _write_residencies(work, [e for e in data.people.values() if e.role in RESIDENTS])
        for entry in data.people.values():
            for channel, address in entry.addresses.items():
                await work.bindings.bind(channel, address, entry.id)
            before = stored.get(entry.id)
            if entry.left and before is not None and not before.left:
                work.deadlines.reconcile("leaver", entry.id, (_handed_on(work.now),), entry.site)
        work.people.forget()
    return changed


def _handed_on(now: datetime) -> Promise:
    """Due at once: the running desk gives the leaver's work orders to others (CP-4.2.2a)."""
    return Promise("hand_on", "", "CP-4.2.2a", now)


async def _write_residencies(work: Work, residents: list[Entry]) -> None:
    """The units a resident's rows name are all the units they have."""
    for start in range(0, len(residents), _CHUNK):
        part = residents[start : start + _CHUNK]
        await work.connection.execute(delete(t.residencies).where(t.residencies.c.person.in_([e.id for e in part])))
        rows = [
            {"person": entry.id, "unit": unit, "relation": str(relation), "position": position}
            for entry in part
            for position, (unit, relation) in enumerate(entry.units)
        ]
        await work.connection.execute(insert(t.residencies), rows)


async def _upsert(work: Work, table: Table, rows: list[dict[str, Any]], may_write: bool) -> int:
    present = {row.id: row._asdict() for row in (await work.connection.execute(select(table))).all()} if rows else {}
    changed = [row for row in rows if present.get(row["id"]) != row]
    if changed and may_write:
        columns = tuple(column.name for column in table.columns if column.name != "id")
        await work.connection.execute(insert_or_update(work.dialect, table, ("id",), columns), changed)
    return len(changed)


def _site_row(site: Site) -> dict[str, Any]:
    return {
        "id": site.id,
        "name": site.name,
        "company": site.company,
        "grp": site.group,
        "timezone": site.timezone,
    }


def _unit_row(unit: Unit) -> dict[str, Any]:
    return {
        "id": unit.id,
        "site": unit.site,
        "building": unit.building,
        "label": unit.label,
        "area": unit.area,
        "kind": unit.kind,
    }


def _person_row(entry: Entry, stored: Person | None) -> dict[str, Any]:
    """What people changed in chat (shift, leave, language) stays where the roster's cell is empty."""
    before = stored or Person(entry.id, entry.name, entry.role, entry.site)
    leave = entry.leave or (before.leave_from, before.leave_to)
    return {
        "id": entry.id,
        "name": entry.name,
        "role": str(entry.role),
        "site": entry.site,
        "phone": entry.phone,
        "language": entry.language or before.language,
        "key_resident": before.key_resident if entry.key_resident is None else entry.key_resident,
        "department": str(entry.department) if entry.department else None,
        "buildings": list(entry.buildings),
        "duty": before.duty if entry.duty is None else entry.duty,
        "rank": before.rank if entry.rank is None else entry.rank,
        "deputy": entry.deputy or before.deputy,
        "leave_from": leave[0],
        "leave_to": leave[1],
        "has_left": entry.left,
    }


async def export_roster(database: Database, path: Path, now: datetime) -> None:
    """Write the roster to `path`: a workbook for `.xlsx`, else a folder of CSV files. An import takes it back."""
    async with database.read(now) as work:
        sheets = await _sheets(work)
    if path.suffix.lower() == ".xlsx":
        _write_workbook(path, sheets)
    else:
        _write_folder(path, sheets)


async def _sheets(work: Work) -> dict[str, list[Mapping[str, str]]]:
    everybody = await work.people.everybody()
    by_id = {person.id: person for person in everybody}
    channels = {
        (row.person, row.channel): row.address for row in (await work.connection.execute(select(t.bindings))).all()
    }
    relations = (await work.connection.execute(select(t.residencies))).all()
    relation = {(row.person, row.unit): row.relation for row in relations}
    units = (await work.connection.execute(select(t.units).order_by(t.units.c.site, t.units.c.label))).all()
    return {
        "sites": [
            {"site": s.name, "company": s.company, "group": s.group, "timezone": s.timezone}
            for s in await work.people.sites()
        ],
        "units": [
            {"site": u.site, "building": u.building, "unit": u.label, "area": u.area, "kind": u.kind} for u in units
        ],
        "people": [
            _shared_cells(person, channels) | {"unit": unit.label, "relation": relation[(person.id, unit.id)]}
            for person in everybody
            if person.resident
            for unit in person.units
        ],
        "staff": [_staff_cells(person, channels, by_id) for person in everybody if not person.resident],
    }


def _shared_cells(person: Person, channels: Mapping[tuple[str, str], str]) -> dict[str, str]:
    return {
        "name": person.name,
        "phone": person.phone,
        "site": person.site,
        "language": person.language,
        "key_resident": "yes" if person.key_resident else "no",
        "telegram_id": channels.get((person.id, "telegram"), ""),
        "wecom_external_userid": channels.get((person.id, "wecom_kf"), ""),
        "wecom_userid": channels.get((person.id, "wecom"), ""),
    }


def _staff_cells(
    person: Person, channels: Mapping[tuple[str, str], str], everybody: Mapping[str, Person]
) -> dict[str, str]:
    deputy = everybody.get(person.deputy or "")
    return _shared_cells(person, channels) | {
        "role": person.role,
        "department": person.department or "",
        "buildings": ";".join(person.buildings),
        "duty": "yes" if person.duty else "no",
        "rank": str(person.rank),
        "deputy": deputy.phone if deputy else "",
        "leave_from": person.leave_from.isoformat() if person.leave_from else "",
        "leave_to": person.leave_to.isoformat() if person.leave_to else "",
    }


def _lines(code: str, rows: Iterable[Mapping[str, str]]) -> list[list[str]]:
    shape = next(shape for shape in SHEETS if shape.code == code)
    columns = [column.code for column in shape.columns]
    return [columns, *([harmless(row.get(column, "")) for column in columns] for row in rows)]


def _write_workbook(path: Path, sheets: Mapping[str, list[Mapping[str, str]]]) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for code, rows in sheets.items():
        sheet = book.create_sheet(code)
        for line in _lines(code, rows):
            sheet.append(line)
    book.save(path)


def _write_folder(path: Path, sheets: Mapping[str, list[Mapping[str, str]]]) -> None:
    path.mkdir(parents=True, exist_ok=True)
    for code, rows in sheets.items():
        with (path / f"{code}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(_lines(code, rows))
