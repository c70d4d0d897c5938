"""The duty log 值班记录 (CP-4.1.1a): what was heard, from whom, by whom, and what was answered."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.complaint import Complaint
from domain.decision import Refused
from domain.limits import local
from domain.people import Person, Unit
from domain.refusals import Why
from domain.rules import Rules

LONGEST_AGO = timedelta(days=30)
"""How long ago the first-asked person may have heard it; older words are a new matter."""
_PHONE = re.compile(r"\d{5,20}")


class Contact(StrEnum):
    """How it was heard; also the `channel` of a complaint that somebody else took down."""

    PHONE = "phone"
    VISIT = "visit"
    RELAY = "relay"
    CHAT = "chat"


class Shift(StrEnum):
    DAY = "day"
    NIGHT = "night"


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyEntry:
    """One line of the log. `unit` None: not a resident. `complaint`: the number it became, if it is one."""

    site: str
    at: datetime
    heard_at: datetime
    contact: Contact
    shift: Shift
    unit: str | None
    place: str
    name: str
    phone: str
    matter: str
    answer: str = ""
    taken_by: str | None = None
    complaint: str | None = None


def entry(
    *,
    site: str,
    contact: Contact,
    unit: Unit | None,
    place: str,
    name: str,
    phone: str,
    matter: str,
    answer: str,
    taken_by: str,
    heard_at: datetime,
    now: datetime,
    rules: Rules,
    complaint: str | None = None,
) -> DutyEntry:
    """A complete entry. Raises Refused INCOMPLETE with the names of what is missing: it cannot be saved (CP-4.1.1a).

    What was answered may be missing only where a complaint was filed: its receipt is the answer (CP-4.2.1c).
    """
    needed = {"name": name, "phone": phone_of(phone) or "", "matter": matter, "answer": answer or complaint or ""}
    missing = [field for field, words in needed.items() if not words.strip()]
    if missing:
        raise Refused(Why.INCOMPLETE, missing=missing)
    return DutyEntry(
        site=site,
        at=now,
        heard_at=min(heard_at, now),
        contact=contact,
        shift=shift_at(now, rules),
        unit=unit.id if unit else None,
        place=unit.label if unit else place,
        name=name.strip(),
        phone=phone_of(phone) or "",
        matter=matter.strip(),
        answer=answer.strip(),
        taken_by=taken_by,
        complaint=complaint,
    )


def of_complaint(complaint: Complaint, complainant: Person | None, now: datetime, rules: Rules) -> DutyEntry:
    """The entry that a complaint writes by itself (chat), or that passing it on writes (relay, CP-4.2.5)."""
    return DutyEntry(
        site=complaint.site,
        at=now,
        heard_at=complaint.first_report_at,
        contact=Contact(complaint.channel),
        shift=shift_at(now, rules),
        unit=complaint.unit,
        place=complaint.place,
        name=complainant.name if complainant else "",
        phone=complainant.phone if complainant else "",
        matter=complaint.details,
        taken_by=complaint.taken_by,
        complaint=complaint.number,
    )


def heard(at: datetime, now: datetime) -> datetime:
    """When it was first heard (D-10). Raises Refused NOT_YET for a time to come, TOO_LONG_AGO beyond a month."""
    if at > now:
        raise Refused(Why.NOT_YET, at=at.isoformat())
    if now - at > LONGEST_AGO:
        raise Refused(Why.TOO_LONG_AGO, at=at.isoformat())
    return at


def phone_of(text: str) -> str | None:
    """The digits of a telephone number however it was written, or None."""
    digits = re.sub(r"[\s()\-—]", "", unicodedata.normalize("NFKC", text)).removeprefix("+86").removeprefix("+")
    return digits if digits.isascii() and _PHONE.fullmatch(digits) else None


def shift_at(moment: datetime, rules: Rules) -> Shift:
    """Day, or the shift of the quiet hours."""
    return Shift.NIGHT if rules.quiet_hours.cover(local(moment, rules).time()) else Shift.DAY
