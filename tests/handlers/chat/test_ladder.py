"""The ladder in chat: who is pinged, with which words and buttons, and what becomes of the pings."""

import pytest

from tests.handlers.chat.conftest import Talk


@pytest.fixture
async def stuck(talk: Talk) -> str:
    """A complaint accepted and never finished, 24 hours on: card, L2 and L3."""
    owner, desk = await talk.id("owner"), await talk.id("front_desk")
    number = await talk.files(owner)
    await talk.press(desk, "派单给工程维护部")
    await talk.press((await talk.complaint(number)).open_orders[0].assigned[0], "接单")
    await talk.later(hours=24, minutes=1)
    return number


@pytest.mark.clause("CP-4.2.1b")
async def test_nobody_issues(talk: Talk) -> None:
    owner, desk, supervisor = await talk.id("owner"), await talk.id("front_desk"), await talk.id("cs_supervisor")
    await talk.files(owner)
    await talk.told(desk)
    await talk.later(minutes=5)
    assert "5 分钟没有派单" in await talk.told(desk)
    ping = await talk.last(supervisor)
    assert "5 分钟无人派单" in ping.text
    labels = await talk.buttons(supervisor)
    assert labels[0] == "知悉"
    assert "批示" not in labels
    assert "派单给工程维护部" in labels
    await talk.press(desk, "派单给工程维护部")
    assert "不用再跟进" in (await talk.last(supervisor)).text
    assert await talk.buttons(supervisor) == []


@pytest.mark.clause("CP-4.2.1b")
async def test_nobody_accepts(talk: Talk) -> None:
    owner, desk, supervisor = await talk.id("owner"), await talk.id("front_desk"), await talk.id("cs_supervisor")
    await talk.files(owner)
    await talk.press(desk, "派单给工程维护部")
    await talk.told(desk)
    await talk.later(minutes=5)
    assert "没有接单" in await talk.told(desk)
    assert "转派" in await talk.buttons(desk)
    assert "无人接单" in (await talk.last(supervisor)).text


@pytest.mark.clause("CP-4.2.3a", "CP-4.2.3b")
async def test_after_a_day_card_supervisor_and_head(talk: Talk, stuck: str) -> None:
    head, desk = await talk.id("cs_head"), await talk.id("front_desk")
    engineering = await talk.id("department_head", "dept_engineering")
    told = await talk.told(head)
    assert "请部门负责人批示" in told
    assert "24 小时未完成" in told
    assert {"知悉", "批示"} <= set(await talk.buttons(head))
    copy = [m for m in await talk.new(engineering) if "知会" in m.text]
    assert "请亲自跟进" in copy[-1].text
    assert copy[-1].choices[0][0] == "知悉"
    assert "批示" not in [label for label, _value in copy[-1].choices]
    assert "填写原因" in [label for m in await talk.new(desk) for label, _value in m.choices]


@pytest.mark.clause("CP-4.2.3b")
async def test_the_reason_is_on_the_card(talk: Talk, stuck: str) -> None:
    desk, head = await talk.id("front_desk"), await talk.id("cs_head")
    await talk.told(head)
    await talk.press(desk, "填写原因")
    await talk.says(desk, "配件缺货")
    assert (await talk.complaint(stuck)).card.reason == "配件缺货"
    assert "配件缺货" in await talk.told(head)


@pytest.mark.clause("CP-4.2.3b", "CP-4.2.3c")
async def test_an_instruction_reaches_those_who_carry_it_out(talk: Talk, stuck: str) -> None:
    head, desk = await talk.id("cs_head"), await talk.id("front_desk")
    complaint = await talk.complaint(stuck)
    worker = complaint.open_orders[0].assigned[0]
    await talk.told(worker)
    await talk.told(desk)
    await talk.press(head, "批示")
    await talk.says(head, "今天换好轿厢控制板", "明天下午五点前", "对")
    assert (await talk.complaint(stuck)).card.instruction == "今天换好轿厢控制板"
    assert "今天换好轿厢控制板" in await talk.told(worker)
    assert "完成" in await talk.buttons(worker)
    assert "今天换好轿厢控制板" in await talk.told(desk)


@pytest.mark.clause("CP-4.2.3a")
async def test_acknowledged_only_once_and_silence_climbs(talk: Talk, stuck: str) -> None:
    head, manager = await talk.id("cs_head"), await talk.id("site_manager")
    await talk.press(head, "知悉")
    assert "已知悉" in (await talk.last(head)).text
    await talk.later(hours=3, minutes=50)
    assert "请管理处主任批示" not in await talk.told(manager)
    await talk.later(minutes=15)
    told = await talk.told(manager)
    assert "请管理处主任批示" in told
    assert "4 小时后仍未解决" in told
    assert "此前已报" in told


async def test_the_inbox_holds_what_waits_for_me(talk: Talk, stuck: str) -> None:
    head = await talk.id("cs_head")
    await talk.says(head, "/inbox")
    assert "等您知悉或批示（1 条）" in (await talk.last(head)).text
    await talk.press(head, "批示")
    await talk.says(head, "尽快", "跳过")
    await talk.says(head, "/inbox")
    assert "没有等您" in (await talk.last(head)).text


async def test_by_hand_with_the_reason(talk: Talk) -> None:
    owner, desk, supervisor = await talk.id("owner"), await talk.id("front_desk"), await talk.id("cs_supervisor")
    number = await talk.files(owner)
    await talk.press(desk, "派单给工程维护部")
    await talk.press(desk, "上报")
    await talk.says(desk, "业户情绪激动")
    assert "业户情绪激动" in (await talk.last(supervisor)).text
    assert (await talk.complaint(number)).escalation.steps[-1].reason == "by_hand"


@pytest.mark.clause("CP-4.2.4")
async def test_daily_replies_are_asked_for_and_missed(talk: Talk, stuck: str) -> None:
    worker = (await talk.complaint(stuck)).open_orders[0].assigned[0]
    desk, head = await talk.id("front_desk"), await talk.id("department_head", "dept_engineering")
    for person in (worker, desk, head):
        await talk.told(person)
    await talk.later(hours=6)
    assert "回复今天的进度" in await talk.told(worker)
    await talk.later(hours=1)
    assert "今天没有回复进度" in await talk.told(desk)
    assert "今天没有回复进度" in await talk.told(head)


@pytest.mark.clause("CP-4.3.1")
async def test_heads_get_their_list_in_the_morning(talk: Talk) -> None:
    owner, desk = await talk.id("owner"), await talk.id("front_desk")
    await talk.files(owner)
    await talk.press(desk, "派单给工程维护部")
    head, other = (
        await talk.id("department_head", "dept_engineering"),
        await talk.id("department_head", "dept_security"),
    )
    await talk.later(hours=22, minutes=31)
    assert "工程维护部在办的投诉" in await talk.told(head)
    assert "在办的投诉" not in await talk.told(other)
