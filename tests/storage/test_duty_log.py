"""The duty log on every engine, and people who are known by telephone only."""

from datetime import timedelta

import pytest

from domain.duty_log import Contact, DutyEntry, Shift
from domain.glossary import Role
from storage.calls import CallTask
from storage.database import Database
from storage.outbox import OutboxMessage
from tests.storage.conftest import NOW

MINUTE = timedelta(minutes=1)


def line(matter: str, **changed: object) -> DutyEntry:
    values: dict[str, object] = {
        "site": "花园",
        "at": NOW,
        "heard_at": NOW - MINUTE,
        "contact": Contact.PHONE,
        "shift": Shift.DAY,
        "unit": "u1",
        "place": "1-1-101",
        "name": "安",
        "phone": "19900000001",
        "matter": matter,
        "answer": "已答复",
        "taken_by": "desk",
    }
    return DutyEntry(**values | changed)  # type: ignore[arg-type]


@pytest.mark.clause("CP-4.1.1a")
async def test_lines_come_back_whole_and_latest_first(database: Database) -> None:
    first, second = line("停水"), line("找物业", contact=Contact.VISIT, shift=Shift.NIGHT, unit=None, complaint="TS1")
    async with database.begin(NOW) as work:
        for entry in (first, second, line("别处", site="苑"), line("明天", at=NOW + 60 * 24 * MINUTE)):
            work.duty_log.add(entry)
        assert await work.duty_log.between("花园", NOW, NOW + MINUTE) == [second, first]
    async with database.begin(NOW) as work:
        assert await work.duty_log.between("花园", NOW, NOW + MINUTE, limit=1, offset=1) == [first]
        assert await work.duty_log.count("花园", NOW, NOW + MINUTE) == 2
        assert await work.duty_log.of_complaint("TS1") == [second]
        assert await work.duty_log.of_complaint("TS2") == []


@pytest.mark.clause("CP-4.2.5")
async def test_a_caller_is_one_person_whom_no_message_reaches(database: Database) -> None:
    async with database.begin(NOW) as work:
        caller = await work.people.caller("花园", "路人", "19911112222")
        assert (await work.people.caller("花园", "路人", "19911112222")).id == caller.id
        assert (await work.people.caller("花园", "她妹妹", "19911112222")).id != caller.id
        work.outbox.post(OutboxMessage(person=caller.id, lane="reply", text="您好"))
    async with database.begin(NOW) as work:
        again = await work.people.caller("花园", "路人", "19911112222")
        assert (again.id, again.role, again.resident) == (caller.id, Role.CALLER, True)
        assert await work.people.channel_of(caller.id) is None
        assert caller.id not in {person.id for person in await work.people.everybody()}
        assert await work.outbox.waiting() == 0
        await work.people.bind("telegram", "77", caller.id)
    database.channels = ("telegram", "console")
    async with database.begin(NOW) as work:
        assert await work.people.channel_of(caller.id) == "telegram"


async def test_whoever_is_on_the_roster_is_no_caller(database: Database) -> None:
    async with database.begin(NOW) as work:
        ann = await work.people.get("ann")
        assert ann is not None
        assert await work.people.caller("花园", ann.name, ann.phone) == ann
        desk = await work.people.get("desk")
        assert desk is not None
        assert (await work.people.caller("花园", desk.name, desk.phone)).role is Role.CALLER


@pytest.mark.clause("A-3")
async def test_a_call_that_reached_nobody_stays_open(database: Database) -> None:
    task = CallTask(
        number="ZD1", site="花园", person="ann", phone="1", text="问", reason="question:1", matter="TS1", at=NOW
    )
    async with database.begin(NOW) as work:
        work.calls.add(task)
        work.calls.tried("ZD1", "十点未接；")
        work.calls.tried("ZD1", "十一点未接；")
    async with database.begin(NOW) as work:
        (still,) = await work.calls.open_of_site("花园")
        assert still.outcome == "十点未接；十一点未接；"
        assert await work.calls.close("ZD1", "接通了", None)
        work.calls.tried("ZD1", "太晚")
    async with database.begin(NOW) as work:
        done = await work.calls.get("ZD1")
        assert done is not None
        assert (done.state, done.outcome, done.done_by) == ("done", "接通了", None)
