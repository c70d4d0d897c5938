"""The limits T1–T7 and K4 as moments: pure functions of the record and the figures."""

from datetime import UTC, date, datetime, time, timedelta

from domain.complaint import Complaint, FileCard, WorkOrder
from domain.rules import Rules


def local(moment: datetime, rules: Rules) -> datetime:
    return moment.astimezone(rules.zone)


def at_local(day: date, clock: time, rules: Rules) -> datetime:
    """The UTC moment of a clock time on a site-local day."""
    return datetime.combine(day, clock, tzinfo=rules.zone).astimezone(UTC)


def next_clock(after: datetime, clock: time, rules: Rules) -> datetime:
    """The first moment strictly after `after` at which the site's clock shows this time."""
    day = local(after, rules).date()
    today = at_local(day, clock, rules)
    return today if today > after else at_local(day + timedelta(days=1), clock, rules)


def awake(moment: datetime, rules: Rules) -> datetime:
    """The same moment by day; the end of the quiet hours by night (D-33)."""
    if not rules.quiet_hours.cover(local(moment, rules).time()):
        return moment
    return next_clock(moment, rules.quiet_hours.end, rules)


def desk_since(complaint: Complaint) -> datetime:
    return complaint.desk_since or complaint.received_at


def issue_by(complaint: Complaint, rules: Rules) -> datetime:
    """T1: the work order at the department (CP-4.2.1b, D-10)."""
    return desk_since(complaint) + timedelta(minutes=rules.complaint.dispatch_minutes)


def resolve_by(order: WorkOrder, rules: Rules) -> datetime:
    """T2, or T4 in its place: the agreed time counts in either direction (CP-4.2.2a, CP-4.2.2c, D-12)."""
    if order.agreed is not None:
        return order.agreed.until
    return order.since + timedelta(hours=rules.complaint.resolve_hours)


def reminders(order: WorkOrder, rules: Rules) -> tuple[tuple[int, datetime], ...]:
    """The pings before T2 as (figure, moment); with an agreed time they keep their distance to the limit."""
    limit = resolve_by(order, rules)
    since = order.agreed.at if order.agreed else order.since
    before = ((hours, rules.complaint.resolve_hours - hours) for hours in sorted(set(rules.reminder.resolve_hours)))
    moments = ((hours, limit - timedelta(hours=left)) for hours, left in before)
    return tuple((hours, at) for hours, at in moments if since < at < limit)


def progress_by(order: WorkOrder, rules: Rules) -> datetime:
    """T3: the later of 24 hours after receipt and the agreed time (CP-4.2.2b, D-11, D-12)."""
    usual = order.since + timedelta(hours=rules.complaint.progress_hours)
    return max(usual, order.agreed.until) if order.agreed else usual


def card_at(complaint: Complaint, rules: Rules) -> datetime:
    """T5: 24 hours after the first report, or the agreed time if later; the earliest unfinished order decides."""
    usual = complaint.first_report_at + timedelta(hours=rules.complaint.card_hours)
    if complaint.to_issue or not complaint.open_orders:
        return usual
    return min(max(usual, o.agreed.until) if o.agreed else usual for o in complaint.open_orders)


def first_reply_by(opened_at: datetime, rules: Rules) -> datetime:
    """K4 for the first day: the next 17:00 that leaves the least gap (D-15)."""
    gap = timedelta(minutes=rules.complaint.daily_reply_min_gap_minutes)
    clock = rules.complaint.daily_reply_time
    due = next_clock(opened_at, clock, rules)
    return due if due - opened_at >= gap else next_clock(due, clock, rules)


def reply_reminder_at(card: FileCard, rules: Rules) -> datetime | None:
    """One hour before the daily reply; None where it was sent or would come before the card."""
    if card.reply_due is None or card.reply_reminded:
        return None
    at = card.reply_due - timedelta(minutes=rules.reminder.daily_reply_lead_minutes)
    return at if at > card.opened_at else None


def callback_by(arrived_at: datetime, rules: Rules) -> datetime:
    """T6: the end of the day, or 12 hours later for what arrives after the cutoff (CP-4.2.6c, D-17)."""
    here = local(arrived_at, rules)
    if here.time() > rules.callback.same_day_cutoff:
        return arrived_at + timedelta(hours=rules.callback.visit_hours)
    return at_local(here.date() + timedelta(days=1), time(0), rules)


def archive_by(called_back_at: datetime, rules: Rules) -> datetime:
    """The next working day at the figure's hour (CP-4.2.6f)."""
    day = local(called_back_at, rules).date()
    left = rules.limit.archive_working_days
    while left > 0:
        day += timedelta(days=1)
        left -= 1 if rules.working_day(day) else 0
    return at_local(day, rules.limit.archive_time, rules)
