"""The configuration: defaults, example, schema, environment and the figures of single sites."""

import json
import os
import tomllib
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot.config import Config, ConfigError, FullConfig, load
from bot.config_text import ROOT, example, schema
from domain.glossary import Department
from domain.rules import QuietHours, Rules


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HUIYIN_")]:
        monkeypatch.delenv(name)


def read(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_without_a_file_the_procedures_own_figures_hold() -> None:
    rules = load().rules()
    assert rules == Rules()
    assert (rules.complaint.dispatch_minutes, rules.complaint.resolve_hours, rules.complaint.card_hours) == (5, 12, 24)
    assert (rules.quiet_hours.start, rules.quiet_hours.end) == (time(22), time(8))
    assert rules.callback.list_times == (time(9), time(19))


def test_the_example_is_the_defaults() -> None:
    assert load(ROOT / "config.example.toml") == load()
    assert load(ROOT / "config.example.toml").rules() == Rules()


def test_the_example_names_every_key() -> None:
    written = tomllib.loads((ROOT / "config.example.toml").read_text(encoding="utf-8"))
    for name, field in FullConfig.model_fields.items():
        if name == "sites":
            continue
        if isinstance(field.default, BaseModel):
            assert set(type(field.default).model_fields) - set(written[name]) <= {"kf"}
        else:
            assert name in written


def test_the_commented_parts_of_the_example_work_too(tmp_path: Path) -> None:
    lines = (ROOT / "config.example.toml").read_text(encoding="utf-8").splitlines()
    sites = [line.removeprefix("# ") for line in lines[lines.index('# [sites."阳光花园".complaint]') :]]
    kf_at = lines.index("# [[wecom.kf]]")
    kf = [line.removeprefix("# ") for line in lines[kf_at : kf_at + 3]]
    config = read(tmp_path, "\n".join([*sites, *kf]))
    assert config.rules("阳光花园").complaint.resolve_hours == 8
    assert config.rules("阳光花园").quiet_hours.start == time(21, 30)
    assert config.wecom.kf[0].site == "阳光花园"


def test_example_and_schema_are_current() -> None:
    assert (ROOT / "config.example.toml").read_text(encoding="utf-8") == example()
    assert (ROOT / "config.schema.json").read_text(encoding="utf-8") == schema()


def test_every_key_is_explained_in_both_languages() -> None:
    body = json.loads(schema())
    for name, part in body["$defs"].items():
        for key, described in part.get("properties", {}).items():
            if name != "Site":
                chinese, _, english = described.get("description", "").partition(" / ")
                assert chinese, f"{name}.{key}"
                assert english, f"{name}.{key}"


def test_a_site_differs_only_where_it_says_so(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        """
        [complaint]
        resolve_hours = 10
        daily_reply_time = "16:30"
        [sites."阳光花园".complaint]
        resolve_hours = 4
        [[sites."阳光花园".kinds]]
        name = "泳池"
        department = "工程维护部"
        """,
    )
    here, there = config.rules("阳光花园"), config.rules("月亮湾", "Asia/Urumqi")
    assert (here.complaint.resolve_hours, there.complaint.resolve_hours) == (4, 10)
    assert here.complaint.daily_reply_time == there.complaint.daily_reply_time == time(16, 30)
    assert [(kind.code, kind.department) for kind in here.kinds] == [("泳池", Department.ENGINEERING)]
    assert there.kinds == Rules().kinds
    assert there.zone.key == "Asia/Urumqi"


def test_a_site_the_roster_does_not_have_is_named(tmp_path: Path) -> None:
    config = read(tmp_path, '[sites."阳光花圆".complaint]\nresolve_hours = 4\n')
    (problem,) = config.unknown_sites(["阳光花园", "月亮湾"])
    assert "阳光花圆" in problem
    assert "did you mean 阳光花园?" in problem
    assert config.unknown_sites(["阳光花圆"]) == []


@pytest.mark.clause("A-8")
def test_the_alarm_follows_the_dispatch_limit_unless_set(tmp_path: Path) -> None:
    assert read(tmp_path, "[complaint]\ndispatch_minutes = 9\n").rules().escalation.unassigned_minutes == 9
    text = "[complaint]\ndispatch_minutes = 9\n[escalation]\nunassigned_minutes = 3\n"
    assert read(tmp_path, text).rules().escalation.unassigned_minutes == 3


def test_own_kinds_replace_the_built_in_ones(tmp_path: Path) -> None:
    config = read(
        tmp_path, '[[kinds]]\nname = "泳池"\ndepartment = "dept_cleaning"\nkeywords = ["池水"]\nurgent = true\n'
    )
    (kind,) = config.rules().kinds
    assert (kind.name_en, kind.keywords, kind.urgent) == ("泳池", ("池水",), True)


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIYIN_TELEGRAM__TOKEN", "12:from-environment")
    monkeypatch.setenv("HUIYIN_COMPLAINT__RESOLVE_HOURS", "6")
    monkeypatch.setenv("HUIYIN_CALLBACK__LIST_TIMES", '["10:00"]')
    config = read(tmp_path, '[telegram]\ntoken = "12:from-file"\nmode = "polling"\n[complaint]\nprogress_hours = 30\n')
    assert config.telegram.token.get_secret_value() == "12:from-environment"
    assert config.rules().complaint.resolve_hours == 6
    assert config.rules().complaint.progress_hours == 30
    assert config.rules().callback.list_times == (time(10),)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    config = read(tmp_path, '[telegram]\ntoken = "12:hidden-words"\n')
    assert "hidden-words" not in repr(config)
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, '[telegram]\ntoken = "hidden-words"\n[console]\naccess_key = "hidden words too"\n')
    assert "hidden" not in str(caught.value)


def test_nothing_can_be_changed_after_loading() -> None:
    config: Any = load()
    with pytest.raises(ValueError, match="frozen"):
        config.complaint.resolve_hours = 3


def test_the_calendar_of_a_site(tmp_path: Path) -> None:
    def national(day: date) -> bool:
        """1 October is a holiday, Sunday 11 October 2026 is made up for it."""
        return day == date(2026, 10, 11) or (day.weekday() < 5 and day != date(2026, 10, 1))

    text = """
        [calendar]
        working_days = ["mon", "tue", "wed", "thu", "fri", "sat"]
        holidays = [2026-11-23]
        [sites."月亮湾".calendar]
        national_holidays = false
        workdays = ["2026-11-29"]
        """
    config = read(tmp_path, text)
    here = config.rules("阳光花园", national=national).working_day
    assert [day for day in range(1, 13) if not here(date(2026, 10, day))] == [1, 4]
    assert not here(date(2026, 11, 23))
    there = config.rules("月亮湾", national=national).working_day
    assert there(date(2026, 10, 1))
    assert there(date(2026, 11, 29))
    assert not there(date(2026, 10, 11))


def test_a_time_zone_nobody_knows_is_refused() -> None:
    for name in ("Mars/Olympus", "../etc", ""):
        with pytest.raises(ValueError, match="unknown time zone"):
            load().rules("", name)


@pytest.mark.parametrize(
    ("start", "end", "night", "day"),
    [
        (time(22), time(8), [time(22), time(0), time(7, 59)], [time(8), time(21, 59)]),
        (time(1), time(5), [time(1), time(4, 59)], [time(5), time(0)]),
        (time(0), time(0), [], [time(0), time(12)]),
    ],
)
def test_quiet_hours_may_cross_midnight(start: time, end: time, night: list[time], day: list[time]) -> None:
    quiet = QuietHours(start=start, end=end)
    assert all(quiet.cover(moment) for moment in night)
    assert not any(quiet.cover(moment) for moment in day)
