"""How far a complaint has come when a test begins, and who plays the people from there."""

from typing import Any

from tests.house_under_test import House
from tests.stories.play import Player, Story
from tests.stories.stages import DeskStage

FILED = [
    {"who": "owner", "says": "我要投诉电梯坏了"},
    {"who": "owner", "picks": "电梯"},
    {"who": "owner", "picks": "公共区域"},
    {"who": "owner", "says": "跳过"},
    {"who": "owner", "picks": "正常处理"},
    {"who": "owner", "picks": "跳过"},
    {"who": "owner", "picks": "确认"},
    {"who": "owner", "sees": "已受理"},
]
ISSUED = [
    *FILED,
    {"who": "front_desk", "sees": "新投诉", "picks": "派单给工程维护部"},
    {"who": "front_desk", "sees": "已派单"},
    {"who": "owner", "sees": "已派到工程维护部"},
]
ACCEPTED = [
    *ISSUED,
    {"who": "handler", "sees": "新工单", "picks": "接单"},
    {"who": "handler", "sees": "已接单"},
    {"who": "owner", "sees": "已接单"},
]
DONE = [
    *ACCEPTED,
    {"who": "handler", "picks": "完成"},
    {"who": "handler", "sees": "什么原因", "picks": "设备故障"},
    {"who": "handler", "sees": "怎么处理", "says": "换了门机皮带"},
    {"who": "handler", "sees": "照片", "says": "跳过"},
    {"who": "handler", "sees": ["请确认", "换了门机皮带"], "picks": "确认"},
    {"who": "handler", "sees": "已送部门负责人审核"},
]
REVIEWED = [
    *DONE,
    {"who": "engineering_head", "sees": ["请审核", "换了门机皮带"], "picks": "审核通过"},
    {"who": "engineering_head", "sees": "已送前台回访"},
]


class Scene:
    """Plays steps one after another in the same house."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.player = Player(DeskStage(house, rebuild=False))

    async def play(self, *steps: dict[str, Any]) -> None:
        await self.player.play(Story("", [], "", [dict(step) for step in steps], {}))
