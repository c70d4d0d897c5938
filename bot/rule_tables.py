"""The procedure's figures as tables of the file: each frozen dataclass of the domain becomes a checked model."""

import re
from dataclasses import Field as Figure
from dataclasses import fields, is_dataclass
from datetime import date, time
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, create_model

from bot.settings import Line, Number, Table, Whole
from domain.glossary import Department
from domain.kinds import Kind
from domain.rules import CalendarRules, Rules

TIME_PATTERN = r"^([01]\d|2[0-3]):[0-5]\d$"
DEPARTMENT_WORDS = {
    "客户服务部": Department.CS,
    "服务中心": Department.CS,
    "物业部": Department.PROPERTY,
    "工程维护部": Department.ENGINEERING,
    "工程维修部": Department.ENGINEERING,
    "保安部": Department.SECURITY,
    "环卫部": Department.CLEANING,
    "清洁部": Department.CLEANING,
    "行政管理部": Department.ADMINISTRATION,
    "行政人事部": Department.ADMINISTRATION,
    "人事行政部": Department.ADMINISTRATION,
    "品质管理部": Department.QUALITY,
    "品质部": Department.QUALITY,
}

TITLES = {
    "quiet_hours": "静默时段",
    "complaint": "投诉",
    "callback": "回访",
    "group": "集团转办",
    "escalation": "逐级上报",
    "urge": "催单",
    "delivery": "发送",
    "calendar": "工作日历",
    "reminder": "提醒",
    "limit": "其他时限",
    "routing": "派单",
    "draft": "未完成的对话",
    "album": "多张照片",
    "thread": "人工对话",
    "privacy": "个人信息",
    "summary": "月度汇总",
    "special_callback": "特殊回访",
    "sample": "抽样回访",
    "major_defect": "大的缺陷",
    "approval": "审批",
    "handover": "入伙",
    "esign": "电子签收",
    "pass": "放行条",
    "mailbox": "总经理信箱",
    "survey": "满意度调查",
    "reception": "总经理接待日",
    "meeting": "会议",
    "staff_survey": "员工需求调查",
    "committee": "业委会与客户代表",
}

T = TypeVar("T")


# table name in the file → attribute of Rules, and its dataclass
ATTRIBUTES = {figure.metadata.get("table", figure.name): figure.name for figure in fields(Rules)}
DATACLASSES: dict[str, type[Any]] = {
    table: get_type_hints(Rules)[attribute]
    for table, attribute in ATTRIBUTES.items()
    if is_dataclass(get_type_hints(Rules)[attribute])
}


def _clock_time(value: object) -> time:
    if isinstance(value, time) and value.tzinfo is None and not value.second and not value.microsecond:
        return value
    if isinstance(value, str) and re.fullmatch(TIME_PATTERN, value):
        return time.fromisoformat(value)
    raise ValueError('应为 "时:分"，如 "08:30" / must be a time like "08:30"')


def _calendar_date(value: str) -> str:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            date.fromisoformat(value)
        except ValueError:
            pass
        else:
            return value
    raise ValueError('应为日期，如 "2026-10-01" / must be a date like "2026-10-01"')


def _as_date_text(value: object) -> object:
    return value.isoformat() if type(value) is date else value


def _department(value: object) -> object:
    return DEPARTMENT_WORDS.get(value, value) if isinstance(value, str) else value


ClockTime = Annotated[
    time,
    BeforeValidator(_clock_time),
    PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": TIME_PATTERN}),
]
DateText = Annotated[Line, BeforeValidator(_as_date_text), AfterValidator(_calendar_date)]

DepartmentWord = Annotated[
    Department, BeforeValidator(_department), WithJsonSchema({"enum": [*map(str, Department), *DEPARTMENT_WORDS]})
]


class KindTable(Table):
    """投诉类别 / A kind of complaint."""

    name: Line = Field(min_length=1, max_length=30, description="名称 / name")
    department: DepartmentWord = Field(description="责任部门（代码或中文名） / department, its code or Chinese name")
    keywords: tuple[Line, ...] = Field((), max_length=100, description="关键词 / words in a message that propose it")
    urgent: bool = Field(False, description="是否紧急 / whether it pings by night (D-45)")
    code: Line = Field("", max_length=30, description="存储代码，空则同名称 / stored code, empty takes the name")
    name_en: Line = Field("", max_length=60, description="英文名，空则同名称 / English name, empty takes the name")

    def kind(self) -> Kind:
        """The kind as the domain knows it."""
        return Kind(
            self.code or self.name, self.name, self.name_en or self.name, self.department, self.keywords, self.urgent
        )


def _checked(hint: Any, figure: Figure[Any]) -> Any:
    """The annotation for a figure of this type: bounds sit on the number itself, also inside a list."""
    bounds = {"ge": figure.metadata["low"], "le": figure.metadata["high"]}
    if hint is bool:
        return bool
    if hint is int:
        return Annotated[Whole, Field(**bounds)]
    if hint is float:
        return Annotated[Number, Field(**bounds)]
    if hint is time:
        return ClockTime
    if hint is str:
        return Line
    if get_origin(hint) is tuple:
        item: Any = _checked(get_args(hint)[0], figure)
        return Annotated[tuple[item, ...], Field(max_length=100)]
    if get_origin(hint) is Literal:
        return hint
    raise TypeError(f"no table form for {figure.name}: {hint}")


def _table(name: str, base: type[Table] = Table) -> type[Table]:
    rules = DATACLASSES[name]
    hints = get_type_hints(rules)
    columns: dict[str, Any] = {}
    for figure in fields(rules):
        annotation = _checked(hints[figure.name], figure)
        if rules is CalendarRules and figure.name in {"holidays", "workdays"}:
            annotation = Annotated[tuple[DateText, ...], Field(max_length=400)]
        description = f"{figure.metadata['zh']} / {figure.metadata['en']}"
        columns[figure.name] = (annotation, Field(figure.default, description=description))
    doc = base.__doc__ if base is not Table else f"{TITLES[name]} / {rules.__doc__}"
    return create_model(rules.__name__.removesuffix("Rules"), __base__=base, __doc__=doc, **columns)


TABLES: dict[str, type[Table]] = {name: _table(name) for name in DATACLASSES}


def with_figures(name: str, base: type[T]) -> type[T]:
    """The operator's table `base`, widened by the procedure's figures that share its name."""
    return _table(name, base)  # type: ignore[arg-type,return-value]
