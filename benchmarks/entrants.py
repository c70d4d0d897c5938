"""Who takes part. A factory imports its own library only, so that each runs in a process free of the others."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from benchmarks.subject import Subject


class Part(Enum):
    LIMIT = "limit"
    RIVAL = "rival"
    OURS = "ours"


@dataclass(frozen=True)
class Entrant:
    label: str
    part: Part
    create: Callable[[], Subject]


def raw_one_transaction() -> Subject:
    from benchmarks.raw import RawDriver

    return RawDriver(steps=1, batch=1)


def raw_three_transactions() -> Subject:
    from benchmarks.raw import RawDriver

    return RawDriver(steps=3, batch=1)


def raw_grouped() -> Subject:
    from benchmarks.raw import RawDriver

    return RawDriver(steps=3, batch=64)


def aiogram_direct() -> Subject:
    from benchmarks.rivals.aiogram_fsm import AiogramFsm
    from benchmarks.rivals.aiogram_stores import DirectStore

    return AiogramFsm(DirectStore.open)


def aiogram_sqlalchemy() -> Subject:
    from benchmarks.rivals.aiogram_fsm import AiogramFsm
    from benchmarks.rivals.aiogram_stores import AlchemyStore

    return AiogramFsm(AlchemyStore.open)


def ptb_direct() -> Subject:
    from benchmarks.rivals.ptb_conversation import PtbConversation
    from benchmarks.rivals.ptb_stores import DirectPersistence

    return PtbConversation(DirectPersistence)


def ptb_pickle() -> Subject:
    from benchmarks.rivals.ptb_conversation import PtbConversation
    from benchmarks.rivals.ptb_stores import PickledPersistence

    return PtbConversation(PickledPersistence)


def huiyin() -> Subject:
    from benchmarks.huiyin import Huiyin

    return Huiyin()


ENTRANTS: dict[str, Entrant] = {
    "raw-1": Entrant("raw driver, 1 transaction a message", Part.LIMIT, raw_one_transaction),
    "raw-3": Entrant("raw driver, 3 transactions a message", Part.LIMIT, raw_three_transactions),
    "raw-grouped": Entrant("raw driver, 3 shared by those waiting", Part.LIMIT, raw_grouped),
    "aiogram-direct": Entrant("aiogram FSM, direct SQLite", Part.RIVAL, aiogram_direct),
    "aiogram-sqlalchemy": Entrant("aiogram FSM, SQLAlchemy on SQLite", Part.RIVAL, aiogram_sqlalchemy),
    "ptb-direct": Entrant("python-telegram-bot, direct SQLite", Part.RIVAL, ptb_direct),
    "ptb-pickle": Entrant("python-telegram-bot, PicklePersistence", Part.RIVAL, ptb_pickle),
    "huiyin": Entrant("huiyin, whole on SQLite", Part.OURS, huiyin),
}
