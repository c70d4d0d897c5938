"""The console's page in Chromium: written, pressed, looked at and used by keyboard as people do."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.console.port import ChoiceView
from tests.browser.conftest import ServedConsole
from tests.channels.console_desk import MemoryDesk

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
OpenPage = Callable[..., Any]


def pane(page: Any, person: str) -> Any:
    return page.locator(f"#pane-{person}")


def say(page: Any, person: str, text: str) -> None:
    pane(page, person).locator("textarea").fill(text)
    pane(page, person).locator("textarea").press("Enter")


def sees(page: Any, person: str, text: str) -> Any:
    found = pane(page, person).locator(".message", has_text=text).last
    found.wait_for()
    return found


def until(page: Any, truth: str) -> None:
    """Playwright's own waiting evaluates text in the page, which the page's policy refuses."""
    for _ in range(160):
        if page.evaluate(truth):
            return
        page.wait_for_timeout(50)
    raise AssertionError(truth)


def test_five_people_sit_side_by_side_at_the_first_visit(open_page: OpenPage) -> None:
    page = open_page()
    page.locator(".pane").nth(4).wait_for()
    names = page.locator(".pane h2").all_inner_texts()
    assert names == ["李敏", "陈晓", "王建国", "赵磊", "刘芳"]
    assert "业主 · 3-1-201" in pane(page, "p-li").inner_text()


def test_what_is_said_is_answered_live_in_every_window(open_page: OpenPage) -> None:
    page, other = open_page(), open_page()
    sees_other = pane(other, "p-li")
    sees_other.wait_for()
    say(page, "p-li", "你好")
    sees(page, "p-li", "您说：你好")
    sees(other, "p-li", "您说：你好")
    assert pane(page, "p-li").locator(".message.mine").count() == 1
    assert pane(page, "p-li").locator("textarea").input_value() == ""


def test_a_press_answers_and_the_question_is_updated_in_place(open_page: OpenPage) -> None:
    page = open_page()
    say(page, "p-li", "投诉")
    asked = sees(page, "p-li", "是哪方面的问题")
    assert asked.locator(".choice .number").all_inner_texts() == ["1", "2", "3", "4"]
    asked.locator(".choice", has_text="漏水").click()
    sees(page, "p-li", "好的，已选“漏水”")
    updated = sees(page, "p-li", "✓ 漏水")
    assert updated.locator(".updated").inner_text().endswith("已更新")
    assert updated.locator(".choice:enabled").count() == 0
    assert pane(page, "p-li").locator(".message.theirs", has_text="是哪方面的问题").count() == 1


def test_an_answered_question_steps_back_and_shows_what_was_chosen(open_page: OpenPage, served: ServedConsole) -> None:
    served.desk.silent.add("p-li")
    served.tell(
        "p-li", "在家里，还是公共区域？", choices=(ChoiceView("家里", "home"), ChoiceView("公共区域", "public"))
    )
    page = open_page()
    asked = pane(page, "p-li").locator(".message.theirs", has_text="在家里")
    asked.locator(".choice", has_text="公共区域").click()
    asked.locator(".quieter .choice", has_text="✓ 公共区域").wait_for()
    page.reload()
    sees(page, "p-li", "✓ 公共区域")
    assert pane(page, "p-li").locator(".message.mine .quote").inner_text().endswith("在家里，还是公共区域？")


def test_photos_are_chosen_sent_shown_and_enlarged(open_page: OpenPage) -> None:
    page = open_page()
    chooser = pane(page, "p-li").locator("input[type=file][multiple]")
    chooser.wait_for(state="attached")
    chooser.set_input_files(
        [{"name": f"{name}.png", "mimeType": "image/png", "buffer": PNG + name.encode()} for name in ("电梯", "门")]
    )
    pane(page, "p-li").get_by_role("button", name="不发 门.png").wait_for()
    say(page, "p-li", "轿厢里")
    sent = sees(page, "p-li", "轿厢里")
    sent.locator("img").nth(1).wait_for()
    until(page, "[...document.querySelectorAll('.photo img')].every((photo) => photo.naturalWidth === 1)")
    sent.get_by_role("button", name="查看大图 电梯.png").click()
    page.locator("dialog.lightbox", has_text="1/2").wait_for()
    page.keyboard.press("ArrowRight")
    page.locator("dialog.lightbox", has_text="2/2").wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog.lightbox").wait_for(state="detached")


def test_files_can_be_dropped_and_the_unsupported_are_refused_in_words(open_page: OpenPage) -> None:
    page = open_page()
    pane(page, "p-li").wait_for()
    dropped = page.evaluate_handle(
        "() => { const held = new DataTransfer(); held.items.add(new File(['MZ'], 'a.exe')); return held; }"
    )
    pane(page, "p-li").dispatch_event("drop", {"dataTransfer": dropped})
    pane(page, "p-li").get_by_role("button", name="发送").click()
    pane(page, "p-li").get_by_role("alert").filter(has_text="这种文件收不了").wait_for()
    failed = sees(page, "p-li", "没有发出")
    failed.get_by_role("button", name="删除").click()
    failed.wait_for(state="detached")
    say(page, "p-li", "好吧")
    sees(page, "p-li", "您说：好吧")


def test_who_is_not_looked_at_counts_unread_and_who_has_no_pane_is_named(
    open_page: OpenPage, served: ServedConsole
) -> None:
    page = open_page()
    pane(page, "p-li").locator("textarea").click()
    page.locator(".state-line").wait_for(state="hidden")
    served.tell("s-chen", "新投诉")
    served.tell("s-chen", "又一件")
    pane(page, "s-chen").locator(".badge", has_text="2").wait_for()
    assert page.title().startswith("(2)")
    pane(page, "s-chen").locator("textarea").click()
    pane(page, "s-chen").locator(".badge").wait_for(state="hidden")
    served.tell("s-he", "请知悉")
    page.locator(".waiting").get_by_role("button", name="何志远").click()
    sees(page, "s-he", "请知悉")
    assert page.locator(".waiting").is_hidden()


def test_people_are_found_and_panes_remembered(open_page: OpenPage) -> None:
    page = open_page()
    pane(page, "p-li").get_by_role("button", name="关闭与李敏的对话").click()
    page.keyboard.press("Alt+n")
    search = page.get_by_role("searchbox")
    search.fill("环卫")
    assert page.locator(".person strong").all_inner_texts() == ["孙洁"]
    search.press("Enter")
    pane(page, "s-sun").wait_for()
    page.reload()
    pane(page, "s-sun").wait_for()
    assert pane(page, "p-li").count() == 0


def test_the_clock_is_moved_and_reaches_the_next_due(open_page: OpenPage, desk: MemoryDesk) -> None:
    page = open_page()
    page.locator(".clock-time", has_text="10:00").wait_for()
    page.get_by_role("button", name="到下一个时限").click()
    sees(page, "s-liu", "到时限了（02:05）")
    page.locator(".clock-time", has_text="10:05").wait_for()
    page.get_by_role("button", name="+12 小时").click()
    page.locator(".clock-time", has_text="22:05").wait_for()
    desk.due.clear()
    page.get_by_role("button", name="到下一个时限").click()
    page.locator(".status", has_text="眼下没有待到的时限").wait_for()


def test_the_side_panel_names_clauses_and_what_is_due_for_whoever_is_active(
    open_page: OpenPage, served: ServedConsole
) -> None:
    page = open_page()
    records = page.locator("aside.records")
    records.locator(".due", has_text="还剩 23 小时 51 分").wait_for()
    assert records.locator(".steps code").all_inner_texts() == ["CP-4.1.1", "CP-4.2.1a", "CP-4.2.1b"]
    assert records.get_by_text("还剩 3 天").is_hidden()
    records.get_by_text("之后还有 1 项").click()
    records.get_by_text("还剩 3 天").wait_for()
    page.keyboard.press("Alt+r")
    assert records.is_hidden()
    served.tell("s-chen", "新投诉 TS20261123-0001")
    sees(page, "s-chen", "新投诉").get_by_role("button", name="TS20261123-0001").click()
    records.locator(".seen-by", has_text="陈晓看到的").wait_for()


def test_the_page_is_worked_by_keyboard_alone(open_page: OpenPage, served: ServedConsole) -> None:
    page = open_page()
    served.tell("s-wang", "新工单", choices=(ChoiceView("接单", "accept"), ChoiceView("拒接", "decline")))
    sees(page, "s-wang", "新工单")
    page.keyboard.press("Alt+3")
    field = "document.activeElement.closest('.pane').id + ' ' + document.activeElement.tagName"
    assert page.evaluate(field) == "pane-s-wang TEXTAREA"
    page.keyboard.type("收到")
    page.keyboard.press("Enter")
    sees(page, "s-wang", "您说：收到")
    while page.evaluate("document.activeElement.innerText.includes('拒接')") is False:
        page.keyboard.press("Shift+Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    sees(page, "s-wang", "好的，已选“拒接”")
    assert pane(page, "s-wang").locator("[role=log]").get_attribute("aria-live") == "polite"


def test_a_phone_shows_one_pane_and_switches_by_tab(open_page: OpenPage) -> None:
    page = open_page(**PHONE)
    page.locator(".tabs button", has_text="王建国").tap()
    until(page, "document.querySelector('#pane-s-wang').getBoundingClientRect().left === 0")
    assert pane(page, "s-wang").bounding_box()["width"] == 390
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator("aside.records").is_hidden()
    page.get_by_role("button", name="事项").tap()
    page.locator("aside.records", has_text="王建国看到的").wait_for()


def test_a_press_on_a_phone_raises_no_keyboard(open_page: OpenPage, served: ServedConsole) -> None:
    served.tell("p-li", "请确认", choices=(ChoiceView("确认", "yes"),))
    page = open_page(**PHONE)
    sees(page, "p-li", "请确认").locator(".choice").tap()
    sees(page, "p-li", "好的，已选“确认”")
    assert page.evaluate("document.activeElement.tagName") != "TEXTAREA"


def test_a_server_that_went_away_is_told_and_what_was_said_arrives_once(
    open_page: OpenPage, served: ServedConsole
) -> None:
    page = open_page()
    say(page, "p-li", "在吗")
    sees(page, "p-li", "您说：在吗")
    served.stop()
    page.locator(".state-line", has_text="正在重连").wait_for()
    say(page, "p-li", "断网时说的")
    pane(page, "p-li").get_by_role("alert").filter(has_text="连不上服务器").wait_for()
    sees(page, "p-li", "没有发出")
    served.start()
    sees(page, "p-li", "您说：断网时说的")
    page.locator(".state-line").wait_for(state="hidden")
    assert pane(page, "p-li").locator(".message.mine", has_text="断网时说的").count() == 1


def test_where_no_stream_gets_through_the_page_polls(open_page: OpenPage, served: ServedConsole) -> None:
    page = open_page()
    page.route("**/api/events", lambda route: route.abort())
    page.reload()
    page.locator(".state-line", has_text="改为定时刷新").wait_for(timeout=20_000)
    served.tell("p-li", "给等着的")
    served.tell("s-chen", "给旁边的")
    sees(page, "p-li", "给等着的")
    sees(page, "s-chen", "给旁边的")


def test_whoever_reads_older_messages_is_not_pulled_down(open_page: OpenPage, served: ServedConsole) -> None:
    for number in range(150):
        served.tell("p-li", f"第 {number} 条")
    page = open_page()
    sees(page, "p-li", "第 149 条")
    log = pane(page, "p-li").get_by_role("log")
    assert log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight") < 2
    log.evaluate("log => { log.scrollTop = 0; }")
    until(page, "document.querySelector('.log').scrollTop === 0")
    pane(page, "p-li").get_by_role("button", name="更早的消息").click()
    sees(page, "p-li", "第 0 条")
    served.tell("p-li", "最新的")
    below = pane(page, "p-li").get_by_role("button", name="有新消息")
    below.wait_for()
    pane(page, "p-li").locator(".badge", has_text="1").wait_for()
    below.click()
    below.wait_for(state="hidden")
    pane(page, "p-li").locator(".badge").wait_for(state="hidden")


def test_the_page_speaks_english_too(open_page: OpenPage) -> None:
    page = open_page()
    pane(page, "p-li").locator("textarea").fill("半句话")
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="To the next due").wait_for()
    assert "Owner · 3-1-201" in pane(page, "p-li").inner_text()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert pane(page, "p-li").locator("textarea").input_value() == "半句话"
    page.get_by_role("button", name="中文").click()
    page.get_by_role("button", name="到下一个时限").wait_for()


def test_outside_a_demo_one_person_signs_in_with_a_code(open_page: OpenPage, desk: MemoryDesk) -> None:
    desk.demo = False
    desk.codes["428517"] = "p-li"
    page = open_page()
    page.get_by_label("输入一次性登录码").fill("000000")
    page.keyboard.press("Enter")
    page.get_by_role("alert").filter(has_text="登录码不对").wait_for()
    page.get_by_label("输入一次性登录码").fill("428517")
    page.keyboard.press("Enter")
    say(page, "p-li", "我是李敏")
    sees(page, "p-li", "您说：我是李敏")
    assert page.locator(".pane").count() == 1
    assert page.locator(".clock").count() == 0
    page.get_by_role("button", name="退出").click()
    page.get_by_label("输入一次性登录码").wait_for()


def test_both_dictionaries_have_the_same_words(open_page: OpenPage) -> None:
    page = open_page()
    keys = page.evaluate("import('/static/words.js').then(({ WORDS }) => [WORDS.zh, WORDS.en].map(Object.keys))")
    assert len(keys[0]) > 60
    assert keys[0] == keys[1]
