"""Shifts, leave, bindings and call tasks."""

from datetime import date

from tests.handlers.chat.conftest import Talk


async def test_off_duty_shows_what_is_left(talk: Talk) -> None:
    owner, desk = await talk.id("owner"), await talk.id("front_desk")
    number = await talk.files(owner)
    await talk.press(desk, "派单给工程维护部")
    worker = (await talk.complaint(number)).open_orders[0].assigned[0]
    await talk.press(worker, "接单")
    await talk.says(worker, "/shift")
    await talk.press(worker, "下班")
    left = (await talk.last(worker)).text
    assert "您已下班" in left
    assert "您手上未办完的（1 条）" in left
    async with talk.house.app.db.read(talk.house.clock.now()) as work:
        person = await work.people.get(worker)
        assert person is not None
        assert not person.duty


async def test_leave_with_a_deputy_and_back(talk: Talk) -> None:
    head = await talk.id("department_head", "dept_engineering")
    await talk.says(head, "/leave", "明天到后天", "对")
    await talk.says(head, "1", "确认")
    assert "请假已登记" in (await talk.last(head)).text
    async with talk.house.app.db.read(talk.house.clock.now()) as work:
        person = await work.people.get(head)
        assert person is not None
        assert (person.leave_from, person.leave_to) == (date(2026, 11, 24), date(2026, 11, 25))
        deputy = person.deputy
    assert deputy is not None
    assert "由您代理" in (await talk.last(deputy)).text
    await talk.says(head, "/leave")
    await talk.press(head, "销假")
    async with talk.house.app.db.read(talk.house.clock.now()) as work:
        person = await work.people.get(head)
        assert person is not None
        assert person.leave_from is None
        assert person.deputy == deputy


async def test_another_unit_is_bound_when_the_front_desk_agrees(talk: Talk) -> None:
    lessee, desk = await talk.id("lessee"), (await talk.ids("front_desk"))
    await talk.says(lessee, "/bind", "同意", "99-9-999")
    assert "没有找到" in (await talk.last(lessee)).text
    await talk.says(lessee, "2-1-201", "租户", "确认")
    assert "已提交" in (await talk.last(lessee)).text
    asked = [person for person in desk if "绑定申请" in await talk.told(person)]
    await talk.press(asked[0], "批准")
    assert "2-1-201 已绑定" in (await talk.last(lessee)).text
    async with talk.house.app.db.read(talk.house.clock.now()) as work:
        person = await work.people.get(lessee)
        assert person is not None
        assert "2-1-201" in [unit.label for unit in person.units]
    for late in asked[1:]:
        assert "已由" in (await talk.last(late)).text


async def test_a_refused_binding_says_why(talk: Talk) -> None:
    lessee, desk = await talk.id("lessee"), await talk.ids("front_desk")
    await talk.says(lessee, "/bind", "同意", "2-1-201", "租户", "确认")
    asked = [person for person in desk if "绑定申请" in await talk.told(person)]
    await talk.press(asked[0], "不批准")
    await talk.says(asked[0], "合同未登记")
    assert "合同未登记" in (await talk.last(lessee)).text


async def test_an_abandoned_complaint_is_called_back(talk: Talk) -> None:
    owner, desk = await talk.id("owner"), await talk.id("front_desk")
    await talk.says(owner, "我要投诉电梯坏了")
    await talk.later(minutes=61)
    await talk.says(desk, "/calls")
    assert "业户没填完" in (await talk.last(desk)).text
    await talk.press(desk, "1 未接")
    assert "已记下没接通" in (await talk.last(desk)).text
    await talk.press(desk, "接通")
    await talk.says(desk, "电梯", "电梯卡在三楼")
    assert "已补全" in (await talk.last(desk)).text
    await talk.press(desk, "1 接通")
    assert "不用再处理了" in (await talk.last(desk)).text
