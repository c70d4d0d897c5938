"""The figures of the other procedures (§5.1): handover, surveys, mailbox, meetings and the recurring duties."""

from dataclasses import dataclass
from datetime import time
from typing import Literal

from domain.figures import count, days, figure, hours, minutes

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MajorDefectKind = Literal["roof_leak", "bathroom_leak", "outer_wall_crack"]
FeeItem = Literal["management_fee", "water_electricity_deposit", "mailbox_fee", "cable_tv"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRules:
    """Monthly summary to leadership (CP-4.3.2)."""

    due_day: int = days(25, "CP-4.3.2 每月几日前呈报", "due before this day of the month (D-21)", low=2, high=28)
    draft_days: int = days(
        3, "提前几天生成草稿", "the draft comes this many days before due_day (ns, K13)", low=1, high=20
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialCallbackRules:
    """A repair that did not hold (CM-X3.4)."""

    hours: int = hours(24, "CM-X3.4 业户再报后几小时内特殊回访", "report that the defect persists to callback (D-31)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRules:
    """Weekly sample of repair work orders (CM-X3.2)."""

    rate: float = figure(0.2, "CM-X3.2 抽样比例", "share of last week's repair work orders (D-30)", low=0.01, high=1)
    day: Weekday = figure("mon", "每周哪天抽样", "day of the draw (ns)")
    at: time = figure(time(9), "抽样时刻", "time of the draw (ns)")


@dataclass(frozen=True, slots=True, kw_only=True)
class MajorDefectRules:
    """Visits after major-defect repairs (CM-X3.3)."""

    kinds: tuple[MajorDefectKind, ...] = figure(
        ("roof_leak", "bathroom_leak", "outer_wall_crack"), "CM-X3.3 哪些算大的缺陷", "which defects are major"
    )
    visit_days: tuple[int, ...] = figure((7, 30, 90), "修后第几天上门", "days after the repair (ns)", low=1, high=730)
    after_heavy_rain: bool = figure(True, "下次大雨后再上门", "and once after the next heavy rain (ns)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRules:
    """Approvals by the site manager (MI-3.1)."""

    remind_hours: int = hours(24, "MI-3.1 待批几小时提醒", "waiting approval is reminded (ns)")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRules:
    """Handover of a unit (篇1, 篇4)."""

    profile: Literal["merged", "general", "residential"] = figure(
        "merged", "入伙流程", "which procedure is followed (D-02)"
    )
    fee_months: int = count(3, "RM-2.2 预收几个月管理费", "months of management fee", low=0, high=24)
    fee_items: tuple[FeeItem, ...] = figure(
        ("management_fee", "water_electricity_deposit", "mailbox_fee", "cable_tv"), "RM-2.2 收费项目", "what is charged"
    )
    photos_per_person: int = count(2, "RM-2.3a 每人几张照片", "photos of each family member", low=0, high=10)
    developer_papers: tuple[str, ...] = figure((), "MI-4.1.1d 发展商另要的资料", "papers the developer asks for")
    defect_target_days: int = days(7, "RM-1.3 缺陷目标修复天数", "target for closing defects (ns)", low=1)
    keys_before_defects_closed: bool = figure(
        False, "RM-2.6a 缺陷未清先交钥匙", "keys before defects are closed (D-07)"
    )
    idle_days: int = days(7, "几天无进展提醒", "no progress: reminder (ns)", low=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EsignRules:
    """Signing in chat (D-39)."""

    paper_required: tuple[str, ...] = figure(
        ("委托银行代收收费协议书",), "仍须纸质签名的表格", "forms still signed on paper (ns)"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRules:
    """Item passes (MI-4.2)."""

    return_days: int = days(0, "MI-4.2.3 下联几天内收回", "lower slip back; 0 is the same day", high=30)
    sweep_time: time = figure(time(21), "清查时刻", "evening sweep of passes not taken back (ns)")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxRules:
    """The GM mailbox (SV-4.1.3)."""

    open_time: time = figure(time(16), "SV-4.1.3.2a 每天开箱时刻", "daily opening")
    group_forward_by: time = figure(
        time(23, 30), "SV-4.1.3.2b 集团信件当天转出的最后时刻", "group letters forwarded by (same day)"
    )
    submit_time: time = figure(time(8, 30), "SV-4.1.3.2d 次日呈领导的时刻", "with leadership next day")
    instruction_hours: int = hours(24, "几小时内批示", "instruction (ns)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyRules:
    """Satisfaction survey campaigns (SV-4.1.1, CM-X3.5)."""

    months: tuple[int, ...] = figure((6, 11), "哪几个月调查", "months of the campaigns (D-22)", low=1, high=12)
    start_day: int = days(1, "几日开始", "first day, moved to a working day (ns)", low=1, high=28)
    design_lead_months: int = count(1, "SV-4.1.1.2a 提前几个月定稿", "design approved this long before", low=0, high=6)
    return_days: int = days(2, "SV-4.1.1.5a 几天内交回", "days to return a questionnaire", low=1, high=60)
    collect_day: int = days(3, "SV-4.1.1.5c 第几天交表", "day of hand-in (D-23)", low=1, high=61)
    collect_time: time = figure(time(8, 30), "SV-4.1.1.5c 交表时刻", "hour of hand-in")
    phone_cap: float = figure(
        0.05, "SV-4.1.1.4e 电话代填上限比例", "phone proxies, share of units (D-24)", low=0, high=1
    )
    return_rate_target: float = figure(
        0.6, "回收率目标", "return rate that closes a campaign (ns, D-25)", low=0, high=1
    )
    max_extensions: int = count(2, "最多延长几轮", "further rounds (ns, D-25)", low=0, high=10)
    followup_days: int = days(7, "CM-X3.7 几天内统计分析回访", "statistics and callbacks", low=1)
    concentrated_count: int = count(5, "几户提同一问题算集中", "units naming one problem (ns)", low=2)
    print_spare: float = figure(0.1, "印制余量比例", "spare prints (ns)", low=0, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptionRules:
    """GM reception day (SV-4.1.2.1)."""

    per_quarter: int = count(1, "每季度几次", "reception days a quarter", high=12)
    notice_days: int = days(7, "提前几天通知", "departments told before", low=1, high=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingRules:
    """Meetings of 篇5."""

    president_working_days: int = days(3, "CM-I5.1 每月前几个工作日", "within the first working days", low=1, high=20)
    president_agenda_days: int = days(7, "议题提前几天", "topics before the meeting")
    morning_address_days: tuple[Weekday, ...] = figure(
        ("mon", "thu"), "CM-I5.2 训话晨会的日子", "days of the morning address"
    )
    morning_address_start: time = figure(time(8, 30), "开始", "begins")
    morning_address_end: time = figure(time(8, 50), "结束", "ends")
    morning_address_place: str = figure("大门口", "地点", "place")
    department_per_week: int = count(1, "CM-I5.3 每周几次部门例会", "department meetings a week", high=7)
    site_morning_ask: time = figure(time(7, 45), "CM-I5.6.1 询问是否开晨会", "site manager is asked (ns, K9)")
    staff_per_month: int = count(
        1, "CM-I5.6.2 每月几次员工大会，在最后一个工作日", "staff meetings a month, last working day (ns)", high=4
    )
    exchange_months: int = count(1, "交流会间隔几个月", "months between exchange meetings", high=12)
    forum_months: int = count(2, "CM-I5.5.5 主任论坛间隔几个月", "months between forums", high=12)
    board_months: int = count(6, "董事会间隔几个月", "months between board meetings", high=24)
    board_topics_days: int = days(14, "董事会议题提前几天", "board topics before the meeting")
    max_minutes: int = minutes(120, "CM-M2 会议最长分钟", "longest meeting", low=10, high=600)
    speech_minutes: tuple[int, ...] = figure(
        (5, 8), "CM-M3 发言分钟（从、到）", "a speech, from and to", low=1, high=120
    )
    minutes_days: int = days(3, "CM-M7 几天内分发纪要", "minutes to all attending", low=1, high=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSurveyRules:
    """Employee needs survey (CM-I5.8a)."""

    per_year: int = count(1, "每年几次", "surveys a year", high=12)
    month: int = count(3, "在几月", "month (ns)", high=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitteeRules:
    """Owners' committee and resident representatives (CM-X3.19)."""

    contacts_per_month: int = count(1, "每月至少联系几次", "contacts a month", high=31)
