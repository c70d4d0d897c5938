"""aiogram 3: a Dispatcher with a finite state machine, fed raw updates; its Bot answers itself, without a network."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.base import BaseSession
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import KeyboardButton, Message, ReplyKeyboardMarkup, ReplyKeyboardRemove
from typing_extensions import override

from benchmarks.conversation import COMMAND, QUESTIONS, RECEIVED, Question, prompt
from benchmarks.rivals.aiogram_stores import FsmStore
from benchmarks.rivals.telegram_wire import LOOPBACK, sent_response, text_update
from benchmarks.subject import NoReplyError

STATES = tuple(State(question.key, group_name="Complaint") for question in QUESTIONS)
Handler = Callable[[Message, FSMContext, FsmStore], Awaitable[None]]


class LoopbackSession(BaseSession):
    """Does all of a real session's encoding and decoding; only the network is missing."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[int, str] = {}

    @override
    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        fields = method.model_dump(warnings=False)
        form = {name: self.prepare_value(value, bot=bot, files={}) for name, value in fields.items()}
        chat, text = int(form["chat_id"]), form["text"]
        self.sent[chat] = text
        response = self.check_response(bot=bot, method=method, status_code=200, content=sent_response(chat, text))
        result: TelegramType = response.result  # type: ignore[assignment]  # None only when the platform refused
        return result

    async def close(self) -> None:
        self.sent.clear()

    def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        raise NotImplementedError("the conversation downloads nothing")


class AiogramFsm:
    def __init__(self, open_store: Callable[[Path], Awaitable[FsmStore]]) -> None:
        self._open_store = open_store

    async def start(self, path: Path) -> None:
        self._store = await self._open_store(path)
        self._session = LoopbackSession()
        self._bot = Bot(LOOPBACK, session=self._session)
        self._dispatcher = Dispatcher(storage=self._store.storage, store=self._store)
        self._dispatcher.include_router(complaint_router())

    async def say(self, chat: int, text: str) -> None:
        async with self._store.turn():
            await self._dispatcher.feed_raw_update(self._bot, text_update(chat, text))
        if self._session.sent.pop(chat, None) is None:
            raise NoReplyError(text)

    async def filed(self) -> int:
        return await self._store.filed()

    async def stop(self) -> None:
        await self._bot.session.close()
        await self._store.storage.close()


def complaint_router() -> Router:
    router = Router()
    router.message.register(opening, Command(COMMAND))
    for index, state in enumerate(STATES):
        router.message.register(answering(index), StateFilter(state))
    return router


async def opening(message: Message, state: FSMContext) -> None:
    await state.set_data({})
    await state.set_state(STATES[0])
    await ask(message, QUESTIONS[0], {})


def answering(index: int) -> Handler:
    question = QUESTIONS[index]

    async def answer(message: Message, state: FSMContext, store: FsmStore) -> None:
        value = question.accept(message.text or "")
        if value is None:
            await ask(message, question, await state.get_data())
            return
        answers = await state.update_data({question.key: value})
        if index + 1 < len(QUESTIONS):
            await state.set_state(STATES[index + 1])
            await ask(message, QUESTIONS[index + 1], answers)
        else:
            await store.file(message.chat.id, answers)
            await state.clear()
            await message.answer(RECEIVED, reply_markup=ReplyKeyboardRemove())

    return answer


async def ask(message: Message, question: Question, answers: dict[str, Any]) -> None:
    buttons = [[KeyboardButton(text=option)] for option in question.options]
    markup = ReplyKeyboardMarkup(keyboard=buttons) if buttons else ReplyKeyboardRemove()
    await message.answer(prompt(question, answers), reply_markup=markup)
