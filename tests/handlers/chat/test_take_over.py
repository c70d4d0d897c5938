"""Who has left: the roster says so, and the work in hand goes to others with its limits (CP-4.2.2a)."""

import pytest

from domain import limits
from domain.decision import Refused
from domain.refusals import Why
from handlers.take_over import TakeOverDesk
from storage.roster import import_sheets
from storage.roster_files import Row
from tests.handlers.chat.conftest import Talk


async def mark_as_left(talk: Talk, person_id: str) -> None:
    """The roster, imported again with this person's row saying 离职."""
    app = talk.house.app
    async with app.db.begin(app.clock.now()) as work:
        person = await work.people.get(person_id)
        assert person is not None
        cells = {
            "name": person.name,
            "phone": person.phone,
            "role": str(person.role),
            "department": str(person.department),
            "site": person.site,
            "left": "是",
        }
        for _twice in range(2):
            done = await import_sheets(work, {"staff": [Row(2, cells)]})
            assert done.problems == ()
    await app.settle()


async def list_of(talk: Talk, person_id: str) -> list[str]:
    """What stands in the chat of somebody who can no longer open it."""
    async with talk.house.app.db.read(talk.house.clock.now()) as work:
        return [message.text for message in await work.console.list(person_id)]


@pytest.mark.clause("CP-4.2.2a")
async def test_the_orders_of_a_leaver_go_to_a_colleague(talk: Talk) -> None:
    owner, desk = await talk.id("owner"), await talk.id("front_desk")
    number = await talk.files(owner)
    await talk.press(desk, "派单给工程维护部")
    before = (await talk.complaint(number)).orders[0]
    (leaver,) = before.assigned
    await talk.press(leaver, "接单")
    await talk.told(desk)
    await talk.later(hours=1)
    await mark_as_left(talk, leaver)
    after = (await talk.complaint(number)).orders[0]
    assert after.handler is None
    assert leaver not in after.assigned
    rules = talk.house.app.rules((await talk.complaint(number)).site)
    assert limits.resolve_by(after, rules) == limits.resolve_by(before, rules)
    assert "同事转给您的工单" in await talk.told(after.assigned[0])
    told = await talk.told(desk)
    assert told.count("已离职，手上 1 个工单已转出") == 1
    heard = await list_of(talk, leaver)
    await talk.later(hours=13)
    assert await list_of(talk, leaver) == heard


async def refused(talk: Talk, person_id: str, leaver: str, stamp: str) -> str:
    """Why this person may not take that shift over."""
    app = talk.house.app
    async with app.db.begin(app.clock.now()) as work:
        office = app.office(work, await work.people.get(person_id), "console", app.clock.now())
        with pytest.raises(Refused) as reason:
            await TakeOverDesk(office).take(leaver, stamp)
    return reason.value.code


async def test_a_leaver_without_work_troubles_nobody(talk: Talk) -> None:
    desk = await talk.id("front_desk")
    await talk.told(desk)
    await mark_as_left(talk, await talk.id("technician"))
    assert await talk.told(desk) == ""


@pytest.mark.clause("CP-3.1")
async def test_an_empty_desk_is_handed_to_nobody(talk: Talk) -> None:
    first, *_rest, last = await talk.ids("front_desk")
    await talk.says(first, "/shift")
    await talk.press(first, "下班")
    assert await talk.told(last) == ""


@pytest.mark.clause("CP-3.1")
async def test_nobody_takes_over_from_themselves_or_twice(talk: Talk) -> None:
    first, *_rest, last = await talk.ids("front_desk")
    await talk.files(await talk.id("owner"))
    await talk.says(first, "/shift")
    await talk.press(first, "下班")
    offered = next(v for _label, v in (await talk.last(last)).choices if "take_over" in v)
    _b, _name, _leaver, stamp = offered.split("/")
    assert await refused(talk, first, first, stamp) == Why.NOT_ALLOWED
    await talk.press(last, "接班")
    assert await refused(talk, last, first, stamp) == Why.ALREADY
    async with talk.house.app.db.read(talk.house.clock.now()) as work:
        rows = [row for row in await work.events.of(first) if row.kind.startswith("shift.")]
    assert [(row.kind, row.by) for row in rows] == [
        ("shift.off", first),
        ("shift.handed_over", first),
        ("shift.taken_over", last),
    ]
