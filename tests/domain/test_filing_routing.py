"""Taking down, adding, asking, urgency (CP-4.1.1, D-10, D-45); and who gets the matter (CP-3.1, CP-3.2)."""

from dataclasses import replace

import pytest

from domain import filing, routing
from domain.decision import Refused
from domain.glossary import Department, Role
from domain.people import Roster
from domain.refusals import Why
from domain.rules import Rules
from tests.domain.matter import ROSTER, Matter, local, person, roster_with, staff

TODAY = local("23 12:00").date()


@pytest.mark.clause("CP-4.1.1a")
def test_received_with_the_department_proposed_by_kind_and_the_gap_on_record():
    matter = Matter("23 10:00", kind="lift")
    received = matter.events("complaint.received")[0]
    assert received.data["proposed"] == "dept_engineering"
    assert received.data["urgent"] is False
    assert matter.complaint.proposed is Department.ENGINEERING


@pytest.mark.parametrize(
    ("kind", "urgent"), [("water_burst", True), ("injury", True), ("lift", False), ("gone", False)]
)
def test_urgent_by_kind_and_never_by_wish_alone(kind: str, urgent: bool):
    matter = Matter(kind=kind)
    assert matter.complaint.urgent is urgent
    assert matter.complaint.major is urgent


def unfinished() -> Matter:
    matter = Matter("23 10:00")
    matter.complaint = replace(matter.complaint, unfinished=True, kind="", details="电梯", proposed=None)
    return matter


@pytest.mark.clause("CP-4.1.1a")
def test_an_unfinished_complaint_is_completed_before_it_is_issued():
    matter = unfinished()
    with pytest.raises(Refused) as refused:
        matter.issue()
    assert refused.value.code == Why.UNFINISHED
    completed = filing.complete(
        matter.complaint, kind="lift", details="电梯不动", by="desk", now=matter.now, rules=matter.rules
    )
    matter.keep(completed)
    assert matter.complaint.proposed is Department.ENGINEERING
    assert matter.due("not_issued") == local("23 10:05")
    assert matter.issue().order().number == "GD1"


def test_words_are_added_asked_and_answered_without_touching_a_clock():
    matter = Matter().issue().accept()
    before = matter.promises()
    matter.keep(filing.add(matter.complaint, "owner", "二楼也有", (), matter.now))
    matter.keep(filing.ask(matter.complaint, "tech", "几号电梯？", matter.now))
    matter.keep(filing.answer(matter.complaint, "owner", "", ("photo",), matter.now))
    assert [note.kind for note in matter.complaint.notes] == ["addition", "question", "answer"]
    assert matter.promises() == before
    with pytest.raises(Refused) as refused:
        filing.add(matter.complaint, "owner", "  ", (), matter.now)
    assert refused.value.code == Why.TEXT_MISSING


def test_marked_urgent_once():
    matter = Matter()
    matter.keep(filing.mark_urgent(matter.complaint, "desk", matter.now))
    with pytest.raises(Refused) as refused:
        filing.mark_urgent(matter.complaint, "desk", matter.now)
    assert refused.value.code == Why.ALREADY


# ----------------------------------------------------------------------------------------------------------- routing


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我要投诉电梯坏了", "lift"),
        ("有人被困电梯", "lift_trapped"),
        ("楼上漏水", "leak"),
        ("楼下太吵了", "noise"),
        ("你好", None),
    ],
)
def test_the_kind_is_guessed_from_the_words(text: str, kind: str | None):
    found = routing.guess_kind(text, Rules())
    assert (found.code if found else None) == kind


def chosen(department: Department, roster: Roster = ROSTER) -> tuple[str, ...]:
    return routing.assignees(department, Matter().complaint, roster, Rules(), TODAY)


def test_the_buildings_own_assistant_comes_first():
    assert chosen(Department.PROPERTY) == ("assistant3",)
    off = replace(person("assistant3"), duty=False)
    assert chosen(Department.PROPERTY, roster_with(off)) == ("assistant",)


def test_the_least_loaded_on_duty_below_the_cap_else_the_head():
    assert chosen(Department.ENGINEERING, replace(ROSTER, load={"tech": 2, "tech2": 1})) == ("tech2",)
    off = roster_with(replace(person("tech2"), duty=False))
    assert chosen(Department.ENGINEERING, replace(off, load={"tech": 7})) == ("tech",)
    assert chosen(Department.ENGINEERING, replace(off, load={"tech": 8})) == ("eng_head",)


@pytest.mark.parametrize(("leave_from", "leave_to"), [("23", "23"), ("20", None), ("20", "30")])
def test_the_deputy_for_one_on_leave(leave_from: str, leave_to: str | None):
    away = replace(
        person("guard"),
        deputy="tech",
        leave_from=local(f"{leave_from} 12:00").date(),
        leave_to=local(f"{leave_to} 12:00").date() if leave_to else None,
    )
    assert chosen(Department.SECURITY, roster_with(away)) == ("tech",)


def test_never_the_person_complained_about():
    about = replace(Matter().complaint, about="tech")
    assert routing.assignees(Department.ENGINEERING, about, ROSTER, Rules(), TODAY) == ("tech2",)


def test_chains_of_deputies_and_their_cycles():
    day = TODAY
    a = staff("a", Role.TECHNICIAN, leave_from=day, deputy="b")
    b = staff("b", Role.TECHNICIAN, leave_from=day, deputy="c")
    c = staff("c", Role.TECHNICIAN)
    assert routing.stand_in(a, Roster(site="s", staff=(a, b, c)), day) == c
    circle = replace(c, leave_from=day, deputy="a")
    assert routing.stand_in(a, Roster(site="s", staff=(a, b, circle)), day) is None
    assert routing.stand_in(a, Roster(site="s", staff=(a,)), day) is None


@pytest.mark.clause("CP-4.3.1")
def test_the_head_who_handled_it_is_replaced_by_the_deputy_for_the_review():
    assert routing.head_of(Department.ENGINEERING, ROSTER, TODAY) == person("eng_head")
    assert routing.head_of(Department.ENGINEERING, ROSTER, TODAY, but="eng_head") == person("tech2")
    assert routing.head_of(Department.CLEANING, ROSTER, TODAY) == person("manager")


def test_on_shift_prefers_those_on_duty_but_somebody_always_hears():
    assert [p.id for p in routing.on_shift(Role.FRONT_DESK, ROSTER, TODAY)] == ["desk"]
    nobody = roster_with(replace(person("desk"), duty=False))
    assert [p.id for p in routing.on_shift(Role.FRONT_DESK, nobody, TODAY)] == ["desk", "desk2"]
