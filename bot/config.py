"""Read config.toml and the environment into one checked, frozen configuration.

The environment wins: HUIYIN_TELEGRAM__TOKEN replaces `token` of `[telegram]`. Every mistake is told in one line,
Chinese and English, with the line of the file it stands in; nothing is guessed and no unknown key is passed over.
"""

import os
import tomllib
from collections.abc import Callable, Collection
from contextvars import ContextVar
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, create_model, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from bot.config_problems import Problems, nearest
from bot.rule_tables import ATTRIBUTES, DATACLASSES, TABLES, KindTable, with_figures
from bot.settings import (
    ConsoleSettings,
    DatabaseSettings,
    DeliverySettings,
    HeartbeatSettings,
    LogSettings,
    MediaSettings,
    RetentionSettings,
    ServerSettings,
    Table,
    TelegramSettings,
    WecomSettings,
)
from domain.kinds import DEFAULT_KINDS
from domain.rules import Rules

PREFIX = "HUIYIN_"
MAX_BYTES = 512 * 1024
DEFAULT_ZONE = "Asia/Shanghai"

_from_file: ContextVar[dict[str, Any]] = ContextVar("_from_file", default={})  # noqa: B039 - never written to

DEFAULT_KIND_TABLES = tuple(
    KindTable(
        name=kind.name,
        department=kind.department,
        keywords=kind.keywords,
        urgent=kind.urgent,
        code=kind.code,
        name_en=kind.name_en,
    )
    for kind in DEFAULT_KINDS
)


class ConfigError(Exception):
    """The configuration cannot be used; `problems` holds one readable line for each mistake."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _distinct(kinds: tuple[KindTable, ...]) -> None:
    for words in ([kind.name for kind in kinds], [kind.kind().code for kind in kinds]):
        twice = next((word for word in words if words.count(word) > 1), None)
        if twice is not None:
            raise ValueError(f"类别“{twice}”重复 / the kind {twice!r} stands twice")


class SiteTables(Table):
    """某楼盘的不同之处 / What one site does differently; the rest is as above."""

    kinds: tuple[KindTable, ...] = Field((), max_length=100, description="该楼盘的投诉类别 / kinds of this site")

    @model_validator(mode="after")
    def _kinds_distinct(self) -> "SiteTables":
        _distinct(self.kinds)
        return self


_Site: Any = create_model(
    "Site",
    __base__=SiteTables,
    __doc__=SiteTables.__doc__,
    **cast(dict[str, Any], {name: (table | None, None) for name, table in TABLES.items()}),
)
SiteName = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^\s\x00-\x1f]([^\x00-\x1f]*[^\s\x00-\x1f])?$")
]


class Config(BaseSettings):
    """The whole configuration; `rules` gives the domain the figures of one site."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    database: DatabaseSettings = DatabaseSettings()
    server: ServerSettings = ServerSettings()
    console: ConsoleSettings = ConsoleSettings()
    telegram: TelegramSettings = TelegramSettings()
    wecom: WecomSettings = WecomSettings()
    delivery: DeliverySettings = DeliverySettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    media: MediaSettings = MediaSettings()
    retention: RetentionSettings = RetentionSettings()
    log: LogSettings = LogSettings()
    kinds: tuple[KindTable, ...] = Field(
        DEFAULT_KIND_TABLES,
        min_length=1,
        max_length=100,
        description="投诉类别；写了就取代全部默认 / Kinds of complaints; given any, they replace all the built-in ones",
    )

    sites: dict[SiteName, SiteTables] = Field(
        {}, max_length=1000, description="各楼盘的不同之处 / What single sites do differently"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file; the file's data does not travel as keyword arguments, which it could abuse."""
        return env_settings, cast(PydanticBaseSettingsSource, _from_file.get)

    @model_validator(mode="after")
    def _fits_together(self) -> "Config":
        _distinct(self.kinds)
        if self.console.enabled and not self.console.access_key.get_secret_value():
            if self.server.public_url:
                raise ValueError(
                    "console 开启而无 access_key 时不能填 server.public_url / "
                    "console without access_key refuses server.public_url"
                )
            if self.server.forwarded:
                raise ValueError(
                    "console 开启而无 access_key 时不能开 server.forwarded / "
                    "console without access_key refuses server.forwarded"
                )
        webhook = self.telegram.token.get_secret_value() and self.telegram.mode == "webhook"
        if webhook and not self.server.public_url.startswith("https://"):
            raise ValueError(
                "telegram webhook 方式须填 https 的 server.public_url / "
                "telegram.mode webhook needs an https server.public_url"
            )
        for name in ("", *self.sites):
            _consistent(self.rules(name), f'sites."{name}"：' if name else "")
        return self

    def rules(
        self, site: str = "", timezone: str = DEFAULT_ZONE, national: Callable[[date], bool] | None = None
    ) -> Rules:
        """The figures that hold at `site` (as named in the roster); raises ValueError for an unknown time zone.

        `national` is the country's table of working days; without it every Monday to Friday is one.
        """
        own = self.sites.get(site)
        figures = {ATTRIBUTES[table]: self._figures(table, own) for table in DATACLASSES}
        kinds = own.kinds if own is not None and own.kinds else self.kinds
        try:
            zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"时区不认识 / unknown time zone: {timezone}") from error
        rules = Rules(zone=zone, kinds=tuple(kind.kind() for kind in kinds), **figures)
        if _alarm_follows_dispatch(self, own):
            minutes = rules.complaint.dispatch_minutes
            rules = replace(rules, escalation=replace(rules.escalation, unassigned_minutes=minutes))
        if national is None:
            return rules
        return replace(rules, working_day=partial(rules.calendar.working_day, national=national))

    def unknown_sites(self, known: Collection[str]) -> list[str]:
        """One line for each `[sites."NAME"]` that the roster does not have."""
        return [
            f'sites."{name}"：花名册里没有这个楼盘{nearest(name, known)} / the roster has no such site'
            for name in self.sites
            if name not in known
        ]

    def _figures(self, table: str, own: SiteTables | None) -> Any:
        common = getattr(self, table)
        values = {name: getattr(common, name) for name in TABLES[table].model_fields}
        different = getattr(own, table) if own is not None else None
        if different is not None:
            values |= {name: getattr(different, name) for name in different.model_fields_set}
        return DATACLASSES[table](**values)


def _alarm_follows_dispatch(config: Config, own: SiteTables | None) -> bool:
    """True where nobody set `escalation.unassigned_minutes`: it then equals `complaint.dispatch_minutes`."""
    tables = [getattr(config, "escalation"), getattr(own, "escalation", None)]  # noqa: B009 - fields made at import
    return not any(table is not None and "unassigned_minutes" in table.model_fields_set for table in tables)


def _consistent(rules: Rules, where: str) -> None:
    """Refuse figures that contradict each other, though each alone is possible."""
    pairs = (
        (
            rules.complaint.resolve_hours,
            rules.complaint.progress_hours,
            "complaint.resolve_hours",
            "complaint.progress_hours",
        ),
        (rules.draft.nudge_minutes + 1, rules.draft.expire_minutes, "draft.nudge_minutes", "draft.expire_minutes"),
        (rules.survey.return_days, rules.survey.collect_day, "survey.return_days", "survey.collect_day"),
        (rules.summary.draft_days + 1, rules.summary.due_day, "summary.draft_days", "summary.due_day"),
    )
    for smaller, larger, small_name, large_name in pairs:
        if smaller > larger:
            raise ValueError(f"{where}{small_name} 须小于 {large_name} / {small_name} must be less than {large_name}")
    if not rules.callback.list_times or len(rules.meeting.speech_minutes) != 2:
        raise ValueError(
            f"{where}callback.list_times 不能空，speech_minutes 须两个数 / "
            "callback.list_times must not be empty, meeting.speech_minutes needs two numbers"
        )


def _full() -> type[Config]:
    tables: dict[str, Any] = {name: (table, table()) for name, table in TABLES.items()}
    delivery = with_figures("delivery", DeliverySettings)
    tables["delivery"] = (delivery, delivery())
    sites = (dict[SiteName, _Site], Config.model_fields["sites"])
    return create_model("Config", __base__=Config, __doc__=Config.__doc__, **tables, sites=sites)


FullConfig = _full()


def load(path: Path | None = None) -> Config:
    """Read the file (none: defaults) and the environment; raises ConfigError with every mistake found."""
    config, problems = _read(path)
    if config is None or problems:
        raise ConfigError(problems)
    return config


def explain(path: Path | None = None) -> list[str]:
    """Every mistake in one readable line each; empty when the configuration can be used."""
    return _read(path)[1]


def _read(path: Path | None) -> tuple[Config | None, list[str]]:
    text, trouble = _text(path)
    problems = Problems(str(path) if path else "config", text, PREFIX)
    if trouble:
        return None, [problems.line((), trouble)]
    try:
        data = tomllib.loads(text)
    except RecursionError:
        return None, [problems.line((), "括号嵌套太深 / brackets nested too deep")]
    except ValueError as error:
        return None, [problems.syntax(error)]
    found = [problems.unknown((key,), FullConfig.model_fields) for key in data if key not in FullConfig.model_fields]
    found += _unknown_variables(problems)
    token = _from_file.set({key: value for key, value in data.items() if key in FullConfig.model_fields})
    try:
        return FullConfig(), found
    except ValidationError as error:
        return None, found + problems.of(error, FullConfig)
    except SettingsError as error:
        return None, [*found, problems.variable(error)]
    except RecursionError:
        return None, [*found, problems.line((), "嵌套太深 / nested too deep")]
    finally:
        _from_file.reset(token)


def _unknown_variables(problems: Problems) -> list[str]:
    """HUIYIN_X__Y with an unknown table X; plain HUIYIN_X names are left to other uses."""
    found = []
    for name in sorted(os.environ):
        table, nested, _ = name.upper().removeprefix(PREFIX).partition("__")
        if name.upper().startswith(PREFIX) and nested and table.lower() not in FullConfig.model_fields:
            hint = nearest(table.lower(), FullConfig.model_fields)
            found.append(
                problems.line((), f"环境变量 {name} 没有对应的表{hint} / no table for the variable {name}{hint}")
            )
    return found


def _text(path: Path | None) -> tuple[str, str]:
    """The file's text, or what keeps it from being read."""
    if path is None:
        return "", ""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return "", "没有这个文件 / no such file"
    except IsADirectoryError:
        return "", "这是目录，不是文件 / this is a folder, not a file"
    except (OSError, ValueError) as error:
        return "", f"无法读取 / cannot be read: {getattr(error, 'strerror', None) or error}"
    if len(raw) > MAX_BYTES:
        return "", f"文件超过 {MAX_BYTES // 1024} KiB / the file is larger than {MAX_BYTES // 1024} KiB"
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        number = raw[: error.start].count(b"\n") + 1
        return "", f"第 {number} 行不是 UTF-8，请另存为 UTF-8 / line {number} is not UTF-8, save the file as UTF-8"
