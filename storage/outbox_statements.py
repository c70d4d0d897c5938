"""The statements of the outbox, built once."""

from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select, update

from storage.tables.messages import outbox

_earlier = outbox.alias("earlier")
_MESSAGE = outbox.c.id == bindparam("message")
_COLUMNS: tuple[Any, ...] = (
    outbox.c.id,
    outbox.c.person,
    outbox.c.channel,
    outbox.c.lane,
    outbox.c.matter,
    outbox.c.text,
    outbox.c.choices,
    outbox.c.attachments,
    outbox.c.slot,
    outbox.c.edit,
    outbox.c.target,
    outbox.c.reply_to,
    outbox.c.key,
    outbox.c.expires_at,
    outbox.c.attempts,
    outbox.c.created_at,
)

_blocked = (
    select(_earlier.c.id)
    .where(
        _earlier.c.person == outbox.c.person,
        _earlier.c.lane == outbox.c.lane,
        _earlier.c.matter == outbox.c.matter,
        _earlier.c.id < outbox.c.id,
        _earlier.c.state.in_(["pending", "sending"]),
        or_(
            _earlier.c.state == "sending",
            and_(_earlier.c.state == "pending", _earlier.c.retry_at > bindparam("now", type_=outbox.c.retry_at.type)),
        ),
    )
    .exists()
)

CLAIMABLE = (
    select(*_COLUMNS)
    .where(
        outbox.c.state == "pending",
        outbox.c.channel == bindparam("channel"),
        or_(outbox.c.not_before.is_(None), outbox.c.not_before <= bindparam("now")),
        or_(outbox.c.retry_at.is_(None), outbox.c.retry_at <= bindparam("now")),
        ~_blocked,
    )
    .order_by(outbox.c.priority, outbox.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
CLAIMED = (
    update(outbox)
    .where(_MESSAGE)
    .values(
        state="sending",
        attempts=outbox.c.attempts + 1,
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
    )
)
MAYBE_SENT = (
    select(*_COLUMNS).where(outbox.c.state == "sending", outbox.c.lease_until <= bindparam("now")).order_by(outbox.c.id)
)
SENT = (
    update(outbox)
    .where(_MESSAGE)
    .values(
        state="sent",
        channel_message=bindparam("given"),
        settled_at=bindparam("now"),
        lease_owner=None,
        lease_until=None,
    )
)
FAIL = (
    update(outbox)
    .where(_MESSAGE)
    .values(
        state=bindparam("new_state"),
        error=bindparam("error"),
        retry_at=bindparam("retry_at"),
        settled_at=bindparam("now"),
        lease_owner=None,
        lease_until=None,
    )
)
DROP = update(outbox).where(_MESSAGE).values(state="dropped", error=bindparam("why"), settled_at=bindparam("now"))
EXPIRE = (
    update(outbox)
    .where(
        outbox.c.state == "pending",
        outbox.c.channel == bindparam("channel_is"),
        outbox.c.expires_at <= bindparam("now"),
    )
    .values(state="expired", settled_at=bindparam("now"))
)
SUPERSEDE = (
    update(outbox)
    .where(
        outbox.c.slot == bindparam("slot_is"),
        outbox.c.person == bindparam("person_is"),
        outbox.c.state == "pending",
        outbox.c.edit,
    )
    .values(state="superseded", settled_at=bindparam("now"))
)
WITHDRAW = (
    update(outbox)
    .where(
        outbox.c.slot == bindparam("slot_is"),
        outbox.c.state == "pending",
        outbox.c.person == func.coalesce(bindparam("person_is", type_=outbox.c.person.type), outbox.c.person),
    )
    .values(state="withdrawn", settled_at=bindparam("now"))
)
_wakes = func.coalesce(outbox.c.retry_at, outbox.c.not_before, type_=outbox.c.not_before.type)
NEXT = select(func.min(_wakes, type_=outbox.c.not_before.type)).where(
    outbox.c.state == "pending", _wakes > bindparam("now")
)
_last = (
    select(func.max(outbox.c.id))
    .where(outbox.c.person.in_(bindparam("ids", expanding=True)), outbox.c.offers)
    .group_by(outbox.c.person)
)
OFFERED = select(outbox.c.person, outbox.c.choices).where(outbox.c.id.in_(_last))
