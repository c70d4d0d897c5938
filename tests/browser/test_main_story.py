"""The main story through the page of a real demo process: file with a photo, work it, rate it; then let one climb."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.stories.stages import photo

pytestmark = pytest.mark.browser

WIDE = {"width": 1900, "height": 1000}


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[str]:
    """The address of `huiyin demo`, as it announces it itself."""
    command = [sys.executable, "-m", "bot", "demo", "--port", "0", "--db", str(tmp_path / "demo.db")]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert found, line
        move_to_ten_o_clock(found.group())
        yield found.group()
        process.terminate()


def move_to_ten_o_clock(demo: str) -> None:
    """The demo starts at this very moment; at night nobody is rung, and the stories would read otherwise."""
    with urllib.request.urlopen(f"{demo}api/clock") as answer:
        now = datetime.fromisoformat(json.load(answer)["now"]).astimezone(ZoneInfo("Asia/Shanghai"))
    ten = now.replace(hour=10, minute=0, second=0, microsecond=0)
    ahead = (ten if ten > now else ten + timedelta(days=1)) - now
    body = json.dumps({"advance": f"PT{int(ahead.total_seconds())}S"}).encode()
    moved = urllib.request.Request(f"{demo}api/clock", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(moved) as answer:
        assert answer.status == 200


@pytest.fixture
def page(browser: Any, demo: str) -> Iterator[Any]:
    context = browser.new_context(viewport=WIDE)
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(demo)
    opened.locator(".pane").nth(4).wait_for()
    yield opened
    context.close()
    assert errors == []


class Pane:
    """One phone of the row, by its place: owner, front desk, technician, department head, cs supervisor."""

    def __init__(self, page: Any, place: int) -> None:
        self._pane = page.locator(".pane").nth(place)

    def say(self, text: str) -> None:
        self._pane.locator("textarea").fill(text)
        self._pane.locator("textarea").press("Enter")

    def sees(self, text: str) -> Any:
        found = self._pane.locator(".message.theirs", has_text=text).last
        found.wait_for()
        return found

    def press(self, text: str, label: str) -> None:
        self.sees(text).locator(".choice:enabled", has_text=label).first.click()

    def attach(self, picture: bytes) -> None:
        file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture}
        self._pane.locator("input[type=file]").first.set_input_files([file])
        self._pane.locator("textarea").press("Enter")


def people(demo: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{demo}api/people") as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


@pytest.mark.clause("CP-4.2.1b", "CP-4.2.2a", "CP-4.2.6a", "CP-4.2.6c", "CP-4.2.6f")
def test_a_complaint_is_filed_worked_rated_and_archived_on_the_page(page: Any) -> None:
    owner, desk, technician, head, supervisor = (Pane(page, place) for place in range(5))
    owner.say("我要投诉电梯坏了")
    owner.press("哪方面的问题", "电梯")
    owner.press("公共区域？", "公共区域")
    owner.sees("有照片吗")
    owner.attach(photo())
    owner.press("已收到 1", "完成")
    owner.press("急不急", "正常处理")
    owner.press("什么时候方便", "跳过")
    owner.press("请确认", "确认")
    owner.sees("已受理")
    assert desk.sees("新投诉").locator("img").count() == 1
    desk.press("新投诉", "派单给工程维护部")
    technician.press("新工单", "接单")
    technician.press("处理人", "完成")
    technician.press("什么原因", "设备故障")
    technician.sees("怎么处理")
    technician.say("更换门机皮带")
    technician.press("照片", "跳过")
    technician.press("请确认", "确认")
    head.press("请审核", "审核通过")
    owner.press("满意吗", "满意")
    supervisor.press("审核归档", "归档")
    owner.sees("已办结")
    page.get_by_role("heading", name=re.compile(".")).nth(4).click()
    panel = page.locator(".records-body")
    panel.get_by_text("审核归档").first.wait_for()
    assert {"CP-4.2.1b", "CP-4.2.6a", "CP-4.2.6f"} <= set(re.findall(r"CP-[0-9.]+[a-f]?", panel.inner_text()))


@pytest.mark.clause("CP-4.2.1b", "CP-4.2.3a")
def test_a_complaint_that_nobody_touches_climbs_until_somebody_takes_it_up(page: Any) -> None:
    owner, desk, _, _, supervisor = (Pane(page, place) for place in range(5))
    owner.say("我要投诉楼道灯不亮")
    owner.press("哪方面的问题", "水电故障")
    for question, answer in (("公共区域？", "公共区域"), ("照片", "跳过"), ("急不急", "正常"), ("方便", "跳过")):
        owner.press(question, answer)
    owner.press("请确认", "确认")
    desk.sees("新投诉")
    page.get_by_role("button", name="到下一个时限").click()
    supervisor.sees("5 分钟无人派单")
    page.get_by_role("button", name="到下一个时限").click()
    desk.press("没有派单", "派单给")
    supervisor.sees("已派单")
