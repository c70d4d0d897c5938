"""Complaints to store: plain ones, and any that hypothesis can think of."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.complaint import Complaint, ComplaintState, OrderState, WorkOrder
from domain.complaint_parts import Callback, CardState, FileCard
from domain.glossary import Department

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def complaint(number: str = "TS20261123-0001", **changed: Any) -> Complaint:
    plain = Complaint(
        number=number,
        site="花园",
        unit="u1",
        building="1",
        place="1-1-101",
        complainant="ann",
        kind="lift",
        public_area=False,
        details="电梯坏了",
        photos=(),
        wishes_urgent=False,
        urgent=False,
        contact_from=None,
        contact_until=None,
        first_report_at=NOW,
        received_at=NOW,
        state=ComplaintState.RECEIVED,
    )
    return replace(plain, **changed)


def order(number: str = "GD20261123-0001", **changed: Any) -> WorkOrder:
    plain = WorkOrder(
        number=number,
        department=Department.ENGINEERING,
        state=OrderState.ISSUED,
        step=1,
        issued_at=NOW,
        issued_by="desk",
        received_at=NOW,
        assigned=("tech",),
    )
    return replace(plain, **changed)


def card(number: str = "DA20261123-0001", **changed: Any) -> FileCard:
    return replace(FileCard(number=number, state=CardState.OPENED, opened_at=NOW), **changed)


def callback() -> Callback:
    return Callback(step=1, due_since=NOW, due_at=NOW + timedelta(hours=12))


_texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20)
_moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
st.register_type_strategy(datetime, _moments)
st.register_type_strategy(str, _texts)


def _any(cls: type, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Every field of the dataclass filled, those with a default too."""
    return st.builds(cls, **{field.name: given.get(field.name, ...) for field in fields(cls)})  # type: ignore[arg-type]


@st.composite
def complaints(draw: st.DrawFn, number: str = "TS20261123-0001") -> Complaint:
    """Any complaint, sensible or not, new, with up to three orders and perhaps a card."""
    orders = [draw(_any(WorkOrder, number=st.just(f"GD-{number}-{i}"))) for i in range(draw(st.integers(0, 3)))]
    filed = draw(st.none() | _any(FileCard, number=st.just(f"DA-{number}")))
    return draw(  # type: ignore[no-any-return]
        _any(
            Complaint,
            number=st.just(number),
            version=st.just(0),
            site=st.just("花园"),
            orders=st.just(tuple(orders)),
            card=st.just(filed),
        )
    )
