"""Global words, new intents, parked drafts, presses out of turn, silence."""

import pytest

from domain.glossary import Role
from tests.dialogue.desk_book import make_book
from tests.dialogue.talk import Talk, photo


@pytest.fixture
def talk() -> Talk:
    return Talk(make_book)


@pytest.mark.parametrize("word", ["帮助", "help", "/help", "/start"])
async def test_help_returns_to_the_question(talk: Talk, word: str) -> None:
    await talk.runs([("投诉", "哪方面"), (word, "我可以帮您")])
    assert talk.said.endswith("是哪方面的问题？")
    await talk.runs([("2", "发生")])


@pytest.mark.parametrize("word", ["人工", "转人工", "请帮我转人工吧", "human", "/human", "我要找人工客服"])
async def test_a_human_is_reached_and_the_question_returns(talk: Talk, word: str) -> None:
    await talk.runs([("投诉", "哪方面"), (word, "已请前台来和您说。\n是哪方面的问题？"), ("1", "发生")])


async def test_a_global_word_shows_its_own_choices_behind_those_of_the_question(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("进度", "没有在办的事。\n是哪方面")])
    assert talk.labels == ["电梯", "电灯", "给排水", "噪音 Noise", "去投诉"]
    await talk.runs([("2", "发生")])


async def test_in_free_text_only_the_exact_word_counts(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("1", "发生"), ("人工", "已请前台"), ("你们的人工客服不理我", "照片")])


async def test_idle_words_answer_with_the_menu(talk: Talk) -> None:
    for word in ("帮助", "取消", "返回", "重来"):
        await talk.runs([(word, "我可以帮您")])
        assert talk.labels == ["投诉", "预约", "问卷", "人工", "进度", "我的"]
    assert "/complain" in talk.said


async def test_the_menu_is_the_role_s_own() -> None:
    talk = Talk(make_book, Role.TECHNICIAN)
    await talk.say("/start")
    assert talk.labels == ["问卷", "人工", "进度"]
    await talk.runs([("/complain", "没太明白"), ("我要投诉", "没太明白")])
    assert "办不了" in await talk.press_value("b/complaint//")


async def test_text_that_means_nothing_offers_the_menu_and_a_human(talk: Talk) -> None:
    await talk.runs([("今天天气不错", "没太明白")])
    assert "人工" in talk.labels
    await talk.runs([("1", "哪方面")])


@pytest.mark.parametrize("said", ["/complain", "／complain", "complain", "/complain@huiyin_bot", "我要投诉", "投诉！"])
async def test_a_conversation_starts_by_command_or_phrase(talk: Talk, said: str) -> None:
    await talk.runs([(said, "哪方面")])
    assert talk.state.active is not None
    assert talk.state.active.opening.text in ("", "！")


@pytest.mark.parametrize("said", ["我要投诉电梯坏了", "/complain 电梯坏了", "我要投诉：电梯坏了", "电梯坏了，我要投诉"])
async def test_the_opening_is_the_text_without_the_phrase(talk: Talk, said: str) -> None:
    await talk.say(said)
    assert talk.state.active is not None
    assert talk.state.active.opening.text == "电梯坏了"


async def test_the_longest_phrase_wins(talk: Talk) -> None:
    await talk.runs([("我的投诉", "您有 0 件投诉")])


async def test_a_typed_label_or_number_presses_what_was_offered_last(talk: Talk) -> None:
    await talk.runs([("进度", "没有在办"), ("去投诉", "哪方面"), ("取消", "已取消"), ("进度", ""), ("1", "哪方面")])


async def test_words_behind_a_command_reach_its_button(talk: Talk) -> None:
    await talk.runs([("/status 电梯", "没有在办的事电梯。")])


async def test_a_photo_out_of_the_blue_offers_a_complaint(talk: Talk) -> None:
    await talk.say("", photo("a.jpg"))
    assert "是要办理“投诉”吗" in talk.said
    await talk.runs([("是的", "哪方面"), ("1", "发生"), ("水流不停", "已收到 1 个"), ("完成", "什么时候")])


async def test_an_album_out_of_the_blue_is_one_offer_with_all_its_photos(talk: Talk) -> None:
    await talk.say("", photo("a.jpg"))
    slot = talk.reply.slot
    await talk.say("楼道没人打扫", photo("b.jpg"))
    assert (talk.reply.edit, talk.reply.slot) == (True, slot)
    await talk.runs([("1", "哪方面"), ("噪音", "已收到 2 个")])


async def test_a_photo_offer_can_be_declined_or_ignored(talk: Talk) -> None:
    await talk.say("", photo())
    await talk.runs([("不用了", "好的")])
    await talk.say("", photo())
    await talk.runs([("预约", "哪天"), ("周一", "几个人")])


async def test_a_photo_with_a_phrase_starts_at_once(talk: Talk) -> None:
    await talk.say("我要投诉电梯坏了", photo())
    await talk.runs([("对", "已收到 1 个")])


async def test_a_photo_means_nothing_to_staff() -> None:
    talk = Talk(make_book, Role.TECHNICIAN)
    await talk.say("", photo())
    assert "没太明白" in talk.said


# ------------------------------------------------------------------------------------------------ parked and resumed


async def test_a_new_intent_asks_whether_to_park_and_the_parked_is_resumed(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("2", "发生"), ("/book", "“投诉”还没说完，先放一放吗？")])
    assert talk.labels == ["先放一放", "继续当前"]
    await talk.runs([("1", "哪天"), ("周一", "几个人"), ("2", "确认预约"), ("确认", "已记下。\n继续刚才的“投诉”吗？")])
    assert talk.labels == ["继续", "不用了"]
    await talk.runs([("继续", "好，接着说“投诉”。\n请说说发生了什么。"), ("灯不亮了", "照片")])


async def test_the_current_conversation_can_go_on(talk: Talk) -> None:
    await talk.runs(
        [("投诉", "哪方面"), ("/book", "先放一放吗"), (">继续当前", "哪方面"), ("/book", "先放"), ("电梯", "发生")]
    )
    assert talk.state.parked == []


async def test_the_parked_conversation_can_be_dropped(talk: Talk) -> None:
    await talk.runs(
        [
            ("投诉", "哪方面"),
            ("/book", "先放"),
            ("先放一放", "哪天"),
            ("取消", "继续刚才的“投诉”"),
            ("不用了", "先不办了"),
        ]
    )
    assert [(over.draft.name, over.state) for over in talk.finished] == [
        ("booking", "cancelled"),
        ("complaint", "cancelled"),
    ]
    assert talk.wakes == ()


async def test_a_parked_conversation_can_be_resumed_later_by_word(talk: Talk) -> None:
    await talk.runs(
        [
            ("投诉", "哪方面"),
            ("/book", "先放"),
            ("1", "哪天"),
            ("取消", "继续刚才的"),
            ("进度", "没有在办"),
            ("接着来", "哪方面"),
        ]
    )


async def test_a_phrase_interrupts_where_the_question_does_not_take_it(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("我想预约周二", "先放一放吗")])


async def test_in_free_text_only_a_command_or_the_whole_phrase_interrupts(talk: Talk) -> None:
    await talk.runs(
        [("投诉", ""), ("1", "发生"), ("预约", "先放一放吗"), ("继续当前", "发生"), ("我预约了没人来", "照片")]
    )


async def test_the_same_intent_goes_on(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("投诉", "正在办理“投诉”"), ("/complain", "正在办理“投诉”")])
    assert talk.state.parked == []


async def test_a_command_that_is_a_button_answers_and_the_question_returns(talk: Talk) -> None:
    await talk.runs([("投诉", ""), ("1", "发生"), ("/my", "您有 0 件投诉。\n请说说发生了什么。"), ("水流不停", "照片")])


async def test_an_unknown_command_is_no_answer(talk: Talk) -> None:
    await talk.runs([("投诉", ""), ("1", "发生"), ("/nonsense", "没有这个命令"), ("水流不停", "照片")])


async def test_of_three_parked_drafts_the_oldest_expires(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("/book", "先放"), ("1", "哪天"), ("/survey", "先放"), ("1", "喜欢哪些")])
    assert [draft.name for draft in talk.state.parked] == ["complaint", "booking"]
    await talk.runs([("/complain", "先放"), ("1", "已转给前台")])
    assert [draft.name for draft in talk.state.parked] == ["booking", "survey"]
    assert [(over.draft.name, over.state) for over in talk.finished] == [("complaint", "expired")]


async def test_a_button_that_starts_a_conversation_parks_by_itself() -> None:
    talk = Talk(make_book, Role.TECHNICIAN)
    await talk.runs([("/survey", "喜欢哪些")])
    await talk.press_value("b/decline_order/GD1/2")
    assert talk.said == "为什么拒接？"
    await talk.runs([("不在我片区", "已拒接。\n继续刚才的“问卷”吗？"), ("1", "喜欢哪些")])
    assert talk.world.log == [["declined", "GD1", "2", "不在我片区"]]


async def test_a_button_pressed_twice_starts_one_conversation() -> None:
    talk = Talk(make_book, Role.TECHNICIAN)
    await talk.press_value("b/decline_order/GD1/2")
    await talk.press_value("b/decline_order/GD1/2")
    assert "为什么拒接" in talk.said
    assert talk.state.parked == []


async def test_a_button_whose_conversation_is_parked_resumes_it() -> None:
    talk = Talk(make_book, Role.TECHNICIAN)
    await talk.press_value("b/decline_order/GD1/2")
    await talk.press_value("b/decline_order/GD2/1")
    await talk.press_value("b/decline_order/GD1/2")
    assert talk.state.active is not None
    assert talk.state.active.subject == "GD1"
    assert [draft.subject for draft in talk.state.parked] == ["GD2"]


async def test_a_button_that_redraws_its_message_leaves_the_question_alone() -> None:
    talk = Talk(make_book, Role.TECHNICIAN)
    await talk.say("/survey")
    await talk.press_value("b/accept/GD1/1")
    assert (talk.said, talk.reply.edit) == ("已接单。", True)
    await talk.runs([("1", "为什么")])


# --------------------------------------------------------------------------------------------------- stale and silent


async def test_a_stale_press_shows_the_current_question(talk: Talk) -> None:
    await talk.say("投诉")
    stale = talk.value("电灯")
    await talk.press_value(stale)
    before = talk.state.to_json()["active"]["log"]
    await talk.press_value(stale)
    assert talk.said == "这个问题已经过了，当前是：\n请说说发生了什么。"
    assert talk.state.to_json()["active"]["log"] == before


async def test_a_press_after_the_end_does_nothing_twice(talk: Talk) -> None:
    await talk.runs([("预约", ""), ("1", ""), ("2", "确认预约")])
    confirm = talk.value("确认")
    await talk.press_value(confirm)
    done = list(talk.world.log)
    assert "已经过了" in await talk.press_value(confirm)
    assert talk.world.log == done


@pytest.mark.parametrize("value", ["", "x", "q/d1", "q/d9/9/x", "b/gone//", "b/", "q///", "b/complaint"])
async def test_an_unknown_press_is_answered_politely(talk: Talk, value: str) -> None:
    await talk.press_value(value)
    await talk.say("/complain")
    await talk.press_value(value)
    assert "哪方面" in talk.said


async def test_silence_nudges_once_then_hands_the_complaint_over(talk: Talk) -> None:
    await talk.say("我要投诉电梯坏了", photo("a.jpg"))
    await talk.runs([("对", "照片")])
    heard = await talk.wait(minutes=31)
    assert len(heard) == 1
    assert "“投诉”还没有说完" in heard[0]
    assert "有照片吗" in heard[0]
    heard = await talk.wait(hours=5)
    assert heard == ["没说完的投诉已转给前台，前台会给您打电话。"]
    assert talk.world.log == [["unfinished", "电梯坏了", "lift", ["a.jpg"]]]
    assert [over.state for over in talk.finished] == ["expired"]
    assert talk.finished[0].draft.log["details"].answer == "电梯坏了"
    assert talk.wakes == ()


async def test_a_photo_that_no_question_asked_for_yet_is_handed_over_too(talk: Talk) -> None:
    await talk.say("投诉", photo("early.jpg"))
    await talk.wait(hours=2)
    assert talk.world.log == [["unfinished", "", None, ["early.jpg"]]]


async def test_the_engine_s_own_question_gives_way_to_an_album_that_ends(talk: Talk) -> None:
    await talk.runs([("投诉", ""), ("1", "发生"), ("水流不停", "照片")])
    await talk.say("", photo())
    await talk.runs([("/book", "先放一放吗")])
    await talk.wait(seconds=10)
    assert "什么时候" in talk.said
    await talk.runs([("1", "请确认")])


async def test_a_number_does_not_answer_a_question_that_is_over(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("取消", "已取消"), ("1", "没太明白"), ("电灯", "没太明白")])


async def test_an_answer_postpones_nudge_and_expiry(talk: Talk) -> None:
    await talk.say("投诉")
    await talk.wait(minutes=29)
    await talk.say("1")
    assert await talk.wait(minutes=29) == []
    assert len(await talk.wait(minutes=2)) == 1


async def test_a_conversation_without_a_last_word_expires_with_a_kind_one(talk: Talk) -> None:
    await talk.say("/survey")
    heard = await talk.wait(hours=2)
    assert "“问卷”停了太久" in heard[-1]


async def test_a_parked_draft_expires_behind_the_active_one(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("/book", "先放"), ("1", "哪天")])
    await talk.wait(minutes=29)
    await talk.say("周一")
    heard = await talk.wait(minutes=40)
    assert any("已转给前台" in text and "几个人" in text for text in heard)
    assert talk.state.active is not None
    await talk.runs([("2", "确认预约"), ("确认", "已记下")])
    assert "继续刚才" not in talk.said


async def test_two_devices_answer_one_question_once(talk: Talk) -> None:
    await talk.say("投诉")
    first, second = talk.value("电灯"), talk.value("给排水")
    await talk.press_value(first)
    await talk.press_value(second)
    assert "已经过了" in talk.said
    assert talk.state.active is not None
    assert talk.state.active.log["kind"].answer == "light"
