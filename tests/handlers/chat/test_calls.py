"""Call tasks: made once, settled by the answer, recorded with who called (§11 no. 3, D-43)."""

import pytest

from domain.decision import Refused
from handlers.calls import CallDesk
from handlers.office import UNKNOWN_RECORD
from handlers.undelivered import undelivered
from storage.calls import CallTask
from storage.ledger import Sendable
from tests.handlers.chat.conftest import Talk


async def tasks(talk: Talk, number: str) -> list[CallTask]:
    async with talk.house.app.db.read(talk.house.clock.now()) as work:
        return await work.calls.of_matter(number)


async def asked(talk: Talk) -> tuple[str, str, str]:
    """Owner, front desk and complaint, with a question to the owner."""
    owner, desk = await talk.id("owner"), await talk.id("front_desk")
    number = await talk.files(owner)
    await talk.press(desk, "问业户")
    await talk.says(desk, "是几号梯？")
    return owner, desk, number


@pytest.mark.clause("A-3")
async def test_an_unanswered_question_becomes_one_call(talk: Talk) -> None:
    _owner, desk, number = await asked(talk)
    await talk.told(desk)
    await talk.later(minutes=29)
    assert await tasks(talk, number) == []
    await talk.later(minutes=91)
    (task,) = await tasks(talk, number)
    assert (task.state, task.reason) == ("open", "question:1")
    assert "是几号梯" in task.text
    assert (await talk.told(desk)).count("请致电业户") == 1


@pytest.mark.clause("A-3")
async def test_an_answer_in_time_needs_no_call(talk: Talk) -> None:
    owner, _desk, number = await asked(talk)
    await talk.press(owner, "回答")
    await talk.says(owner, "二号梯", "跳过")
    await talk.later(hours=2)
    assert await tasks(talk, number) == []


@pytest.mark.clause("A-3")
async def test_what_was_said_on_the_phone_is_the_residents_answer(talk: Talk) -> None:
    owner, desk, number = await asked(talk)
    await talk.later(minutes=31)
    await talk.press(desk, "接通")
    await talk.says(desk, "跳过")
    assert "要有文字记录" in (await talk.last(desk)).text
    await talk.says(desk, "二号梯")
    (task,) = await tasks(talk, number)
    assert (task.state, task.outcome, task.done_by) == ("done", "二号梯", desk)
    note = (await talk.complaint(number)).notes[-1]
    assert (note.kind, note.by, note.text) == ("answer", owner, "☎ 二号梯")
    await talk.press(desk, "接通")
    assert "不用再处理了" in (await talk.last(desk)).text


async def fail(talk: Talk, person: str, number: str, lane: str = "reply") -> None:
    """The last message to this person about the matter is given up by its channel."""
    app = talk.house.app
    row = Sendable(
        id=99,
        person=person,
        channel="telegram",
        address="1",
        lane=lane,
        site="",
        matter=number,
        text="请接单",
        choices=[],
        attachments=[],
        slot=None,
        edit=False,
        target=None,
        reply_to=None,
        key=None,
        attempts=1,
        created_at=app.clock.now(),
        not_before=None,
        expires_at=None,
        tried="",
    )
    async with app.delivery.begin(app.clock.now()) as work:
        await undelivered(app.office(work, None, "", app.clock.now()), row)
    await app.settle()


@pytest.mark.clause("A-3")
async def test_a_colleague_whom_an_urgent_message_does_not_reach_is_called_once(talk: Talk) -> None:
    _owner, desk, number = await asked(talk)
    technician = await talk.id("technician")
    for _ in range(2):
        await fail(talk, technician, number, lane="urgent")
    (task,) = await tasks(talk, number)
    assert task.person == technician
    assert "请接单" in (await talk.last(desk)).text


@pytest.mark.clause("A-3")
async def test_a_message_that_failed_for_good_is_called_at_once(talk: Talk) -> None:
    owner, desk, number = await asked(talk)
    for person in (desk, owner):
        assert await tasks(talk, number) == []
        await fail(talk, person, number)
    (task,) = await tasks(talk, number)
    assert task.person == owner
    await talk.later(hours=2)
    assert len(await tasks(talk, number)) == 1


@pytest.mark.clause("A-3", "A-9")
async def test_a_missed_callback_is_an_attempt(talk: Talk) -> None:
    desk = await talk.id("front_desk")
    number = await talk.files(await talk.id("owner"))
    await talk.press(await talk.id("owner"), "撤回")
    await talk.says(await talk.id("owner"), "撤回", "跳过")
    await talk.later(minutes=31)
    await talk.press(desk, "未接")
    complaint = await talk.complaint(number)
    assert complaint.callback is not None
    assert [(a.channel, a.outcome) for a in complaint.callback.attempts] == [("chat", "asked"), ("phone", "no_answer")]
    (task,) = await tasks(talk, number)
    assert (task.state, task.reason) == ("open", "callback:1")
    assert "11-23 10:31" in task.outcome
    await talk.press(await talk.id("owner"), "满意")
    (task,) = await tasks(talk, number)
    assert task.state == "done"


async def test_calls_of_another_site_are_unknown(talk: Talk) -> None:
    _owner, _desk, number = await asked(talk)
    await talk.later(minutes=31)
    (task,) = await tasks(talk, number)
    async with talk.house.app.db.read(talk.house.clock.now()) as work:
        everybody = await work.people.everybody()
    stranger = next(p.id for p in everybody if p.role == "front_desk" and p.site not in ("", task.site))
    app = talk.house.app
    async with app.db.begin(app.clock.now()) as work:
        person = await work.people.get(stranger)
        with pytest.raises(Refused, match=UNKNOWN_RECORD):
            await CallDesk(app.office(work, person, "console", app.clock.now())).task(task.number)
