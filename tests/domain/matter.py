"""One complaint on its way, with the staff of a site and a clock that visits every due promise. Shared by these tests."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain import agreed_time, callback, clocks, escalation, filing, review, work_order
from domain.complaint import Complaint, EscalationStep, Verdict, WorkOrder
from domain.decision import Decision, Event, Promise
from domain.glossary import Department, Role
from domain.people import Person, Roster
from domain.rules import Rules

RULES = Rules()
SHANGHAI = ZoneInfo("Asia/Shanghai")
SITE = "yunjing"


def local(text: str) -> datetime:
    """`23 10:00` in November 2026 (the 23rd is a Monday), site time, as UTC."""
    day, _, clock = text.partition(" ")
    hour, minute, *second = (int(part) for part in clock.split(":"))
    seconds = second[0] if second else 0
    return datetime(2026, 11, int(day), hour, minute, seconds, tzinfo=SHANGHAI).astimezone(UTC)


def staff(person_id: str, role: Role, department: Department | None = None, **more: Any) -> Person:
    return Person(id=person_id, name=person_id, role=role, site=more.pop("site", SITE), department=department, **more)


STAFF = (
    staff("desk", Role.FRONT_DESK, Department.CS),
    staff("desk2", Role.FRONT_DESK, Department.CS, duty=False),
    staff("supervisor", Role.CS_SUPERVISOR, Department.CS),
    staff("cs_head", Role.CS_HEAD, Department.CS, deputy="cs_deputy"),
    staff("cs_deputy", Role.EMPLOYEE, Department.CS),
    staff("eng_head", Role.DEPARTMENT_HEAD, Department.ENGINEERING, deputy="tech2"),
    staff("tech", Role.TECHNICIAN, Department.ENGINEERING),
    staff("tech2", Role.TECHNICIAN, Department.ENGINEERING),
    staff("sec_head", Role.DEPARTMENT_HEAD, Department.SECURITY),
    staff("guard", Role.GUARD, Department.SECURITY),
    staff("prop_head", Role.DEPARTMENT_HEAD, Department.PROPERTY),
    staff("assistant3", Role.PROPERTY_ASSISTANT, Department.PROPERTY, buildings=("3",)),
    staff("assistant", Role.PROPERTY_ASSISTANT, Department.PROPERTY),
    staff("manager", Role.SITE_MANAGER),
    staff("quality", Role.DEPARTMENT_HEAD, Department.QUALITY, site=""),
    staff("leader1", Role.LEADERSHIP, site="", rank=1),
    staff("leader2", Role.LEADERSHIP, site="", rank=2),
    staff("rep", Role.MGMT_REP, site=""),
)
ROSTER = Roster(site=SITE, staff=STAFF)


def roster_with(*changed: Person, without: tuple[str, ...] = ()) -> Roster:
    """The site's staff with some persons changed or taken out."""
    new = {person.id: person for person in changed}
    kept = tuple(new.get(p.id, p) for p in STAFF if p.id not in without)
    return replace(ROSTER, staff=kept)


def person(person_id: str) -> Person:
    found = ROSTER.person(person_id)
    assert found is not None
    return found


class Matter:
    """Reads like a story: `Matter().issue().accept().wait(hours=12)`; every event is kept with its moment."""

    def __init__(
        self, at: str = "23 10:00", *, kind: str = "lift", rules: Rules = RULES, roster: Roster = ROSTER
    ) -> None:
        self.now = local(at)
        self.rules = rules
        self.roster = roster
        self.happened: list[tuple[datetime, Event]] = []
        self.cards = 0
        received = filing.receive(
            "TS20261123-0001",
            site=SITE,
            unit="3-1-201",
            building="3",
            place="3-1-201",
            complainant="owner",
            kind=kind,
            public_area=False,
            details="电梯坏了",
            photos=(),
            wishes_urgent=False,
            contact_from=None,
            contact_until=None,
            first_report_at=self.now,
            now=self.now,
            rules=rules,
        )
        self.complaint = self.keep(received)

    def keep(self, decided: Decision[Complaint]) -> Complaint:
        self.complaint = decided.record
        self.happened += [(self.now, event) for event in decided.events]
        return self.complaint

    # ------------------------------------------------------------------------------------------------ what people do

    def issue(
        self, department: Department = Department.ENGINEERING, number: str = "GD1", *, also: bool = False
    ) -> "Matter":
        step = None if also else self.complaint.step
        self.keep(
            work_order.issue(
                self.complaint,
                number=number,
                department=department,
                assigned=("tech",),
                by="desk",
                now=self.now,
                step=step,
            )
        )
        return self

    def accept(self, number: str = "GD1", by: str = "tech") -> "Matter":
        self.keep(work_order.accept(self.complaint, number, self.order(number).step, by, self.now))
        return self

    def decline(self, number: str = "GD1", by: str = "tech") -> "Matter":
        step = self.order(number).step
        self.keep(work_order.decline(self.complaint, number, step, by, "不归我们管", self.now))
        return self

    def progress(self, number: str = "GD1", by: str = "tech") -> "Matter":
        self.keep(work_order.progress(self.complaint, number, by, "配件在路上", "明天", self.now))
        return self

    def done(self, number: str = "GD1", by: str = "tech") -> "Matter":
        self.keep(work_order.done(self.complaint, number, by, "继电器老化", "已更换", ("photo",), self.now, self.rules))
        return self

    def review(self, number: str = "GD1", by: str = "eng_head") -> "Matter":
        self.keep(review.pass_review(self.complaint, number, by, self.now, self.rules))
        return self

    def send_back(self, number: str = "GD1", by: str = "eng_head") -> "Matter":
        self.keep(review.return_order(self.complaint, number, by, "还在响", self.now, self.rules))
        return self

    def verdict(self, verdict: Verdict, by: str = "owner", words: str = "", channel: str = "chat") -> "Matter":
        assert self.complaint.callback is not None
        step = self.complaint.callback.step
        self.keep(callback.verdict(self.complaint, step, by, verdict, words, channel, self.now, self.rules))
        return self

    def archive(self, by: str = "supervisor") -> "Matter":
        self.keep(review.archive(self.complaint, by, self.now))
        return self

    def urge(self) -> "Matter":
        self.keep(filing.urge(self.complaint, "owner", self.now, self.rules))
        return self

    def withdraw(self) -> "Matter":
        self.keep(filing.withdraw(self.complaint, "owner", "自己修好了", self.now, self.rules))
        return self

    def agree(self, start: str, until: str, number: str = "GD1") -> "Matter":
        self.keep(
            agreed_time.log_agreed_time(
                self.complaint, number, "desk", local(start), local(until), self.now, self.rules
            )
        )
        return self

    def acknowledge(self, step: int, by: str) -> "Matter":
        self.keep(escalation.acknowledge(self.complaint, step, by, self.now, self.rules))
        return self

    def instruct(self, step: int, by: str, until: str) -> "Matter":
        self.keep(escalation.instruct(self.complaint, step, by, "今天换掉继电器", local(until), self.now))
        return self

    # ------------------------------------------------------------------------------------------------- what time does

    def wait(self, **span: float) -> "Matter":
        return self._to(self.now + timedelta(**span))

    def until(self, text: str) -> "Matter":
        return self._to(local(text))

    def down_until(self, text: str) -> "Matter":
        """The system was down: nothing due on the way was acted on; now all of it is caught up with."""
        self.now = local(text)
        return self.act_on_due()

    def act_on_due(self) -> "Matter":
        for _ in range(60):
            due = [promise for promise in self.promises() if promise.due_at <= self.now]
            if not due:
                return self
            self.act(due[0])
        raise AssertionError(f"no end of promises due at {self.now}: {self.promises()}")

    def act(self, promise: Promise) -> None:
        number = None
        if promise.kind == "card":
            self.cards += 1
            number = f"DA{self.cards}"
        self.keep(clocks.act(self.complaint, promise, self.roster, self.rules, self.now, number))

    def _to(self, moment: datetime) -> "Matter":
        for _ in range(2000):
            coming = [p.due_at for p in self.promises() if p.due_at <= moment]
            if not coming:
                self.now = moment
                return self
            self.now = max(self.now, min(coming))
            self.act_on_due()
        raise AssertionError("time stands still")

    # ---------------------------------------------------------------------------------------------- what can be seen

    def promises(self) -> tuple[Promise, ...]:
        return clocks.promises(self.complaint, self.rules)

    def due(self, kind: str, step: str | None = None) -> datetime | None:
        """When the promise of this kind falls due, if there is one."""
        found = [p.due_at for p in self.promises() if p.kind == kind and step in (None, p.step)]
        return found[0] if found else None

    def order(self, number: str = "GD1") -> WorkOrder:
        return self.complaint.order(number)

    @property
    def steps(self) -> tuple[EscalationStep, ...]:
        return self.complaint.escalation.steps

    def ladder(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Each line of the ladder as (level, reason, holders)."""
        return [(str(s.level), s.reason, s.holders) for s in self.steps]

    def events(self, kind: str) -> list[Event]:
        return [event for _, event in self.happened if event.kind == kind]

    def when(self, kind: str, match: Callable[[Event], bool] = lambda _: True) -> list[str]:
        """The site times at which this happened, as `24 10:00`."""
        moments = [at.astimezone(SHANGHAI) for at, event in self.happened if event.kind == kind and match(event)]
        return [f"{at:%d %H:%M}" for at in moments]


def callback_due(at: str = "23 10:00") -> Matter:
    """A complaint handled and reviewed within the hour, at the front desk for its callback."""
    return Matter(at).issue().accept().wait(minutes=30).done().wait(minutes=10).review()
