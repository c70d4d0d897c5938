"""The tables of §8: complete, reachable, and nothing moves outside them."""

from itertools import product

import pytest

from domain import states, visit
from domain.complaint import CardState, ComplaintState, OrderState, Verdict
from domain.decision import Refused
from domain.overdue import ACTS
from domain.powers import POWERS, Action
from domain.refusals import Why
from tests.domain.matter import Matter

TABLES = (states.COMPLAINT, states.ORDER, states.CARD)


def test_every_move_is_made_or_refused_exactly_as_the_table_says():
    for table, kind in zip(TABLES, (ComplaintState, OrderState, CardState), strict=True):
        for action, state in product(Action, kind):
            if states.allowed(table, action, state):
                assert isinstance(states.move(table, action, state), kind)
                continue
            with pytest.raises(Refused) as refused:
                states.move(table, action, state)
            assert refused.value.code == Why.WRONG_STATE


def test_no_action_has_two_ways_out_of_one_state():
    for table in TABLES:
        pairs = [(t.action, source) for t in table for source in t.sources]
        assert len(pairs) == len(set(pairs))


def test_every_transition_names_its_clause_and_has_somebody_to_make_it():
    for table in TABLES:
        for transition in table:
            assert transition.clause
            assert transition.roles
            assert transition.action in POWERS


def test_filed_and_closed_records_move_no_more():
    assert not any(ComplaintState.ARCHIVED in t.sources for t in states.COMPLAINT)
    ends = {OrderState.DECLINED, OrderState.TRANSFERRED, OrderState.WITHDRAWN}
    assert not any(ends & t.sources for t in states.ORDER)


def test_every_kind_of_promise_is_made_somewhere_and_has_its_act():
    seen: set[str] = set()

    def look(matter: Matter) -> Matter:
        seen.update(promise.kind for promise in matter.promises())
        return matter

    look(look(Matter("22 23:00")).issue())
    look(look(look(Matter("22 23:00").issue().accept()).until("23 23:00")).until("24 08:00"))
    matter = look(Matter("23 06:00").issue().accept().urge().wait(hours=2).urge().wait(hours=2).urge())
    look(matter.act_on_due().done())
    look(look(matter.review()).verdict(Verdict.NOT_SATISFIED))
    matter.done().review()
    matter.keep(visit.order_visit(matter.complaint, 2, "desk", "assistant3", matter.now, matter.rules))
    look(look(matter).verdict(Verdict.SATISFIED))
    assert seen == set(ACTS)
