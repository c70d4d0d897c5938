"""Whatever people say or press, in whatever order: one reply, no fault, nothing done twice."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dialogue.state import State
from domain.glossary import Role
from tests.dialogue.desk_book import make_book
from tests.dialogue.talk import Talk, photo

WORDS = [
    "投诉",
    "我要投诉电梯坏了",
    "/complain",
    "/book",
    "预约",
    "/survey",
    "/my",
    "/x",
    "帮助",
    "取消",
    "返回",
    "重来",
    "人工",
    "进度",
    "跳过",
    "完成",
    "对",
    "改",
    "改2",
    "改9",
    "确认",
    "修改",
    "继续",
    "不用了",
    "先放一放",
    "继续当前",
    "1",
    "2",
    "3",
    "七",
    "选2",
    "电",
    "电梯",
    "明天下午",
    "3-1-201",
    "水流不停",
    "/",
    "b/",
    "{",
    "}",
    "{n}",
    "保洁，安保",
]
LONG = (
    "的" * 8000,
    "。" * 7999 + "x",
    "改" + " " * 7999,
    "1 " * 4000,
    "投诉" * 4000,
    "/complain " + "坏" * 7990,
    "\ud800 坏了坏了",
)
TEXTS = st.one_of(st.sampled_from(WORDS), st.sampled_from(LONG), st.text(max_size=12), st.integers(0, 12).map(str))
PRESSES = st.one_of(
    st.integers(0, 7),
    st.sampled_from(
        ["q/d1/2/light", "q/d1/2/~back", "q/-/3/yes", "q/d2/5/~yes", "b/complaint//", "b/decline_order/GD1/1", "x", ""]
    ),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), TEXTS),
        st.tuples(st.just("say"), TEXTS),
        st.tuples(st.just("press"), PRESSES),
        st.tuples(st.just("photo"), TEXTS),
        st.tuples(st.just("again"), st.just(0)),
        st.tuples(st.just("wait"), st.sampled_from([5, 60, 1900, 4000])),
    ),
    max_size=25,
)


async def play(talk: Talk, steps: list[tuple[str, Any]]) -> None:
    pressed = "q/d1/1/x"
    for kind, what in steps:
        if kind == "say":
            await talk.say(what)
        elif kind == "photo":
            await talk.say(what, photo())
        elif kind == "wait":
            await talk.wait(seconds=what)
        else:
            choices = talk.replies[-1].choices if talk.replies else ()
            if kind == "press":
                pressed = (choices[what].value if what < len(choices) else "b/my//") if isinstance(what, int) else what
            await talk.press_value(pressed)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.sampled_from([Role.OWNER, Role.TECHNICIAN]))
async def test_any_sequence_is_answered(steps: list[tuple[str, Any]], role: Role) -> None:
    talk = Talk(make_book, role)
    await play(talk, steps)
    for reply in talk.replies:
        assert str(reply.text).strip()
    log = [entry for entry in talk.world.log if isinstance(entry, str)]
    held = sum(entry.startswith("hold") for entry in log) - sum(entry.startswith("release") for entry in log)
    booked = sum(isinstance(entry, list) and entry[0] == "booked" for entry in talk.world.log)
    holding = sum("held" in draft.log for draft in [talk.state.active, *talk.state.parked] if draft)
    assert held == booked + holding
    ids = [over.draft.id for over in talk.finished]
    assert len(ids) == len(set(ids))
    assert len(talk.state.parked) <= 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
async def test_the_same_messages_give_the_same_replies(steps: list[tuple[str, Any]]) -> None:
    first, second = Talk(make_book), Talk(make_book)
    await play(first, steps)
    await play(second, steps)
    assert first.replies == second.replies
    assert first.state == second.state
    assert first.world.log == second.world.log


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
async def test_a_turn_leaves_the_state_it_was_given_alone(steps: list[tuple[str, Any]]) -> None:
    talk = Talk(make_book)
    await play(talk, steps)
    given_state = talk.state
    before = json.dumps(given_state.to_json())
    await talk.say("返回")
    assert json.dumps(given_state.to_json()) == before
    assert State.from_json(json.loads(before)) == given_state
