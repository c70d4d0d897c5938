"""What always holds of the limits, whatever the moment and the site's zone."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import limits
from domain.rules import CallbackRules, ComplaintRules, LimitRules, QuietHours, Rules
from tests.domain.matter import Matter, local

ZONES = st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Europe/Berlin", "America/New_York"])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))


def rules_in(zone: str) -> Rules:
    return Rules(zone=ZoneInfo(zone))


@given(MOMENTS, ZONES)
def test_awake_is_never_at_night_and_never_earlier(moment: datetime, zone: str):
    rules = rules_in(zone)
    awake = limits.awake(moment, rules)
    assert moment <= awake <= moment + timedelta(hours=11)
    assert not rules.quiet_hours.cover(awake.astimezone(rules.zone).time())
    assert limits.awake(awake, rules) == awake


@given(MOMENTS)
def test_without_quiet_hours_nothing_waits(moment: datetime):
    rules = Rules(quiet_hours=QuietHours(start=time(9), end=time(9)))
    assert limits.awake(moment, rules) == moment


@pytest.mark.clause("CP-4.2.6c")
@given(MOMENTS, ZONES)
def test_a_callback_is_due_the_same_day_or_twelve_hours_on(moment: datetime, zone: str):
    rules = rules_in(zone)
    due = limits.callback_by(moment, rules)
    here = moment.astimezone(rules.zone)
    if here.time() > rules.callback.same_day_cutoff:
        assert due == moment + timedelta(hours=12)
    else:
        assert due.astimezone(rules.zone).time() == time(0)
        assert timedelta(hours=2) < due - moment <= timedelta(hours=25)


@pytest.mark.clause("CP-4.2.4")
@given(MOMENTS, ZONES)
def test_the_first_reply_is_at_the_clock_time_with_the_least_gap(moment: datetime, zone: str):
    rules = rules_in(zone)
    due = limits.first_reply_by(moment, rules)
    assert due.astimezone(rules.zone).time() == time(17)
    assert timedelta(minutes=60) <= due - moment < timedelta(hours=27)


@pytest.mark.clause("CP-4.2.6f")
@pytest.mark.parametrize(
    ("called_back", "days", "due"),
    [
        ("23 10:00", 1, "24 18:00"),
        ("27 23:59", 1, "30 18:00"),
        ("27 10:00", 2, "01 18:00"),
        ("28 10:00", 1, "30 18:00"),
        ("23 00:00", 1, "24 18:00"),
    ],
)
def test_filing_counts_working_days_only(called_back: str, days: int, due: str):
    rules = Rules(limit=LimitRules(archive_working_days=days))
    expected = local(due) if due != "01 18:00" else local("30 18:00") + timedelta(days=1)
    assert limits.archive_by(local(called_back), rules) == expected


def test_filing_follows_the_sites_own_calendar():
    rules = Rules(working_day=lambda day: day.isoformat() == "2026-11-28")
    assert limits.archive_by(local("23 10:00"), rules) == local("28 18:00")


@pytest.mark.clause("CP-4.2.2a")
@pytest.mark.parametrize(
    ("resolve", "leads", "expected"),
    [(12, (6, 11), [6, 11]), (8, (6, 11), [6]), (5, (6, 11), []), (12, (11, 6, 6), [6, 11]), (12, (12,), [])],
)
def test_a_reminder_that_no_longer_fits_its_limit_is_left_out(
    resolve: int, leads: tuple[int, ...], expected: list[int]
):
    matter = Matter("23 08:00").issue()
    base = Rules(complaint=ComplaintRules(resolve_hours=resolve))
    rules = replace(base, reminder=replace(base.reminder, resolve_hours=leads))
    assert [hours for hours, _ in limits.reminders(matter.order(), rules)] == expected
    assert all(
        at == matter.order().received_at + timedelta(hours=h) for h, at in limits.reminders(matter.order(), rules)
    )


def test_a_site_may_move_every_figure():
    rules = Rules(
        complaint=ComplaintRules(resolve_hours=6, progress_hours=10, card_hours=20),
        callback=CallbackRules(same_day_cutoff=time(18)),
    )
    matter = Matter("23 08:00", rules=rules).issue().accept()
    assert matter.due("resolve") == local("23 14:00")
    assert matter.due("progress") == local("23 18:00")
    assert matter.due("card") == local("24 04:00")
    assert limits.callback_by(local("23 18:01"), rules) == local("24 06:01")
