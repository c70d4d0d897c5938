"""The figures of the complaint procedure (§5.1): what a site may set, with the procedure's own value as default.

`(ns)` in a wording: not stated, the source gives no figure and the default is ours.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from domain.duty_rules import (
    ApprovalRules,
    CommitteeRules,
    EsignRules,
    HandoverRules,
    MailboxRules,
    MajorDefectRules,
    MeetingRules,
    PassRules,
    ReceptionRules,
    SampleRules,
    SpecialCallbackRules,
    StaffSurveyRules,
    SummaryRules,
    SurveyRules,
    Weekday,
)
from domain.figures import count, days, figure, hours, minutes
from domain.kinds import DEFAULT_KINDS, Kind

__all__ = [
    "AlbumRules",
    "CalendarRules",
    "CallbackRules",
    "ComplaintRules",
    "DeliveryRules",
    "DraftRules",
    "EscalationRules",
    "GroupRules",
    "Kind",
    "LimitRules",
    "MajorRule",
    "QuietHours",
    "ReminderRules",
    "RoutingRules",
    "Rules",
    "ThreadRules",
    "UrgeRules",
    "Weekday",
]

MajorRule = Literal[
    "compensation", "about_site_manager", "injury_or_safety", "group_transferred", "reached_l4", "many_units"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintRules:
    """Clocks and choices of the complaint itself."""

    dispatch_minutes: int = minutes(
        5, "CP-4.2.1b 首报后几分钟内派到责任部门", "first report to work order at the department"
    )
    auto_issue: bool = figure(
        False,
        "由系统在时限内自动派单（默认由前台派单）",
        "the desk issues by itself in time (ns); otherwise the front desk is asked",
    )
    resolve_hours: int = hours(12, "CP-4.2.2a 接到工作单后几小时内处理完", "work order received to handled")
    progress_hours: int = hours(24, "CP-4.2.2b 未完成时几小时内反馈进度", "work order received to progress reply")
    card_hours: int = hours(
        24, "CP-4.2.3 首报后几小时未完成即逐级上报并开档案卡", "first report to file card and L2, L3"
    )
    card_instructor: Literal["cs_head", "responsible_head"] = figure(
        "cs_head", "CP-4.2.3b 档案卡由谁批示", "whose head instructs the file card (D-14)"
    )
    daily_reply_time: time = figure(
        time(17), "CP-4.2.4 每日回复进度的时刻", "daily progress reply of departments holding a card"
    )
    daily_reply_min_gap_minutes: int = minutes(
        60,
        "开卡到首次每日回复至少相隔的分钟数",
        "least gap from card to the first daily reply (ns, D-15)",
        low=0,
        high=1440,
    )
    review_without_card: bool = figure(
        True, "CP-4.2.6a 没有档案卡也须部门负责人审核", "the head reviews without a card too (D-16)"
    )
    second_window_days: int = days(
        90, "CP-4.2.8 办结后几天内再投诉算二次投诉", "a second complaint counts this long (ns, D-20)", low=1
    )
    major_rules: tuple[MajorRule, ...] = figure(
        ("compensation", "about_site_manager", "injury_or_safety", "group_transferred", "reached_l4", "many_units"),
        "CP-4.3.2 哪些情形自动算重大投诉",
        "what makes a complaint major by itself (ns, D-42)",
    )
    major_units: int = count(5, "涉及多少户算重大（many_units）", "affected units for many_units (ns, D-42)", low=2)
    agreed_notice_hours: int = hours(
        24, "约定时间超过几小时须告知客服主管", "agreed later than this: cs supervisor is told (ns, D-12)"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRules:
    """Callbacks and visits (CP-4.2.6)."""

    same_day_cutoff: time = figure(
        time(21), "此时之后送到前台的卡改按上门时限", "cards later than this get visit_hours (ns, D-17)"
    )
    visit_hours: int = hours(12, "CP-4.2.6d 上门回访几小时内完成", "visit after the front desk's order")
    max_attempts: int = count(3, "最多联系几次", "attempts before unreachable (ns)", high=20)
    attempt_gap_hours: int = hours(3, "两次联系至少相隔几小时", "least gap between attempts (ns)", high=72)
    list_times: tuple[time, ...] = figure(
        (time(9), time(19)), "每日回访清单的时刻", "when the front desk gets the list (ns, K6)"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRules:
    """Complaints transferred by the group (CP-4.2.7)."""

    measure_minutes: int = minutes(30, "CP-4.2.7b 几分钟内确定措施", "receipt to measure decided")
    measure_feedback_minutes: int = minutes(5, "CP-4.2.7c 几分钟内反馈措施", "measure to feedback")
    measure_feedback_anchor: Literal["measure", "receipt"] = figure(
        "measure", "反馈时限从何时起算", "what the feedback minutes run from (D-19)"
    )
    progress_calls_per_day: int = count(
        1, "CP-4.2.7d 未完成的每天至少电话反馈几次", "phone progress to the group a day", high=12
    )
    progress_call_time: time = figure(time(17, 30), "每日电话反馈的时刻", "when the call task is created (ns, K5)")
    progress_overdue_time: time = figure(time(20), "此时仍未致电即上报客服主管", "not called by then: L2 (ns, K5)")
    result_feedback_minutes: int = minutes(
        5, "CP-4.2.7f 回访完成后几分钟内反馈结果", "callback completed to result at the group"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRules:
    """How long each rung of the ladder may stay silent (§2)."""

    ack_minutes: int = minutes(60, "未知悉几分钟后报上一级", "silence before the next level (ns)")
    instruct_minutes: int = minutes(240, "知悉后几分钟未批示即报上一级", "acknowledged but not instructed (ns)")
    unassigned_minutes: int = minutes(
        5,
        "无人派单或无人接单几分钟后告警（未设时同 complaint.dispatch_minutes）",
        "nobody issued or accepted: alarm (unset: complaint.dispatch_minutes)",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgeRules:
    """Urges 催单 by residents (§11 no. 1)."""

    cooldown_hours: int = hours(2, "两次催单至少相隔几小时", "least gap between urges (ns)", high=72)
    supervisor_after: int = count(3, "第几次催单起告知客服主管", "which urge reaches L2 (ns)", high=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRules:
    """When a message that needs an answer becomes a call task (§11 no. 3)."""

    call_after_minutes: int = minutes(
        30, "需回应的消息几分钟无回应转人工致电", "no answer for this long: call task (ns)"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderRules:
    """Lead times of pings before a deadline; a lead that no longer fits its deadline is left out."""

    resolve_hours: tuple[int, ...] = figure(
        (6, 11), "接单后第几小时提醒处理人", "hours after receipt at which the handler is pinged (ns)", low=1, high=744
    )
    daily_reply_lead_minutes: int = minutes(60, "每日回复前几分钟提醒", "before the daily reply (ns, K4)", high=720)
    measure_minutes: int = minutes(20, "收到集团转办后第几分钟提醒确定措施", "after receipt, measure still open (ns)")
    head_list_time: time = figure(time(8, 30), "部门负责人每日清单的时刻", "department head's own list (ns, CP-4.3.1)")
    evening_time: time = figure(time(18), "前台和客服主管收工清单的时刻", "digest of front desk and supervisor (ns)")


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRules:
    """Time limits the source leaves open and no other table names."""

    archive_working_days: int = days(
        1, "CP-4.2.6f 回访后几个工作日内归档", "callback to archive, working days (ns)", low=1, high=30
    )
    archive_time: time = figure(time(18), "CP-4.2.6f 当天几点前归档", "hour of that day by which it is filed (ns)")
    head_follow_hours: int = hours(
        24, "CP-4.3.1 负责人几小时无动作即告知管理处主任", "no act by the head: site manager (ns)"
    )
    missed_replies: int = count(
        2, "CP-4.2.4 连续漏回复几次升一级", "daily replies missed running: one level up (ns)", low=1, high=30
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRules:
    """Who gets a work order."""

    load_cap: int = count(
        8, "一人手上最多几张未完成工作单", "open work orders a person may hold before another is chosen (ns)"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRules:
    """Conversations left in the middle."""

    nudge_minutes: int = minutes(30, "停顿几分钟后提醒一次", "silence before the one nudge (ns)")
    expire_minutes: int = minutes(60, "停顿几分钟后收回草稿", "silence before the draft expires (ns)")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumRules:
    """Several photos sent as one answer."""

    quiet_seconds: int = count(8, "最后一张后静候几秒视为发完", "quiet time that ends an album (ns)", high=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRules:
    """人工: the relayed thread with the front desk."""

    unanswered_minutes: int = minutes(10, "几分钟无人回复上报客服主管", "nobody answers: L2 (ns)")
    idle_minutes: int = minutes(60, "几分钟无消息自动结束", "silence that closes the thread (ns)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRules:
    """The notice on personal data that residents agree to when they are bound."""

    notice: str = figure("1", "告知书版本，改动后重新征求同意", "version of the notice; a new one asks again")
    hotline: str = figure("", "个人信息事宜联系电话，空则不显示", "telephone for questions about personal data")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Night, site time: pings to L2–L6 wait, urgent and group-transferred ones aside (D-33). May cross midnight."""

    start: time = figure(time(22), "静默开始", "night begins (ns, D-33)")
    end: time = figure(time(8), "静默结束", "night ends (ns, D-33)")

    def cover(self, local: time) -> bool:
        """True at a local time of the night; `end` itself is day, and equal ends mean no night at all."""
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


def monday_to_friday(day: date) -> bool:
    """The working days of a calendar that knows no holidays."""
    return day.isoweekday() <= 5


WEEK = get_args(Weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRules:
    """Working days, used only where the source says 工作日 (D-34)."""

    working_days: tuple[Weekday, ...] = figure(
        ("mon", "tue", "wed", "thu", "fri"), "每周的工作日", "working days of an ordinary week"
    )
    national_holidays: bool = figure(True, "采用国家法定节假日与调休表", "national holidays and make-up days apply")
    holidays: tuple[str, ...] = figure((), "另加的休息日（YYYY-MM-DD）", "further rest days (YYYY-MM-DD)")
    workdays: tuple[str, ...] = figure((), "另加的工作日（YYYY-MM-DD）", "further working days (YYYY-MM-DD)")

    def working_day(self, day: date, national: Callable[[date], bool]) -> bool:
        """The site's own days first, then where the national table differs from Monday to Friday, then the week."""
        if day.isoformat() in self.workdays:
            return True
        if day.isoformat() in self.holidays:
            return False
        if self.national_holidays and national(day) != monday_to_friday(day):
            return national(day)
        return WEEK[day.weekday()] in self.working_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All figures of one site: what domain code receives. `working_day` is the business calendar's answer (D-34)."""

    zone: ZoneInfo = ZoneInfo("Asia/Shanghai")
    working_day: Callable[[date], bool] = monday_to_friday
    kinds: tuple[Kind, ...] = DEFAULT_KINDS
    quiet_hours: QuietHours = QuietHours()
    complaint: ComplaintRules = ComplaintRules()
    callback: CallbackRules = CallbackRules()
    group: GroupRules = GroupRules()
    escalation: EscalationRules = EscalationRules()
    urge: UrgeRules = UrgeRules()
    delivery: DeliveryRules = DeliveryRules()
    calendar: CalendarRules = CalendarRules()
    reminder: ReminderRules = ReminderRules()
    limit: LimitRules = LimitRules()
    routing: RoutingRules = RoutingRules()
    draft: DraftRules = DraftRules()
    album: AlbumRules = AlbumRules()
    thread: ThreadRules = ThreadRules()
    privacy: PrivacyRules = PrivacyRules()
    summary: SummaryRules = SummaryRules()
    special_callback: SpecialCallbackRules = SpecialCallbackRules()
    sample: SampleRules = SampleRules()
    major_defect: MajorDefectRules = MajorDefectRules()
    approval: ApprovalRules = ApprovalRules()
    handover: HandoverRules = HandoverRules()
    esign: EsignRules = EsignRules()
    item_pass: PassRules = field(default=PassRules(), metadata={"table": "pass"})
    mailbox: MailboxRules = MailboxRules()
    survey: SurveyRules = SurveyRules()
    reception: ReceptionRules = ReceptionRules()
    meeting: MeetingRules = MeetingRules()
    staff_survey: StaffSurveyRules = StaffSurveyRules()
    committee: CommitteeRules = CommitteeRules()

    def kind(self, code: str) -> Kind | None:
        """The kind stored under `code`, or None where a site has since taken it out."""
        return next((kind for kind in self.kinds if kind.code == code), None)
