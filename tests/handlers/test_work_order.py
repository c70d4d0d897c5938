"""The department's side: who is pinged, who is told, and what happens to a late press."""

import pytest

from tests.handlers.scene import ACCEPTED, ISSUED, Scene


@pytest.mark.clause("CP-4.2.1b")
async def test_the_ping_has_the_limit_and_the_front_desks_ping_is_spent(scene: Scene) -> None:
    await scene.play(
        *ISSUED,
        {"who": "handler", "sees": ["新工单", "{work_order}", "还剩 12 小时"], "can": ["接单", "转派", "拒接"]},
    )
    desk = [p for p in scene.player.cast if p["role"] == "front_desk"]
    edits = [
        m
        for p in desk
        for m in await scene.player._new_list(str(p["id"]))
        if m.edits and "已派单：工程维护部" in m.text
    ]
    assert edits
    assert not any(message.choices for message in edits)


@pytest.mark.clause("CP-4.2.1b")
async def test_declined_with_a_reason_comes_back_to_be_issued(scene: Scene) -> None:
    await scene.play(
        *ISSUED,
        {"who": "handler", "sees": "新工单", "picks": "拒接"},
        {"who": "technician", "sees": "为什么不能接", "says": "在抢修水泵"},
        {"who": "technician", "sees": "已退给前台"},
        {"who": "front_desk", "sees": ["拒接，请重新派单", "在抢修水泵", "还剩 5 分"], "can": ["选其他部门"]},
        {"who": "owner", "sees_not": "拒接"},
    )


@pytest.mark.clause("CP-4.2.1b", "CP-4.2.2a")
async def test_a_transfer_to_another_department_keeps_the_limit(scene: Scene) -> None:
    await scene.play(
        *ACCEPTED,
        {"advance": "2h"},
        {"who": "handler", "picks": "转派"},
        {"who": "technician", "sees": "转给谁", "picks": "物业部"},
        {"who": "technician", "sees": "为什么转派", "says": "是物业的设备"},
        {"who": "technician", "sees": ["已转派给物业部", "原时限不变"]},
        {"who": "property_assistant", "sees": ["转来的工单", "还剩 10 小时"], "can": ["接单"]},
        {"who": "owner", "sees": ["已转到物业部", "时限不变"]},
    )


@pytest.mark.clause("CP-4.2.1b")
async def test_a_colleague_takes_over_inside_the_department(scene: Scene) -> None:
    await scene.play(
        *ISSUED,
        {"who": "handler", "sees": "新工单", "picks": "转派"},
        {"who": "technician", "sees": "转给谁", "picks": "本部门同事"},
        {"who": "technician", "sees": "哪位同事"},
    )
    first = await scene.player._who("technician")
    name = scene.player.current[first].choices[0][0]
    technicians = [p for p in scene.player.cast if p["role"] == "technician"]
    colleague = f"technician#{1 + [p['name'] for p in technicians].index(name)}"
    await scene.play(
        {"who": "technician", "picks": name},
        {"who": "technician", "sees": "为什么转派", "says": "我要下班"},
        {"who": colleague, "sees": ["同事转给您的工单", "还剩 12 小时"], "picks": "接单"},
        {"who": colleague, "sees": "已接单"},
    )
    assert any("已转给" in m.text and m.edits and not m.choices for m in await scene.player._new_list(first))


@pytest.mark.clause("CP-4.2.2c")
async def test_a_time_is_proposed_and_agreed(scene: Scene) -> None:
    await scene.play(
        *ACCEPTED,
        {"who": "handler", "picks": "约定时间"},
        {"who": "handler", "sees": "什么时间", "says": "明天下午三点到五点"},
    )
    await scene.play(
        {"who": "technician", "sees": "15:00–17:00", "says": "对"},
        {"who": "technician", "sees": "已发给业户"},
        {"who": "owner", "sees": ["明天 15:00", "可以吗"], "can": ["同意", "不同意"], "picks": "同意"},
        {"who": "owner", "sees": "好的，约在"},
        {"who": "technician", "sees": ["业户同意", "明天 15:00"]},
        {"who": "cs_supervisor", "sees": "约定时间较远"},
    )


@pytest.mark.clause("CP-4.2.2c")
async def test_a_refused_time_leaves_the_limit(scene: Scene) -> None:
    await scene.play(
        *ACCEPTED,
        {"who": "handler", "picks": "约定时间"},
        {"who": "technician", "sees": "什么时间", "says": "明天下午三点到五点"},
        {"who": "technician", "sees": "15:00–17:00", "says": "对"},
        {"who": "owner", "sees": "可以吗", "picks": "不同意"},
        {"who": "owner", "sees": "再和您约"},
        {"who": "technician", "sees": ["业户不同意", "仍按原时限"], "can": ["约定时间"]},
    )


@pytest.mark.clause("CP-4.2.2b", "CP-4.2.4")
async def test_progress_reaches_the_resident_when_the_front_desk_passes_it_on_and_only_once(scene: Scene) -> None:
    await scene.play(
        *ACCEPTED,
        {"who": "handler", "picks": "进度"},
        {"who": "technician", "sees": "已经做了什么", "says": "拆了门机"},
        {"who": "technician", "sees": "为什么还没完成", "says": "等配件"},
        {"who": "technician", "sees": "预计", "says": "明天上午"},
        {"who": "technician", "sees": "进度已报前台"},
        {"who": "owner", "sees_not": "拆了门机"},
        {"who": "front_desk", "sees": ["进度回复", "拆了门机", "等配件"], "presses_twice": "转告业户"},
        {"who": "owner", "sees": ["的进度", "拆了门机"]},
        {"who": "owner", "sees_not": "拆了门机"},
    )


@pytest.mark.clause("CP-4.2.2a")
async def test_reminders_come_before_the_limit_and_all_concerned_hear_when_it_has_passed(scene: Scene) -> None:
    await scene.play(
        *ACCEPTED,
        {"advance": "6h"},
        {"who": "technician", "sees": ["提醒", "还剩 6 小时"], "can": ["完成", "进度"]},
        {"advance": "5h"},
        {"who": "technician", "sees": ["提醒", "还剩 1 小时"]},
        {"advance": "1h"},
        {"who": "technician", "sees": ["已过 12 小时", "回复进度"], "can": ["进度"]},
        {"who": "front_desk", "sees": "已过 12 小时"},
        {"advance": "10h"},
        {"who": "engineering_head", "sees": "已过 12 小时"},
        {"who": "owner", "sees": "没能按时处理好"},
    )


async def test_my_orders_show_the_single_one_whole(scene: Scene) -> None:
    await scene.play(
        *ISSUED,
        {"who": "handler", "sees": "新工单", "says": "/wo"},
        {"who": "handler", "sees": ["{work_order}", "待接单"], "can": ["接单"]},
        {"who": "engineering_head", "says": "/wo"},
        {"who": "engineering_head", "sees": ["{work_order}", "待接单"]},
    )


@pytest.mark.clause("CP-4.2.1b")
async def test_a_second_press_says_who_was_first(scene: Scene) -> None:
    await scene.play(
        *ISSUED,
        {"who": "handler", "sees": "新工单", "presses_twice": "接单"},
        {"who": "technician", "sees": ["已于", "接单", "不用再处理"], "can": ["完成"]},
    )


@pytest.mark.clause("CP-4.2.2c")
async def test_a_time_agreed_by_phone_is_logged_with_the_name(scene: Scene) -> None:
    await scene.play(
        *ACCEPTED,
        {"who": "front_desk", "says": "/queue"},
        {"who": "front_desk", "sees": "未归档的投诉", "picks": "2-1-501 公共区域 电梯"},
        {"who": "front_desk", "sees": "{work_order}", "picks": "登记约定时间"},
        {"who": "front_desk", "sees": "什么时间", "says": "明天下午三点到五点"},
        {"who": "front_desk", "sees": "15:00–17:00", "says": "对"},
        {"who": "front_desk", "sees": "跟谁约", "says": "李女士"},
        {"who": "front_desk", "sees": ["请确认", "李女士"], "picks": "确认"},
        {"who": "front_desk", "sees": ["已记下约定时间", "明天 17:00"]},
        {"who": "technician", "sees": ["前台与业户电话约好", "明天 15:00"]},
        {"who": "owner", "sees": ["已约好", "明天 15:00"]},
    )


@pytest.mark.clause("CP-4.2.2b")
async def test_silence_for_a_day_is_told_to_the_front_desk(scene: Scene) -> None:
    await scene.play(
        *ACCEPTED,
        {"advance": "24h"},
        {"who": "front_desk", "sees": ["没有回复进度", "请致电催办"]},
    )
