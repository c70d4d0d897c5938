"""The sample sites of the demo: the same people every time, all of them invented, their numbers out of service."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

from domain.glossary import Department, Role
from storage.database import Database
from storage.people import person_id
from storage.roster import import_sheets
from storage.roster_files import Row, Sheets

GROUP, COMPANY = "回音物业集团", "回音物业服务有限公司"
GARDEN, TERRACE = "回音花园", "听雨苑"
_SITES = {GARDEN: ("1", "2", "3", "4"), TERRACE: ("1", "2", "3")}
_ENTRANCES, _FLOORS, _DOORS = 2, 12, 2
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_ONE_CHARACTER = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚凯慧莉雪龙飞兰"
_TWO_CHARACTERS = "桂英玉兰建国志强秀珍海燕晓东文静思远雨桐子涵欣怡浩然宇轩梦洁佳琪俊杰雅婷国华春梅建军丹丹鹏飞"
_GIVEN = (*_ONE_CHARACTER, *map("".join, zip(_TWO_CHARACTERS[::2], _TWO_CHARACTERS[1::2], strict=True)))
_STAFF = (
    # role, department, how many at each site
    ("front_desk", "dept_cs", 3),
    ("cs_supervisor", "dept_cs", 2),
    ("cs_head", "dept_cs", 1),
    ("department_head", "dept_property", 1),
    ("department_head", "dept_engineering", 1),
    ("department_head", "dept_security", 1),
    ("department_head", "dept_cleaning", 1),
    ("department_head", "dept_administration", 1),
    ("site_manager", "", 1),
    ("handover_officer", "dept_cs", 1),
    ("technician", "dept_engineering", 4),
    ("guard", "dept_security", 3),
    ("employee", "dept_cleaning", 3),
    ("employee", "dept_administration", 1),
    ("cashier", "dept_administration", 1),
    ("archivist", "dept_administration", 1),
    ("recorder", "dept_administration", 1),
    ("defect_visitor", "dept_property", 1),
)
_COMPANY = (
    ("gm", "", 1),
    ("leadership", "", 3),
    ("mgmt_rep", "", 1),
    ("ombudsman", "dept_quality", 1),
    ("department_head", "dept_quality", 1),
    ("quality_officer", "dept_quality", 2),
    ("callback_caller", "dept_quality", 1),
)
_OWNERS_EACH = 80
_ON_LEAVE = frozenset({"front_desk", "technician", "guard"})
"""Roles whose second person at each site is on leave, with the first as deputy."""


async def seed_sample(database: Database, now: datetime) -> None:
    """Import the sample sites; into a database that has them, nothing changes."""
    async with database.begin(now) as work:
        await import_sheets(work, sample_sheets(now.date()))


def sample_sheets(today: date) -> Sheets:
    """The sample as roster sheets. `today` only says when those on leave are away."""
    return {
        "sites": _rows(
            {"site": site, "company": COMPANY, "group": GROUP, "timezone": "Asia/Shanghai"} for site in _SITES
        ),
        "units": _rows(_units()),
        "people": _rows(_people()),
        "staff": _rows(_staff(today)),
    }


def _rows(cells: Iterator[dict[str, str]]) -> list[Row]:
    return [Row(line, row) for line, row in enumerate(cells, 2)]


def _site(name: str) -> dict[str, str]:
    return {"site": name, "company": COMPANY, "group": GROUP, "timezone": "Asia/Shanghai"}


def _units() -> Iterator[dict[str, str]]:
    for site, buildings in _SITES.items():
        for building in buildings:
            for label in _labels(building):
                area, kind = ("89", "三房") if label.endswith("1") else ("126", "四房")
                yield {"site": site, "building": building, "unit": label, "area": area, "kind": kind}


def _labels(building: str) -> list[str]:
    doors = [f"{floor}{door:02}" for floor in range(1, _FLOORS + 1) for door in range(1, _DOORS + 1)]
    return [f"{building}-{entrance}-{door}" for entrance in range(1, _ENTRANCES + 1) for door in doors]


class _Names:
    """Names and telephone numbers, each given out once, always in the same order."""

    def __init__(self, seed: str, first: int) -> None:
        names = [surname + given for surname in _SURNAMES for given in _GIVEN]
        Random(seed).shuffle(names)
        self._names, self._phone = iter(names), first

    def next(self) -> dict[str, str]:
        self._phone += 1
        return {"name": next(self._names), "phone": str(self._phone)}


def _people() -> Iterator[dict[str, str]]:
    """Owners with one unit, every tenth with two; a few lessees, agents and family members."""
    for index, (site, buildings) in enumerate(_SITES.items()):
        names, random = _Names(f"people of {site}", 19_900_010_000 + index * 1000), Random(f"units of {site}")
        units = [label for building in buildings for label in _labels(building)]
        random.shuffle(units)
        free = iter(units)
        for number in range(1, _OWNERS_EACH + 1):
            owner = {
                "site": site,
                "relation": "owner",
                "key_resident": "yes" if number % 20 == 7 else "no",
                **names.next(),
            }
            own = [next(free) for _ in range(2 if number % 10 == 2 else 1)]
            yield owner | {"unit": ";".join(own)}
            if number % 8 == 3:
                yield _beside(site, "family_member", own[0], names)
            if number % 16 == 5:
                yield _beside(site, "lessee", own[0], names)
            if number % 40 == 9:
                yield _beside(site, "agent", own[0], names)
        english = {"name": "Emily Carter", "phone": str(19_900_019_001 + index * 1000), "language": "en"}
        yield {"site": site, "relation": "lessee", "unit": next(free), **english}


def _beside(site: str, relation: str, unit: str, names: _Names) -> dict[str, str]:
    return {"site": site, "relation": relation, "unit": unit, **names.next()}


def _staff(today: date) -> Iterator[dict[str, str]]:
    for index, (site, buildings) in enumerate(_SITES.items()):
        names = _Names(f"staff of {site}", 19_900_050_000 + index * 1000)
        for role, department, how_many in _STAFF:
            yield from _team({"role": role, "department": department, "site": site}, how_many, names, today)
        for building in buildings:
            post = {"role": "property_assistant", "department": "dept_property", "site": site, "buildings": building}
            yield post | names.next()
    names = _Names("company", 19_900_090_000)
    for role, department, how_many in _COMPANY:
        yield from _team({"role": role, "department": department}, how_many, names, today)


def _team(post: dict[str, str], how_many: int, names: _Names, today: date) -> Iterator[dict[str, str]]:
    first = ""
    for number in range(1, how_many + 1):
        person = post | names.next() | {"rank": str(number)}
        first = first or person["phone"]
        if number == 2 and post["role"] in _ON_LEAVE:
            away = {
                "leave_from": (today - timedelta(days=2)).isoformat(),
                "leave_to": (today + timedelta(days=12)).isoformat(),
            }
            person |= away | {"deputy": first}
        yield person


def _suggested() -> Iterator[str]:
    """An owner, the front desk, a technician, the head of engineering and the cs supervisor of the first site."""
    yield person_id(GARDEN, next(_people())["phone"], Role.OWNER)
    staff = [cells for cells in _staff(date(2026, 1, 5)) if cells.get("site") == GARDEN]
    for role, department in (
        (Role.FRONT_DESK, Department.CS),
        (Role.TECHNICIAN, Department.ENGINEERING),
        (Role.DEPARTMENT_HEAD, Department.ENGINEERING),
        (Role.CS_SUPERVISOR, Department.CS),
    ):
        first = next(cells for cells in staff if (cells["role"], cells["department"]) == (role, department))
        yield person_id(GARDEN, first["phone"], role, department)


SUGGESTED = tuple(_suggested())
"""People to show side by side at the first visit of the demo."""
