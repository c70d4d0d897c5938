"""Complaints heard by others than the desk's chat: relayed, by phone, at the counter (CP-4.1.1, CP-4.2.5)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.complaint import Complaint
from domain.duty_log import Contact, DutyEntry
from domain.glossary import Role
from handlers import heard_at
from tests.handlers.chat.conftest import Talk

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.clause("CP-4.2.5")
@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("刚才", "23 10:00"),
        ("20分钟前", "23 09:40"),
        ("半小时前", "23 09:30"),
        ("一个半小时前", "23 08:30"),
        ("1小时20分钟前", "23 08:40"),
        ("2 hours ago", "23 08:00"),
        ("两天前", "21 10:00"),
        ("9:30", "23 09:30"),
        ("上午9点半", "23 09:30"),
        ("昨晚八点", "22 20:00"),
        ("昨晚12点", "23 00:00"),
        ("昨天下午3点20", "22 15:20"),
        ("yesterday 8pm", "22 20:00"),
    ],
)
def test_when_it_was_heard_is_read_from_words(text: str, at: str) -> None:
    found = heard_at.read(text, NOW, SHANGHAI)
    assert found is not None
    assert found.astimezone(SHANGHAI).strftime("%d %H:%M") == at
    assert heard_at.problem(text, NOW, SHANGHAI) is None


@pytest.mark.clause("CP-4.2.5")
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("15:30", "还没到"),
        ("晚上8点", "还没到"),
        ("三个月前", "什么时候听到"),
        ("45天前", "太久以前"),
        ("3-1-201", "什么时候听到"),
        ("25点", "什么时候听到"),
        ("", "什么时候听到"),
    ],
)
def test_a_time_to_come_or_no_time_is_asked_again(text: str, why: str) -> None:
    assert why in str(heard_at.problem(text, NOW, SHANGHAI))


async def log_of(talk: Talk, number: str) -> list[DutyEntry]:
    async with talk.house.app.db.read(talk.house.clock.now()) as work:
        return await work.duty_log.of_complaint(number)


async def latest(talk: Talk) -> Complaint:
    async with talk.house.app.db.read(talk.house.clock.now()) as work:
        return (await work.complaints.latest(None, 1))[0]


@pytest.mark.clause("CP-4.1.1a")
async def test_a_complaint_in_chat_writes_its_line_once(talk: Talk) -> None:
    number = await talk.files(await talk.id("owner"))
    (line,) = await log_of(talk, number)
    assert (line.contact, line.complaint, line.matter) == (Contact.CHAT, number, "电梯坏了")


@pytest.mark.clause("CP-4.2.5")
async def test_the_unit_in_the_first_words_is_not_asked_again(talk: Talk) -> None:
    guard = await talk.id("guard")
    await talk.says(guard, "/relay 2-1-501")
    assert "哪位业户" in (await talk.last(guard)).text
    await talk.says(
        guard, "不在名单上", "小李", "13800138000", "楼道灯坏了", "对", "家里", "跳过", "刚刚", "不用保密", "确认"
    )
    complaint = await latest(talk)
    assert (complaint.place, complaint.taken_by, complaint.channel) == ("2-1-501", guard, "relay")
    async with talk.house.app.db.read(talk.house.clock.now()) as work:
        caller = await work.people.get(complaint.complainant)
        assert caller is not None
        assert (caller.role, caller.name, caller.phone) == (Role.CALLER, "小李", "13800138000")
    (line,) = await log_of(talk, complaint.number)
    assert (line.contact, line.taken_by, line.phone) == (Contact.RELAY, guard, "13800138000")


@pytest.mark.clause("CP-4.2.5")
async def test_an_abandoned_relay_reaches_the_front_desk_as_it_is(talk: Talk) -> None:
    guard, desk, owner = await talk.id("guard"), await talk.id("front_desk"), await talk.id("owner")
    await talk.says(guard, "/relay 2-1-501", "李飞", "楼道灯坏了三天")
    await talk.later(minutes=61)
    assert "没有放下" in await talk.told(guard)
    told = await talk.told(desk)
    assert "首问责任人" in told
    complaint = await latest(talk)
    assert (complaint.unfinished, complaint.details, complaint.complainant) == (True, "楼道灯坏了三天", owner)


async def test_a_relay_that_names_nobody_says_that_nothing_was_passed_on(talk: Talk) -> None:
    guard = await talk.id("guard")
    await talk.says(guard, "/relay")
    await talk.later(minutes=61)
    assert "还不知道这件事" in await talk.told(guard)


@pytest.mark.clause("CP-4.2.5")
async def test_staff_of_the_company_say_which_site(talk: Talk) -> None:
    officer = await talk.id("quality_officer")
    await talk.says(officer, "/relay")
    assert "哪个管理处" in (await talk.last(officer)).text
    await talk.says(officer, "回音花园")
    assert "哪一户" in (await talk.last(officer)).text


@pytest.mark.clause("CP-4.1.1a")
async def test_the_log_is_turned_by_pages(talk: Talk) -> None:
    desk = await talk.id("front_desk")
    for number in range(8):
        await talk.says(desk, "登记来访", "来访", "不是住户", "南门", "路人", "13800138000", f"问路问路{number}")
        await talk.says(desk, "只登记", "已当场解答", "确认")
    await talk.says(desk, "/duty")
    page = await talk.last(desk)
    assert "（8 条）" in page.text
    assert "问路问路7" in page.text
    assert "问路问路0" not in page.text
    await talk.press(desk, "下一页")
    assert "问路问路0" in (await talk.last(desk)).text


@pytest.mark.clause("CP-4.1.1a")
async def test_nobody_but_the_desk_keeps_the_log(talk: Talk) -> None:
    guard = await talk.id("guard")
    await talk.says(guard, "/duty")
    assert "值班记录" not in (await talk.last(guard)).text
