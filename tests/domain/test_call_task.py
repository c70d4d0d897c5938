"""Which questions wait for an answer, and when they become calls (§11 no. 3, D-43)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain import agreed_time, call_task, filing
from domain.call_task import Asked
from domain.complaint import Complaint, Verdict
from domain.decision import Promise
from tests.domain.matter import RULES, Matter, local

MINUTE = timedelta(minutes=1)


def asked(complaint: Complaint) -> list[str]:
    return [str(question.asked) for question in call_task.questions(complaint)]


def due(complaint: Complaint, *, reachable: bool = True) -> list[Promise]:
    return list(call_task.promises(complaint, RULES, reachable=reachable))


@pytest.mark.clause("A-3")
def test_a_question_waits_until_the_complainant_has_spoken() -> None:
    matter = Matter()
    assert not call_task.ever_asked(matter.complaint)
    once = filing.ask(matter.complaint, "desk", "几楼？", matter.now).record
    assert asked(once) == [Asked.QUESTION]
    assert call_task.ever_asked(once)
    from_others = filing.add(once, "desk", "内部备注", (), matter.now).record
    assert asked(from_others) == [Asked.QUESTION]
    assert asked(filing.add(once, "owner", "五楼", (), matter.now).record) == []
    answered = filing.answer(once, "owner", "五楼", (), matter.now).record
    assert asked(answered) == []
    twice = filing.ask(answered, "desk", "哪部？", matter.now).record
    first, second = call_task.questions(once)[0], call_task.questions(twice)[0]
    assert first.step != second.step
    assert call_task.question(twice, first.asked, first.step) is None
    assert call_task.question(twice, second.asked, second.step) == second


@pytest.mark.clause("A-3")
def test_a_proposed_time_waits_for_yes_or_no() -> None:
    matter = Matter().issue().accept()
    start, until = matter.now + timedelta(hours=5), matter.now + timedelta(hours=7)
    proposed = agreed_time.propose_time(matter.complaint, "GD1", "tech", start, until, matter.now).record
    (question,) = call_task.questions(proposed)
    assert (question.asked, question.step) == (Asked.TIME, "GD1/1")
    refused = agreed_time.answer_time(proposed, "GD1", "owner", False, matter.now, 1, RULES).record
    assert asked(refused) == []
    by_phone = agreed_time.log_agreed_time(proposed, "GD1", "desk", start, until, matter.now, RULES, "李女士").record
    assert asked(by_phone) == []


@pytest.mark.clause("A-3", "CP-4.2.6c")
def test_the_callback_waits_for_a_verdict() -> None:
    matter = Matter().issue().accept().done().review()
    assert asked(matter.complaint) == [Asked.CALLBACK]
    assert asked(matter.verdict(Verdict.SATISFIED).complaint) == []


@pytest.mark.clause("A-3")
def test_silence_of_half_an_hour_is_a_call_and_no_channel_one_at_once() -> None:
    matter = Matter("23 10:00")
    complaint = filing.ask(matter.complaint, "desk", "几楼？", matter.now).record
    assert [p.due_at for p in due(complaint)] == [local("23 10:30")]
    assert [p.due_at for p in due(complaint, reachable=False)] == [local("23 10:00")]
    assert {p.clause for p in due(complaint)} == {"A-3"}


@pytest.mark.clause("A-3")
@pytest.mark.parametrize(
    ("at", "reachable", "called"),
    [
        ("23 21:29", True, "23 21:59"),
        ("23 21:30", True, "24 08:00"),
        ("24 03:00", False, "24 08:00"),
        ("24 07:45", True, "24 08:15"),
    ],
)
def test_nobody_is_rung_at_night_unless_it_is_urgent(at: str, reachable: bool, called: str) -> None:
    matter = Matter(at)
    complaint = filing.ask(matter.complaint, "desk", "几楼？", matter.now).record
    assert [p.due_at for p in due(complaint, reachable=reachable)] == [local(called)]
    urgent = replace(complaint, urgent=True)
    wait = 30 * MINUTE if reachable else 0 * MINUTE
    assert [p.due_at for p in due(urgent, reachable=reachable)] == [matter.now + wait]


@pytest.mark.clause("A-3", "A-8")
def test_an_assignment_that_nobody_accepts_is_no_question_here() -> None:
    assert asked(Matter().issue().complaint) == []
