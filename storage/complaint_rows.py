"""A complaint as rows: what is queried has columns, the whole of it is JSON beside them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from domain.complaint import Complaint, ComplaintState, FileCard, WorkOrder

_COMPLAINT = TypeAdapter(Complaint)
_ORDER = TypeAdapter(WorkOrder)
_CARD = TypeAdapter(FileCard)
_ELSEWHERE: Any = {"number": True, "version": True, "orders": True, "card": True}


def root_row(complaint: Complaint, version: int, now: datetime) -> dict[str, Any]:
    """The row of `complaints`, without orders and card."""
    due = (ComplaintState.CALLBACK_DUE, ComplaintState.WITHDRAWN)
    waiting = complaint.callback if complaint.state in due else None
    return {
        "number": complaint.number,
        "version": version,
        "site": complaint.site,
        "unit": complaint.unit,
        "building": complaint.building,
        "complainant": complaint.complainant,
        "kind": complaint.kind,
        "state": complaint.state,
        "urgent": complaint.urgent,
        "unfinished": complaint.unfinished,
        "closed": complaint.closed,
        "first_report_at": complaint.first_report_at,
        "received_at": complaint.received_at,
        "callback_due_at": waiting.due_at if waiting else None,
        "archived_at": complaint.archived_at,
        "data": _COMPLAINT.dump_python(complaint, mode="json", exclude=_ELSEWHERE),
        "updated_at": now,
    }


def order_row(complaint: Complaint, position: int, order: WorkOrder) -> dict[str, Any]:
    return {
        "number": order.number,
        "complaint": complaint.number,
        "position": position,
        "site": complaint.site,
        "department": order.department,
        "state": order.state,
        "open": order.open,
        "handler": order.handler,
        "received_at": order.received_at,
        "done_at": order.done_at,
        "data": _ORDER.dump_python(order, mode="json"),
    }


def card_row(complaint: Complaint, card: FileCard) -> dict[str, Any]:
    return {
        "number": card.number,
        "complaint": complaint.number,
        "site": complaint.site,
        "state": card.state,
        "opened_at": card.opened_at,
        "data": _CARD.dump_python(card, mode="json"),
    }


def complaint_of(root: Any, orders: Iterable[Any], card: Any) -> Complaint:
    """The complaint that these rows are."""
    data: Mapping[str, Any] = root.data
    whole = {
        **data,
        "number": root.number,
        "version": root.version,
        "orders": [order.data for order in orders],
        "card": card.data if card is not None else None,
    }
    return _COMPLAINT.validate_python(whole)


def holders(order: WorkOrder) -> frozenset[str]:
    """Who has the order in hand now."""
    if not order.open:
        return frozenset()
    return frozenset((order.handler,)) if order.handler else frozenset(order.assigned)
