"""What the files about work orders share: finding the order somebody acts on, and its buttons."""

from bot.dialogue.message import Choice
from bot.dialogue.text import Text, _
from bot.dialogue.words import SKIP, means
from domain.complaint import Complaint, OrderState, WorkOrder
from domain.decision import Refused
from domain.powers import Action
from handlers.office import UNKNOWN_RECORD, Office
from handlers.records import button

OPEN = "…"
"""Stands for words not said yet, when a rule is asked beforehand whether there is any point in asking for them."""
PASSED_ON = "order.progress_passed_on"
TO_ACCEPT = (Action.ACCEPT, Action.TRANSFER, Action.DECLINE)
AT_WORK = (Action.DONE, Action.PROGRESS, Action.PROPOSE_TIME, Action.TRANSFER)


async def held(office: Office, number: str, action: Action) -> tuple[Complaint, WorkOrder]:
    """The work order with its complaint, for who may do this to it. Raises Refused."""
    complaint, order = await office.opened(number, action)
    if order is None:
        raise Refused(UNKNOWN_RECORD)
    return complaint, order


def own_words(text: str) -> Text | None:
    """Refuses 跳过 where a record needs words."""
    return _("这一项要有文字记录，请写一句。") if means(text, SKIP) else None


def order_buttons(complaint: Complaint, order: WorkOrder) -> tuple[Choice, ...]:
    """What its handler does next with the order."""
    actions = TO_ACCEPT if order.state is OrderState.ISSUED else AT_WORK
    return tuple(button(action, complaint, order) for action in actions)
