"""Conversations, numbers, duties, threads, calls, codes, requests, people."""

import asyncio
from datetime import date, timedelta

from bot.dialogue.message import Said
from bot.dialogue.state import Draft, Entry, State
from storage.bindings import BindingRequest
from storage.calls import CallTask
from storage.database import Database
from storage.inbox import InboxMessage
from tests.storage.matters import NOW

DAY = date(2026, 11, 23)


def _draft() -> Draft:
    draft = Draft("1", "complaint", 1, "", "", Said("m1", NOW, "电梯坏了"), NOW, NOW)
    draft.log = {"unit": Entry("choose", "u1"), "details": Entry("text", "电梯坏了")}
    return draft


async def test_a_chat_remembers_its_person_and_nobody_else(database: Database) -> None:
    async with database.begin(NOW) as work:
        await work.inbox.add([InboxMessage(channel="console", message_id="1", address="ann", payload={}, at=NOW)])
        (row,) = await work.inbox.claim(1)
        assert await work.conversations.load(row.chat, "ann") == State()
        work.conversations.save(row.chat, "ann", State(active=_draft(), serial=1))
        assert (await work.conversations.load(row.chat, "ann")).serial == 1
        work.conversations.save(row.chat, "ann", State(active=_draft(), serial=2))
        work.conversations.keep_draft(row.chat, "ann", _draft(), "expired")
        work.conversations.keep_draft(row.chat, "ann", _draft(), "finished")
    async with database.begin(NOW) as work:
        assert await work.conversations.load(row.chat, "ann") == State(active=_draft(), serial=2)
        assert await work.conversations.load(row.chat, "bob") == State()
        assert await work.conversations.owner(row.chat) == "ann"
        assert await work.conversations.kept_drafts("ann") == [("expired", _draft())]


async def test_numbers_rise_by_prefix_and_day(database: Database) -> None:
    async with database.begin(NOW) as work:
        assert [await work.numbers.next("TS", DAY) for _ in range(3)] == [f"TS20261123-000{n}" for n in (1, 2, 3)]
        assert await work.numbers.next("GD", DAY) == "GD20261123-0001"
    async with database.begin(NOW) as work:
        assert await work.numbers.next("TS", DAY) == "TS20261123-0004"
        assert await work.numbers.next("TS", DAY + timedelta(days=1)) == "TS20261124-0001"


async def test_forty_at_once_get_forty_numbers(database: Database) -> None:
    async def take() -> list[str]:
        async with database.begin(NOW) as work:
            return [await work.numbers.next("GD", DAY), await work.numbers.next("GD", DAY)]

    taken = [number for pair in await asyncio.gather(*(take() for _ in range(40))) for number in pair]
    assert sorted(taken) == [f"GD20261123-{n:04}" for n in range(1, 81)]


async def test_an_occurrence_of_a_duty_is_claimed_once(database: Database) -> None:
    async def claim() -> bool:
        async with database.begin(NOW) as work:
            return await work.duties.claim("K4", "花园", NOW)

    assert sorted(await asyncio.gather(*(claim() for _ in range(5)))) == [False] * 4 + [True]
    async with database.begin(NOW) as work:
        assert await work.duties.claim("K4", "别处", NOW)
        assert await work.duties.claim("K4", "花园", NOW + timedelta(days=1))
        assert await work.duties.last("K4", "花园") == NOW + timedelta(days=1)
        assert await work.duties.last("K6", "花园") is None


async def test_a_thread_is_taken_by_one_and_closed_once(database: Database) -> None:
    async with database.begin(NOW) as work:
        thread = await work.threads.open("ann", "花园")
        assert (await work.threads.open("ann", "花园")).id == thread.id
        work.threads.say(thread.id, "ann", "有人吗？")
        assert [t.id for t in await work.threads.open_of_site("花园")] == [thread.id]
    async with database.begin(NOW + timedelta(minutes=1)) as work:
        assert await work.threads.take(thread.id, "desk")
        assert not await work.threads.take(thread.id, "tech")
        work.threads.say(thread.id, "desk", "在的", [{"media": "m-1", "name": "a", "type": "image/png"}])
        (taken,) = await work.threads.taken_by("desk")
        assert (taken.state, taken.last_by, taken.last_at) == ("taken", "desk", NOW + timedelta(minutes=1))
        assert [m.text for m in await work.threads.messages(thread.id)] == ["有人吗？", "在的"]
        assert await work.threads.close(thread.id, None, "idle")
        assert not await work.threads.close(thread.id, "desk")
        assert await work.threads.of_resident("ann") is None
        assert (await work.threads.open("ann", "花园")).id != thread.id


async def test_call_tasks_are_closed_by_hand_or_with_their_matter(database: Database) -> None:
    def task(number: str) -> CallTask:
        return CallTask(
            number=number,
            site="花园",
            person="ann",
            phone="1",
            text="请致电",
            reason="unfinished",
            matter="TS1",
            at=NOW,
        )

    async with database.begin(NOW) as work:
        for number in ("A", "B", "C"):
            work.calls.add(task(number))
        assert await work.calls.close("B", "已接通", "desk")
        assert not await work.calls.close("B", "再次", "tech")
        assert [t.number for t in await work.calls.open_of_site("花园")] == ["A", "C"]
        assert await work.calls.close_for("TS1", by="desk", outcome="补全") == 2
        assert await work.calls.open_of_site("花园") == []
        assert [t.outcome for t in await work.calls.of_matter("TS1")] == ["补全", "已接通", "补全"]


async def test_a_code_is_good_once_and_for_a_while(database: Database) -> None:
    async with database.begin(NOW) as work:
        code, old = await work.codes.issue("ann"), await work.codes.issue("bob", timedelta(0))
        assert await work.codes.redeem("WRONG") is None
        assert await work.codes.redeem(old) is None
        assert await work.codes.redeem(code.lower()) == "ann"
        assert await work.codes.redeem(code) is None


async def test_a_request_to_be_bound_is_decided_once(database: Database) -> None:
    asked = BindingRequest(
        channel="telegram", address="9", name="新人", phone="1", relation="owner", site="花园", unit="u1"
    )
    async with database.begin(NOW) as work:
        request = await work.bindings.request(asked)
        assert [r.id for r in await work.bindings.open_requests("花园")] == [request]
        assert await work.bindings.decide(request, approved=False, by="desk", reason="查无此人")
        assert not await work.bindings.decide(request, approved=True, by="tech")
        found = await work.bindings.requested(request)
    assert found is not None
    assert (found.state, found.decided_by, found.reason, found.at) == ("refused", "desk", "查无此人", NOW)


async def test_people_are_read_with_their_units_and_changes_are_seen_at_once(database: Database) -> None:
    async with database.begin(NOW) as work:
        ann = await work.people.get("ann")
        assert ann is not None
        assert [unit.label for unit in ann.units] == ["1-1-101", "1-1-201"]
        assert await work.people.get("nobody") is None
        assert {p.id for p in await work.people.residents_of("u1")} == {"ann", "bob"}
        assert [p.id for p in await work.people.by_phone(ann.phone)] == ["ann"]
        await work.people.set_duty("tech", False)
        await work.people.set_leave("tech", DAY, None, "desk")
        roster = await work.people.roster("花园")
        tech = roster.person("tech")
        assert tech is not None
        assert (tech.duty, tech.leave_from, tech.leave_to, tech.deputy) == (False, DAY, None, "desk")
        assert {p.id for p in roster.staff} == {"tech", "desk"}
    async with database.read(NOW) as work:
        assert await work.people.get("tech") == tech


async def test_units_are_found_by_their_label_or_a_part_of_it(database: Database) -> None:
    async with database.read(NOW) as work:
        assert [u.id for u in await work.people.search_unit("花园", "1-1-101")] == ["u1"]
        assert [u.id for u in await work.people.search_unit("花园", "01")] == ["u1", "u2"]
        assert await work.people.search_unit("花园", "%") == ()
        assert await work.people.search_unit("别处", "1-1-101") == ()


async def test_people_are_reached_on_the_first_channel_in_use(database: Database) -> None:
    database.channels = ("telegram", "console")
    async with database.begin(NOW) as work:
        await work.people.bind("telegram", "1", "ann")
        assert await work.people.channel_of("ann") == "telegram"
        assert await work.people.channel_of("bob") == "console"
        await work.bindings.unbind("telegram", "1")
        assert await work.people.channel_of("ann") == "console"
    database.channels = ("telegram",)
    async with database.begin(NOW) as work:
        assert await work.people.channel_of("bob") is None
