"""Words for times, states, departments and roles, as people read them: the glossary's terms."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.dialogue.text import Personal, Text, _
from domain.complaint import CardState, Complaint, ComplaintState, OrderState
from domain.glossary import Department, Level, Role
from domain.people import Person
from domain.rules import Rules

DEPARTMENTS = {
    Department.CS: _("客户服务部"),
    Department.PROPERTY: _("物业部"),
    Department.ENGINEERING: _("工程维护部"),
    Department.SECURITY: _("保安部"),
    Department.CLEANING: _("环卫部"),
    Department.ADMINISTRATION: _("行政管理部"),
    Department.QUALITY: _("品质管理部"),
}

ROLES = {
    Role.OWNER: _("业主"),
    Role.LESSEE: _("租户"),
    Role.AGENT: _("代理人"),
    Role.FAMILY_MEMBER: _("家庭成员"),
    Role.FRONT_DESK: _("前台"),
    Role.CS_SUPERVISOR: _("客服主管"),
    Role.CS_HEAD: _("客户服务部负责人"),
    Role.DEPARTMENT_HEAD: _("部门负责人"),
    Role.SITE_MANAGER: _("管理处主任"),
    Role.LEADERSHIP: _("公司领导"),
    Role.PROPERTY_ASSISTANT: _("物业助理"),
    Role.TECHNICIAN: _("维修技工"),
    Role.GUARD: _("保安员"),
    Role.CALLER: _("来电人"),
    Role.GM: _("总经理"),
    Role.MGMT_REP: _("管理者代表"),
    Role.OMBUDSMAN: _("督导员"),
    Role.HANDOVER_OFFICER: _("入伙管理员"),
    Role.CASHIER: _("收款员"),
    Role.ARCHIVIST: _("档案管理员"),
    Role.RECORDER: _("记录人员"),
    Role.CALLBACK_CALLER: _("回访专员"),
    Role.DEFECT_VISITOR: _("上门回访专人"),
    Role.QUALITY_OFFICER: _("品质专员"),
    Role.EMPLOYEE: _("员工"),
}

STATES = {
    ComplaintState.RECEIVED: _("已受理，待派单"),
    ComplaintState.ISSUED: _("已派单，待接单"),
    ComplaintState.ACCEPTED: _("已接单"),
    ComplaintState.IN_PROGRESS: _("处理中"),
    ComplaintState.DONE: _("已处理，待部门审核"),
    ComplaintState.REVIEWED: _("已审核"),
    ComplaintState.CALLBACK_DUE: _("待回访"),
    ComplaintState.CALLED_BACK: _("已回访，待归档"),
    ComplaintState.UNREACHABLE: _("多次未联系上，待主管确认"),
    ComplaintState.SUPERVISOR_REVIEWED: _("主管已审核"),
    ComplaintState.ARCHIVED: _("已归档"),
    ComplaintState.WITHDRAWN: _("已撤回，待回访"),
}

ORDER_STATES = {
    OrderState.ISSUED: _("待接单"),
    OrderState.ACCEPTED: _("已接单"),
    OrderState.IN_PROGRESS: _("处理中"),
    OrderState.DONE: _("已完成，待审核"),
    OrderState.REVIEWED: _("已审核"),
    OrderState.DECLINED: _("已拒接"),
    OrderState.TRANSFERRED: _("已转派"),
    OrderState.WITHDRAWN: _("业户已撤回"),
}

CARD_STATES = {
    CardState.OPENED: _("待批示"),
    CardState.INSTRUCTED: _("已批示"),
    CardState.EXECUTING: _("执行中"),
    CardState.REVIEWED: _("已审核"),
    CardState.AT_FRONT_DESK: _("已送前台"),
    CardState.CALLED_BACK: _("已回访"),
    CardState.SUPERVISOR_REVIEWED: _("主管已审核"),
    CardState.ARCHIVED: _("已归档"),
}

LEVELS = {
    Level.L0: _("处理人"),
    Level.L1: _("前台"),
    Level.L2: _("客服主管"),
    Level.L3: _("部门负责人"),
    Level.L4: _("管理处主任"),
    Level.L5: _("品质管理部"),
    Level.L6: _("公司领导"),
}

_MONTHS = (
    *(_("1月"), _("2月"), _("3月"), _("4月"), _("5月"), _("6月")),
    *(_("7月"), _("8月"), _("9月"), _("10月"), _("11月"), _("12月")),
)
_WEEKDAYS = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))


def kind_name(code: str, rules: Rules) -> Text | str:
    """The kind's name; English for English readers through the kind's own second name."""
    kind = rules.kind(code)
    return Text(kind.name, english=kind.name_en) if kind else _("其他")


def moment(at: datetime, zone: ZoneInfo, now: datetime) -> Text:
    """今天 16:00 · 明天 08:30 · 11月30日(周一) 16:00, in the site's zone; the end of a day ahead is its 24:00."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    clock = local.strftime("%H:%M")
    if clock == "00:00" and at > now:
        local, clock = local - timedelta(minutes=1), "24:00"
    match (local.date() - today).days:
        case 0:
            return _("今天 {clock}").format(clock=clock)
        case 1:
            return _("明天 {clock}").format(clock=clock)
        case -1:
            return _("昨天 {clock}").format(clock=clock)
    return _("{date}({weekday}) {clock}").format(
        date=day_and_month(local.date()), weekday=_WEEKDAYS[local.weekday()], clock=clock
    )


def day_and_month(day: date) -> Text:
    """12月1日."""
    return _("{month}{day}日").format(month=_MONTHS[day.month - 1], day=day.day)


def between(start: datetime, until: datetime, zone: ZoneInfo, now: datetime) -> Text:
    """今天 14:00–15:00, or 今天 14:00 至 明天 09:00 where it runs over midnight."""
    last = until.astimezone(zone)
    if start.astimezone(zone).date() == last.date():
        return _("{start}–{until}").format(start=moment(start, zone, now), until=last.strftime("%H:%M"))
    return _("{start} 至 {until}").format(start=moment(start, zone, now), until=moment(until, zone, now))


def span(length: timedelta) -> Text:
    """3 小时 20 分: whole minutes, rounded down; days only from two days on."""
    minutes = max(0, int(length.total_seconds()) // 60)
    hours, rest = divmod(minutes, 60)
    if hours >= 48 and hours % 24 == 0:
        return _("{days} 天").format(days=hours // 24)
    if hours >= 48:
        return _("{days} 天 {hours} 小时").format(days=hours // 24, hours=hours % 24)
    if hours and rest:
        return _("{hours} 小时 {minutes} 分").format(hours=hours, minutes=rest)
    if hours:
        return _("{hours} 小时").format(hours=hours)
    return _("{minutes} 分").format(minutes=rest)


def remaining(due_at: datetime, now: datetime) -> Text:
    """还剩 3 小时 20 分, or how long it is overdue."""
    if due_at > now:
        return _("还剩 {span}").format(span=span(due_at - now))
    if now - due_at < timedelta(minutes=1):
        return _("现在到期")
    return _("已超时 {span}").format(span=span(now - due_at))


def due(due_at: datetime, zone: ZoneInfo, now: datetime) -> Text:
    """还剩 3 小时 20 分（今天 16:00）: words first, the clock time in brackets."""
    return _("{words}（{clock}）").format(words=remaining(due_at, now), clock=moment(due_at, zone, now))


def place_name(complaint: Complaint) -> Text | str:
    """3-1-201, or that it is a public area near that unit."""
    return _("{place} 公共区域").format(place=complaint.place) if complaint.public_area else complaint.place


def heading(complaint: Complaint, rules: Rules) -> Text:
    """投诉 TS… · 3-1-201 · 电梯, with the one sign that an urgent matter carries."""
    line = _("{number} · {place} · {kind}").format(
        number=complaint.number, place=place_name(complaint), kind=kind_name(complaint.kind, rules)
    )
    return _("⚠ 紧急 {line}").format(line=line) if complaint.urgent else line


def phone_of(person: Person) -> Personal:
    """The person's number to be shown; whoever is sent it stands in the read log."""
    return Personal(person.phone, person.id)


def on_record(words: str) -> Text | str:
    """Words as they stand in a record: the desk's own are in the catalogue, and what people said stays as it is."""
    return Text(words) if words else ""


def shortened(words: str, most: int = 60) -> Text | str:
    """The first words of a long text on record, on one line."""
    line = " ".join(words.split())
    return on_record(line if len(line) <= most else line[: most - 1] + "…")
