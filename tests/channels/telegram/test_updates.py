"""Whatever comes in is read, kept or skipped: an odd update never stops the good one behind it."""

import copy
import random
from typing import Any

import pytest

from bot.channels.telegram.updates import Kind, read
from tests.channels.telegram.conftest import Scene

USER = {"id": 5, "is_bot": False, "first_name": "u"}
CHAT = {"id": 5, "type": "private", "first_name": "u"}
MESSAGE = {"message_id": 7, "date": 1_790_000_000, "chat": CHAT, "from": USER}
SHAPES: list[dict[str, Any]] = [
    {"message": MESSAGE | {"text": "厨房漏水"}},
    {
        "message": MESSAGE
        | {"photo": [{"file_id": "a", "width": 1, "height": 1}, {"file_id": "b", "width": 9, "height": 9}]}
    },
    {"message": MESSAGE | {"document": {"file_id": "d", "file_name": "a.pdf", "mime_type": "application/pdf"}}},
    {"message": MESSAGE | {"location": {"latitude": 31.2, "longitude": 121.4}}},
    {"message": MESSAGE | {"contact": {"phone_number": "+8613900000000", "first_name": "u", "user_id": 5}}},
    {"edited_message": MESSAGE | {"text": "改", "edit_date": 1_790_000_001}},
    {"callback_query": {"id": "1", "from": USER, "chat_instance": "1", "data": "c1.0", "message": MESSAGE}},
    {"my_chat_member": {"chat": CHAT, "from": USER, "date": 1, "new_chat_member": {"status": "kicked"}}},
]
ODD: list[Any] = [
    {"message": MESSAGE | {"text": "a", "forward_origin": {"type": "from_the_future"}}},
    {"message_reaction": {"chat": CHAT, "new_reaction": [{"type": "hologram"}]}},
    {"message": {"message_id": 1, "chat": CHAT, "from": USER, "text": "no date"}},
    {"telepathy": {"thought": 1}},
    {"message": None},
    {"message": MESSAGE | {"text": "a\0b\ud800"}},
    {"message": MESSAGE | {"chat": {"id": 2**70, "type": "private"}, "text": "x"}},
    {"callback_query": {"id": "2", "from": USER, "data": "c" * 500, "message": {"date": 0, "chat": CHAT}}},
]


def test_shapes_are_read() -> None:
    found = [read({"update_id": n, **shape}) for n, shape in enumerate(SHAPES)]
    kinds = [one.kind for one in found if one is not None]
    assert kinds == [Kind.SAID] * 6 + [Kind.PRESSED, Kind.BLOCKED]
    assert [file.id for one in found if one for file in one.files] == ["b", "d"]
    assert found[4] is not None
    assert found[4].contact is not None
    assert found[4].contact.own


@pytest.mark.parametrize("raw", [None, 1, [], "x", {}, {"update_id": "1"}, {"update_id": True}, {"update_id": 2**60}])
def test_what_has_no_number_is_nothing(raw: object) -> None:
    assert read(raw) is None


def mutated(value: Any, dice: random.Random) -> Any:
    """The same shape with something of it replaced, taken away or turned into something else."""
    if isinstance(value, dict) and value and dice.random() < 0.8:
        changed = dict(value)
        key = dice.choice(list(changed))
        if dice.random() < 0.3:
            del changed[key]
        else:
            changed[key] = mutated(changed[key], dice)
        return changed
    if isinstance(value, list) and value and dice.random() < 0.8:
        return [mutated(value[0], dice), *value[1:]]
    return dice.choice([None, True, -1, 2**63, 1e300, "", "\0", "\ud800", "x" * 100_000, [], {}, [[[]]], {"id": {}}])


def test_a_thousand_mutations_are_read_without_a_sound() -> None:
    dice = random.Random(20261127)
    read_so_far = 0
    for number in range(1_000):
        shape = mutated(copy.deepcopy(dice.choice(SHAPES)), dice)
        update = read({"update_id": number, **(shape if isinstance(shape, dict) else {"message": shape})})
        read_so_far += update is not None and update.kind is not Kind.SKIPPED
    assert 100 < read_so_far < 1_000


async def test_odd_updates_never_stop_the_good_one_behind_them(scene: Scene) -> None:
    owner = scene.one("owner")
    chat = scene.chat(owner)
    dice = random.Random(20261127)
    people = scene.stage.server.people
    for number, odd in enumerate([*ODD, *(mutated(copy.deepcopy(dice.choice(SHAPES)), dice) for _ in range(50))]):
        people.put(odd if isinstance(odd, dict) else {"message": odd}, f"odd {number}", odd=True)
    before = len(chat.texts)
    await chat.says("帮助")
    assert len(chat.texts) == before + 1
    assert people.waiting == []
