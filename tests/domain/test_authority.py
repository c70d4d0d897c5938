"""Every cell of role × action × relation to the matter, against a listing written down here independently."""

from dataclasses import replace
from itertools import product

import pytest

from domain import agreed_time, authority, filing
from domain.causes import subjects
from domain.complaint import Callback, Cause, Complaint, ComplaintState, OrderState, Verdict, Visit
from domain.glossary import OUTSIDE, RESIDENTS, STAFF, Department, Level, Role
from domain.people import Person
from domain.powers import Action
from tests.domain.matter import SITE, Matter, callback_due, local, person

ROLES = {
    "residents": {str(role) for role in RESIDENTS},
    "staff": {str(role) for role in STAFF},
    "desk": {"front_desk", "cs_supervisor", "cs_head"},
    "supervisors": {"cs_supervisor", "cs_head"},
    "hands": {
        "technician",
        "guard",
        "property_assistant",
        "handover_officer",
        "cashier",
        "employee",
        "defect_visitor",
    },
    "heads": {"department_head", "cs_head"},
    "company": {"quality_officer", "ombudsman", "mgmt_rep", "callback_caller"},
    "group": {"leadership", "gm"},
    "upper": {
        "cs_head",
        "department_head",
        "site_manager",
        "quality_officer",
        "mgmt_rep",
        "ombudsman",
        "leadership",
        "gm",
    },
}

# What each action is open to: `how one must stand to the matter: who`. `order` is holding it or being pinged for it,
# `stage` having been told from L3 up that just this is overdue.
LISTING = """
view                mine: residents; order step copy visit: staff; building: property_assistant; department: hands heads;
                    site: desk site_manager; anywhere: company group
complain            site: residents
urge                mine: residents
add                 mine: residents
withdraw            mine: residents
answer              mine: residents
answer_time         mine: residents
verdict             mine: residents
complete            site: desk
issue               site: desk; stage: upper
issue_also          site: desk
close_declined      site: desk
ask                 order: staff; department: heads; site: desk
mark_urgent         site: desk
note_reason         site: desk
accept              order: staff; department: hands front_desk heads
decline             order: staff; department: hands front_desk heads
transfer            order: staff; department: heads; site: desk
reassign            order: staff; department: heads; site: desk
propose_time        order: staff; department: heads
log_time            site: desk
progress            order: staff; department: heads
done                order: staff; department: heads
pass_review         department: heads; site: site_manager; stage: upper
return_order        department: heads; site: site_manager; stage: upper
attempt             site: desk
record_verdict      site: desk; visit stage: property_assistant upper
unreachable         site: supervisors; stage: upper
order_visit         site: desk
accept_visit        visit building: property_assistant
visit_done          visit: property_assistant
archive             site: supervisors; stage: upper
return_to_work      site: supervisors; stage: upper
acknowledge         step copy: staff
instruct            step: staff
escalate            step: staff; department: heads; site: desk site_manager
compensation        site: desk
about_site_manager  site: desk
about_staff         site: desk
special             site: desk site_manager
queue               site: desk
callbacks           site: desk
approve_binding     site: desk
shift               site: staff
leave               site: staff
"""

RELATIONS = {
    "complainant": {"mine", "site"},
    "nothing": {"site"},
    "of the department": {"site", "department"},
    "pinged": {"site", "order"},
    "handler": {"site", "order"},
    "of the building": {"site", "building"},
    "on the ladder": {"site", "step"},
    "told of the stage": {"site", "step", "stage"},
    "in copy": {"site", "copy"},
    "visitor": {"site", "visit"},
    "of the company": {"site"},
    "of another site": set(),
    "complained about": None,
}


def expected() -> dict[str, dict[str, set[str]]]:
    """The listing, read: action → stand → roles."""
    listing: dict[str, dict[str, set[str]]] = {}
    action = ""
    text: dict[str, str] = {}
    for line in LISTING.strip().splitlines():
        name, _, rest = line.partition(" ")
        action = name or action
        text[action] = f"{text.get(action, '')} {rest.strip()}"
    for action, grants in text.items():
        listing[action] = {}
        for grant in grants.split(";"):
            stands, _, who = grant.partition(":")
            roles = set().union(*(ROLES.get(word, {word}) for word in who.split()))
            for stand in stands.split():
                listing[action].setdefault(stand, set()).update(roles)
    return listing


def matter() -> Complaint:
    """With an accepted order of engineering, a pinged order of security, a living step and a visit under way."""
    told = Matter("23 10:00").issue().accept(by="handler").issue(Department.SECURITY, "GD2", also=True)
    told.until("24 10:00")
    complaint = told.complaint.with_order(replace(told.order("GD2"), assigned=("pinged",)))
    step = replace(complaint.escalation.steps[-1], holders=("on the ladder", "told of the stage"), copies=("in copy",))
    visit = Visit(ordered_at=told.now, ordered_by="desk", assistant="visitor", due_at=local("25 10:00"))
    return replace(
        complaint,
        complainant="complainant",
        about="complained about",
        escalation=replace(complaint.escalation, steps=(*complaint.escalation.steps[:-1], step)),
        callback=Callback(step=1, due_since=told.now, due_at=told.now, visit=visit),
    )


def somebody(role: Role, relation: str) -> Person:
    site = {"of the company": "", "of another site": "elsewhere"}.get(relation, SITE)
    department = Department.ENGINEERING if relation in ("of the department", "of another site") else None
    buildings = ("3",) if relation == "of the building" else ("9",)
    return Person(id=relation, name=relation, role=role, site=site, department=department, buildings=buildings)


def test_every_action_and_role_is_in_the_listing():
    listing = expected()
    assert set(listing) == {str(action) for action in Action}
    named = {role for grants in listing.values() for roles in grants.values() for role in roles}
    assert named == {str(role) for role in Role} - {str(role) for role in OUTSIDE - RESIDENTS}


def told_of(complaint: Complaint, action: Action) -> Complaint:
    """The same matter where the stage of this action is overdue and somebody at L4 was told."""
    cause = authority.ANSWERED_FOR.get(action)
    if cause is None:
        return complaint
    if cause is Cause.NOT_ISSUED:
        waiting = replace(complaint.orders[1], state=OrderState.DECLINED)
        complaint = replace(complaint.with_order(waiting), state=ComplaintState.RECEIVED)
    elif cause is Cause.REVIEW:
        complaint = complaint.with_order(replace(complaint.orders[0], state=OrderState.DONE))
    else:
        state = ComplaintState.CALLBACK_DUE if cause is Cause.CALLBACK else ComplaintState.CALLED_BACK
        complaint = replace(complaint, state=state)
    told = replace(
        complaint.escalation.steps[-1],
        step=len(complaint.escalation.steps) + 1,
        level=Level.L4,
        cause=cause,
        subject=subjects(complaint, cause)[0],
        holders=("told of the stage",),
        copies=(),
    )
    ladder = replace(complaint.escalation, steps=(*complaint.escalation.steps, told))
    return replace(complaint, escalation=ladder)


@pytest.mark.parametrize("action", list(Action))
def test_every_cell_of_role_and_relation(action: Action):
    complaint, listing = told_of(matter(), action), expected()
    wrong = []
    for role, (relation, stands) in product(Role, RELATIONS.items()):
        reach = set() if stands is None else {"anywhere", *stands}
        if role is Role.CS_HEAD:
            reach -= {"department"}  # that head's department is cs, whose order this is not
        should = any(str(role) in listing[str(action)].get(stand, ()) for stand in reach)
        if authority.may(somebody(role, relation), action, complaint) is not should:
            wrong.append((str(role), relation, should))
    assert wrong == []


@pytest.mark.parametrize("action", list(Action))
def test_without_a_matter_the_role_alone_decides(action: Action):
    roles = set().union(*expected()[str(action)].values())
    allowed = {str(role) for role in Role if authority.may(somebody(role, "nothing"), action)}
    assert allowed == roles


def test_who_has_left_may_nothing():
    gone = replace(somebody(Role.FRONT_DESK, "nothing"), left=True)
    complaint = matter()
    assert not any(authority.may(gone, action, complaint) for action in Action)


def test_the_site_manager_sees_nothing_of_a_complaint_about_that_office():
    complaint = replace(matter(), about_site_manager=True)
    manager = somebody(Role.SITE_MANAGER, "on the ladder")
    assert not any(authority.may(manager, action, complaint) for action in Action)
    stand_in = somebody(Role.SITE_MANAGER, "nothing")
    assert not authority.may(stand_in, Action.VIEW, complaint, acting_for=(person("cs_head"),))


def test_the_head_of_cs_heads_that_department():
    complaint = Matter().issue(Department.CS).accept(by="desk").done(by="desk").complaint
    assert authority.may(person("cs_head"), Action.PASS_REVIEW, complaint, complaint.orders[0])
    assert not authority.may(person("cs_head"), Action.PASS_REVIEW, matter(), matter().orders[0])


def test_a_deputy_may_what_the_one_stood_in_for_may():
    complaint = Matter().issue().accept().done().complaint
    order = complaint.orders[0]
    deputy = person("tech2")
    assert not authority.may(deputy, Action.PASS_REVIEW, complaint, order)
    assert authority.may(deputy, Action.PASS_REVIEW, complaint, order, acting_for=(person("eng_head"),))


OWNER = Person(id="owner", name="owner", role=Role.OWNER, site=SITE)


def names(who: Person, matter: Matter, number: str | None = None) -> set[str]:
    order = matter.order(number) if number else None
    return {str(action) for action in authority.actions(who, matter.complaint, order)}


def test_the_buttons_follow_the_state():
    matter = Matter()
    assert names(OWNER, matter) == {"view", "urge", "add", "withdraw"}
    assert {"issue", "ask", "mark_urgent"} <= names(person("desk"), matter)
    assert "issue_also" not in names(person("desk"), matter)
    matter.issue()
    assert names(person("tech"), matter, "GD1") == {"accept", "decline", "transfer", "reassign"}
    assert names(person("tech2"), matter, "GD1") == {"accept", "decline"}
    assert names(person("guard"), matter, "GD1") == set()
    matter.accept()
    assert names(person("tech"), matter, "GD1") == {"transfer", "reassign", "propose_time", "progress", "done"}
    assert "issue_also" in names(person("desk"), matter)
    matter.done()
    assert names(person("eng_head"), matter, "GD1") == {"pass_review", "return_order"}
    assert names(person("tech"), matter, "GD1") == set()
    assert names(OWNER, matter) == {"view", "add"}
    matter.review()
    assert names(OWNER, matter) == {"view", "add", "verdict"}
    assert {"attempt", "record_verdict", "order_visit"} <= names(person("desk"), matter)
    matter.verdict(Verdict.SATISFIED)
    assert {"archive", "return_to_work"} <= names(person("supervisor"), matter)
    matter.archive()
    assert names(person("supervisor"), matter) == {"view"}


def test_the_caller_has_no_button_to_file_it():
    matter = callback_due().verdict(Verdict.SATISFIED, by="supervisor", channel="phone", words="满意")
    assert "archive" not in names(person("supervisor"), matter)
    assert "archive" in names(person("cs_head"), matter)


def test_ladder_buttons_are_for_those_who_have_not_answered():
    matter = Matter("23 10:00").issue().accept().until("24 10:00")
    assert {"acknowledge", "instruct"} <= names(person("cs_head"), matter)
    assert "acknowledge" in names(person("supervisor"), matter)
    assert "instruct" not in names(person("supervisor"), matter)
    assert "acknowledge" in names(person("eng_head"), matter)
    matter.acknowledge(2, "cs_head").acknowledge(2, "eng_head")
    assert "acknowledge" not in names(person("cs_head"), matter) | names(person("eng_head"), matter)
    assert "instruct" in names(person("cs_head"), matter)
    assert "acknowledge" not in names(person("manager"), matter)


def test_the_resident_answers_what_was_asked():

    matter = Matter("23 10:00").issue().accept()
    matter.keep(filing.ask(matter.complaint, "tech", "几号电梯？", matter.now))
    matter.keep(
        agreed_time.propose_time(matter.complaint, "GD1", "tech", local("23 12:00"), local("23 13:00"), matter.now)
    )
    assert {"answer", "answer_time"} <= names(OWNER, matter)
    matter.keep(filing.answer(matter.complaint, "owner", "一号", (), matter.now))
    matter.keep(agreed_time.answer_time(matter.complaint, "GD1", "owner", True, matter.now, 1, matter.rules))
    assert names(OWNER, matter) == {"view", "urge", "add", "withdraw"}
