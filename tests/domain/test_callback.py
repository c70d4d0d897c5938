"""Callback, visit, review and filing (CP-4.2.6)."""

import pytest

from domain import callback, review, visit
from domain.complaint import ComplaintState, OrderState, Verdict
from domain.decision import Refused
from domain.glossary import Department
from domain.refusals import Why
from tests.domain.matter import Matter, callback_due, local


def code_of(act) -> Refused:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value


def attempt(matter: Matter, channel: str = "phone", by: str | None = "desk", outcome: str = "no_answer") -> Matter:
    matter.keep(callback.attempt(matter.complaint, 1, by, channel, outcome, matter.now, matter.rules))
    return matter


@pytest.mark.clause("CP-4.2.6a")
def test_nobody_reviews_own_work():
    matter = Matter().issue().accept(by="eng_head").done(by="eng_head")
    assert code_of(matter.review).code == Why.OWN_WORK
    matter.review(by="tech2")
    assert matter.complaint.state is ComplaintState.CALLBACK_DUE
    assert code_of(lambda: matter.review(by="manager")).data["by"] == "tech2"


@pytest.mark.clause("CP-4.2.6a")
def test_returned_to_the_same_handler_with_a_reason():
    matter = Matter().issue().accept().done()
    assert (
        code_of(lambda: review.return_order(matter.complaint, "GD1", "eng_head", " ", matter.now, matter.rules)).code
        == Why.REASON_MISSING
    )
    matter.send_back()
    order = matter.order()
    assert (order.state, order.handler, order.returned, order.done_at) == (OrderState.IN_PROGRESS, "tech", 1, None)
    assert matter.complaint.state is ComplaintState.IN_PROGRESS


@pytest.mark.clause("CP-4.2.6c", "CP-4.2.6e", "CP-4.2.6f")
def test_satisfied_in_chat_then_filed():
    matter = callback_due().verdict(Verdict.SATISFIED, words="谢谢").archive()
    assert matter.complaint.state is ComplaintState.ARCHIVED
    assert matter.promises() == ()
    assert code_of(matter.archive).code == Why.ALREADY


@pytest.mark.clause("CP-4.2.6e")
def test_a_call_without_words_is_no_record():
    matter = callback_due()
    assert code_of(lambda: matter.verdict(Verdict.SATISFIED, by="desk", channel="phone")).code == Why.WORDS_MISSING
    matter.verdict(Verdict.SATISFIED, by="desk", channel="phone", words="业户说已修好")
    assert matter.complaint.callback is not None
    assert (matter.complaint.callback.by, matter.complaint.callback.words) == ("desk", "业户说已修好")


@pytest.mark.clause("CP-4.2.6f")
def test_whoever_made_the_callback_does_not_file_it():
    matter = callback_due().verdict(Verdict.SATISFIED, by="supervisor", channel="phone", words="满意")
    assert code_of(matter.archive).code == Why.OWN_WORK
    assert matter.archive(by="cs_head").complaint.state is ComplaintState.ARCHIVED


@pytest.mark.clause("CP-4.2.6c")
def test_not_satisfied_goes_back_to_work_and_a_new_callback_follows():
    matter = callback_due().verdict(Verdict.NOT_SATISFIED, words="还在响")
    assert matter.complaint.state is ComplaintState.IN_PROGRESS
    assert matter.complaint.reopened == 1
    matter.done().review()
    assert matter.complaint.callback is not None
    assert matter.complaint.callback.step == 2
    assert [c.verdict for c in matter.complaint.past_callbacks] == [Verdict.NOT_SATISFIED]
    stale = code_of(
        lambda: callback.verdict(matter.complaint, 1, "owner", Verdict.SATISFIED, "", "chat", matter.now, matter.rules)
    )
    assert (stale.code, stale.data["by"]) == (Why.ALREADY, "owner")


@pytest.mark.clause("CP-4.2.6c")
def test_not_satisfied_reopens_the_orders_of_both_departments():
    matter = Matter().issue().issue(Department.SECURITY, "GD2", also=True).accept().accept("GD2", "guard")
    matter.done().done("GD2", "guard").review().review("GD2", "sec_head").verdict(Verdict.NOT_SATISFIED)
    assert [o.state for o in matter.complaint.orders] == [OrderState.IN_PROGRESS] * 2


def test_a_second_verdict_learns_of_the_first():
    matter = callback_due().verdict(Verdict.SATISFIED)
    assert code_of(lambda: matter.verdict(Verdict.NOT_SATISFIED)).code == Why.ALREADY


@pytest.mark.clause("CP-4.2.6c")
def test_three_attempts_over_two_channels_then_the_supervisor_confirms_unreachable():
    matter = attempt(callback_due(), "chat", None, "asked")
    attempt(matter)
    early = code_of(lambda: attempt(matter.wait(minutes=179)))
    assert (early.code, early.data["until"]) == (Why.TOO_SOON, local("23 13:40").isoformat())
    assert code_of(lambda: _confirm(matter)).code == Why.MORE_ATTEMPTS
    attempt(matter.wait(minutes=1))
    assert matter.events("callback.attempt")[-1].data["exhausted"]
    assert code_of(lambda: attempt(matter.wait(hours=4))).code == Why.ENOUGH_ATTEMPTS
    _confirm(matter)
    assert matter.complaint.state is ComplaintState.UNREACHABLE
    assert matter.complaint.callback is not None
    assert matter.complaint.callback.verdict is Verdict.UNREACHABLE
    matter.verdict(Verdict.SATISFIED).archive()
    assert matter.complaint.state is ComplaintState.ARCHIVED


def test_one_channel_alone_is_not_enough():
    matter = attempt(callback_due("23 06:00"))
    for _ in range(2):
        attempt(matter.wait(hours=3))
    assert code_of(lambda: _confirm(matter)).data == {"count": 3, "needed": 3, "channels": 1}
    attempt(matter, "chat", None, "asked")
    assert _confirm(matter).complaint.state is ComplaintState.UNREACHABLE


def _confirm(matter: Matter) -> Matter:
    matter.keep(callback.unreachable(matter.complaint, 1, "supervisor", matter.now, matter.rules))
    return matter


@pytest.mark.clause("CP-4.2.6f")
def test_the_supervisor_returns_it_after_the_callback():
    matter = callback_due().verdict(Verdict.SATISFIED)
    matter.keep(review.return_to_work(matter.complaint, "supervisor", "没有照片", matter.now, matter.rules))
    assert matter.complaint.state is ComplaintState.IN_PROGRESS
    assert [e.kind for _, e in matter.happened][-2:] == ["complaint.returned", "complaint.reopened"]


# ------------------------------------------------------------------------------------------------------------- visit


def visited(agreed_until: str | None = None) -> Matter:
    matter = callback_due()
    until = local(agreed_until) if agreed_until else None
    matter.keep(visit.order_visit(matter.complaint, 1, "desk", "assistant3", matter.now, matter.rules, until))
    return matter


@pytest.mark.clause("CP-4.2.6d")
@pytest.mark.parametrize(("agreed", "due"), [(None, "23 22:40"), ("25 10:00", "25 10:00")])
def test_a_visit_is_due_in_twelve_hours_or_at_the_agreed_time(agreed: str | None, due: str):
    matter = visited(agreed)
    assert matter.due("visit") == local(due)
    matter.until(due)
    assert len(matter.events("visit.overdue")) == 1
    assert matter.due("visit") is None


@pytest.mark.clause("CP-4.2.6d", "CP-4.2.6e")
def test_the_visit_is_made_and_its_record_is_the_callback():
    matter = visited()
    matter.keep(visit.accept_visit(matter.complaint, 1, "assistant3", matter.now))
    again = code_of(lambda: visit.accept_visit(matter.complaint, 1, "assistant", matter.now))
    assert (again.code, again.data["by"]) == (Why.ALREADY, "assistant3")

    def make(words: str, photos: tuple[str, ...] = ()) -> Matter:
        matter.keep(
            visit.visit_done(
                matter.complaint,
                1,
                "assistant3",
                met=True,
                words=words,
                photos=photos,
                now=matter.now,
                rules=matter.rules,
                said=Verdict.SATISFIED,
            )
        )
        return matter

    assert code_of(lambda: make(" ")).code == Why.WORDS_MISSING
    assert make("", ("slip",)).complaint.state is ComplaintState.CALLED_BACK
    assert matter.complaint.callback is not None
    assert matter.complaint.callback.channel == "visit"


@pytest.mark.clause("CP-4.2.6d")
def test_nobody_home_leaves_a_slip_and_a_new_time():
    matter = visited()
    matter.keep(
        visit.visit_done(
            matter.complaint,
            1,
            "assistant3",
            met=False,
            words="家中无人，已留条",
            photos=(),
            now=matter.now,
            rules=matter.rules,
            again_at=local("24 18:00"),
        )
    )
    assert matter.due("visit") == matter.due("callback") == local("24 18:00")
    assert matter.complaint.callback is not None
    assert [a.outcome for a in matter.complaint.callback.attempts] == ["no_answer"]
    assert code_of(
        lambda: visit.order_visit(matter.complaint, 1, "desk", "assistant", matter.now, matter.rules)
    ).code == (Why.ALREADY)
    assert (
        code_of(lambda: visit.accept_visit(callback_due().complaint, 1, "assistant", matter.now)).code == Why.NO_VISIT
    )


# --------------------------------------------------------------------------------------------------------- withdrawn


def test_withdrawn_still_gets_its_callback_and_is_filed():
    matter = Matter("23 10:00").issue().accept().withdraw()
    assert matter.complaint.state is ComplaintState.WITHDRAWN
    assert matter.order().state is OrderState.WITHDRAWN
    assert [p.kind for p in matter.promises()] == ["callback"]
    matter.verdict(Verdict.SATISFIED, by="desk", channel="phone", words="自己修好了").archive()
    assert matter.complaint.state is ComplaintState.ARCHIVED


def test_withdrawn_but_not_satisfied_is_issued_anew():
    matter = Matter("23 10:00").issue().accept().withdraw().wait(hours=1).verdict(Verdict.NOT_SATISFIED)
    assert matter.complaint.state is ComplaintState.RECEIVED
    assert matter.due("not_issued") == local("23 11:05")
    matter.issue(number="GD2")
    assert matter.complaint.state is ComplaintState.ISSUED


def test_done_can_no_longer_be_withdrawn():
    assert code_of(Matter().issue().accept().done().withdraw).code == Why.WRONG_STATE
