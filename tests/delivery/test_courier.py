"""Sending: lanes, order, rates, retries, what nobody knows, other ways, and who sends at all (design §1.4)."""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.settings import DeliverySettings
from storage.inbox import InboxMessage
from tests.delivery.conftest import Rig
from tests.simulators.post import PostSender

HOUR = 3600


async def test_urgent_goes_first_and_each_key_keeps_its_order(rig: Rig) -> None:
    await rig.says("群发", lane="bulk")
    await rig.says("一", person="bob", matter="A")
    await rig.says("二", person="bob", matter="A")
    await rig.says("急", lane="urgent")
    await rig.pass_time(10)
    assert [m.text for m in rig.post.taken][:2] == ["急", "一"]
    assert rig.post.texts("bob") == ["一", "二"]
    assert rig.post.texts("ann") == ["急", "群发"]
    assert set((await rig.states()).values()) == {"sent"}
    row = (await rig.rows())["急"]
    assert (row.channel_message, row.attempts, row.lease_owner) == ("1", 1, None)


async def test_the_limits_of_the_service_are_never_hit(rig: Rig) -> None:
    for number in range(12):
        await rig.says(f"a{number}", matter=f"M{number}")
    await rig.pass_time(2)
    assert len(rig.post.taken) == 4  # two at once, then one a second
    await rig.pass_time(20)
    assert rig.post.texts("ann") == [f"a{number}" for number in range(12)]
    assert rig.post.answers[429] == 0


async def test_a_group_has_its_own_limit(rig: Rig) -> None:
    async with rig.database.begin(rig.now) as work:
        await work.people.bind("post", "g1", "bob")
        await work.bindings.unbind("post", "bob")
    for number in range(30):
        await rig.says(f"g{number}", person="bob", matter=f"M{number}")
    await rig.pass_time(30)
    assert 14 <= len(rig.post.taken) <= 16
    await rig.pass_time(60)
    assert rig.post.texts("g1") == [f"g{number}" for number in range(30)]


async def test_retry_after_is_obeyed_for_the_chat_alone(rig: Rig) -> None:
    rig.post.chat = type(rig.post.chat)(1, 10.0, 1)  # the service is stricter than we know
    await rig.says("一")
    await rig.says("二")
    await rig.says("三", person="bob")
    await rig.flush()
    assert [m.text for m in rig.post.taken] == ["一", "三"]
    await rig.pass_time(9)
    assert (await rig.states())["二"] == "pending"
    await rig.pass_time(5)
    assert rig.post.texts("ann") == ["一", "二"]  # and `wrong` is empty: it did not ask again before the time


async def test_a_failing_service_is_tried_again_later_and_later(rig: Rig) -> None:
    sender = rig.courier().sender
    assert isinstance(sender, PostSender)
    tries: list[float] = []
    take = rig.post.take

    def ill(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        tries.append(rig.now.timestamp())
        return (502, {}) if len(tries) < 5 else take(body)

    rig.post.take = ill  # type: ignore[method-assign]
    await rig.says("一")
    await rig.pass_time(60)
    gaps = [after - before for before, after in itertools.pairwise(tries)]
    assert len(tries) == 5
    assert all(0.5 * 2**n <= gap <= 1.0 * 2**n + 0.01 for n, gap in enumerate(gaps))
    assert rig.post.texts("ann") == ["一"]


async def test_an_obsolete_message_is_never_sent(rig: Rig) -> None:
    await rig.says("提醒", expires_at=rig.now + timedelta(minutes=5), not_before=rig.now + timedelta(minutes=5))
    await rig.says("还有效", expires_at=rig.now + timedelta(minutes=5))
    await rig.pass_time(HOUR)
    assert await rig.states() == {"提醒": "expired", "还有效": "sent"}
    assert rig.missed == []


async def test_edits_replace_and_superseded_ones_are_never_sent(rig: Rig) -> None:
    await rig.says("初", slot="s")
    await rig.says("改一", slot="s", edit=True)
    await rig.says("改二", slot="s", edit=True)
    await rig.pass_time(5)
    assert [(m.text, m.edits) for m in rig.post.taken] == [("初", None), ("改二", 1)]
    await rig.says("没有可改的", slot="never", edit=True)
    await rig.pass_time(5)
    assert (await rig.states())["没有可改的"] == "dropped"


async def test_who_cannot_be_reached_is_handed_on(rig: Rig) -> None:
    rig.post.blocked.add("ann")
    await rig.says("一")
    await rig.pass_time(5)
    row = (await rig.rows())["一"]
    assert (row.state, row.tried) == ("failed", "post:blocked;")
    assert rig.missed == [("ann", "一")]


async def test_who_has_another_channel_gets_it_there(rig: Rig) -> None:
    rig.post.blocked.add("ann")
    async with rig.database.begin(rig.now) as work:
        await work.inbox.add([InboxMessage(channel="console", message_id="1", address="ann", payload={}, at=rig.now)])
    await rig.says("一", key="k1")
    await rig.pass_time(5)
    async with rig.database.begin(rig.now) as work:
        await work.console.deliver()
        assert [m.text for m in await work.console.list("ann")] == ["一"]
    assert rig.missed == []
    await rig.says("二", key="k1")
    assert "二" not in await rig.states()  # the key still means that message


async def test_what_waited_too_long_is_handed_on(rig: Rig) -> None:
    rig.rules = DeliverySettings(reply_hours=1)
    await rig.says("一")
    rig.now += timedelta(hours=1)
    await rig.flush()
    assert rig.missed == [("ann", "一")]
    assert rig.post.taken == []


@pytest.mark.parametrize(
    ("lane", "keys", "end"),
    [
        ("urgent", False, "sent"),
        ("reply", False, "sent"),
        ("bulk", False, "dropped"),
        ("bulk", True, "sent"),
    ],
)
async def test_what_nobody_knows_is_settled_by_its_class(rig: Rig, lane: str, keys: bool, end: str) -> None:
    rig.post.keys = keys
    await rig.says("一", lane=lane)
    async with rig.database.begin(rig.now) as work:  # a replica claims it, sends it, and dies
        (row,) = await work.ledger.sendable("post", 5)
        work.ledger.claim(row, "dead", rig.now + timedelta(seconds=60))
    rig.post.take({"chat": "ann", "text": "一", "key": row.idempotency_key})
    await rig.pass_time(59)
    assert (await rig.states())["一"] == "sending"
    await rig.pass_time(10)
    row = (await rig.rows())["一"]
    assert (row.state, row.uncertain) == (end, 1)
    doubled = lane != "bulk" and not keys
    assert rig.post.texts("ann") == ["一"] * (2 if doubled else 1)


async def test_an_answer_that_comes_too_late_changes_nothing(rig: Rig) -> None:
    await rig.says("一")
    async with rig.database.begin(rig.now) as work:
        (row,) = await work.ledger.sendable("post", 5)
        work.ledger.claim(row, "slow", rig.now + timedelta(seconds=60))
    await rig.pass_time(70)
    taken_over = (await rig.rows())["一"]
    async with rig.database.begin(rig.now) as work:
        work.ledger.failed(replace(row, attempts=1), "500")
    assert (await rig.rows())["一"].state == taken_over.state == "sent"


async def test_one_replica_sends_and_another_takes_over(rig: Rig) -> None:
    await rig.says("一")
    await rig.flush("r1")
    await rig.says("二", person="bob")
    assert await rig.flush("r2") == 0
    rig.now += timedelta(seconds=rig.rules.holder_seconds)
    assert await rig.flush("r2") == 1
    await rig.says("三")
    assert await rig.flush("r1") == 0
    await rig.courier("r2").let_go(rig.now)
    assert await rig.flush("r1") == 1
    assert [m.text for m in rig.post.taken] == ["一", "二", "三"]


async def test_whoever_takes_over_knows_what_was_used_up(rig: Rig) -> None:
    for number in range(2):
        await rig.says(f"a{number}", matter=f"M{number}")
    await rig.flush("r1")
    await rig.courier("r1").let_go(rig.now)
    await rig.says("a2", matter="M2")
    assert await rig.flush("r2") == 0  # two were sent this second
    await rig.pass_time(1.1, "r2")
    assert rig.post.texts("ann") == ["a0", "a1", "a2"]


async def test_one_person_with_much_to_hear_holds_up_nobody(rig: Rig) -> None:
    for number in range(150):
        await rig.says(f"a{number}", matter=f"M{number}", lane="urgent")
    await rig.says("给 bob", person="bob", lane="bulk")
    await rig.pass_time(1)
    assert rig.post.texts("bob") == ["给 bob"]


async def test_a_clock_set_back_stops_nothing(rig: Rig) -> None:
    await rig.says("一")
    await rig.flush()
    rig.now -= timedelta(hours=1)
    rig.post._buckets.clear()
    await rig.says("二")
    await rig.pass_time(2)
    assert rig.post.texts("ann") == ["一", "二"]


async def test_an_answer_for_the_channel_given_up_changes_nothing_in_the_next(rig: Rig) -> None:
    await rig.says("一")
    async with rig.database.begin(rig.now) as work:
        (row,) = await work.ledger.sendable("post", 5)
        work.ledger.claim(row, "slow", rig.now + timedelta(seconds=60))
    tried = replace(row, attempts=1)
    async with rig.database.begin(rig.now) as work:
        work.ledger.reroute(tried, "blocked", "other")
    async with rig.database.begin(rig.now) as work:
        work.ledger.claim(replace(row, channel="other"), "next", rig.now + timedelta(seconds=60))
        work.ledger.sent(tried, "77")
    assert (await rig.states())["一"] == "sending"
