"""Groups, stale presses, blocked people, repeated updates, files, long texts: what a chat in Telegram brings along."""

import asyncio
import io
import re
from datetime import timedelta

import aiohttp
import pytest

from bot.channels.telegram.channel import SECRET, Unavailable
from domain.people import Person
from storage.outbox import OutboxMessage
from tests.channels.telegram.conftest import Chat, Scene
from tests.stories.stages import photo

GROUP = -1_000_123
ANSWERS = ("对", "家里", "跳过", "正常处理", "跳过", "确认")


async def filed(scene: Scene, owner: Person, words: str = "我要投诉电梯坏了") -> None:
    chat = scene.chat(owner)
    for said in (words, *ANSWERS):
        await chat.says(said)


def owner_of(scene: Scene) -> Person:
    site = scene.one("front_desk").site
    return next(p for p in scene.people if p.role == "owner" and p.site == site and len(p.units) == 1)


def in_group(scene: Scene) -> Chat:
    return scene.chat(GROUP)


def desk_of(scene: Scene) -> Chat:
    """Whoever of the front desk has the new complaint before them."""
    desks = (scene.chat(person) for person in scene.people if person.role == "front_desk")
    return next(desk for desk in desks if any("新投诉" in text for text in desk.texts))


async def issued(scene: Scene, head: Person) -> str:
    """A work order of the head's department in its group; the text of the group's message."""
    scene.service.room(GROUP, title="工程部")
    scene.stage.server.people.say(scene.stage.users[head.id], "/link@huiyin_bot", group=GROUP)
    await scene.stage.settle()
    await filed(scene, owner_of(scene))
    desk = desk_of(scene)
    await desk.presses("派单给工程维护部")
    return in_group(scene).last.text


async def test_in_a_group_who_accepts_first_wins_and_everybody_sees_who(scene: Scene) -> None:
    head = scene.one("department_head", "dept_engineering")
    text = await issued(scene, head)
    assert "新工单" in text
    ping = in_group(scene).last
    pinged = [p for p in scene.people if p.role == "technician" and "新工单" in "".join(scene.chat(p).texts)]
    accept = next(key["callback_data"] for row in ping.keyboard for key in row if key["text"] == "接单")
    scene.stage.server.people.press(scene.stage.users[pinged[0].id], ping, accept)
    await scene.stage.settle()
    assert f"已由{pinged[0].name}接单" in in_group(scene).last.text
    assert in_group(scene).last.id == ping.id
    assert "已接单" in scene.chat(pinged[0]).last.text


async def test_a_reply_to_a_work_order_in_the_group_is_its_progress(scene: Scene) -> None:
    head = scene.one("department_head", "dept_engineering")
    await issued(scene, head)
    ping = in_group(scene).last
    pinged = next(p for p in scene.people if p.role == "technician" and "新工单" in "".join(scene.chat(p).texts))
    user = scene.stage.users[pinged.id]
    accept = next(key["callback_data"] for row in ping.keyboard for key in row if key["text"] == "接单")
    scene.stage.server.people.press(user, ping, accept)
    await scene.stage.settle()
    scene.stage.server.people.say(user, "配件明天到", group=GROUP, reply_to=ping.id)
    scene.stage.server.people.say(user, "中午吃什么", group=GROUP)
    await scene.stage.settle()
    assert "进度里" in scene.chat(pinged).last.text
    seen = "".join(text for p in scene.people if p.role == "front_desk" for text in scene.chat(p).texts)
    assert "配件明天到" in seen
    assert "中午吃什么" not in seen


async def test_a_stranger_in_a_group_changes_nothing_and_is_told_so(scene: Scene) -> None:
    head = scene.one("department_head", "dept_engineering")
    await issued(scene, head)
    ping = in_group(scene).last
    key = ping.keyboard[0][0]["callback_data"]
    scene.stage.server.people.press(78, ping, key)
    await scene.stage.settle()
    assert scene.service.toasts[-1][1] == "请先私聊我绑定身份。"
    assert in_group(scene).last is ping


async def test_a_group_that_grew_is_followed(scene: Scene) -> None:
    head = scene.one("department_head", "dept_engineering")
    scene.service.room(GROUP, title="工程部")
    scene.stage.server.people.say(scene.stage.users[head.id], "/link", group=GROUP)
    await scene.stage.settle()
    scene.service.rooms[GROUP].moved_to = GROUP - 1
    scene.service.room(GROUP - 1, title="工程部")
    await filed(scene, owner_of(scene))
    desk = desk_of(scene)
    await desk.presses("派单给工程维护部")
    await scene.stage.advance(timedelta(seconds=1))
    assert "新工单" in scene.chat(GROUP - 1).last.text


async def test_a_press_is_answered_at_once_and_a_stale_one_says_so(scene: Scene) -> None:
    chat = scene.chat(owner_of(scene))
    first = await chat.says("我要投诉电梯坏了")
    await chat.says("对")
    keys = first.keyboard or [[{"text": "电梯", "callback_data": "c1.0"}]]
    scene.stage.server.people.press(chat.user, first, keys[0][0]["callback_data"])
    await scene.stage.settle()
    assert "不是最新的" in scene.service.toasts[-1][1]
    assert "当前是" in chat.last.text or "过了" in chat.last.text
    await chat.presses("家里")
    assert scene.service.toasts[-1][1] == ""
    assert scene.service.answers["answerCallbackQuery 200"] == 2


async def test_the_buttons_of_a_question_go_when_it_is_answered_in_words(scene: Scene) -> None:
    chat = scene.chat(owner_of(scene))
    first = await chat.says("我要投诉电梯坏了")
    assert first.keyboard
    await chat.says("对")
    assert first.keyboard == []


async def test_forged_presses_reach_nothing(scene: Scene) -> None:
    other, chat = scene.chat(scene.one("technician")), scene.chat(owner_of(scene))
    await other.says("帮助")
    shown = await chat.says("帮助")
    for data in (other.last.keyboard[0][0]["callback_data"], "czzzzzz.0", "c1.-1", "x", "c1.99", "b/accept/GD1/1"):
        scene.stage.server.people.press(chat.user, shown, data)
        await scene.stage.settle()
    assert all("GD" not in text for text in chat.texts)


async def test_blocked_people_become_a_call_and_are_back_when_they_write(scene: Scene) -> None:
    owner, technician = owner_of(scene), scene.one("technician")
    await filed(scene, owner)
    number = re.findall(r"TS\d{8}-\d{4}", "".join(scene.chat(owner).texts))[0]
    chat = scene.chat(technician)
    scene.stage.server.people.block(chat.user)
    await scene.stage.settle()
    async with scene.stage.house.app.delivery.begin(scene.stage.house.clock.now()) as work:
        ping = OutboxMessage(person=technician.id, lane="urgent", text="新工单", matter=number, site=owner.site)
        work.outbox.post(ping)
    await scene.stage.settle()
    assert chat.texts == []
    assert "sendMessage 403" not in scene.service.answers
    async with scene.stage.house.app.db.read(scene.stage.house.clock.now()) as work:
        tasks = [task for task in await work.calls.of_matter(number) if task.person == technician.id]
    assert [task.state for task in tasks] == ["open"]
    scene.stage.server.people.block(chat.user, blocked=False)
    await chat.says("帮助")
    assert len(chat.texts) == 1


async def test_a_refusal_of_the_service_marks_the_address(scene: Scene) -> None:
    chat = scene.chat(owner_of(scene))
    scene.service.rooms[chat.user].trouble = "deactivated"
    for _ in range(3):
        scene.stage.server.people.say(chat.user, "帮助")
    await scene.stage.settle()
    async with scene.stage.house.app.db.read(scene.stage.house.clock.now()) as work:
        found = await work.bindings.at("telegram", (str(chat.user),))
    assert found[str(chat.user)][1]


async def test_the_same_update_twice_is_one_message(scene: Scene) -> None:
    chat = scene.chat(owner_of(scene))
    scene.stage.server.people.say(chat.user, "帮助")
    again = scene.stage.server.people.waiting[-1].update
    await scene.stage.settle()
    await scene.stage.telegram.receiver.take([again, again])
    await scene.stage.settle()
    assert len(chat.texts) == 1


async def test_an_album_and_its_caption_make_one_complaint(scene: Scene) -> None:
    owner = owner_of(scene)
    chat = scene.chat(owner)
    for said in ("我要投诉电梯坏了", "对", "家里"):
        await chat.says(said)
    for number in range(3):
        scene.stage.server.people.photo(chat.user, photo(number), album="a")
    await scene.stage.settle()
    assert "已收到 3 个" in chat.last.text
    await chat.presses("完成")
    for said in ("正常处理", "跳过", "确认"):
        await chat.says(said)
    desk = next(p for p in scene.people if p.role == "front_desk" and "新投诉" in "".join(scene.chat(p).texts))
    assert sum(s.files for s in scene.service.room(scene.stage.users[desk.id]).seen) == 3


async def test_files_that_cannot_be_had_are_said_so(scene: Scene) -> None:
    chat = scene.chat(owner_of(scene))
    people = scene.stage.server.people
    huge = {"file_id": "h", "file_unique_id": "h", "file_name": "a.mp4", "file_size": 30 * 1024 * 1024}
    people.message(chat.user, {"document": huge})
    await scene.stage.settle()
    assert "文件太大" in chat.last.text
    gone = {"file_id": "gone", "file_unique_id": "g", "file_name": "a.pdf", "file_size": 10}
    people.message(chat.user, {"document": gone})
    await scene.stage.settle()
    assert "没有收到" in chat.last.text
    odd = scene.service.store("a.exe", b"MZ\x90\x00")
    people.message(chat.user, {"document": {"file_id": odd, "file_unique_id": odd, "file_name": "a.exe"}})
    await scene.stage.settle()
    assert "收不了" in chat.last.text


async def test_an_edited_message_is_noticed(scene: Scene) -> None:
    chat = scene.chat(owner_of(scene))
    await chat.says("我要投诉电梯坏了")
    said = next(s for s in scene.service.room(chat.user).seen if not s.mine)
    scene.stage.server.people.edit(chat.user, said, "我要投诉漏水")
    await scene.stage.settle()
    assert "改了前面的话" in chat.last.text


async def test_long_texts_arrive_whole_with_their_buttons_last(scene: Scene) -> None:
    owner = owner_of(scene)
    text = "\n".join(f"第 {n} 行 <标记> & 其他" * 5 for n in range(200))
    async with scene.stage.house.app.delivery.begin(scene.stage.house.clock.now()) as work:
        work.outbox.post(OutboxMessage(person=owner.id, lane="reply", text=text, choices=[("好", "b/my//", True)]))
    await scene.stage.settle()
    parts = [s for s in scene.service.room(scene.stage.users[owner.id]).seen if s.mine]
    assert len(parts) > 1
    assert "".join("".join(p.text for p in parts).split()) == "".join(text.split())
    assert [bool(p.keyboard) for p in parts] == [False] * (len(parts) - 1) + [True]


async def test_polling_while_a_webhook_is_set_is_refused_and_said(scene: Scene) -> None:
    scene.service.webhook = scene.service.webhook or {"url": "http://127.0.0.1:9/", "secret_token": "x"}
    with pytest.raises(Unavailable, match="409"):
        await scene.stage.telegram.poll_once()


async def test_a_second_poller_sends_the_first_one_away(scene: Scene) -> None:
    scene.service.webhook = None
    first = asyncio.get_running_loop().create_task(scene.stage.telegram.poll_once(seconds=5))
    await asyncio.sleep(0.05)
    await scene.stage.telegram.poll_once()
    with pytest.raises(Unavailable, match="terminated by other getUpdates"):
        await first


async def test_the_webhook_wants_its_secret_and_a_small_body(scene: Scene) -> None:
    hook = scene.service.webhook
    if hook is None:
        pytest.skip("polling has no webhook")
    good = {SECRET: hook["secret_token"]}
    async with aiohttp.ClientSession() as client:
        for headers, body, status in (
            ({}, b"{}", 403),
            ({SECRET: "wrong"}, b"{}", 403),
            ({SECRET: "\u00e9"}, b"{}", 403),
            (good, b"[]", 400),
            (good, b"{", 400),
            (good, b"[" * 100_000, 400),
            (good, b" " * (1024 * 1024 + 1), 413),
            (good, b"{}", 200),
            (good, b'{"update_id": 1, "telepathy": {}}', 200),
        ):
            async with client.post(hook["url"], data=io.BytesIO(body), headers=headers) as answer:
                assert answer.status == status, (headers, body[:20])


async def test_commands_and_the_webhook_are_registered(scene: Scene) -> None:
    await scene.stage.telegram.set_up()
    assert ("all_private_chats", "") in scene.service.commands
    assert ("all_private_chats", "en") in scene.service.commands
    assert scene.service.commands["all_group_chats", ""] == ["link"]
    assert scene.service.webhook is None
