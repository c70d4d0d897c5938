"""The duty log's form (CP-4.1.1a), when it was heard (D-10), and T1 of calls and visits."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain import duty_log, filing, limits
from domain.decision import Refused
from domain.duty_log import Contact, DutyEntry, Shift
from domain.people import Unit
from domain.refusals import Why
from tests.domain.matter import RULES, SITE, Matter, local

NOW = local("23 10:00")
UNIT = Unit("u1", SITE, "3", "3-1-201")


def entry(**changed: Any) -> DutyEntry:
    whole: dict[str, Any] = {
        "site": SITE,
        "contact": Contact.PHONE,
        "unit": UNIT,
        "place": "",
        "name": "李女士",
        "phone": "139-0000 0000",
        "matter": "电梯停了",
        "answer": "马上派人",
        "taken_by": "desk",
        "heard_at": NOW - timedelta(minutes=2),
        "now": NOW,
        "rules": RULES,
    }
    return duty_log.entry(**whole | changed)


@pytest.mark.clause("CP-4.1.1a")
def test_a_whole_entry_is_kept_as_it_was_said() -> None:
    written = entry()
    assert (written.unit, written.place, written.phone, written.shift) == ("u1", "3-1-201", "13900000000", Shift.DAY)
    assert (written.heard_at, written.at) == (NOW - timedelta(minutes=2), NOW)
    stranger = entry(unit=None, place="南门", now=local("23 23:00"))
    assert (stranger.unit, stranger.place, stranger.shift) == (None, "南门", Shift.NIGHT)


@pytest.mark.clause("CP-4.1.1a")
@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"name": " "}, ["name"]),
        ({"phone": "不知道"}, ["phone"]),
        ({"phone": "12"}, ["phone"]),
        ({"matter": ""}, ["matter"]),
        ({"answer": ""}, ["answer"]),
        ({"name": "", "matter": "\n"}, ["name", "matter"]),
    ],
)
def test_an_incomplete_entry_cannot_be_saved(changed: dict[str, str], missing: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        entry(**changed)
    assert (refused.value.code, refused.value.data["missing"]) == (Why.INCOMPLETE, missing)


@pytest.mark.clause("CP-4.1.1a")
def test_a_complaint_needs_no_other_answer() -> None:
    assert entry(answer="", complaint="TS1").complaint == "TS1"


@pytest.mark.clause("CP-4.1.1a")
def test_a_complaint_in_chat_writes_its_own_entry() -> None:
    complaint = Matter().complaint
    written = duty_log.of_complaint(complaint, None, NOW, RULES)
    assert (written.contact, written.complaint, written.matter) == (Contact.CHAT, complaint.number, complaint.details)


@pytest.mark.clause("CP-4.2.5")
def test_it_was_heard_before_it_is_written_down() -> None:
    assert duty_log.heard(NOW, NOW) == NOW
    with pytest.raises(Refused, match=Why.NOT_YET):
        duty_log.heard(NOW + timedelta(seconds=1), NOW)
    with pytest.raises(Refused, match=Why.TOO_LONG_AGO):
        duty_log.heard(NOW - timedelta(days=31), NOW)
    assert entry(heard_at=NOW + timedelta(hours=1)).heard_at == NOW


@pytest.mark.clause("CP-4.2.1b", "CP-4.2.5")
@pytest.mark.parametrize(("channel", "t1"), [("phone", "23 09:45"), ("visit", "23 09:45"), ("relay", "23 10:05")])
def test_t1_runs_from_the_call_but_from_the_entry_of_what_was_relayed(channel: str, t1: str) -> None:
    heard: datetime = local("23 09:40")
    complaint = filing.receive(
        "TS1",
        site=SITE,
        unit="u1",
        building="3",
        place="3-1-201",
        complainant="owner",
        kind="lift",
        public_area=False,
        details="电梯坏了",
        photos=(),
        wishes_urgent=False,
        contact_from=None,
        contact_until=None,
        first_report_at=heard,
        now=NOW,
        rules=RULES,
        channel=channel,
        taken_by="guard",
        confidential=True,
    ).record
    assert limits.issue_by(complaint, RULES) == local(t1)
    assert limits.card_at(complaint, RULES) == heard + timedelta(hours=24)
    assert (complaint.taken_by, complaint.confidential) == ("guard", True)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("138 0013 8000", "13800138000"),
        ("+86-13800138000", "13800138000"),
        ("(020)8888-8888", "02088888888"),
        ("１３８００１３８０００", "13800138000"),
        ("没有", None),
        ("1234", None),
        ("1" * 21, None),
    ],
)
def test_a_number_is_read_however_it_is_written(text: str, digits: str | None) -> None:
    assert duty_log.phone_of(text) == digits
