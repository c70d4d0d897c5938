"""Any order of human acts and passing time: somebody is always next, no promise is forgotten, none is kept twice."""

from collections.abc import Callable
from copy import copy
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain import (
    agreed_time,
    authority,
    bypass,
    callback,
    escalation,
    filing,
    review,
    routing,
    states,
    visit,
    work_order,
)
from domain.complaint import CardState, Complaint, ComplaintState, OrderState, Verdict
from domain.decision import Decision, Refused
from domain.glossary import Department
from domain.people import Person
from domain.powers import Action
from domain.refusals import Why
from tests.domain.matter import STAFF, Matter, local

DEPARTMENTS = st.sampled_from([Department.ENGINEERING, Department.SECURITY, Department.PROPERTY])
PEOPLE = st.sampled_from(
    ["tech", "guard", "eng_head", "supervisor", "cs_head", "manager", "quality", "leader1", "desk"]
)
PICK = st.integers(min_value=0, max_value=5)
MINUTES = st.sampled_from([0.5, 5, 7, 60, 61, 179, 240, 360, 720, 1440, 2000])

MOVING = {
    Action.ISSUE,
    Action.ACCEPT,
    Action.PROGRESS,
    Action.DONE,
    Action.PASS_REVIEW,
    Action.ATTEMPT,
    Action.RECORD_VERDICT,
    Action.UNREACHABLE,
    Action.ARCHIVE,
}
FINDS_SOMEBODY = {"climb", "ping", "review", "callback", "archive", "not_issued"}
"""Promises that tell the next level, which may then do what a vacant post does not."""
COMPLAINT_MOVES = {
    (source, target) for t in states.COMPLAINT for source in t.sources for target in [t.target or source]
}
BY_ORDERS = {
    ComplaintState.RECEIVED,
    ComplaintState.ISSUED,
    ComplaintState.ACCEPTED,
    ComplaintState.IN_PROGRESS,
    ComplaintState.DONE,
}
ORDER_MOVES = {(s, t.target or s) for t in states.ORDER for s in t.sources} | {(s, s) for s in OrderState}
CARD_MOVES = {(s, t.target or s) for t in states.CARD for s in t.sources} | {(s, s) for s in CardState}


class ComplaintMachine(RuleBasedStateMachine):
    """Drives the real rules; a refusal is a fine answer, a crash or a dead end is not."""

    @initialize(
        at=st.sampled_from(["23 10:00", "23 21:50", "22 03:00", "27 16:30"]), kind=st.sampled_from(["lift", "injury"])
    )
    def begin(self, at: str, kind: str) -> None:
        self.matter = Matter(at, kind=kind)
        self.orders = 0
        self.refused: set[Why] = set()

    def press(self, act: Callable[[], Decision[Complaint]]) -> None:
        before = self.matter.complaint
        try:
            decided = act()
        except Refused as refused:
            self.refused.add(Why(refused.code))
            return
        self.matter.keep(decided)
        self.check_moves(before, self.matter.complaint)

    def check_moves(self, before: Complaint, after: Complaint) -> None:
        move = (before.state, after.state)
        at_work = before.state in BY_ORDERS and after.state in BY_ORDERS | {ComplaintState.CALLBACK_DUE}
        back = before.state is not ComplaintState.ARCHIVED and after.reopened == before.reopened + 1
        assert before.state is after.state or move in COMPLAINT_MOVES or at_work or back, move
        known = {order.number: order.state for order in before.orders}
        for order in after.orders:
            old = known.get(order.number, OrderState.ISSUED)
            assert (old, order.state) in ORDER_MOVES or (old, order.state) == (OrderState.ISSUED, OrderState.DONE)
        if before.card and after.card:
            assert (before.card.state, after.card.state) in CARD_MOVES, (before.card.state, after.card.state)
        assert after.escalation.level >= before.escalation.level
        assert len(after.escalation.steps) >= len(before.escalation.steps)

    def order(self, pick: int) -> str:
        orders = self.matter.complaint.orders
        return orders[pick % len(orders)].number

    has_orders = precondition(lambda self: bool(self.matter.complaint.orders))
    has_callback = precondition(lambda self: self.matter.complaint.callback is not None)
    has_steps = precondition(lambda self: bool(self.matter.steps))

    @rule(department=DEPARTMENTS, also=st.booleans())
    def issue(self, department: Department, also: bool) -> None:
        m, self.orders = self.matter, self.orders + 1
        step = None if also else m.complaint.step
        number = f"GD{self.orders}"
        self.press(
            lambda: work_order.issue(
                m.complaint, number=number, department=department, assigned=("tech",), by="desk", now=m.now, step=step
            )
        )

    @rule()
    def work_goes_on(self) -> None:
        """The next thing that ought to be done, so that every state is visited often."""
        m = self.matter
        by_state = {order.state: order.number for order in m.complaint.orders}
        if m.complaint.to_issue:
            self.issue(Department.CLEANING, False)
        elif OrderState.ISSUED in by_state:
            m.accept(by_state[OrderState.ISSUED])
        elif OrderState.ACCEPTED in by_state:
            m.progress(by_state[OrderState.ACCEPTED])
        elif OrderState.IN_PROGRESS in by_state:
            m.done(by_state[OrderState.IN_PROGRESS])
        elif OrderState.DONE in by_state:
            m.review(by_state[OrderState.DONE], by="cs_deputy")
        elif m.complaint.state is ComplaintState.CALLBACK_DUE:
            m.verdict(Verdict.SATISFIED)

    @has_orders
    @rule(pick=PICK, by=PEOPLE)
    def accept(self, pick: int, by: str) -> None:
        m, number = self.matter, self.order(pick)
        self.press(lambda: work_order.accept(m.complaint, number, m.order(number).step, by, m.now))

    @has_orders
    @rule(pick=PICK)
    def decline(self, pick: int) -> None:
        m, number = self.matter, self.order(pick)
        self.press(lambda: work_order.decline(m.complaint, number, m.order(number).step, "tech", "不归我们", m.now))

    @has_orders
    @rule(pick=PICK)
    def close_declined(self, pick: int) -> None:
        m, number = self.matter, self.order(pick)
        self.press(lambda: work_order.close_declined(m.complaint, number, "desk", "另一部门处理", m.now))

    @has_orders
    @rule(pick=PICK, department=DEPARTMENTS)
    def transfer(self, pick: int, department: Department) -> None:
        m, number, self.orders = self.matter, self.order(pick), self.orders + 1
        self.press(
            lambda: work_order.transfer(
                m.complaint,
                number,
                step=m.order(number).step,
                by="tech",
                department=department,
                number=f"GD{self.orders}",
                assigned=("guard",),
                reason="转派",
                now=m.now,
            )
        )

    @has_orders
    @rule(pick=PICK)
    def reassign(self, pick: int) -> None:
        m, number = self.matter, self.order(pick)
        step = m.order(number).step
        self.press(
            lambda: work_order.reassign(
                m.complaint, number, step=step, by="eng_head", assigned=("tech2",), reason="请假", now=m.now
            )
        )

    @has_orders
    @rule(pick=PICK)
    def progress(self, pick: int) -> None:
        m, number = self.matter, self.order(pick)
        self.press(lambda: work_order.progress(m.complaint, number, "tech", "在修", "", m.now))

    @has_orders
    @rule(pick=PICK, by=PEOPLE)
    def done(self, pick: int, by: str) -> None:
        m, number = self.matter, self.order(pick)
        self.press(lambda: work_order.done(m.complaint, number, by, "", "已修", (), m.now, m.rules))

    @has_orders
    @rule(pick=PICK, hours=st.sampled_from([1, 5, 30, 80]))
    def agree_time(self, pick: int, hours: int) -> None:
        m, number = self.matter, self.order(pick)
        until = m.now + timedelta(hours=hours)
        self.press(lambda: agreed_time.log_agreed_time(m.complaint, number, "desk", m.now, until, m.now, m.rules))

    @has_orders
    @rule(pick=PICK, by=PEOPLE)
    def review(self, pick: int, by: str) -> None:
        m, number = self.matter, self.order(pick)
        self.press(lambda: review.pass_review(m.complaint, number, by, m.now, m.rules))

    @has_orders
    @rule(pick=PICK)
    def send_back(self, pick: int) -> None:
        m, number = self.matter, self.order(pick)
        self.press(lambda: review.return_order(m.complaint, number, "eng_head", "没修好", m.now, m.rules))

    @has_callback
    @rule(channel=st.sampled_from(["chat", "phone"]))
    def attempt(self, channel: str) -> None:
        m = self.matter
        step = m.complaint.callback.step if m.complaint.callback else 0
        self.press(lambda: callback.attempt(m.complaint, step, "desk", channel, "no_answer", m.now, m.rules))

    @has_callback
    @rule(said=st.sampled_from([Verdict.SATISFIED, Verdict.NOT_SATISFIED]), by=st.sampled_from(["owner", "desk"]))
    def verdict(self, said: Verdict, by: str) -> None:
        m = self.matter
        step = m.complaint.callback.step if m.complaint.callback else 0
        self.press(lambda: callback.verdict(m.complaint, step, by, said, "说明", "phone", m.now, m.rules))

    @has_callback
    @rule()
    def unreachable(self) -> None:
        m = self.matter
        step = m.complaint.callback.step if m.complaint.callback else 0
        self.press(lambda: callback.unreachable(m.complaint, step, "supervisor", m.now, m.rules))

    @has_callback
    @rule()
    def order_visit(self) -> None:
        m = self.matter
        step = m.complaint.callback.step if m.complaint.callback else 0
        self.press(lambda: visit.order_visit(m.complaint, step, "desk", "assistant3", m.now, m.rules))

    @has_callback
    @rule(met=st.booleans())
    def visit_done(self, met: bool) -> None:
        m = self.matter
        step = m.complaint.callback.step if m.complaint.callback else 0
        self.press(
            lambda: visit.visit_done(
                m.complaint, step, "assistant3", met=met, words="记录", photos=(), now=m.now, rules=m.rules
            )
        )

    @rule()
    def archive(self) -> None:
        m = self.matter
        self.press(lambda: review.archive(m.complaint, "supervisor", m.now))

    @rule()
    def return_to_work(self) -> None:
        m = self.matter
        self.press(lambda: review.return_to_work(m.complaint, "supervisor", "没有照片", m.now, m.rules))

    @rule()
    def urge(self) -> None:
        m = self.matter
        self.press(lambda: filing.urge(m.complaint, "owner", m.now, m.rules))

    @precondition(lambda self: len(self.matter.complaint.urged) > 1)
    @rule()
    def withdraw(self) -> None:
        m = self.matter
        self.press(lambda: filing.withdraw(m.complaint, "owner", "", m.now, m.rules))

    @rule()
    def mark_urgent(self) -> None:
        m = self.matter
        self.press(lambda: filing.mark_urgent(m.complaint, "desk", m.now))

    @has_steps
    @rule(pick=PICK, by=PEOPLE)
    def acknowledge(self, pick: int, by: str) -> None:
        m = self.matter
        step = m.steps[-1 - pick % len(m.steps)].step
        self.press(lambda: escalation.acknowledge(m.complaint, step, by, m.now, m.rules))

    @has_steps
    @rule(pick=PICK, by=PEOPLE, hours=st.sampled_from([1, 20, 50]))
    def instruct(self, pick: int, by: str, hours: int) -> None:
        m = self.matter
        step = m.steps[-1 - pick % len(m.steps)].step
        until = m.now + timedelta(hours=hours)
        self.press(lambda: escalation.instruct(m.complaint, step, by, "今天办完", until, m.now))

    @rule(by=PEOPLE)
    def by_hand(self, by: str) -> None:
        m = self.matter
        self.press(lambda: escalation.by_hand(m.complaint, by, m.now, m.rules, m.roster, "处理不了"))

    @rule(case=st.sampled_from([Action.COMPENSATION, Action.ABOUT_SITE_MANAGER, Action.SPECIAL]), about=PEOPLE)
    def bypass(self, case: Action, about: str) -> None:
        m, staff = self.matter, self.matter.roster.person(about)
        self.press(lambda: bypass.bypass(m.complaint, case, "desk", m.now, m.rules, m.roster, "紧急"))
        if staff is not None:
            self.press(lambda: bypass.about_staff(m.complaint, staff, "desk", m.now))

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: float) -> None:
        self.matter.wait(minutes=minutes)

    @rule(minutes=MINUTES)
    def downtime(self, minutes: float) -> None:
        """Everything overdue is acted on once; what it promises next lies ahead."""
        m = self.matter
        m.now += timedelta(minutes=minutes)
        waiting = len([p for p in m.promises() if p.due_at <= m.now])
        steps = len(m.steps)
        m.act_on_due()
        assert len(m.steps) - steps <= 2 * waiting

    @invariant()
    def somebody_is_next(self) -> None:
        matter = self.matter
        if matter.complaint.state is ComplaintState.ARCHIVED:
            assert matter.promises() == ()
            return
        assert matter.promises(), matter.complaint.state

    @invariant()
    def somebody_can_bring_it_on(self) -> None:
        """There is a person with a button that moves the matter, or a step due that will find one."""
        matter = self.matter
        if matter.complaint.closed:
            return
        orders = [None, *matter.complaint.orders]
        able = any(
            set(authority.actions(who, matter.complaint, order, acting_for=self.stood_in_for(who))) & MOVING
            for who in STAFF
            for order in orders
        )
        assert able or FINDS_SOMEBODY & {promise.kind for promise in matter.promises()}, matter.complaint.state

    def stood_in_for(self, who: Person) -> tuple[Person, ...]:
        """The heads in whose place this person reviews, because they handled the matter themselves."""
        matter, day = self.matter, routing.today(self.matter.now, self.matter.rules)
        handled = [o for o in matter.complaint.orders if o.state is OrderState.DONE]
        heads = ((routing.head_of(o.department, matter.roster, day), o) for o in handled)
        return tuple(
            head
            for head, o in heads
            if head and routing.head_of(o.department, matter.roster, day, but=o.done_by or o.handler) == who
        )

    @invariant()
    def promises_are_told_apart(self) -> None:
        names = [(p.kind, p.step, p.due_at) for p in self.matter.promises()]
        assert len(names) == len(set(names))

    @invariant()
    def what_is_acted_on_is_kept(self) -> None:
        """Acting on the earliest promise at its moment, or a day late, takes it off the list for good."""
        for late in (timedelta(0), timedelta(days=1)):
            promises = self.matter.promises()
            if not promises:
                return
            trial = copy(self.matter)
            trial.happened = []
            trial.now = max(trial.now, promises[0].due_at) + late
            trial.act(promises[0])
            assert promises[0] not in trial.promises()
            if not trial.complaint.closed:
                assert trial.promises()
            kept = trial.complaint
            trial.act(promises[0])
            assert trial.complaint == kept

    @invariant()
    def pings_reach_nobody_who_is_complained_about(self) -> None:
        matter = self.matter
        if matter.complaint.about_site_manager:
            living = [s for s in matter.steps if s.ended_at is None]
            assert all("manager" not in (*s.holders, *s.copies) for s in living)


TestComplaintMachine = ComplaintMachine.TestCase
TestComplaintMachine.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_left_alone_for_a_month_nothing_is_lost_and_nothing_runs_away():
    """Nobody ever answers: the top is pinged by day, the card missed each day, all of it bounded."""
    matter = Matter("01 10:00").issue().accept().until("30 10:00")
    assert len(matter.events("card.opened")) == 1
    assert len(matter.events("card.reply_missed")) == 28
    assert max(step.level for step in matter.steps) == "L6"
    assert all("08:00" <= at[3:] <= "22:00" for at in matter.when("escalation.ping"))
    assert matter.now == local("30 10:00")
