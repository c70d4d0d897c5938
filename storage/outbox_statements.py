"""The statements of the outbox, built once."""

from typing import Any

from sqlalchemy import and_, bindparam, func, literal_column, or_, select, update

from storage.tables.messages import outbox
from storage.tables.people import people
from storage.tables.types import PENDING, SENDING

_MESSAGE = outbox.c.id == bindparam("message")
COLUMNS: tuple[Any, ...] = (
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

RIPE = and_(
    outbox.c.state == PENDING,
    outbox.c.channel == bindparam("channel"),
    or_(outbox.c.not_before.is_(None), outbox.c.not_before <= bindparam("now")),
    or_(outbox.c.retry_at.is_(None), outbox.c.retry_at <= bindparam("now")),
)
UNSETTLED = outbox.c.state.in_([PENDING, SENDING])
WAITING = select(func.count()).select_from(outbox).where(UNSETTLED)
TAKEABLE = (
    select(*COLUMNS)
    .where(RIPE)
    .order_by(outbox.c.priority, outbox.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
"""For a channel where nothing is ever being sent or backing off: a look for what blocks costs more than the rest."""
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
DROP = update(outbox).where(_MESSAGE).values(state="dropped", error=bindparam("why"), settled_at=bindparam("now"))
EXPIRE_ONE = update(outbox).where(_MESSAGE).values(state="expired", settled_at=bindparam("now"))
SUPERSEDE = (
    update(outbox)
    .where(
        outbox.c.slot == bindparam("slot_is"),
        outbox.c.person == bindparam("person_is"),
        outbox.c.state == PENDING,
        outbox.c.edit,
    )
    .values(state="superseded", settled_at=bindparam("now"))
)
WITHDRAW = (
    update(outbox)
    .where(
        outbox.c.slot == bindparam("slot_is"),
        outbox.c.state == PENDING,
        outbox.c.person == func.coalesce(bindparam("person_is", type_=outbox.c.person.type), outbox.c.person),
    )
    .values(state="withdrawn", settled_at=bindparam("now"))
)
_wakes = func.coalesce(outbox.c.retry_at, outbox.c.not_before, type_=outbox.c.not_before.type)
NEXT = select(func.min(_wakes, type_=outbox.c.not_before.type)).where(
    outbox.c.state == PENDING, _wakes > bindparam("now")
)
# One look into the index a person, however much they were ever offered.
_last = select(
    select(func.max(outbox.c.id))
    .where(outbox.c.person == people.c.id, literal_column("outbox.offers"))
    .correlate(people)
    .scalar_subquery()
).where(people.c.id.in_(bindparam("ids", expanding=True)))
OFFERED = select(outbox.c.person, outbox.c.choices).where(outbox.c.id.in_(_last))
_later = outbox.alias("later")
_latest = (
    select(func.max(_later.c.id))
    .where(_later.c.person == outbox.c.person, literal_column("later.offers"))
    .correlate(outbox)
    .scalar_subquery()
    .label("latest")
)
OFFERS = select(outbox.c.id, outbox.c.person, outbox.c.text, outbox.c.choices, _latest).where(
    outbox.c.id.in_(bindparam("ids", expanding=True))
)
SLOTS = select(outbox.c.channel_message, outbox.c.slot).where(
    outbox.c.person == bindparam("person_is"),
    outbox.c.channel == bindparam("channel"),
    literal_column("outbox.channel <> 'console'"),  # said so that the index is known to serve
    outbox.c.slot.is_not(None),
    outbox.c.channel_message.in_(bindparam("given", expanding=True)),
)
