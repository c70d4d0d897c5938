"""What becomes of a message after a try: done, again at some moment, dropped, or given up. Pure.

At least once or at most once is a choice for each class (`delivery.repeat_unknown`), made only where nobody can know:
an edit, or a message to a service that takes idempotency keys, is repeated without any harm (docs/decisions/0014).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bot.sending import Later, Moved, Outcome, Refused, Sent, Unknown
from bot.settings import DeliverySettings
from storage.ledger import Sendable


@dataclass(frozen=True, slots=True)
class Done:
    message: str


@dataclass(frozen=True, slots=True)
class Again:
    """`uncertain`: this try may have arrived all the same. `address`: where the chat is from now on."""

    code: str
    at: datetime
    uncertain: bool = False
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """It may have arrived, and once more would be worse than not at all."""

    code: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """This channel will not do; another one is tried, then a person. `gone`: nothing reaches this address now."""

    code: str
    gone: bool = False


Verdict = Done | Again | Dropped | GivenUp
TOO_LATE = "too_late"
NOT_BOUND = "not_bound"
BLOCKED = "blocked"
LEASE_OVER = "lease_over"


def judge(
    message: Sendable, outcome: Outcome, now: datetime, rules: DeliverySettings, *, takes_keys: bool, dice: Random
) -> Verdict:
    """`message.attempts` counts the try that ended so."""
    match outcome:
        case Sent(given):
            return Done(given)
        case Refused(code, gone):
            return GivenUp(code, gone)
        case Moved(address):
            return Again("moved", now, address=address)
        case Unknown(code) if not may_repeat(message, rules, takes_keys):
            return Dropped(code)
    if too_late(message, now, rules):
        return GivenUp(TOO_LATE)
    if isinstance(outcome, Later) and outcome.seconds is not None:
        # Asked to wait, it has not failed; a little later than asked, so that not all come back in one moment.
        wait = outcome.seconds * (1 + 0.1 * dice.random())
        return Again(outcome.code, now + timedelta(seconds=wait))
    if message.attempts >= rules.max_attempts:
        return GivenUp(outcome.code)
    wait = backoff(message.attempts, rules, dice)
    return Again(outcome.code, now + timedelta(seconds=wait), uncertain=isinstance(outcome, Unknown))


def may_repeat(message: Sendable, rules: DeliverySettings, takes_keys: bool) -> bool:
    """Whether a try of which nobody knows the end is made again."""
    return takes_keys or message.target is not None or message.lane in rules.repeat_unknown


def too_late(message: Sendable, now: datetime, rules: DeliverySettings) -> bool:
    """Whether it has waited longer than a message of its lane is worth sending."""
    hours = {"urgent": rules.urgent_hours, "reply": rules.reply_hours, "bulk": rules.bulk_hours}[message.lane]
    return now - message.sendable_since >= timedelta(hours=hours)


def backoff(attempt: int, rules: DeliverySettings, dice: Random) -> float:
    """Seconds before the next try: doubled with each, at most the cap, and never the same for two messages."""
    most: float = min(rules.backoff_cap_seconds, rules.backoff_seconds * 2.0 ** (attempt - 1))
    return most * (0.5 + 0.5 * dice.random())
