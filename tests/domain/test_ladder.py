"""The escalation ladder (§2): every level, rule and route."""

from dataclasses import replace

import pytest

from domain import bypass, escalation, filing
from domain.complaint import Verdict
from domain.decision import Refused
from domain.glossary import Department, Level
from domain.people import Roster
from domain.powers import Action
from domain.refusals import Why
from domain.rules import ComplaintRules, EscalationRules, Rules
from tests.domain.matter import ROSTER, RULES, Matter, callback_due, local, person, roster_with


def at_card(rules: Rules = RULES, roster: Roster = ROSTER) -> Matter:
    """A complaint of Monday 10:00, accepted and not finished: on Tuesday 10:00 the card has just opened."""
    matter = Matter("23 10:00", rules=rules, roster=roster)
    return matter.issue().accept().until("24 10:00")


@pytest.mark.clause("CP-4.2.3a")
def test_silence_climbs_level_by_level_to_the_top_and_repeats_there():
    matter = at_card().until("24 16:00")
    assert matter.ladder() == [
        ("L2", "card", ("supervisor",)),
        ("L3", "card", ("cs_head",)),
        ("L4", "not_acknowledged", ("manager",)),
        ("L5", "not_acknowledged", ("quality",)),
        ("L6", "not_acknowledged", ("leader1", "leader2")),
    ]
    assert [s.at for s in matter.steps[2:]] == [local("24 11:00"), local("24 12:00"), local("24 13:00")]
    assert matter.when("escalation.ping") == ["24 14:00", "24 15:00", "24 16:00"]
    assert matter.complaint.escalation.level is Level.L6
    assert matter.complaint.major


def test_the_top_is_pinged_until_somebody_answers():
    matter = at_card().until("24 14:30").acknowledge(5, "leader1").until("24 18:00")
    assert matter.when("escalation.ping") == ["24 14:00"]
    matter.instruct(5, "leader2", "25 12:00").until("25 11:59")
    assert matter.when("escalation.ping") == ["24 14:00"]
    matter.until("25 12:00")
    assert matter.ladder()[-1] == ("L6", "instruction_missed", ("leader1",))


def test_lower_levels_and_the_responsible_head_stay_in_copy():
    matter = at_card().until("24 13:00")
    assert matter.steps[2].copies == ("cs_head", "eng_head", "supervisor")
    assert matter.steps[4].copies == ("cs_head", "eng_head", "supervisor", "manager", "quality")


def test_acknowledged_at_l2_only_the_climb_goes_on():
    matter = at_card().acknowledge(1, "supervisor").until("24 11:00")
    assert matter.ladder()[-1] == ("L4", "not_acknowledged", ("manager",))


@pytest.mark.parametrize(("minutes", "levels"), [(239, 2), (240, 3)])
def test_acknowledged_at_l3_pauses_for_instruct_minutes(minutes: int, levels: int):
    matter = at_card().wait(minutes=30).acknowledge(2, "cs_head")
    assert matter.complaint.escalation.paused_until == local("24 14:30")
    matter.wait(minutes=minutes)
    assert len(matter.steps) == levels
    if levels == 3:
        assert matter.ladder()[-1] == ("L4", "not_instructed", ("manager",))


def test_a_late_acknowledgement_below_the_level_reached_pauses_nothing():
    matter = at_card().until("24 11:30").acknowledge(2, "cs_head")
    assert matter.complaint.escalation.paused_until is None
    assert matter.until("24 12:00").ladder()[-1] == ("L5", "not_acknowledged", ("quality",))


@pytest.mark.clause("CP-4.2.3b", "CP-4.2.3c")
def test_an_instruction_holds_until_its_date_then_one_level_higher():
    matter = at_card().wait(minutes=10).instruct(2, "cs_head", "25 15:00")
    assert matter.complaint.card is not None
    assert matter.complaint.card.instruction == "今天换掉继电器"
    matter.progress().until("25 14:59")
    assert len(matter.steps) == 2
    matter.until("25 15:00")
    assert matter.ladder()[-1] == ("L4", "instruction_missed", ("manager",))


def test_done_ends_every_ping_at_once_and_keeps_the_level():
    matter = at_card().until("24 11:30").done()
    assert {s.ended_at for s in matter.steps} == {local("24 11:30")}
    assert not matter.complaint.escalation.active
    assert matter.complaint.escalation.level is Level.L4
    assert matter.due("climb") is None
    assert matter.due("ping") is None


@pytest.mark.clause("CP-4.2.6a")
def test_returned_by_the_reviewer_the_ladder_resumes_at_the_level_reached():
    matter = at_card().until("24 11:30").done().wait(minutes=20).send_back().act_on_due()
    assert matter.ladder()[-1] == ("L4", "reopened", ("manager",))
    assert matter.steps[-1].at == local("24 11:50")
    matter.wait(minutes=60)
    assert matter.ladder()[-1] == ("L5", "not_acknowledged", ("quality",))


@pytest.mark.clause("CP-4.2.6c")
def test_not_satisfied_the_ladder_resumes_at_the_level_reached():
    matter = at_card().until("24 10:30").done().review().wait(hours=2).verdict(Verdict.NOT_SATISFIED).act_on_due()
    assert matter.ladder()[-1] == ("L3", "reopened", ("cs_head",))
    assert matter.complaint.reopened == 1


def test_an_alarm_of_another_stage_is_not_taken_up_again():
    matter = Matter().wait(minutes=5).issue().accept().wait(hours=1).done().send_back().act_on_due()
    assert matter.ladder() == [("L2", "not_issued", ("supervisor",))]


def test_an_alarm_ends_when_somebody_issues_and_climbs_while_nobody_does():
    matter = Matter("23 10:00").until("23 11:05")
    assert matter.ladder() == [("L2", "not_issued", ("supervisor",)), ("L3", "not_acknowledged", ("cs_head",))]
    matter.issue()
    assert all(step.ended_at == matter.now for step in matter.steps)
    acknowledged = Matter("23 10:00").until("23 10:10").acknowledge(1, "supervisor").until("23 14:09")
    assert len(acknowledged.steps) == 1
    assert acknowledged.until("23 14:10").ladder()[-1] == ("L3", "not_instructed", ("cs_head",))


# ---------------------------------------------------------------------------------------------------- who stands there


def test_a_level_with_nobody_is_skipped_and_the_skip_recorded():
    matter = at_card(roster=roster_with(without=("manager", "quality"))).until("24 11:00")
    assert matter.ladder()[-1] == ("L6", "not_acknowledged", ("leader1",))
    assert matter.steps[-1].skipped == ("L4:nobody", "L5:nobody")


def test_the_deputy_answers_for_a_holder_on_leave():
    away = replace(person("cs_head"), leave_from=local("23 09:00").date())
    matter = at_card(roster=roster_with(away))
    assert matter.steps[1].holders == ("cs_deputy",)


def test_deputies_in_a_circle_are_nobody():
    first = replace(person("manager"), leave_from=local("23 09:00").date(), deputy="manager2")
    second = replace(first, id="manager2", deputy="manager")
    roster = roster_with(first)
    matter = at_card(roster=replace(roster, staff=(*roster.staff, second))).until("24 11:00")
    assert matter.ladder()[-1][0] == "L5"
    assert matter.steps[-1].skipped == ("L4:nobody",)


def test_the_person_complained_about_is_skipped_and_hidden():
    matter = Matter("23 10:00")
    matter.complaint = replace(matter.complaint, about="manager")
    matter.issue().accept().until("24 13:00")
    assert matter.ladder()[2] == ("L5", "not_acknowledged", ("quality",))
    assert matter.steps[2].skipped == ("L4:complained_about",)
    assert all("manager" not in (*s.holders, *s.copies) for s in matter.steps)


def test_nobody_above_means_that_the_last_level_is_pinged_again():
    roster = roster_with(without=("manager", "quality", "leader1", "leader2"))
    matter = at_card(roster=roster).until("24 13:00")
    assert [level for level, _, _ in matter.ladder()] == ["L2", "L3"]
    assert matter.when("escalation.ping") == ["24 11:00", "24 12:00", "24 13:00"]


def test_no_staff_at_all_leaves_a_step_that_waits_for_somebody():
    matter = Matter("23 10:00", roster=Roster(site="yunjing", staff=()))
    matter.until("23 12:30")
    assert matter.ladder() == [("L2", "not_issued", ())]
    matter.roster = roster_with()
    matter.until("23 13:05")
    assert matter.ladder()[-1][2] != ()


def test_the_switch_lets_the_responsible_head_instruct():
    rules = Rules(complaint=ComplaintRules(card_instructor="responsible_head"))
    matter = at_card(rules=rules)
    assert matter.steps[1].holders == ("eng_head",)
    assert "cs_head" in matter.steps[1].copies


# ---------------------------------------------------------------------------------------------------------- the night


@pytest.mark.clause("CP-4.2.3a")
def test_at_night_the_level_changes_and_the_ping_waits_for_the_morning():
    matter = Matter("22 23:00").issue().accept().until("23 23:00")
    assert [(s.level, s.at, s.pinged_at) for s in matter.steps if s.reason == "card"] == [
        ("L2", local("23 23:00"), None),
        ("L3", local("23 23:00"), None),
    ]
    matter.until("24 07:59:59")
    assert len(matter.steps) == 2
    matter.until("24 08:00")
    assert matter.when("escalation.ping") == ["24 08:00", "24 08:00"]
    matter.until("24 09:00")
    assert matter.ladder()[-1][0] == "L4"


def test_an_urgent_complaint_rings_at_night():
    matter = Matter("22 23:00", kind="water_burst").issue().accept().until("24 00:00")
    assert [s.level for s in matter.steps] == ["L2", "L3", "L4"]
    assert all(s.pinged_at == s.at for s in matter.steps)


def test_marked_urgent_at_night_the_waiting_pings_go_out_at_once():
    matter = Matter("22 23:00").issue().accept().until("23 23:30")
    matter.keep(filing.mark_urgent(matter.complaint, "desk", matter.now))
    matter.act_on_due()
    assert matter.when("escalation.ping") == ["23 23:30", "23 23:30"]


def test_the_top_is_not_pinged_through_the_night():
    rules = Rules(escalation=EscalationRules(ack_minutes=150))
    matter = at_card(rules=rules).until("25 09:00")
    assert matter.ladder()[-1][0] == "L6"
    assert matter.when("escalation.ping") == ["24 20:00", "25 08:00"]


# ------------------------------------------------------------------------------------------------------------ answers


def test_a_press_on_a_step_tells_who_was_first():
    matter = at_card().acknowledge(2, "cs_head")
    with pytest.raises(Refused) as refused:
        matter.acknowledge(2, "cs_head")
    assert refused.value.code == Why.ALREADY
    assert refused.value.data["by"] == "cs_head"


@pytest.mark.clause("CP-4.3.1")
def test_the_head_in_copy_acknowledges_without_stopping_anything():
    matter = at_card().acknowledge(2, "eng_head")
    assert matter.steps[1].acknowledged_at is None
    assert matter.steps[1].noted_by == ("eng_head",)
    with pytest.raises(Refused) as refused:
        matter.acknowledge(2, "eng_head")
    assert refused.value.code == Why.ALREADY
    assert matter.until("24 11:00").ladder()[-1][0] == "L4"


@pytest.mark.parametrize(
    ("step", "by", "until", "code"),
    [
        (1, "supervisor", "25 10:00", Why.NOT_ALLOWED),
        (2, "tech", "25 10:00", Why.NOT_YOURS),
        (2, "eng_head", "25 10:00", Why.NOT_YOURS),
        (2, "cs_head", "24 10:00", Why.IN_THE_PAST),
        (9, "cs_head", "25 10:00", Why.NOT_RAISED),
    ],
)
def test_instructions_that_are_refused(step: int, by: str, until: str, code: Why):
    matter = at_card()
    with pytest.raises(Refused) as refused:
        matter.instruct(step, by, until)
    assert refused.value.code == code


def test_nobody_answers_a_step_whose_matter_is_finished():
    matter = at_card().done()
    with pytest.raises(Refused) as refused:
        matter.acknowledge(1, "supervisor")
    assert refused.value.code == Why.WRONG_STATE


# ------------------------------------------------------------------------------------------------------ by hand, routes


@pytest.mark.parametrize(
    ("by", "level"), [("desk", "L2"), ("supervisor", "L3"), ("cs_head", "L4"), ("manager", "L5"), ("quality", "L5")]
)
def test_escalated_by_hand_to_the_level_above_the_one_who_presses(by: str, level: str):
    matter = Matter().issue().accept()
    decided = escalation.by_hand(matter.complaint, by, matter.now, matter.rules, matter.roster, "处理不了")
    step = decided.record.escalation.steps[-1]
    expected = "L4" if by == "quality" else level
    assert (step.level, step.reason) == (expected, "by_hand")
    assert decided.events[0].data["words"] == "处理不了"


def test_by_hand_is_refused_where_the_matter_is_there_already_or_nobody_is_above():
    matter = at_card()
    with pytest.raises(Refused) as refused:
        escalation.by_hand(matter.complaint, "desk", matter.now, matter.rules, matter.roster, "还是没人")
    assert refused.value.code == Why.ALREADY
    matter.until("24 13:00")
    with pytest.raises(Refused) as refused:
        escalation.by_hand(matter.complaint, "leader1", matter.now, matter.rules, matter.roster, "还是没人")
    assert refused.value.code == Why.NO_HIGHER_LEVEL


@pytest.mark.parametrize(
    ("case", "level", "skipped"),
    [
        (Action.COMPENSATION, "L6", ("L2:bypassed", "L3:bypassed", "L4:bypassed", "L5:bypassed")),
        (Action.ABOUT_SITE_MANAGER, "L6", ("L2:bypassed", "L3:bypassed", "L4:bypassed", "L5:bypassed")),
        (Action.SPECIAL, "L5", ("L2:bypassed", "L3:bypassed", "L4:bypassed")),
    ],
)
def test_routes_that_bypass_rungs(case: Action, level: str, skipped: tuple[str, ...]):
    matter = Matter().issue()
    matter.keep(bypass.bypass(matter.complaint, case, "desk", matter.now, matter.rules, matter.roster, "涉及赔偿"))
    step = matter.steps[-1]
    assert (step.level, step.skipped) == (level, skipped)
    assert matter.complaint.major
    if case is Action.SPECIAL:
        assert {"supervisor", "cs_head", "manager", "rep"} <= set(step.copies)
    with pytest.raises(Refused) as refused:
        bypass.bypass(matter.complaint, case, "desk", matter.now, matter.rules, matter.roster, "涉及赔偿")
    assert refused.value.code == Why.ALREADY


def test_about_the_site_manager_takes_that_office_off_the_running_ladder():
    matter = at_card().until("24 11:10")
    case = Action.ABOUT_SITE_MANAGER
    matter.keep(bypass.bypass(matter.complaint, case, "desk", matter.now, matter.rules, matter.roster, "态度"))
    matter.until("24 13:00")
    living = [s for s in matter.steps if s.ended_at is None]
    assert all("manager" not in (*s.holders, *s.copies) for s in living)
    assert ("L5", "not_acknowledged", ("quality",)) in matter.ladder()


@pytest.mark.clause("CP-4.2.3a")
def test_a_colleague_complained_about_is_off_the_ladder_and_off_the_duty_list():
    matter = at_card().until("24 11:10")
    head = matter.roster.person("cs_head")
    assert head is not None
    matter.keep(bypass.about_staff(matter.complaint, head, "desk", matter.now))
    assert matter.complaint.about == "cs_head"
    matter.until("24 13:00")
    living = [s for s in matter.steps if s.ended_at is None]
    assert living
    assert all("cs_head" not in (*s.holders, *s.copies) for s in living)
    with pytest.raises(Refused) as refused:
        bypass.about_staff(matter.complaint, head, "desk", matter.now)
    assert refused.value.code == Why.ALREADY


@pytest.mark.clause("CP-4.2.3a")
def test_who_has_the_order_in_hand_is_replaced_first():
    matter = Matter().issue().accept()
    handler = matter.roster.person(str(matter.complaint.open_orders[0].handler))
    assert handler is not None
    with pytest.raises(Refused) as refused:
        bypass.about_staff(matter.complaint, handler, "desk", matter.now)
    assert refused.value.code == Why.HAS_IT_IN_HAND
    assert matter.complaint.about is None


# --------------------------------------------------------------------------------------------------- urges and downtime


def test_the_third_urge_reaches_l2_and_the_cooldown_holds():
    matter = Matter("23 10:00").issue().accept().urge()
    with pytest.raises(Refused) as refused:
        matter.wait(minutes=119).urge()
    assert refused.value.code == Why.URGE_COOLDOWN
    assert refused.value.data["until"] == local("23 12:00").isoformat()
    matter.until("23 12:00").urge().act_on_due()
    assert not matter.steps
    matter.until("23 14:00").urge().act_on_due()
    assert matter.ladder() == [("L2", "urged", ("supervisor",))]
    assert [e.data["third"] for e in matter.events("complaint.urged")] == [False, False, True]


def test_after_downtime_the_ladder_climbs_once_and_people_get_fresh_time():
    matter = at_card().until("24 10:30").down_until("24 15:10")
    assert [level for level, _, _ in matter.ladder()] == ["L2", "L3", "L4"]
    assert matter.due("climb") == local("24 16:10")


def test_after_a_day_down_each_missed_moment_is_acted_on_once():
    matter = Matter("23 10:00").issue().accept().down_until("25 10:00")
    kinds = [event.kind for _, event in matter.happened]
    for kind in ("order.overdue", "order.progress_missed", "card.opened"):
        assert kinds.count(kind) == 1
    assert kinds.count("escalation.step") == 2
    assert "order.reminder" not in kinds
    assert min(p.due_at for p in matter.promises()) == local("25 11:00")


def test_callback_overdue_climbs_until_the_call_is_made():
    matter = callback_due("23 10:00").until("24 09:00")
    assert matter.ladder()[-1] == ("L3", "not_acknowledged", ("cs_head",))
    matter.verdict(Verdict.SATISFIED)
    assert matter.due("climb") is None


def test_two_departments_each_have_their_own_alarm():
    matter = Matter("23 10:00").issue().issue(Department.SECURITY, "GD2", also=True).accept("GD1").until("23 10:06")
    assert [e.data["order"] for e in matter.events("alarm.not_accepted")] == ["GD2"]
