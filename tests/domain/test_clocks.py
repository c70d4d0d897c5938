"""The limits T1–T6 and their reminders, to the second (§3.2)."""

from dataclasses import replace

import pytest

from domain import callback, clocks, work_order
from domain.complaint import ComplaintState, Verdict
from domain.glossary import Department
from domain.rules import ComplaintRules, Rules
from tests.domain.matter import Matter, callback_due, local


def second_by_second(matter: Matter, kind: str, moment: str, event: str) -> None:
    """The event is not there a second before, is there at the moment, and there is only one of it afterwards."""
    assert matter.due(kind) == local(moment)
    before = len(matter.events(event))
    matter.wait(seconds=(local(moment) - matter.now).total_seconds() - 1)
    assert len(matter.events(event)) == before
    matter.wait(seconds=1)
    assert len(matter.events(event)) == before + 1
    matter.wait(seconds=1)
    assert len(matter.events(event)) == before + 1


@pytest.mark.clause("CP-4.2.1b")
def test_nobody_issues_within_five_minutes_and_l2_is_alarmed():
    matter = Matter("23 10:00")
    second_by_second(matter, "not_issued", "23 10:05", "alarm.not_issued")
    assert matter.ladder() == [("L2", "not_issued", ("supervisor",))]


@pytest.mark.clause("CP-4.2.1b")
def test_nobody_accepts_within_five_minutes_of_the_issue():
    matter = Matter("23 10:00").wait(minutes=2).issue()
    assert matter.due("not_issued") is None
    second_by_second(matter, "not_accepted", "23 10:07", "alarm.not_accepted")
    assert matter.ladder() == [("L2", "not_accepted", ("supervisor",))]


@pytest.mark.clause("CP-4.2.1b")
def test_each_assignment_is_alarmed_once_and_by_itself():
    matter = Matter().issue().wait(minutes=5).decline().wait(minutes=1)
    assert matter.due("not_issued") == local("23 10:10")
    matter.issue(number="GD2").wait(minutes=30)
    subjects = [e.data["order"] for e in matter.events("alarm.not_accepted")]
    assert subjects == ["GD1", "GD2"]


@pytest.mark.clause("CP-4.2.2a")
def test_twelve_hours_run_from_receipt_and_not_from_acceptance():
    matter = Matter("23 08:00").wait(minutes=3).issue().wait(minutes=4).accept()
    second_by_second(matter, "resolve", "23 20:03", "order.overdue")
    assert matter.complaint.overdue_12h
    assert matter.order().overdue


@pytest.mark.clause("CP-4.2.2a")
def test_reminders_after_six_and_eleven_hours_only_while_unfinished():
    matter = Matter("23 08:00").issue().accept().wait(hours=13)
    assert matter.when("order.reminder") == ["23 14:00", "23 19:00"]
    quick = Matter("23 08:00").issue().accept().wait(hours=7).done().wait(hours=6)
    assert quick.when("order.reminder") == ["23 14:00"]
    assert not quick.events("order.overdue")


@pytest.mark.clause("CP-4.2.2b")
def test_no_progress_within_24_hours_is_recorded():
    matter = Matter("23 08:00").wait(minutes=1).issue().accept()
    second_by_second(matter, "progress", "24 08:01", "order.progress_missed")
    told = Matter("23 08:00").issue().accept().wait(hours=3).progress().wait(hours=22)
    assert not told.events("order.progress_missed")


@pytest.mark.clause("CP-4.2.3a", "CP-4.2.3b")
def test_the_card_opens_24_hours_after_the_first_report_with_l2_and_l3():
    matter = Matter("23 10:00").wait(minutes=4).issue().accept()
    second_by_second(matter, "card", "24 10:00", "card.opened")
    assert [(s.level, s.reason, s.at) for s in matter.steps] == [
        ("L2", "card", local("24 10:00")),
        ("L3", "card", local("24 10:00")),
    ]
    assert matter.steps[1].holders == ("cs_head",)
    assert matter.steps[1].copies == ("eng_head", "supervisor")


@pytest.mark.clause("CP-4.2.3a")
def test_done_in_the_last_second_opens_no_card():
    matter = Matter("23 10:00").issue().accept().wait(seconds=24 * 3600 - 1).done().wait(hours=1)
    assert matter.complaint.card is None
    assert not matter.events("card.opened")


def test_transfer_keeps_the_clocks_of_the_first_department():
    matter = Matter("23 10:00").issue().accept().wait(hours=5)
    matter.keep(
        work_order.transfer(
            matter.complaint,
            "GD1",
            step=1,
            by="tech",
            department=Department.SECURITY,
            number="GD2",
            assigned=("guard",),
            reason="应由保安处理",
            now=matter.now,
        )
    )
    assert matter.due("resolve", "GD2") == local("23 22:00")
    assert matter.due("progress", "GD2") == local("24 10:00")
    assert matter.due("not_accepted") == local("23 15:05")


@pytest.mark.clause("CP-4.2.6c")
@pytest.mark.parametrize(
    ("arrived", "due"),
    [
        ("23 09:00", "24 00:00"),
        ("23 20:59:59", "24 00:00"),
        ("23 21:00", "24 00:00"),
        ("23 21:00:01", "24 09:00:01"),
        ("23 23:59", "24 11:59"),
        ("23 00:00", "24 00:00"),
    ],
)
def test_callback_the_same_day_or_twelve_hours_after_a_late_arrival(arrived: str, due: str):
    assert callback.due(local(arrived), Rules()) == local(due)


@pytest.mark.clause("CP-4.2.6c")
def test_callback_overdue_reaches_l2_once():
    matter = callback_due("23 10:00")
    assert matter.complaint.state is ComplaintState.CALLBACK_DUE
    matter.until("23 23:59:59")
    assert not matter.events("callback.overdue")
    matter.until("24 00:00").wait(hours=3)
    assert matter.when("callback.overdue") == ["24 00:00"]
    assert matter.ladder() == [("L2", "callback_overdue", ("supervisor",))]


@pytest.mark.clause("CP-4.2.6a")
def test_silent_head_is_told_to_l2_after_ack_minutes():
    matter = Matter("23 10:00").issue().accept().wait(hours=1).done()
    second_by_second(matter, "review", "23 12:00", "review.overdue")
    assert matter.ladder() == [("L2", "review_overdue", ("supervisor",))]
    matter.review()
    assert matter.steps[0].ended_at == matter.now


@pytest.mark.clause("CP-4.2.6f")
def test_filing_is_due_at_the_end_of_the_next_working_day():
    matter = callback_due("27 10:00").verdict(Verdict.SATISFIED)
    assert matter.due("archive") == local("30 18:00")
    matter.until("30 18:00")
    assert matter.ladder() == [("L3", "archive_overdue", ("cs_head",))]


@pytest.mark.clause("CP-4.2.6a")
def test_without_a_card_the_review_can_be_switched_off():
    rules = Rules(complaint=ComplaintRules(review_without_card=False))
    matter = Matter("23 10:00", rules=rules).issue().accept().done()
    assert matter.complaint.state is ComplaintState.CALLBACK_DUE
    assert [e.kind for _, e in matter.happened][-2:] == ["order.done", "callback.due"]


def test_an_abandoned_complaint_runs_t1_from_the_hand_over():
    matter = Matter("23 10:00")
    unfinished = replace(matter.complaint, unfinished=True, first_report_at=local("23 09:00"))
    kinds = {p.kind: p.due_at for p in clocks.promises(unfinished, Rules())}
    assert kinds == {"not_issued": local("23 10:05"), "card": local("24 09:00")}
