"""A leaver's work orders go to others, and their clocks run on (CP-4.2.2a)."""

import pytest

from domain import limits, succession
from domain.complaint import OrderState
from domain.glossary import Department, Role
from tests.domain.matter import ROSTER, RULES, Matter, local, person, roster_with, staff

TODAY = local("23 10:00").date()


@pytest.mark.clause("CP-4.2.2a")
def test_what_only_the_leaver_has_in_hand_is_left_lying() -> None:
    issued, leaver = Matter().issue().complaint, person("tech")
    assert [o.number for o in succession.left_lying(issued, leaver)] == ["GD1"]
    assert succession.left_lying(issued, person("tech2")) == ()
    taken = Matter().issue().accept()
    assert [o.number for o in succession.left_lying(taken.complaint, leaver)] == ["GD1"]
    assert succession.left_lying(taken.done().complaint, leaver) == ()


@pytest.mark.clause("CP-4.2.2a", "D-11")
def test_a_colleague_gets_it_with_the_same_limits() -> None:
    matter = Matter().issue().accept()
    order, leaver = matter.complaint.order("GD1"), person("tech")
    assigned = succession.successors(order, leaver, matter.complaint, ROSTER, RULES, TODAY)
    assert assigned == ("tech2",)
    later = local("23 15:00")
    decided = succession.hand_on(matter.complaint, order, leaver, assigned, "离职", later)
    moved = decided.record.order("GD1")
    assert (moved.state, moved.handler, moved.assigned, moved.step) == (OrderState.ISSUED, None, ("tech2",), 2)
    assert limits.resolve_by(moved, RULES) == limits.resolve_by(order, RULES)
    assert limits.progress_by(moved, RULES) == limits.progress_by(order, RULES)
    assert [event.kind for event in decided.events] == ["order.reassigned"]


@pytest.mark.clause("CP-4.2.2a")
def test_without_colleagues_the_head_has_it() -> None:
    matter = Matter().issue().accept()
    order, leaver = matter.complaint.order("GD1"), person("tech")
    alone = roster_with(staff("eng_head", Role.DEPARTMENT_HEAD, Department.ENGINEERING), without=("tech2",))
    assert succession.successors(order, leaver, matter.complaint, alone, RULES, TODAY) == ("eng_head",)
