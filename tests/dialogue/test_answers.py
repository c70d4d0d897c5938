"""How answers are given: buttons, numbers, labels, words; album, window, number, several choices."""

import pytest

from domain.glossary import Role
from tests.dialogue.desk_book import make_book
from tests.dialogue.talk import Talk, photo


@pytest.fixture
def talk() -> Talk:
    return Talk(make_book)


@pytest.mark.parametrize("said", ["2", "２", "二", "选2", "第二个", "电灯", "灯", "我选电灯吧", " 电灯。"])
async def test_one_choice_is_given_in_many_ways(talk: Talk, said: str) -> None:
    await talk.runs([("投诉", "哪方面"), (said, "发生了什么")])
    assert talk.state.active is not None
    assert talk.state.active.log["kind"].answer == "light"


@pytest.mark.parametrize("said", ["noise", "NOISE", "噪音"])
async def test_part_of_a_label_counts_in_either_language(talk: Talk, said: str) -> None:
    await talk.runs([("投诉", "哪方面"), (said, "发生了什么")])


async def test_an_ambiguous_part_asks_which(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("电", "“电”可能是：电梯、电灯"), ("电梯", "发生了什么")])


async def test_the_kind_is_proposed_from_the_opening_and_the_text_taken(talk: Talk) -> None:
    await talk.runs([("我要投诉电梯坏了", "看起来是“电梯”"), ("对", "有照片吗")])
    assert talk.state.active is not None
    assert talk.state.active.log["details"].answer == "电梯坏了"


async def test_a_proposed_choice_comes_first_and_the_numbers_follow_what_is_shown() -> None:
    talk = Talk(make_book)
    await talk.say("投诉 楼梯灯不亮")
    assert talk.labels[:2] == ["电梯", "电灯"]
    await talk.runs([("2", "有照片吗")])


async def test_two_failures_offer_a_human(talk: Talk) -> None:
    await talk.say("投诉")
    await talk.runs([("啦啦啦", "没找到“啦啦啦”")])
    assert "人工" not in talk.labels
    await talk.runs([("哈哈哈", "没找到")])
    assert talk.labels == ["电梯", "电灯", "给排水", "噪音 Noise", "人工"]
    await talk.runs([("5", "已请前台"), ("1", "发生了什么")])


async def test_two_failures_of_an_optional_question_offer_skip_and_a_human(talk: Talk) -> None:
    await talk.runs(
        [
            ("投诉", "哪方面"),
            ("1", "发生"),
            ("水一直流不停", "有照片吗"),
            ("看看", "直接把它发过来"),
            ("看看", "发过来"),
        ]
    )
    assert talk.labels == ["跳过", "返回", "人工"]


async def test_a_text_has_a_length_and_a_check() -> None:
    talk = Talk(make_book)
    await talk.runs(
        [
            ("投诉", "哪方面"),
            ("1", "发生"),
            ("坏", "至少 4 个字"),
            ("水" * 2001, "最多 2000 个字"),
            ("水流不停", "照片"),
        ]
    )
    talk = Talk(make_book)
    await talk.runs([("/survey", "喜欢哪些"), ("1 2", "为什么"), ("你这坏蛋", "请文明用语"), ("挺好的", "有文件吗")])


@pytest.mark.parametrize("said", ["跳过", "skip", "没有", "跳过。"])
async def test_an_optional_question_is_skipped_by_word(talk: Talk, said: str) -> None:
    await talk.runs([("投诉", "哪方面"), ("1", "发生"), ("水流不停", "照片"), (said, "什么时候")])


async def test_a_required_question_is_not_skipped(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("跳过", "没找到")])


async def test_photos_come_in_several_messages_and_end_with_done(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("1", "发生"), ("水流不停", "照片")])
    await talk.say("", photo("a.jpg"))
    assert "已收到 1 个" in talk.said
    await talk.say("", photo("b.jpg"), photo("c.jpg"))
    assert "已收到 3 个" in talk.said
    assert talk.reply.edit
    assert talk.reply.slot
    await talk.runs([(">完成", "什么时候")])


async def test_an_album_ends_by_itself_after_the_quiet_time_since_the_last_photo(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("1", "发生"), ("水流不停", "照片")])
    await talk.say("", photo("a.jpg"))
    assert await talk.wait(seconds=5) == []
    await talk.say("", photo("b.jpg"))
    assert await talk.wait(seconds=7) == []
    heard = await talk.wait(seconds=2)
    assert len(heard) == 1
    assert "什么时候" in heard[0]
    assert [w.kind for w in talk.wakes] == ["expire", "nudge"]


async def test_a_wake_that_is_no_longer_wanted_does_nothing(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("1", "发生"), ("水流不停", "照片")])
    await talk.say("", photo())
    album = next(w for w in talk.wakes if w.kind == "album")
    await talk.press("完成")
    before = talk.state.to_json()
    talk.now = album.due_at
    assert await talk.fire(album) == []
    assert talk.state.to_json() == before


async def test_an_album_that_is_full_goes_on(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("1", "发生"), ("水流不停", "照片")])
    await talk.say("", *(photo(f"{n}.jpg") for n in range(12)))
    assert "什么时候" in talk.said
    assert talk.state.active is not None
    assert len(talk.state.active.log["photos"].answer) == 9


async def test_photos_take_only_photos(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面"), ("1", "发生"), ("水流不停", "照片")])
    await talk.say("", photo("a.pdf", "application/pdf"))
    assert "只收照片" in talk.said


async def test_a_photo_that_comes_early_is_kept_for_its_question(talk: Talk) -> None:
    await talk.runs([("投诉", "哪方面")])
    await talk.say("", photo("early.jpg"))
    assert "先替您留着" in talk.said
    await talk.say("电梯", photo("second.jpg"))
    await talk.runs([("门关不上了", "已收到 2 个"), ("完成", "什么时候"), ("跳过", "照片：2 个"), ("确认", "已受理")])
    assert talk.world.log[-1][3] == ["early.jpg", "second.jpg"]


@pytest.mark.parametrize(
    ("said", "echo"), [("明天下午三点到五点", "11月24日(周二) 15:00–17:00"), ("周六上午", "11月28日(周六)")]
)
async def test_a_window_is_echoed_before_it_counts(talk: Talk, said: str, echo: str) -> None:
    await talk.runs([("投诉", "哪方面"), ("1", "发生"), ("水流不停", "照片"), ("跳过", "什么时候"), (said, echo)])
    assert talk.labels == ["对", "改", "返回"]
    await talk.runs([("对", "请确认")])


async def test_a_window_can_be_said_anew_at_the_echo(talk: Talk) -> None:
    await talk.runs(
        [("投诉", "哪方面"), ("1", "发生"), ("水流不停", "照片"), ("跳过", "什么时候"), ("明天下午", "对吗")]
    )
    stale = talk.value("对")
    await talk.runs([(">改", "什么时候"), ("后天上午", "11月25日"), ("大后天上午", "11月26日(周四)")])
    assert "已经过了" in await talk.press_value(stale)
    await talk.runs([("是的", "11月26日(周四)")])


async def test_a_window_not_understood_gives_an_example(talk: Talk) -> None:
    await talk.runs(
        [
            ("投诉", "哪方面"),
            ("1", "发生"),
            ("水流不停", "照片"),
            ("跳过", "什么时候"),
            ("啥意思啊", "没看懂"),
            ("昨天", "过去"),
        ]
    )


async def test_a_number_has_limits_and_may_be_written_out(talk: Talk) -> None:
    await talk.runs(
        [("预约", "哪天"), ("1", "几个人"), ("9", "1 到 5"), ("很多", "1 到 5"), ("三", "1. 哪天：周一\n2. 人数：3")]
    )


async def test_several_choices_are_ticked_or_typed(talk: Talk) -> None:
    await talk.runs([("/survey", "喜欢哪些"), (">绿化", "喜欢哪些")])
    assert talk.labels[0] == "✓ 绿化"
    assert talk.reply.edit
    await talk.runs([(">安保", ""), (">✓ 绿化", ""), (">完成", "为什么"), ("返回", "喜欢哪些"), ("1、3", "为什么")])
    assert talk.state.active is not None
    assert talk.state.active.log["liked"].answer == ["绿化", "安保"]


async def test_a_tick_pressed_twice_stays_a_tick(talk: Talk) -> None:
    await talk.say("/survey")
    tick = talk.value("绿化")
    await talk.press_value(tick)
    await talk.press_value(tick)
    assert talk.labels[:2] == ["✓ 绿化", "保洁"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [("1 2 3", "最多选 2 项"), ("4", "至少选 1 项"), ("草", "没找到“草”"), ("保洁，安保", "为什么")],
)
async def test_several_choices_have_limits(talk: Talk, said: str, expected: str) -> None:
    await talk.runs([("/survey", "喜欢哪些"), (said, expected)])


async def test_files_of_any_type(talk: Talk) -> None:
    await talk.runs([("/survey", "喜欢哪些"), ("1", "为什么"), ("跳过", "有文件吗")])
    await talk.say("", photo("a.pdf", "application/pdf"))
    await talk.say("好了")
    assert talk.said == "谢谢：绿化；无；1"


async def test_an_english_speaker_uses_the_same_words() -> None:
    talk = Talk(make_book, Role.LESSEE, "en")
    await talk.runs(
        [("complain", "哪方面"), ("noise", "发生"), ("back", "哪方面"), ("2", "发生"), ("cancel", "Cancelled")]
    )
