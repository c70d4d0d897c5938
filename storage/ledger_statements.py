"""The statements of the ledger, built once."""

from typing import Any

from sqlalchemy import and_, bindparam, func, null, or_, select, tuple_, update

from storage.outbox_statements import COLUMNS, RIPE
from storage.tables.messages import outbox
from storage.tables.people import bindings
from storage.tables.types import PENDING, SENDING

_MOMENT = outbox.c.created_at.type
_earlier = outbox.alias("earlier")


def _bound(column: Any) -> Any:
    """Of the address that the person used last, one that is not blocked first."""
    return (
        select(column)
        .where(bindings.c.person == outbox.c.person, bindings.c.channel == outbox.c.channel)
        .order_by(bindings.c.blocked_at.is_not(None), bindings.c.bound_at.desc(), bindings.c.address)
        .limit(1)
        .correlate(outbox)
        .scalar_subquery()
    )


_address = _bound(bindings.c.address).label("address")
_blocked = _bound(bindings.c.blocked_at).is_not(None).label("blocked")
_COLUMNS: tuple[Any, ...] = (*COLUMNS, _address, _blocked, outbox.c.site, outbox.c.not_before, outbox.c.tried)
_unsettled = _earlier.c.state.in_([PENDING, SENDING])
_first_waits = (
    select(_earlier.c.id)
    .where(
        _earlier.c.person == outbox.c.person,
        _earlier.c.lane == outbox.c.lane,
        _earlier.c.matter == outbox.c.matter,
        _earlier.c.id < outbox.c.id,
        _unsettled,
        or_(
            _earlier.c.state == SENDING,
            _earlier.c.not_before.is_(None),
            _earlier.c.not_before <= bindparam("now", type_=_MOMENT),
        ),
    )
    .exists()
)
"""Earlier messages of the same key go first, but for those whose hour has not come."""
_edited_waits = and_(
    outbox.c.edit,
    select(_earlier.c.id)
    .where(
        _earlier.c.slot == outbox.c.slot,
        _earlier.c.person == outbox.c.person,
        _earlier.c.id < outbox.c.id,
        _unsettled,
    )
    .exists(),
)
SENDABLE = (
    select(*_COLUMNS)
    .where(RIPE, outbox.c.person.not_in(bindparam("busy", expanding=True)), ~_first_waits, ~_edited_waits)
    .order_by(outbox.c.priority, outbox.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, of=outbox)
)
_lease_over = and_(
    outbox.c.state == SENDING,
    outbox.c.channel == bindparam("channel"),
    outbox.c.lease_until <= bindparam("now"),
)
MAYBE_SENT = select(*_COLUMNS).where(_lease_over).order_by(outbox.c.lease_until)
RECENT = (
    select(_address, outbox.c.attempted_at)
    .where(outbox.c.channel == bindparam("channel"), outbox.c.attempted_at > bindparam("since"))
    .order_by(outbox.c.attempted_at.desc())
    .limit(20_000)
)
ANYTHING = select(outbox.c.id).where(RIPE).limit(1)
ANYTHING_MAYBE_SENT = select(outbox.c.id).where(_lease_over).limit(1)
_wakes = func.coalesce(outbox.c.lease_until, outbox.c.retry_at, outbox.c.not_before, type_=_MOMENT)
NEXT = select(func.min(_wakes, type_=_MOMENT)).where(
    outbox.c.state.in_([PENDING, SENDING]), outbox.c.channel == bindparam("channel"), _wakes > bindparam("now")
)
_last = (
    select(func.max(outbox.c.id))
    .where(
        tuple_(outbox.c.person, outbox.c.slot, outbox.c.channel).in_(bindparam("slots", expanding=True)),
        outbox.c.channel_message.is_not(None),
    )
    .group_by(outbox.c.person, outbox.c.slot)
)
LAST_OF_SLOTS = select(outbox.c.person, outbox.c.slot, outbox.c.channel_message).where(outbox.c.id.in_(_last))

CLAIM = (
    update(outbox)
    .where(outbox.c.id == bindparam("message"))
    .values(
        state="sending",
        attempts=outbox.c.attempts + 1,
        attempted_at=bindparam("now"),
        retry_at=null(),
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
    )
)
_mine = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("message"),
        outbox.c.channel == bindparam("by"),
        outbox.c.attempts == bindparam("attempt"),
        outbox.c.state.in_([PENDING, SENDING]),
    )
    .values(lease_owner=null(), lease_until=null())
)
EXPIRE = _mine.values(state="expired", settled_at=bindparam("now"))
SENT = _mine.values(state="sent", channel_message=bindparam("given"), settled_at=bindparam("now"))
AGAIN = _mine.values(
    state="pending",
    error=bindparam("why"),
    retry_at=bindparam("retry_at"),
    uncertain=outbox.c.uncertain + bindparam("more"),
)
DROP = _mine.values(
    state="dropped",
    error=bindparam("why"),
    uncertain=outbox.c.uncertain + bindparam("more"),
    settled_at=bindparam("now"),
)
REROUTE = _mine.values(
    state="pending",
    channel=bindparam("elsewhere"),
    tried=bindparam("noted"),
    error=bindparam("why"),
    target=null(),
    reply_to=null(),
    attempts=0,
    retry_at=null(),
    attempted_at=null(),
)
FAIL = _mine.values(state="failed", error=bindparam("why"), tried=bindparam("noted"), settled_at=bindparam("now"))
