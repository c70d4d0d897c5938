"""The ledger of what goes out, and its delivery to the console."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.dialogue.message import Attachment, Choice, Reply
from bot.dialogue.text import Text
from storage.database import Database
from storage.outbox import OutboxMessage, rendered
from tests.storage.matters import NOW

MINUTE = timedelta(minutes=1)


def message(words: str = "您好", person: str = "ann", **more: Any) -> OutboxMessage:
    return OutboxMessage(**{"person": person, "lane": "reply", "text": words, **more})


async def _states(database: Database) -> dict[str, str]:
    async with database.read(NOW) as work:
        return {
            row.text: row.state for row in (await work.connection.execute(text("SELECT text, state FROM outbox"))).all()
        }


async def _list(database: Database, person: str = "ann") -> list[tuple[str, int | None]]:
    async with database.read(NOW) as work:
        messages = await work.console.list(person)
    first = messages[0].id if messages else 0
    return [(m.text, m.edits - first if m.edits is not None else None) for m in messages]


async def test_the_console_gets_everything_once_urgent_first(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.outbox.post(message("通知", lane="bulk"))
        work.outbox.post(message("答复"))
        work.outbox.post(message("催办", lane="urgent", person="bob"))
        work.outbox.post(message("急", lane="urgent"))
        reached = await work.console.deliver()
        assert set(reached) == {"ann", "bob"}
    async with database.begin(NOW) as work:
        assert not await work.console.deliver()
        assert await work.outbox.waiting() == 0
    assert await _list(database) == [("急", None), ("答复", None), ("通知", None)]
    assert set((await _states(database)).values()) == {"sent"}


async def test_a_key_is_posted_once_ever(database: Database) -> None:
    for _ in range(2):
        async with database.begin(NOW) as work:
            work.outbox.post(message("一", key="TS1:received"))
            work.outbox.post(message("二", key="TS1:received"))
            work.outbox.post(message("三"))
    async with database.begin(NOW) as work:
        await work.console.deliver()
    assert await _list(database) == [("一", None), ("三", None), ("三", None)]


async def test_nothing_is_sent_before_its_time_nor_after_its_expiry(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.outbox.post(message("早上好", not_before=NOW + MINUTE))
        work.outbox.post(message("过期", expires_at=NOW))
        assert await work.outbox.next_due() == NOW + MINUTE
        assert not await work.console.deliver()
    async with database.begin(NOW + MINUTE) as work:
        assert list(await work.console.deliver()) == ["ann"]
    assert await _states(database) == {"早上好": "sent", "过期": "expired"}


async def test_edits_name_what_they_replace(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.outbox.post(message("草稿", slot="s"))
        work.outbox.post(message("别的"))
        work.outbox.post(message("改一", slot="s", edit=True))
        work.outbox.post(message("之后"))
        await work.console.deliver()
    async with database.begin(NOW) as work:
        work.outbox.post(message("改二", slot="s", edit=True))
        await work.console.deliver()
        first = (await work.console.list("ann"))[0].id
        work.outbox.post(message("改别的", edit=True, target=str(first + 1)))
        await work.console.deliver()
        assert [m.text for m in await work.console.versions("ann", first + 2)] == ["草稿", "改一", "改二"]
    assert await _list(database) == [
        ("草稿", None),
        ("别的", None),
        ("改一", 0),
        ("之后", None),
        ("改二", 2),
        ("改别的", 1),
    ]


async def test_a_pending_edit_gives_way_to_a_newer_one_of_the_same_person(database: Database) -> None:
    for words in ("第一版", "第二版", "第三版"):
        async with database.begin(NOW) as work:
            work.outbox.post(message(words, slot="s", edit=True))
            work.outbox.post(message("对别人：" + words, person="bob", slot="t", edit=True))
            work.outbox.post(message("对别人终：" + words, person="bob", slot="t", edit=True))
    states = await _states(database)
    assert [states[words] for words in ("第一版", "第二版", "第三版")] == ["superseded", "superseded", "pending"]
    assert "对别人：第一版" not in states  # gave way within its own work
    assert states["对别人终：第三版"] == "pending"


async def test_withdrawn_messages_are_never_sent(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.outbox.post(message("旧", slot="s"))
    async with database.begin(NOW) as work:
        work.outbox.post(message("新", slot="s"))
        work.outbox.post(message("别人的", slot="s", person="bob"))
        work.outbox.withdraw("s", "ann")
        await work.console.deliver()
    assert await _states(database) == {"旧": "withdrawn", "别人的": "sent"}


async def test_numbers_mean_the_choices_last_offered(database: Database) -> None:
    async with database.begin(NOW) as work:
        assert await work.outbox.last_offered("ann") == []
        work.outbox.post(message("选", choices=[("电梯", "q/1", True), ("灰", "q/2", False)]))
        assert await work.outbox.last_offered("ann") == [("电梯", "q/1")]
    async with database.begin(NOW) as work:
        work.outbox.post(message("没有选项"))
        await work.outbox.preload_offered(["ann", "bob"])
        assert await work.outbox.last_offered("ann") == [("电梯", "q/1")]
        assert await work.outbox.last_offered("bob") == []


async def test_what_backs_off_holds_back_only_its_own_lane_and_matter(database: Database) -> None:
    database.channels = ("telegram",)
    async with database.begin(NOW) as work:
        await work.people.bind("telegram", "1", "ann")
        for words, lane, matter in (
            ("a1", "reply", "A"),
            ("a2", "reply", "A"),
            ("b", "reply", "B"),
            ("急", "urgent", "A"),
        ):
            work.outbox.post(message(words, lane=lane, matter=matter))
        work.outbox.post(message("nobody", person="bob"))
    async with database.begin(NOW) as work:
        rows = await work.ledger.sendable("telegram", 10)
        claimed = {row.text: replace(row, attempts=1) for row in rows}
        assert list(claimed) == ["急", "a1", "b"]
        for row in rows:
            work.ledger.claim(row, "r1", NOW + MINUTE)
    async with database.begin(NOW) as work:
        assert await work.ledger.sendable("telegram", 10) == []
        work.ledger.again(claimed["a1"], "429", NOW + MINUTE)
        work.ledger.sent(claimed["b"], "77")
    async with database.begin(NOW) as work:
        assert await work.ledger.sendable("telegram", 10) == []  # a2 waits behind a1, which is backing off
        assert await work.ledger.next_due("telegram") == NOW + MINUTE
    async with database.begin(NOW + MINUTE) as work:
        assert await work.ledger.anything("telegram")
        assert [row.text for row in await work.ledger.maybe_sent("telegram")] == ["急"]
        work.ledger.dropped(claimed["急"], "maybe sent", uncertain=True)
        assert [(row.text, row.attempts) for row in await work.ledger.sendable("telegram", 10)] == [("a1", 1)]
        assert await work.ledger.sendable("telegram", 10, ["ann"]) == []
    states = await _states(database)
    assert (states["急"], states["b"], states["a2"], states["nobody"]) == ("dropped", "sent", "pending", "failed")


async def test_a_lease_has_one_holder_and_a_fence_for_each(database: Database) -> None:
    async def hold(holder: str, at: datetime) -> int | None:
        async with database.begin(at) as work:
            return await work.leases.hold("send:telegram", holder, at + MINUTE)

    assert await hold("r1", NOW) == 1
    assert await hold("r2", NOW) is None
    assert await hold("r1", NOW + MINUTE / 2) == 1
    assert await hold("r2", NOW + MINUTE) is None
    assert await hold("r2", NOW + 2 * MINUTE) == 2
    async with database.begin(NOW + 2 * MINUTE) as work:
        await work.leases.release("send:telegram", "r1")
        assert await work.leases.hold("send:telegram", "r1", NOW + 3 * MINUTE) is None
        await work.leases.release("send:telegram", "r2")
    assert await hold("r1", NOW + 2 * MINUTE) == 3


async def test_a_reply_is_rendered_in_the_persons_language(database: Database) -> None:
    reply = Reply(
        Text("您好，{name}").format(name="安"),
        (Choice("好", "q/1"), Choice(Text("不"), "q/2", enabled=False)),
        (Attachment("m-1", "a.jpg", "image/jpeg"),),
        lane="urgent",
    )
    async with database.begin(NOW) as work:
        ann = await work.people.get("ann")
        assert ann is not None
        work.outbox.post(rendered(reply, ann, matter="TS1"))
        await work.console.deliver()
        (got,) = await work.console.list("ann")
        assert await work.console.has_media("ann", "m-1")
        assert not await work.console.has_media("bob", "m-1")
        with pytest.raises(ValueError, match="lane"):
            rendered(Reply("x", lane="fast"), ann)
    assert (got.text, got.sender) == ("您好，安", "bot")
    assert [tuple(choice) for choice in got.choices] == [("好", "q/1", True), ("不", "q/2", False)]
    assert got.attachments == [{"media": "m-1", "name": "a.jpg", "type": "image/jpeg"}]


async def test_a_persons_own_messages_share_the_list_and_its_growing_ids(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.outbox.post(message("您好", choices=[("好", "q/1", True)]))
        await work.console.deliver()
        asked = await work.console.latest("ann")
        answered = await work.console.add("ann", "好", press="q/1", reply_to=asked, client_id="c1")
        assert answered > asked
        assert await work.console.with_client_id("ann", "c1") == answered
        assert await work.console.with_client_id("bob", "c1") is None
        assert [m.id for m in await work.console.list("ann", after=asked)] == [answered]
        assert await work.console.get("bob", answered) is None
