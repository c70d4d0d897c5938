"""The roster comes in whole or not at all, says what is wrong where, and goes out harmless."""

import csv
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

import domain.glossary
from domain.glossary import Department, Role
from storage.database import Database
from storage.roster import RosterUnreadable, export_roster, import_roster
from storage.roster_columns import SHEETS
from storage.roster_files import Row, harmless, read_roster
from storage.roster_parse import parse_roster
from storage.sample import GARDEN, SUGGESTED, sample_sheets, seed_sample
from tests.storage.matters import NOW

SITES = [["site", "company", "group", "timezone"], ["听涛", "公司", "集团", ""]]
UNITS = [
    ["管理处", "楼宇", "房号", "面积", "户型"],
    ["听涛", "3", "3-1-201", 89.5, "三房"],
    ["听涛", 3, "3-1-202", "", ""],
]
PEOPLE = [
    ["姓名", "电话", "管理处", "房号", "身份", "重要业户", "telegram_id"],
    ["王芳", 19900001111, "听涛", "3-1-201；3-1-202", "业主", "是", 4711],
]
STAFF = [
    ["name", "phone", "role", "department", "site", "buildings", "duty", "rank", "deputy", "leave_from", "leave_to"],
    ["李强", "199 0000 2222", "维修技工", "工程维护部", "听涛", "", "", "", "赵敏", date(2026, 11, 20), "2026/12/1"],
    ["赵敏", "+86-19900003333", "technician", "dept_engineering", "听涛", "3;4", "no", "2", "", "", ""],
    ["总经理", "19900004444", "gm", "", "", "", "", "", "", "", ""],
]


def book(path: Path, **sheets: list[list[Any]]) -> Path:
    made = Workbook()
    for name, lines in {"sites": SITES, "units": UNITS, "people": PEOPLE, "staff": STAFF, **sheets}.items():
        sheet = made.create_sheet(name)
        for line in lines:
            sheet.append(line)
    made.save(path)
    return path


async def _counts(database: Database) -> Counter[str]:
    async with database.read(NOW) as work:
        return Counter(person.role for person in await work.people.everybody() if person.site != "花园")


async def test_a_workbook_with_chinese_headings_and_words_comes_in(database: Database, tmp_path: Path) -> None:
    result = await import_roster(database, book(tmp_path / "r.xlsx"), NOW)
    assert (result.problems, result.written) == ((), True)
    async with database.read(NOW) as work:
        (owner,) = await work.people.by_phone("19900001111")
        assert (owner.role, owner.key_resident) == (Role.OWNER, True)
        assert [(unit.label, unit.building, unit.area) for unit in owner.units] == [
            ("3-1-201", "3", "89.5"),
            ("3-1-202", "3", ""),
        ]
        assert await work.people.by_address("telegram", "4711") == owner
        (away,), (present,) = await work.people.by_phone("19900002222"), await work.people.by_phone("19900003333")
        assert (away.department, away.deputy) == (Department.ENGINEERING, present.id)
        assert (away.leave_from, away.leave_to, away.duty) == (date(2026, 11, 20), date(2026, 12, 1), True)
        assert (present.buildings, present.duty, present.rank) == (("3", "4"), False, 2)
        assert Role.GM in {p.role for p in (await work.people.roster("听涛")).staff}
        site = await work.people.site("听涛")
        assert site is not None
        assert site.timezone == "Asia/Shanghai"


async def test_importing_twice_changes_nothing_and_keeps_what_people_set_in_chat(
    database: Database, tmp_path: Path
) -> None:
    path = book(tmp_path / "r.xlsx")
    await import_roster(database, path, NOW)
    async with database.begin(NOW) as work:
        (tech,) = await work.people.by_phone("19900002222")
        await work.people.set_duty(tech.id, False)
        await work.people.set_language(tech.id, "en")
    again = await import_roster(database, path, NOW)
    assert set(again.changed.values()) == {0}
    async with database.read(NOW) as work:
        found = await work.people.get(tech.id)
    assert found is not None
    assert (found.duty, found.language) == (False, "en")


BAD_PEOPLE = [
    PEOPLE[0],
    PEOPLE[1],
    ["", "19900001112", "听涛", "3-1-201", "业主", "", ""],
    ["甲", "电话", "听涛", "3-1-201", "业主", "", ""],
    ["乙", "19900001113", "没有", "3-1-201", "业主", "", ""],
    ["丙", "19900001114", "听涛", "9-9-999", "业主", "", ""],
    ["丁", "19900001115", "听涛", "3-1-201", "房东", "", ""],
    ["戊", "19900001111", "听涛", "3-1-201", "业主", "", ""],
    ["己", "19900001116", "听涛", "3-1-201", "业主", "也许", ""],
    ["庚", "19900001117", "听涛", "3-1-201", "业主", "", "4711"],
    ["辛", "19900001118", "听涛", "3-1-201", "租户", "", ""],
]
BAD_STAFF = [
    STAFF[0],
    ["张三", "19900005551", "部门负责人", "", "听涛", "", "", "", "", "", ""],
    ["李四", "19900005552", "业主", "", "听涛", "", "", "", "", "", ""],
    ["王五", "19900005553", "前台", "", "听涛", "", "", "", "查无此人", "", ""],
    ["赵六", "19900005554", "前台", "", "听涛", "", "", "", "", "2026-12-01", "2026-11-01"],
    ["孙七", "19900005555", "前台", "", "听涛", "", "", "第一", "", "", ""],
]


async def test_one_bad_row_and_nothing_changes_and_every_bad_row_is_named(database: Database, tmp_path: Path) -> None:
    path = book(tmp_path / "r.xlsx", people=BAD_PEOPLE, staff=BAD_STAFF)
    result = await import_roster(database, path, NOW)
    assert not result.written
    assert [(p.sheet, p.line) for p in result.problems] == [
        *(("people", line) for line in range(3, 11)),
        *(("staff", line) for line in range(2, 7)),
    ]
    assert "people 第 6 行：听涛没有房号“9-9-999”" in str(result.problems[3])
    assert "people line 6: 听涛 has no unit '9-9-999'" in str(result.problems[3])
    assert await _counts(database) == Counter()
    skipped = await import_roster(database, path, NOW, skip_bad=True)
    assert skipped.written
    assert await _counts(database) == Counter(owner=1, lessee=1, front_desk=1)


async def test_a_dry_run_only_looks(database: Database, tmp_path: Path) -> None:
    result = await import_roster(database, book(tmp_path / "r.xlsx"), NOW, dry_run=True)
    assert (result.written, result.changed) == (False, {"sites": 1, "units": 2, "people": 4})
    assert await _counts(database) == Counter()


@pytest.mark.parametrize("form", ["out.xlsx", "out"])
async def test_what_goes_out_comes_back_unchanged(database: Database, tmp_path: Path, form: str) -> None:
    evil = [PEOPLE[0], ["'=HYPERLINK(1)", "19900001111", "听涛", "3-1-201", "业主", "", ""]]
    await import_roster(database, book(tmp_path / "r.xlsx", people=evil), NOW)
    await export_roster(database, tmp_path / form, NOW)
    async with database.read(NOW) as work:
        (owner,) = await work.people.by_phone("19900001111")
    assert owner.name == "=HYPERLINK(1)"
    result = await import_roster(database, tmp_path / form, NOW)
    assert result.problems == ()
    assert set(result.changed.values()) == {0}
    if form.endswith("xlsx"):
        cells = [cell for row in load_workbook(tmp_path / form)["people"] for cell in row]
        assert all(cell.data_type != "f" for cell in cells)
    else:
        with (tmp_path / form / "people.csv").open(encoding="utf-8-sig") as file:
            assert "'=HYPERLINK(1)" in [row["name"] for row in csv.DictReader(file)]


def test_csv_files_in_the_coding_of_chinese_offices_are_read(tmp_path: Path) -> None:
    (tmp_path / "管理处.csv").write_bytes("管理处,公司\r\n\r\n听涛,甲\r\n".encode("gb18030"))
    assert read_roster(tmp_path) == {"sites": [Row(3, {"site": "听涛", "company": "甲"})]}


def test_what_is_no_roster_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"nothing of the kind")
    with zipfile.ZipFile(tmp_path / "zip.xlsx", "w") as archive:
        archive.writestr("a", "b")
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 210_000_000)
    (tmp_path / "empty").mkdir()
    (tmp_path / "headless").mkdir()
    (tmp_path / "headless" / "sites.csv").write_text("name\nx\n")
    for name in ("a.xlsx", "zip.xlsx", "bomb.xlsx", "empty", "none.xlsx", "headless"):
        with pytest.raises(RosterUnreadable):
            read_roster(tmp_path / name)


@given(st.text(max_size=30))
def test_no_exported_cell_begins_like_a_formula(text: str) -> None:
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r"))


_cells = st.dictionaries(
    st.sampled_from(sorted({column.code for shape in SHEETS for column in shape.columns})),
    st.text(max_size=12) | st.sampled_from(["听涛", "3-1-201", "业主", "19900001111", "yes", "2026-11-23", "gm"]),
)


@given(st.fixed_dictionaries({shape.code: st.lists(_cells, max_size=4) for shape in SHEETS}))
@settings(max_examples=150, deadline=None)
def test_any_cells_are_either_taken_or_named_as_bad(sheets: dict[str, list[dict[str, str]]]) -> None:
    read = {code: [Row(line, cells) for line, cells in enumerate(rows, 2)] for code, rows in sheets.items()}
    data, problems = parse_roster(read)
    bad = {(problem.sheet, problem.line) for problem in problems}
    good_units = [row for row in read["units"] if ("units", row.line) not in bad]
    assert len(data.units) == len(good_units)
    assert all(entry.site in ("", *data.sites) for entry in data.people.values())


async def test_the_sample_is_the_same_every_time_and_large_enough(database: Database) -> None:
    assert sample_sheets(NOW.date()) == sample_sheets(NOW.date())
    await seed_sample(database, NOW)
    async with database.read(NOW) as work:
        everybody = [p for p in await work.people.everybody() if p.site != "花园"]
        suggested = await work.people.all(SUGGESTED)
        roster = await work.people.roster(GARDEN)
    owners = [person for person in everybody if person.role is Role.OWNER]
    assert len(owners) >= 60
    assert all(owner.units for owner in owners)
    assert any(len(owner.units) > 1 for owner in owners)
    assert {Role.LESSEE, Role.AGENT, Role.FAMILY_MEMBER} <= {person.role for person in everybody}
    assert {"en"} == {person.language for person in everybody} - {"zh"}
    assert [p.role for p in suggested] == ["owner", "front_desk", "technician", "department_head", "cs_supervisor"]
    away = [person for person in roster.staff if person.on_leave(NOW.date())]
    assert away
    assert all(person.deputy and roster.person(person.deputy) for person in away)
    assert {person.role for person in roster.staff} == domain.glossary.STAFF
