"""How a stranger's account comes to speak for somebody: number, code or front desk, and never by a link alone."""

from datetime import timedelta

from sqlalchemy import update

from storage.tables.people import people
from tests.channels.telegram.conftest import STRANGER, Scene


async def test_a_stranger_is_shown_the_three_ways_and_nothing_else(scene: Scene) -> None:
    stranger = scene.chat(STRANGER)
    shown = await stranger.says("/start u-door")
    assert "您是谁" in shown.text
    assert shown.asks == ["分享我的手机号", "输入绑定码", "请前台核对"]
    for said in ("进度", "/complain 漏水", "我要投诉电梯", "人工"):
        answer = await stranger.says(said)
        assert "TS" not in answer.text
    person = await scene.person_at(STRANGER)
    assert person is not None
    assert person.role == "guest"


async def test_the_own_number_binds_and_that_of_another_does_not(scene: Scene) -> None:
    owner = next(p for p in scene.people if p.role == "owner" and p.phone and len(p.units) == 1)
    await scene.stage.advance(timedelta(minutes=1))
    stranger = scene.chat(STRANGER)
    await stranger.says("你好")
    scene.stage.server.people.contact(STRANGER, f"+86{owner.phone}", of=STRANGER + 1)
    await scene.stage.settle()
    assert "不是您自己的号码" in stranger.last.text
    scene.stage.server.people.contact(STRANGER, f"+86 {owner.phone}")
    await scene.stage.settle()
    bound = await scene.person_at(STRANGER)
    assert bound == owner
    assert any(owner.name in text and owner.units[0].label in text for text in stranger.texts)


async def test_a_colleague_is_not_bound_by_a_number(scene: Scene) -> None:
    technician = scene.one("technician")
    scene.stage.server.people.contact(STRANGER, technician.phone)
    await scene.stage.settle()
    person = await scene.person_at(STRANGER)
    assert person is not None
    assert person.role == "guest"
    assert "还没有登记" in scene.chat(STRANGER).last.text


async def test_a_code_is_used_up_by_binding_and_not_by_opening(scene: Scene) -> None:
    head = next(p for p in scene.people if p.role == "department_head" and p.department)
    mate = next(p for p in scene.people if (p.department, p.site) == (head.department, head.site) and p != head)
    chief = scene.chat(head)
    await chief.says("/invite")
    await chief.says(mate.phone)
    given = await chief.says("确认")
    code = given.text.split("：")[1].split("\n")[0]
    stranger = scene.chat(STRANGER)
    opened = await stranger.says(f"/start b-{code}")
    assert "绑定这个账号吗" in opened.text
    await stranger.presses("不绑定")
    await stranger.says(f"/start b-{code}")
    await stranger.presses("绑定")
    assert await scene.person_at(STRANGER) == mate
    other = scene.chat(STRANGER + 1)
    scene.service.room(STRANGER + 1)
    await other.says(f"/code {code}")
    await other.presses("绑定")
    assert "没有成功" in other.last.text


async def test_codes_cannot_be_tried_for_long(scene: Scene) -> None:
    stranger = scene.chat(STRANGER)
    answers = []
    for number in range(7):
        await stranger.says(f"/code WRONG{number}")
        answers.append((await stranger.presses("绑定")).text)
    assert all("没有成功" in answer for answer in answers[:5])
    assert all("次数太多" in answer for answer in answers[5:])
    await scene.stage.advance(timedelta(hours=2))
    await stranger.says("/code WRONG")
    assert "没有成功" in (await stranger.presses("绑定")).text


async def test_the_front_desk_lets_a_newcomer_in(scene: Scene) -> None:
    owner = next(p for p in scene.people if p.role == "owner" and len(p.units) == 1)
    stranger = scene.chat(STRANGER)
    await stranger.says("请前台核对")
    await stranger.presses("同意")
    site = next(key["text"] for row in stranger.last.keyboard for key in row if key["text"] == owner.site)
    await stranger.presses(site)
    for words in (owner.units[0].label, "新住户", "13911112222"):
        await stranger.says(words)
    await stranger.presses("租户")
    asked = await stranger.presses("确认")
    assert "交给前台核对" in asked.text
    desk = next(
        scene.chat(p)
        for p in scene.people
        if p.role == "front_desk" and p.site == owner.site and "绑定申请" in "".join(scene.chat(p).texts)
    )
    await desk.presses("批准")
    newcomer = await scene.person_at(STRANGER)
    assert newcomer is not None
    assert (newcomer.name, newcomer.phone, newcomer.role) == ("新住户", "13911112222", "lessee")
    assert newcomer.units == owner.units
    assert "已绑定" in stranger.last.text


async def test_a_guest_never_learns_whether_a_unit_is_known(scene: Scene) -> None:
    answers = set()
    for number, label in enumerate(("1-1-101", "99-99-999")):
        user = STRANGER + number
        scene.service.room(user)
        stranger = scene.chat(user)
        await stranger.says("请前台核对")
        await stranger.presses("同意")
        await stranger.presses(scene.one("front_desk").site)
        for words in (label, "某人", "13911112222"):
            await stranger.says(words)
        await stranger.presses("业主")
        answers.add((await stranger.presses("确认")).text)
    assert len(answers) == 1


async def test_who_left_is_a_stranger_again(scene: Scene) -> None:
    guard = scene.one("guard")
    async with scene.stage.house.app.db.begin(scene.stage.house.clock.now()) as work:
        await work.connection.execute(update(people).where(people.c.id == guard.id).values(has_left=True))
    chat = scene.chat(guard)
    await chat.says("/queue")
    person = await scene.person_at(chat.user)
    assert person is not None
    assert person.role == "guest"
