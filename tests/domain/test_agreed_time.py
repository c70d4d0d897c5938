"""The time agreed with the complainant (CP-4.2.2c, D-12)."""

import pytest

from domain import agreed_time
from domain.complaint import Agreement
from domain.decision import Refused
from domain.refusals import Why
from tests.domain.matter import Matter, local

pytestmark = pytest.mark.clause("CP-4.2.2c")


def proposed(start: str = "24 15:00", until: str = "24 17:00") -> Matter:
    matter = Matter("23 10:00").issue().accept()
    matter.keep(agreed_time.propose_time(matter.complaint, "GD1", "tech", local(start), local(until), matter.now))
    return matter


def answer(matter: Matter, agreed: bool, step: int = 1) -> Matter:
    matter.keep(agreed_time.answer_time(matter.complaint, "GD1", "owner", agreed, matter.now, step, matter.rules))
    return matter


def test_until_it_is_agreed_the_twelve_hours_stand():
    matter = proposed()
    assert matter.due("resolve") == local("23 22:00")
    answer(matter, agreed=False)
    assert matter.due("resolve") == local("23 22:00")
    assert matter.order().proposed is not None
    assert matter.order().proposed.state is Agreement.REFUSED


def test_once_agreed_it_replaces_t2_and_moves_t3_and_t5():
    matter = answer(proposed(), agreed=True)
    assert [matter.due(kind) for kind in ("resolve", "progress", "card")] == [local("24 17:00")] * 3


def test_an_earlier_time_counts_too_and_moves_nothing_else():
    matter = answer(proposed("23 14:00", "23 15:00"), agreed=True)
    assert matter.due("resolve") == local("23 15:00")
    assert matter.due("progress") == matter.due("card") == local("24 10:00")


def test_reminders_keep_their_distance_to_the_agreed_time():
    matter = answer(proposed(), agreed=True).until("24 17:00")
    assert matter.when("order.reminder") == ["24 11:00", "24 16:00"]
    assert matter.when("order.overdue") == ["24 17:00"]
    assert matter.events("order.overdue")[0].clause == "CP-4.2.2c"


@pytest.mark.parametrize(("until", "far"), [("24 10:00", False), ("24 10:01", True)])
def test_far_times_are_told_to_the_cs_supervisor(until: str, far: bool):
    matter = answer(proposed("23 12:00", until), agreed=True)
    assert matter.events("order.time_agreed")[0].data["far"] is far


def test_a_further_postponement_only_before_the_old_time_passes():
    matter = Matter("23 10:00").issue().accept().agree("23 14:00", "23 15:00").until("23 14:59")
    matter.agree("23 17:00", "23 18:00")
    assert matter.due("resolve") == local("23 18:00")
    matter.until("23 18:00:01")
    with pytest.raises(Refused) as refused:
        matter.agree("23 20:00", "23 21:00")
    assert refused.value.code == Why.AFTER_OLD_TIME


def test_a_new_proposal_leaves_the_old_agreement_standing():
    matter = Matter("23 10:00").issue().accept().agree("23 14:00", "23 15:00")
    matter.keep(
        agreed_time.propose_time(matter.complaint, "GD1", "tech", local("24 9:00"), local("24 10:00"), matter.now)
    )
    assert matter.due("resolve") == local("23 15:00")
    with pytest.raises(Refused) as refused:
        answer(matter, agreed=True, step=1)
    assert refused.value.code == Why.STALE_STEP
    assert answer(matter, agreed=True, step=2).due("resolve") == local("24 10:00")


@pytest.mark.parametrize(
    ("start", "until", "code"),
    [("24 10:00", "24 09:00", Why.BAD_WINDOW), ("23 08:00", "23 09:00", Why.IN_THE_PAST)],
)
def test_windows_that_make_no_sense(start: str, until: str, code: Why):
    with pytest.raises(Refused) as refused:
        proposed(start, until)
    assert refused.value.code == code


def test_answered_twice_or_too_late():
    matter = answer(proposed(), agreed=True)
    with pytest.raises(Refused) as refused:
        answer(matter, agreed=False)
    assert refused.value.code == Why.ALREADY
    late = proposed("23 12:00", "23 13:00").until("23 14:00")
    with pytest.raises(Refused) as refused:
        answer(late, agreed=True)
    assert refused.value.code == Why.IN_THE_PAST


def test_a_rework_starts_its_limits_anew_from_the_return():
    matter = Matter("23 10:00").issue().accept().agree("23 14:00", "23 15:00").until("23 14:30").done()
    matter.until("23 16:00").send_back()
    assert matter.due("resolve") == local("24 04:00")
    assert matter.due("progress") == local("24 16:00")
    assert matter.due("card") == local("24 10:00")
