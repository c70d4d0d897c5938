"""Work orders: issue, accept, decline, transfer, done; late presses; two departments (CP-4.2.1, CP-4.2.2)."""

import pytest

from domain import work_order
from domain.complaint import ComplaintState, OrderState
from domain.decision import Refused
from domain.glossary import Department
from domain.refusals import Why
from tests.domain.matter import Matter, local


def refused_code(act) -> Refused:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value


@pytest.mark.clause("CP-4.2.1a", "CP-4.2.1b")
def test_the_main_path_through_the_states():
    matter = Matter()
    states = [matter.complaint.state]
    for act in (matter.issue, matter.accept, matter.progress, matter.done):
        act()
        states.append(matter.complaint.state)
    assert states == [
        ComplaintState.RECEIVED,
        ComplaintState.ISSUED,
        ComplaintState.ACCEPTED,
        ComplaintState.IN_PROGRESS,
        ComplaintState.DONE,
    ]


def test_a_second_issue_of_the_same_step_learns_of_the_first():
    matter = Matter().issue()
    refused = refused_code(matter.issue)
    assert refused.code == Why.ALREADY
    assert (refused.data["by"], refused.data["order"]) == ("desk", "GD1")


def test_a_second_accept_learns_who_was_first():
    matter = Matter("23 10:00").issue().wait(minutes=1).accept(by="tech2")
    refused = refused_code(lambda: work_order.accept(matter.complaint, "GD1", 1, "tech", matter.now))
    assert refused.code == Why.ALREADY
    assert refused.data == {"what": "accept", "by": "tech2", "at": local("23 10:01").isoformat()}


def test_a_button_of_an_earlier_assignment_is_stale():
    matter = Matter().issue()
    matter.keep(
        work_order.reassign(
            matter.complaint, "GD1", step=1, by="eng_head", assigned=("tech2",), reason="请假", now=matter.now
        )
    )
    refused = refused_code(lambda: work_order.accept(matter.complaint, "GD1", 1, "tech", matter.now))
    assert (refused.code, refused.data) == (Why.STALE_STEP, {"step": 2})
    assert matter.accept(by="tech2").order().handler == "tech2"


def test_declined_returns_to_the_front_desk_which_issues_anew():
    matter = Matter().issue().decline()
    assert matter.complaint.state is ComplaintState.RECEIVED
    assert matter.complaint.to_issue
    matter.issue(Department.SECURITY, "GD2")
    assert matter.complaint.state is ComplaintState.ISSUED
    assert matter.order("GD1").transferred_to == "GD2"
    late = refused_code(lambda: work_order.accept(matter.complaint, "GD1", 1, "tech2", matter.now))
    assert (late.code, late.data["what"], late.data["by"]) == (Why.ALREADY, "decline", "tech")


def test_reasons_and_measures_are_asked_for():
    matter = Matter().issue()
    assert refused_code(lambda: work_order.decline(matter.complaint, "GD1", 1, "tech", " ", matter.now)).code == (
        Why.REASON_MISSING
    )
    matter.accept()
    assert refused_code(
        lambda: work_order.done(matter.complaint, "GD1", "tech", "老化", "", (), matter.now, matter.rules)
    ).code == (Why.MEASURE_MISSING)
    assert refused_code(lambda: work_order.progress(matter.complaint, "GD1", "tech", "", "", matter.now)).code == (
        Why.TEXT_MISSING
    )


def test_done_twice_and_done_before_acceptance():
    matter = Matter().issue()
    assert refused_code(matter.done).code == Why.WRONG_STATE
    matter.accept().done()
    refused = refused_code(lambda: matter.done(by="tech2"))
    assert (refused.code, refused.data["by"]) == (Why.ALREADY, "tech")


@pytest.mark.clause("CP-3.2")
def test_two_departments_and_the_complaint_is_done_when_both_are():
    matter = Matter().issue().issue(Department.SECURITY, "GD2", also=True)
    matter.accept().done()
    assert matter.complaint.state is ComplaintState.ISSUED
    matter.review()
    matter.accept("GD2", "guard").done("GD2", "guard")
    assert matter.complaint.state is ComplaintState.DONE
    matter.review("GD2", "sec_head")
    assert matter.complaint.state is ComplaintState.CALLBACK_DUE


def test_one_of_two_departments_declines_and_the_desk_leaves_it_at_that():
    matter = Matter().issue().issue(Department.SECURITY, "GD2", also=True).accept().decline("GD2", "guard")
    assert matter.complaint.state is ComplaintState.RECEIVED
    matter.keep(work_order.close_declined(matter.complaint, "GD2", "desk", "工程部一并处理", matter.now))
    assert matter.complaint.state is ComplaintState.ACCEPTED


def test_the_only_order_cannot_be_left_without_a_successor():
    matter = Matter().issue().decline()
    refused = refused_code(lambda: work_order.close_declined(matter.complaint, "GD1", "desk", "不处理了", matter.now))
    assert refused.code == Why.WRONG_STATE


def test_the_same_department_is_not_issued_twice():
    matter = Matter().issue()
    refused = refused_code(lambda: matter.issue(number="GD2", also=True))
    assert (refused.code, refused.data["order"]) == (Why.SAME_DEPARTMENT, "GD1")


def test_a_chain_of_transfers_keeps_receipt_progress_and_history():
    matter = Matter("23 10:00").issue().accept().progress()
    received = matter.order().received_at
    for number, (department, new) in enumerate(((Department.SECURITY, "GD2"), (Department.PROPERTY, "GD3")), start=1):
        matter.wait(hours=1)
        matter.keep(
            work_order.transfer(
                matter.complaint,
                f"GD{number}",
                step=1,
                by="tech",
                department=department,
                number=new,
                assigned=("x",),
                reason="另一部门的事",
                now=matter.now,
            )
        )
    last = matter.order("GD3")
    assert (last.received_at, len(last.progress), last.state) == (received, 1, OrderState.ISSUED)
    assert [o.transferred_to for o in matter.complaint.orders] == ["GD2", "GD3", None]
    assert matter.complaint.counting_orders == (last,)


def test_done_late_is_flagged_even_before_the_clock_has_noticed():
    matter = Matter("23 10:00").issue().accept()
    matter.now = local("23 22:00:01")
    matter.done()
    assert matter.order().overdue
    assert matter.complaint.overdue_12h
    assert matter.events("order.done")[0].data["late"]
