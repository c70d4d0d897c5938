"""人工: words go to a person and back, the bot is silent meanwhile, nobody waits unheard."""

import pytest

from tests.handlers.chat.conftest import Talk


async def open_thread(talk: Talk) -> tuple[str, str]:
    owner, desk = await talk.id("owner"), await talk.id("front_desk")
    await talk.says(owner, "人工")
    return owner, desk


@pytest.mark.clause("CP-4.1.1b")
async def test_words_reach_the_front_desk_and_come_back_with_a_name(talk: Talk) -> None:
    owner, desk = await open_thread(talk)
    assert "已转前台" in await talk.told(owner)
    await talk.says(owner, "我家水管爆了")
    assert "我家水管爆了" in await talk.told(desk)
    assert await talk.told(owner) == ""
    await talk.press(desk, "回复")
    await talk.says(desk, "马上到")
    answer = await talk.told(owner)
    assert "前台" in answer
    assert answer.endswith("：马上到")


async def test_the_bot_is_back_after_the_end(talk: Talk) -> None:
    owner, desk = await open_thread(talk)
    await talk.press(desk, "结束")
    assert "我回来了" in await talk.told(owner)
    await talk.says(owner, "在吗")
    assert "没太明白" in await talk.told(owner)
    await talk.press(desk, "回复")
    assert "不用再处理了" in await talk.told(desk)


async def test_the_resident_can_end_it_by_a_word(talk: Talk) -> None:
    owner, desk = await open_thread(talk)
    await talk.says(owner, "结束")
    assert "对话已结束" in await talk.told(owner)
    assert "对话已结束" in await talk.told(desk)


async def test_commands_still_work_in_a_thread(talk: Talk) -> None:
    owner, _desk = await open_thread(talk)
    await talk.told(owner)
    await talk.says(owner, "/my")
    assert "还没有投诉" in await talk.told(owner)


async def test_an_unanswered_thread_reaches_the_supervisor_again_and_again(talk: Talk) -> None:
    _owner, desk = await open_thread(talk)
    supervisors = await talk.ids("cs_supervisor")
    await talk.later(minutes=9)
    assert [await talk.told(person) for person in supervisors] == ["" for _ in supervisors]
    await talk.later(minutes=2)
    alarmed = [person for person in supervisors if "还没有人回复" in await talk.told(person)]
    assert alarmed
    await talk.later(minutes=61)
    assert "还没有人回复" in await talk.told(alarmed[0])
    await talk.press(desk, "回复")
    await talk.says(desk, "来了")
    await talk.told(alarmed[0])
    await talk.later(minutes=50)
    assert "还没有人回复" not in await talk.told(alarmed[0])


async def test_words_in_between_do_not_put_the_alarm_off(talk: Talk) -> None:
    owner, _desk = await open_thread(talk)
    supervisor = (await talk.ids("cs_supervisor"))[0]
    await talk.later(minutes=8)
    await talk.says(owner, "有人吗")
    await talk.later(minutes=3)
    assert "有人吗" in await talk.told(supervisor)


async def test_a_silent_thread_ends_by_itself(talk: Talk) -> None:
    owner, desk = await open_thread(talk)
    await talk.press(desk, "回复")
    await talk.says(desk, "请稍等")
    await talk.told(owner)
    await talk.later(minutes=61)
    assert "对话先结束了" in await talk.told(owner)
    async with talk.house.app.db.read(talk.house.clock.now()) as work:
        assert await work.threads.of_resident(owner) is None


async def test_staff_reach_the_supervisor(talk: Talk) -> None:
    technician = await talk.id("technician")
    await talk.says(technician, "人工 钥匙打不开")
    told = [await talk.told(person) for person in await talk.ids("cs_supervisor")]
    assert any("钥匙打不开" in words for words in told)
