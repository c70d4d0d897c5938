"""What is kept about people: consents, the read log, holds, retention, export, erasure, sealed files."""

import base64
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from domain.complaint import Complaint, ComplaintState
from domain.decision import Event
from storage.database import Database
from storage.inbox import InboxMessage
from storage.media import MediaStore, NoSealingKey, Sealer
from storage.outbox import OutboxMessage
from storage.personal_data import _ABOUT, ERASED, OnHold, StillOpen, erase, everything_about
from storage.sealing import SealBroken
from storage.tables import metadata
from storage.tables.matters import events
from tests.storage.conftest import NOW
from tests.storage.matters import complaint

LONG_AGO = NOW - timedelta(days=400)


def archived(number: str, at: datetime, **changed: Any) -> Complaint:
    filed = {"state": ComplaintState.ARCHIVED, "archived_at": at, "received_at": at, "first_report_at": at}
    return complaint(number, **filed, **changed)


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def heard(database: Database, at: datetime, message: str, who: str = "ann") -> None:
    async with database.begin(at) as work:
        said = InboxMessage(channel="console", message_id=message, address=who, payload={"text": "漏水"}, at=at)
        work.inbox.done(await work.inbox.add([said]))


async def while_erasing(database: Database, change: str) -> None:
    async with database.begin(NOW) as work:
        await work.connection.execute(text("INSERT INTO erasing VALUES (1)"))
        await work.connection.execute(text(change))


async def test_a_consent_stands_until_it_is_taken_back(database: Database) -> None:
    async with database.begin(NOW) as work:
        assert not await work.privacy.agreed("ann", "1")
        work.privacy.agree("ann", "1", "console")
        assert await work.privacy.agreed("ann", "1")
        assert not await work.privacy.agreed("ann", "2"), "a new notice needs a new answer"
        work.privacy.withdraw("ann")
        last = await work.privacy.consent("ann")
        assert last is not None
        assert (last.notice, last.withdrawn_at) == ("1", NOW)
        assert not await work.privacy.agreed("ann", "1")


async def test_who_read_a_number_is_on_record_once_a_turn_and_never_the_owner(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.privacy.read("ann", ["desk", "ann", "desk"], "phone", "TS1", "console")
    async with database.begin(NOW + timedelta(hours=1)) as work:
        work.privacy.read("ann", ["desk"], "phone", "TS1", "console")
    async with database.read(NOW) as work:
        read = await work.privacy.readings("ann")
    assert [(r.by, r.what, r.matter) for r in read] == [("desk", "phone", "TS1")] * 2


async def test_old_messages_go_and_young_unsettled_and_held_ones_stay(database: Database) -> None:
    await heard(database, LONG_AGO, "old")
    await heard(database, LONG_AGO, "held", who="bob")
    await heard(database, NOW, "young")
    async with database.begin(LONG_AGO) as work:
        waiting = InboxMessage(channel="console", message_id="waiting", address="ann", payload={}, at=LONG_AGO)
        await work.inbox.add([waiting])
    async with database.begin(NOW) as work:
        await work.privacy.hold("bob", "court")
        page = await work.retention.prune("inbox", NOW - timedelta(days=30), await work.privacy.held())
        assert (page.deleted, page.next_after) == (1, None)
    async with database.read(NOW) as work:
        left = (await work.connection.execute(text("SELECT message_id FROM inbox ORDER BY id"))).scalars().all()
    assert left == ["held", "young", "waiting"]


async def test_pages_lead_on_past_what_must_stay(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.retention.PAGE", 2)
    for n in range(5):
        await heard(database, LONG_AGO, str(n))
    deleted, after, pages = 0, 0, 0
    while True:
        async with database.begin(NOW) as work:
            page = await work.retention.prune("inbox", NOW, {"nobody": "x"}, after)
        deleted, pages = deleted + page.deleted, pages + 1
        if page.next_after is None:
            break
        after = page.next_after
    assert (deleted, pages) == (5, 3)


@pytest.mark.parametrize("what", ["outbox", "console", "threads", "read_log"])
async def test_every_table_with_rising_ids_can_be_pruned(database: Database, what: str) -> None:
    async with database.begin(LONG_AGO) as work:
        work.outbox.post(OutboxMessage(person="ann", lane="reply", text="您好"))
        await work.console.deliver()
        await work.console.add("ann", "您好")
        work.privacy.read("ann", ["desk"], "phone", "TS1", "console")
        thread = await work.threads.open("ann", "花园")
        work.threads.say(thread.id, "ann", "在吗", [])
        await work.threads.close(thread.id, "desk", "done")
    async with database.begin(NOW) as work:
        page = await work.retention.prune(what, NOW - timedelta(days=30), {})
        assert page.deleted >= 1
    async with database.begin(NOW) as work:
        assert (await work.retention.prune(what, NOW - timedelta(days=30), {})).deleted == 0


async def test_files_nobody_used_and_those_of_old_matters_are_given_up(database: Database, tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    files = {name: await store.store(chunks(b"%PDF-1.4 " + name.encode()), name, "application/pdf") for name in "abc"}
    same = await store.store(chunks(b"%PDF-1.4 a"), "again", "application/pdf")
    async with database.begin(LONG_AGO) as work:
        ids = {name: work.media.add_stored(stored, owner="ann") for name, stored in files.items()}
        work.complaints.save(archived("TS20251001-0001", at=LONG_AGO))
        work.complaints.save(complaint("TS20251001-0002"))
        work.media.link([ids["a"]], "TS20251001-0001")
        work.media.link([ids["b"]], "TS20251001-0002")
    async with database.begin(NOW) as work:
        kept = work.media.add_stored(same, owner="bob")
        assert await work.retention.erase_media(NOW - timedelta(days=7), NOW - timedelta(days=365), {}) == 2
    async with database.begin(NOW) as work:
        rows = await work.media.get_many([*ids.values(), kept])
        assert {name: rows[i].erased for name, i in ids.items()} == {"a": True, "b": False, "c": True}
        assert not rows[kept].erased
        gone = await work.media.removable()
        assert gone == {ids["c"]: files["c"].digest}, "the bytes of a are bob's too"
        assert not await store.remove(files["c"].digest, datetime.now(NOW.tzinfo)), "too young"
        assert await store.remove(files["c"].digest, datetime.now(NOW.tzinfo) + timedelta(hours=2))
        await work.media.removed(gone)
    async with database.begin(NOW) as work:
        assert await work.media.removable() == {}
        assert not store.path(rows[ids["c"]]).exists()
        assert store.path(rows[kept]).exists()


async def test_an_erased_person_is_nowhere_and_the_story_stands(database: Database) -> None:
    async with database.begin(LONG_AGO) as work:
        work.complaints.save(archived("TS20251001-0001", at=LONG_AGO, complainant="ann", details="邻居张三半夜打麻将"))
        said = Event("complaint.received", "CP-4.1.1a", {"details": "邻居张三半夜打麻将", "kind": "noise"})
        work.events.append("TS20251001-0001", said, site="花园", by="ann", at=LONG_AGO)
        work.outbox.post(OutboxMessage(person="desk", lane="reply", text="邻居张三", matter="TS20251001-0001"))
        await work.console.deliver()
        await work.console.add("ann", "邻居张三半夜打麻将")
    await heard(database, LONG_AGO, "m1")
    async with database.begin(NOW) as work:
        counts = await erase(work, "ann", "本人要求")
    assert counts["complaints"] == counts["events"] == counts["people"] == 1
    async with database.read(NOW) as work:
        person = await work.people.get("ann")
        assert person is not None
        assert (person.name, person.phone, person.left) == (ERASED, "", True)
        [event] = await work.events.of("TS20251001-0001")
        assert (event.kind, event.by, event.data) == ("complaint.received", "ann", {"details": ERASED, "kind": "noise"})
        everywhere = [
            str(row) for table in metadata.sorted_tables for row in (await work.connection.execute(select(table))).all()
        ]
    assert not [row for row in everywhere if "张三" in row or "麻将" in row or "Ann" in row]


async def test_events_stay_unchangeable_but_for_an_erasure(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.events.append("TS1", Event("x", "CP-4.1.1a", {"text": "a"}), site="花园", by="ann", at=NOW)
    for change in ("UPDATE events SET data = '{}'", "DELETE FROM events"):
        with pytest.raises(DBAPIError, match="never changed or deleted"):
            async with database.begin(NOW) as work:
                await work.connection.execute(text(change))
    for change in ("UPDATE events SET kind = 'y'", "DELETE FROM events"):
        with pytest.raises(DBAPIError, match="never changed or deleted"):
            await while_erasing(database, change)
    async with database.read(NOW) as work:
        assert (await work.connection.execute(select(events.c.kind, events.c.data))).all() == [("x", {"text": "a"})]


async def test_nothing_is_erased_under_a_hold_or_with_an_open_complaint(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.complaints.save(complaint("TS20261123-0001", complainant="ann"))
    with pytest.raises(StillOpen, match="TS20261123-0001"):
        async with database.begin(NOW) as work:
            await erase(work, "ann", "")
    async with database.begin(NOW) as work:
        await work.privacy.hold("bob", "仲裁")
    with pytest.raises(OnHold, match="仲裁"):
        async with database.begin(NOW) as work:
            await erase(work, "bob", "")
    async with database.begin(NOW) as work:
        assert await work.privacy.release("bob")
        assert not await work.privacy.release("bob")
        assert (await erase(work, "bob", ""))["people"] == 1
    with pytest.raises(LookupError):
        async with database.begin(NOW) as work:
            await erase(work, "nobody", "")


async def test_the_export_has_every_table_that_knows_people(database: Database) -> None:
    await heard(database, NOW, "m1")
    async with database.begin(NOW) as work:
        work.complaints.save(complaint("TS20261123-0001", complainant="ann"))
        work.privacy.agree("ann", "1", "console")
        found = await everything_about(work, "ann")
    assert [row["number"] for row in found["complaints"]] == ["TS20261123-0001"]
    assert found["inbox"][0]["payload"] == {"text": "漏水"}
    assert found["people"][0]["name"] == "Ann"
    assert not [row for row in found["residencies"] if row["person"] != "ann"]
    knows_people = {
        table.name
        for table in metadata.sorted_tables
        if set(table.columns.keys()) & {"person", "resident", "complainant", "owner", "whose", "phone"}
    }
    elsewhere = {"order_holders", "one_time_codes", "legal_holds", "chats"}
    assert knows_people - elsewhere <= _ABOUT.keys(), "a new table that knows people: export and erase it too"


def key(letter: bytes) -> str:
    return base64.b64encode(letter * 32).decode()


async def test_a_sealed_file_is_unreadable_on_disk_and_comes_back_whole(database: Database, tmp_path: Path) -> None:
    paper = b"%PDF-1.4 " + b"440301199001011234" * 50
    store = MediaStore(tmp_path, sealer=Sealer([key(b"a")]))
    stored = await store.store(chunks(paper), "身份证.pdf", "application/pdf", sealed=True)
    async with database.begin(NOW) as work:
        media = work.media.add_stored(stored, owner="ann")
        row = await work.media.get(media)
    assert row is not None
    assert row.sealed
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or b"440301" not in file.read_bytes()
    assert await store.unsealed(row) == paper
    assert store.thumbnail(row) is None
    turned = MediaStore(tmp_path, sealer=Sealer([key(b"b"), key(b"a")]))
    assert await turned.unsealed(row) == paper, "an older key still opens"
    with pytest.raises(SealBroken):
        await MediaStore(tmp_path, sealer=Sealer([key(b"b")])).unsealed(row)
    path = store.path(row)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(SealBroken):
        await store.unsealed(row)


async def test_without_a_key_no_identity_paper_is_taken(tmp_path: Path) -> None:
    with pytest.raises(NoSealingKey):
        await MediaStore(tmp_path).store(chunks(b"%PDF-1.4"), "a.pdf", "application/pdf", sealed=True)
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


@pytest.mark.parametrize("bad", ["", "!!", base64.b64encode(b"short").decode()])
def test_a_key_is_32_bytes_in_base64(bad: str) -> None:
    with pytest.raises(ValueError):
        Sealer([bad])
