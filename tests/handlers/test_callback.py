"""From the review to the archive: the callback in chat, by phone, at the door; not satisfied; nobody reached."""

import pytest

from tests.handlers.scene import ACCEPTED, DONE, REVIEWED, Scene


@pytest.mark.clause("CP-4.2.6a", "CP-4.2.6c", "CP-4.2.6e", "CP-4.2.6f")
async def test_satisfied_in_chat_goes_to_the_cs_supervisor_and_is_filed(scene: Scene) -> None:
    await scene.play(
        *REVIEWED,
        {"who": "front_desk", "sees": ["待回访", "换了门机皮带", "回访时限"], "can": ["接通", "未接", "安排上门"]},
        {"who": "owner", "sees": ["处理好了", "换了门机皮带", "满意吗"], "picks": "满意"},
        {"who": "owner", "sees": "谢谢您的评价"},
        {"who": "cs_supervisor", "sees": ["请审核归档", "满意"], "can": ["归档", "退回"], "picks": "归档"},
        {"who": "cs_supervisor", "sees": "已归档"},
        {"who": "owner", "sees": "已办结"},
    )


@pytest.mark.clause("CP-4.2.6c")
async def test_not_satisfied_goes_back_with_the_residents_words(scene: Scene) -> None:
    await scene.play(
        *REVIEWED,
        {"who": "owner", "sees": "满意吗", "picks": "不满意"},
        {"who": "owner", "sees": "哪里还不行", "says": "门还是夹人"},
        {"who": "owner", "sees": "已退回重新处理"},
        {"who": "handler", "sees": ["业户不满意", "门还是夹人"], "can": ["完成", "进度"]},
        {"who": "engineering_head", "sees": ["业户不满意", "门还是夹人"], "can": ["转派"]},
        {"who": "front_desk", "sees": ["业户不满意", "门还是夹人"]},
    )


@pytest.mark.clause("CP-4.2.6e")
async def test_a_call_needs_words_on_record(scene: Scene) -> None:
    await scene.play(
        *REVIEWED,
        {"who": "front_desk", "sees": "待回访", "picks": "接通"},
        {"who": "front_desk", "sees": "怎么联系", "picks": "电话"},
        {"who": "front_desk", "sees": "满意吗", "picks": "满意"},
        {"who": "front_desk", "sees": "原话", "says": "跳过"},
        {"who": "front_desk", "sees": "原话", "says": "很好，没再坏"},
        {"who": "front_desk", "sees": ["请确认", "很好，没再坏"], "picks": "确认"},
        {"who": "front_desk", "sees": "送客服主管归档"},
        {"who": "owner", "sees": ["回访已记录", "满意"]},
        {"who": "cs_supervisor", "sees": ["请审核归档", "很好，没再坏"]},
    )


@pytest.mark.clause("CP-4.2.6c", "A-9")
async def test_three_tries_over_two_channels_leave_it_to_the_cs_supervisor(scene: Scene) -> None:
    await scene.play(
        *REVIEWED,
        {"who": "front_desk", "sees": "待回访", "picks": "未接"},
        {"who": "front_desk", "sees": ["没接通", "3 小时后"], "picks": "未接"},
        {"who": "front_desk", "sees": "隔开"},
        {"advance": "3h"},
        {"who": "front_desk", "says": "/callbacks"},
        {"who": "front_desk", "sees": ["待回访", "199", "1 次没接通"], "picks": "未接"},
        {"who": "front_desk", "sees": "请客服主管确认"},
        {"who": "cs_supervisor", "sees": "没有回应", "picks": "确认联系不上"},
        {"who": "cs_supervisor", "sees": "已确认联系不上", "can": ["归档"]},
    )


@pytest.mark.clause("CP-4.2.6d")
async def test_a_property_assistant_visits_and_records_what_was_said(scene: Scene) -> None:
    await scene.play(
        *REVIEWED,
        {"who": "front_desk", "sees": "待回访", "picks": "安排上门"},
        {"who": "front_desk", "sees": "哪位物业助理"},
    )
    name = scene.player.current[await scene.player._who("front_desk")].choices[0][0]
    await scene.play(
        {"who": "front_desk", "picks": name},
        {"who": "front_desk", "sees": "约了时间吗", "says": "跳过"},
        {"who": "front_desk", "sees": "已安排上门"},
        {"who": "owner", "sees": "上门回访"},
        {"who": "property_assistant", "sees": ["请上门回访", "还剩 12 小时"], "picks": "接受上门"},
        {"who": "property_assistant", "sees": "已接单", "picks": "完成上门"},
        {"who": "property_assistant", "sees": "见到业户", "picks": "见到了"},
        {"who": "property_assistant", "sees": "满意吗", "picks": "满意"},
        {"who": "property_assistant", "sees": "怎么说", "says": "修好了，谢谢"},
        {"who": "property_assistant", "sees": "照片", "says": "跳过"},
        {"who": "property_assistant", "sees": "上门回访已记录"},
        {"who": "cs_supervisor", "sees": ["请审核归档", "上门回访", "修好了"]},
    )


@pytest.mark.clause("CP-4.2.6a")
async def test_the_head_returns_it_and_only_the_handler_hears_why(scene: Scene) -> None:
    await scene.play(
        *DONE,
        {"who": "owner", "sees": ["已处理", "换了门机皮带"]},
        {"who": "engineering_head", "sees": "请审核", "picks": "退回"},
        {"who": "engineering_head", "sees": "哪里还不行", "says": "没有试运行"},
        {"who": "engineering_head", "sees": "已退回处理人"},
        {"who": "handler", "sees": ["审核退回", "没有试运行"], "can": ["完成"]},
        {"who": "owner", "sees_not": "退回"},
    )


@pytest.mark.clause("CP-4.2.6c")
async def test_a_withdrawn_complaint_is_called_back_too(scene: Scene) -> None:
    await scene.play(
        *ACCEPTED,
        {"who": "owner", "says": "进度"},
        {"who": "owner", "sees": "已接单", "picks": "撤回"},
        {"who": "owner", "sees": "确定撤回", "picks": "撤回"},
        {"who": "owner", "sees": "原因", "says": "自己好了"},
        {"who": "owner", "sees": "已撤回"},
        {"who": "front_desk", "says": "/callbacks"},
        {"who": "front_desk", "sees": ["待回访（业户已撤回）", "自己好了"], "can": ["接通"]},
    )


@pytest.mark.clause("CP-4.2.6c")
async def test_the_list_of_the_evening_names_what_is_still_to_be_called(scene: Scene) -> None:
    await scene.play(
        *REVIEWED,
        {"who": "front_desk", "sees": "待回访"},
        {"advance": "9h"},
        {"who": "front_desk", "sees": ["待回访 1 条", "199"]},
    )
