"""Answers taken back: back, 改2, restart, cancel, a refusal by the use case, a changed script."""

from collections.abc import Callable

import pytest

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option, Reply
from domain.glossary import RESIDENTS
from tests.dialogue.desk_book import make_book
from tests.dialogue.talk import Desk, Talk, photo

TO_CONFIRM = [("投诉", "哪方面"), ("给排水", "发生"), ("水流不停", "照片"), ("跳过", "什么时候"), ("跳过", "请确认")]


@pytest.fixture
def talk() -> Talk:
    return Talk(make_book)


async def test_the_summary_is_numbered_and_confirmed(talk: Talk) -> None:
    await talk.runs(TO_CONFIRM)
    assert talk.said == "请确认：\n1. 房号：3-1-201\n2. 类别：给排水\n3. 情况：水流不停\n4. 照片：未填\n5. 时间：未填"
    assert talk.labels == ["确认", "修改", "取消", "返回"]
    await talk.runs([("好的", "已受理")])
    assert talk.world.log == [["u1", "water", "水流不停", [], None]]
    assert talk.state.active is None
    assert [(over.state, over.draft.name) for over in talk.finished] == [("done", "complaint")]
    assert talk.wakes == ()


@pytest.mark.parametrize("said", ["改2", "改 2", "改２", "修改第二项", "我要改第2项", "换类别", "change 2"])
async def test_one_answer_is_changed_and_the_others_stay(talk: Talk, said: str) -> None:
    await talk.runs([*TO_CONFIRM, (said, "哪方面"), ("电灯", "2. 类别：电灯\n3. 情况：水流不停"), ("确认", "已受理")])
    assert talk.world.log == [["u1", "light", "水流不停", [], None]]


async def test_the_change_button_lists_what_can_be_changed(talk: Talk) -> None:
    await talk.runs([*TO_CONFIRM, (">修改", "要修改哪一项")])
    assert talk.labels == ["房号", "类别", "情况", "照片", "时间", "返回"]
    await talk.runs(
        [("返回", "请确认"), (">修改", "要修改"), ("3", "发生了什么"), ("电灯不亮了", "3. 情况：电灯不亮了")]
    )


async def test_an_answer_that_nobody_was_asked_for_can_be_changed_too(talk: Talk) -> None:
    await talk.runs([*TO_CONFIRM, ("改1", "哪一套房"), ("1", "请确认")])


async def test_a_change_can_be_given_up(talk: Talk) -> None:
    await talk.runs([*TO_CONFIRM, ("改3", "发生了什么"), ("返回", "3. 情况：水流不停"), ("确认", "已受理")])


async def test_a_changed_summary_is_confirmed_again(talk: Talk) -> None:
    await talk.runs(TO_CONFIRM)
    old = talk.value("确认")
    await talk.runs([("改2", "哪方面"), ("电灯", "请确认")])
    assert "已经过了" in await talk.press_value(old)
    assert talk.world.log == []


async def test_back_goes_through_every_question(talk: Talk) -> None:
    await talk.runs(
        [
            *TO_CONFIRM,
            ("返回", "什么时候"),
            (">返回", "照片"),
            ("上一步", "发生"),
            ("back", "哪方面"),
            ("返回", "第一个问题"),
        ]
    )
    assert "返回" not in talk.labels
    await talk.runs(
        [
            ("噪音", "发生"),
            ("半夜装修", "照片"),
            ("跳过", "什么时候"),
            ("跳过", "2. 类别：噪音 Noise\n3. 情况：半夜装修"),
        ]
    )


async def test_back_from_an_album_keeps_its_photos(talk: Talk) -> None:
    await talk.runs(TO_CONFIRM[:3])
    await talk.say("", photo("a.jpg"))
    await talk.runs([("返回", "发生"), ("水流不停了", "已收到 1 个")])


async def test_back_from_the_echo_asks_the_window_again(talk: Talk) -> None:
    await talk.runs([*TO_CONFIRM[:4], ("明天下午", "对吗"), ("返回", "什么时候"), ("返回", "照片")])


async def test_cancel_submits_nothing(talk: Talk) -> None:
    await talk.runs([*TO_CONFIRM, (">取消", "已取消")])
    assert talk.world.log == []
    assert [over.state for over in talk.finished] == ["cancelled"]


async def test_restart_keeps_the_opening(talk: Talk) -> None:
    await talk.runs(
        [
            ("我要投诉电梯坏了", "看起来"),
            ("对", "照片"),
            ("重来", "从头来"),
            ("水", "照片"),
            ("跳过", ""),
            ("跳过", "情况：电梯坏了"),
        ]
    )


async def test_restart_keeps_the_photos_of_the_opening_only(talk: Talk) -> None:
    await talk.say("我要投诉电梯坏了", photo("a.jpg"))
    await talk.runs([("对", "已收到 1 个")])
    await talk.say("", photo("b.jpg"))
    await talk.runs([("完成", "什么时候"), ("重来", "从头来"), ("对", "已收到 1 个")])


async def test_the_use_case_asks_a_question_again_with_its_reason(talk: Talk) -> None:
    await talk.runs(
        [
            *TO_CONFIRM[:2],
            ("这里满了", "照片"),
            ("跳过", ""),
            ("跳过", "请确认"),
            ("确认", "今天收满了。\n请说说发生了什么"),
        ]
    )
    await talk.runs([("水流不停", "3. 情况：水流不停"), ("确认", "已受理")])
    assert len(talk.world.log) == 1


async def test_once_happens_once_and_facts_are_read_once() -> None:
    talk = Talk(make_book)
    await talk.runs(
        [("预约", "哪天"), ("周一", "已为您保留周一。\n几个人"), ("七", "1 到 5"), ("2", "人数：2"), ("确认", "已记下")]
    )
    assert talk.world.log == ["hold 周一", "read", ["booked", "hold 周一", 2]]


async def test_say_is_said_once() -> None:
    talk = Talk(make_book)
    await talk.runs([("预约", "哪天"), ("周一", "已为您保留周一"), ("七", "1 到 5")])
    assert "保留" not in talk.said


async def test_back_undoes_what_was_done_behind_it_and_forgets_what_was_read() -> None:
    talk = Talk(make_book)
    await talk.runs(
        [
            ("预约", "哪天"),
            ("周一", "几个人"),
            ("返回", "哪天"),
            ("周二", "已为您保留周二"),
            ("1", "确认预约"),
            ("改1", "哪天"),
        ]
    )
    assert talk.world.log == ["hold 周一", "read", "release hold 周一", "hold 周二", "read", "release hold 周二"]
    await talk.runs([("周一", "2. 人数：1"), ("确认", "已记下")])
    assert talk.world.log[-1] == ["booked", "hold 周一", 1]


async def test_back_to_a_question_behind_it_undoes_nothing() -> None:
    talk = Talk(make_book)
    await talk.runs([("预约", "哪天"), ("周一", "几个人"), ("2", "确认预约"), ("返回", "几个人"), ("3", "人数：3")])
    assert talk.world.log == ["hold 周一", "read"]


@pytest.mark.parametrize("word", ["取消", "重来"])
async def test_cancel_and_restart_undo(word: str) -> None:
    talk = Talk(make_book)
    await talk.runs([("预约", "哪天"), ("周一", "几个人"), (word, "")])
    assert talk.world.log[-1] == "release hold 周一"


async def test_expiry_undoes() -> None:
    talk = Talk(make_book)
    await talk.runs([("预约", "哪天"), ("周一", "几个人")])
    await talk.wait(hours=2)
    assert talk.world.log[-1] == "release hold 周一"
    assert [over.state for over in talk.finished] == ["expired"]


async def test_a_later_answer_that_no_longer_fits_is_asked_again_and_one_that_does_stays() -> None:
    def make() -> Book:
        book = Book()

        @book.conversation("order", who=RESIDENTS, phrases=("订",), title="订")
        async def order(chat: Chat, desk: Desk) -> Reply:
            place = await chat.choose("place", "哪里？", ["一楼", "二楼"], label="地点")
            rooms = {"一楼": ["大厅", "阳台"], "二楼": ["书房", "阳台"]}[place]
            room = await chat.choose("room", "哪间？", rooms, label="房间")
            note = await chat.text("note", "备注？", label="备注")
            await chat.confirm("确认？")
            return Reply(f"{place}{room}{note}")

        return book

    talk = Talk(make)
    await talk.runs(
        [
            ("订", "哪里"),
            ("1", "哪间"),
            ("阳台", "备注"),
            ("靠窗", "确认？"),
            ("改1", "哪里"),
            ("2", "1. 地点：二楼\n2. 房间：阳台"),
        ]
    )
    await talk.runs(
        [
            ("改2", "哪间"),
            ("书房", "确认？"),
            ("改1", "哪里"),
            ("1", "哪间"),
            ("1", "3. 备注：靠窗"),
            ("确认", "一楼大厅靠窗"),
        ]
    )


def scripts() -> tuple[Callable[[], Book], Callable[[], Book]]:
    """The same conversation before and after a deploy."""

    def before() -> Book:
        book = Book()

        @book.conversation("repair", version=1, who=RESIDENTS, phrases=("报修",), title="报修")
        async def repair(chat: Chat, desk: Desk) -> Reply:
            await chat.text("where", "在哪里？", label="地点")
            await chat.choose("kind", "哪类？", ["水", "电", "气"], label="类别")
            await chat.text("more", "还有吗？", label="补充")
            await chat.confirm("确认？")
            return Reply("旧")

        return book

    def after() -> Book:
        book = Book()

        @book.conversation("repair", version=2, who=RESIDENTS, phrases=("报修",), title="报修")
        async def repair(chat: Chat, desk: Desk) -> Reply:
            await chat.choose("kind", "哪类？", ["水", "电"], label="类别")
            where = await chat.text("where", "在哪里？", label="地点")
            urgent = await chat.choose("urgent", "急吗？", ["急", "不急"], label="急")
            await chat.confirm("确认？")
            desk.world.write([where, urgent])
            return Reply("新")

        return book

    return before, after


async def test_a_changed_script_keeps_what_fits() -> None:
    before, after = scripts()
    talk = Talk(before)
    await talk.runs([("报修", "在哪里"), ("厨房", "哪类"), ("水", "还有吗")])
    talk.book = after
    await talk.runs([("没有别的", "刚更新过，请再确认一下。\n急吗？"), ("急", "1. 类别：水\n2. 地点：厨房\n3. 急：急")])
    assert "更新" not in talk.said
    await talk.runs([("确认", "新")])
    assert talk.world.log == [["厨房", "急"]]


async def test_a_changed_script_asks_again_what_no_longer_fits() -> None:
    before, after = scripts()
    talk = Talk(before)
    await talk.runs([("报修", "在哪里"), ("厨房", "哪类"), ("气", "还有吗")])
    stale = talk.value("返回")
    talk.book = after
    await talk.runs([("没有", "刚更新过")])
    assert "哪类？" in talk.said
    assert "已经过了" in await talk.press_value(stale)
    await talk.runs([("电", "急吗"), ("急", "类别：电"), ("确认", "新")])


async def test_an_answer_to_another_kind_of_question_is_asked_again() -> None:
    def make(version: int) -> Callable[[], Book]:
        def made() -> Book:
            book = Book()

            @book.conversation("where", version=version, who=RESIDENTS, phrases=("哪",))
            async def where(chat: Chat, desk: Desk) -> Reply:
                if version == 1:
                    place = await chat.text("place", "在哪？")
                else:
                    place = await chat.choose("place", "在哪？", ["楼上", "楼下"])
                return Reply(f"{place}{await chat.number('floor', '几楼？', lowest=1, highest=30)}")

            return book

        return made

    talk = Talk(make(1))
    await talk.runs([("哪", "在哪"), ("楼上", "几楼")])
    talk.book = make(2)
    await talk.runs([("3", "刚更新过"), ("楼下", "几楼"), ("3", "楼下3")])


async def test_a_script_that_a_deploy_took_away_is_put_away_politely() -> None:
    before, _after = scripts()
    talk = Talk(before)
    await talk.runs([("报修", "在哪里")])
    talk.book = make_book
    await talk.runs([("厨房", "刚刚调整过")])
    assert [over.state for over in talk.finished] == ["cancelled"]


async def test_an_option_that_is_gone_is_not_taken_for_another() -> None:
    rooms = ["甲", "乙", "丙"]

    def make() -> Book:
        book = Book()

        @book.conversation("room", who=RESIDENTS, phrases=("订房",), title="订房")
        async def room(chat: Chat, desk: Desk) -> Reply:
            chosen = await chat.choose("room", "哪间？", [Option(name, name, {"room": name}) for name in rooms])
            note = await chat.text("note", "备注？")
            return Reply(f"{chosen['room']}{note}")

        return book

    talk = Talk(make)
    await talk.runs([("订房", "哪间")])
    gone = talk.value("乙")
    rooms.remove("乙")
    await talk.runs([("2", "不能选了")])
    assert "不能选了" in await talk.press_value(gone)
    await talk.runs([("丙", "备注")])
    rooms.remove("丙")
    await talk.runs([("靠窗", "刚更新过"), ("甲", "备注"), ("靠窗", "甲靠窗")])


async def test_a_bare_number_never_cancels(talk: Talk) -> None:
    await talk.runs(
        [*TO_CONFIRM, ("3", "要取消请回复“取消”"), ("2", "要修改哪一项"), ("返回", "请确认"), ("1", "已受理")]
    )
