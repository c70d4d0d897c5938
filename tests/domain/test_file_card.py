"""The file card and its daily replies (CP-4.2.3, CP-4.2.4, K4, D-15)."""

import pytest

from domain import file_card, limits
from domain.complaint import CardState, Verdict
from domain.decision import Refused
from domain.glossary import Department
from domain.refusals import Why
from domain.rules import Rules
from tests.domain.matter import Matter, local


def carded(at: str = "23 10:00") -> Matter:
    """Accepted, not finished, the card open since 24 hours after `at`, instructed for two days."""
    matter = Matter(at).issue().accept()
    matter.wait(hours=24)
    return matter.instruct(2, "cs_head", "29 12:00")


@pytest.mark.clause("CP-4.2.4")
@pytest.mark.parametrize(
    ("opened", "due"),
    [("24 10:00", "24 17:00"), ("24 16:00", "24 17:00"), ("24 16:00:01", "25 17:00"), ("24 17:00", "25 17:00")],
)
def test_first_reply_is_the_next_five_oclock_at_least_an_hour_away(opened: str, due: str):
    assert limits.first_reply_by(local(opened), Rules()) == local(due)


@pytest.mark.clause("CP-4.2.4")
def test_reminder_at_four_missed_at_five_and_two_misses_one_level_up():
    matter = carded().until("25 17:00")
    assert matter.when("card.reply_reminder") == ["24 16:00", "25 16:00"]
    assert matter.when("card.reply_missed") == ["24 17:00", "25 17:00"]
    assert matter.ladder()[-1] == ("L4", "reply_missed", ("manager",))
    assert matter.events("card.reply_missed")[1].data["running"] == 2


@pytest.mark.clause("CP-4.2.4")
def test_a_reply_before_five_counts_and_breaks_the_run_of_misses():
    matter = carded().until("25 16:30").progress().until("26 17:00")
    assert matter.when("card.reply_missed") == ["24 17:00", "26 17:00"]
    assert matter.complaint.card is not None
    assert (matter.complaint.card.missed_running, matter.complaint.card.missed_replies) == (1, 2)
    assert matter.events("order.progress")[0].data["daily_reply"]
    assert [s.reason for s in matter.steps] == ["card", "card"]


def test_nobody_is_reminded_who_has_replied_today():
    matter = carded().until("24 15:00").progress().until("24 17:30")
    assert not matter.events("card.reply_reminder")
    assert not matter.events("card.reply_missed")


@pytest.mark.clause("CP-3.2")
def test_with_two_departments_the_silent_one_is_named():
    matter = Matter("23 10:00").issue().issue(Department.SECURITY, "GD2", also=True).accept()
    matter.accept("GD2", "guard").until("24 12:00").progress().until("24 17:00")
    assert matter.events("card.reply_missed")[0].data["orders"] == ["GD2"]


def test_days_of_downtime_count_as_one_miss():
    matter = carded().down_until("27 09:00")
    assert len(matter.events("card.reply_missed")) == 1
    assert matter.due("daily_reply") == local("27 17:00")


def test_replies_end_with_done_and_begin_anew_when_it_comes_back():
    matter = carded().until("24 12:00").done()
    assert matter.due("daily_reply") is None
    matter.until("25 12:00").send_back()
    assert matter.due("daily_reply") == local("25 17:00")


def test_the_card_goes_along_to_the_archive():
    matter = carded()
    states = [matter.complaint.card.state if matter.complaint.card else None]
    for act in (matter.progress, matter.done, matter.review):
        act()
        states.append(matter.complaint.card.state if matter.complaint.card else None)
    matter.verdict(Verdict.SATISFIED)
    states.append(matter.complaint.card.state if matter.complaint.card else None)
    matter.archive()
    states.append(matter.complaint.card.state if matter.complaint.card else None)
    assert states == [
        CardState.INSTRUCTED,
        CardState.EXECUTING,
        CardState.EXECUTING,
        CardState.AT_FRONT_DESK,
        CardState.CALLED_BACK,
        CardState.ARCHIVED,
    ]


@pytest.mark.clause("CP-4.2.3b")
def test_the_front_desk_notes_the_reason_on_the_open_card():
    matter = carded()
    matter.keep(file_card.note_reason(matter.complaint, "desk", "配件未到", matter.now))
    assert matter.complaint.card is not None
    assert matter.complaint.card.reason == "配件未到"
    with pytest.raises(Refused) as refused:
        file_card.note_reason(Matter().complaint, "desk", "配件未到", matter.now)
    assert refused.value.code == Why.NO_CARD
