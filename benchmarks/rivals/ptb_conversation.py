"""python-telegram-bot: an Application with a ConversationHandler; its request class answers without a network."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from telegram import KeyboardButton, ReplyKeyboardMarkup, ReplyKeyboardRemove, Update
from telegram.ext import Application, CallbackContext, CommandHandler, ConversationHandler, ExtBot, MessageHandler
from telegram.ext.filters import TEXT
from telegram.request import BaseRequest, RequestData
from typing_extensions import override

from benchmarks.conversation import COMMAND, QUESTIONS, RECEIVED, Question, prompt
from benchmarks.rivals.ptb_stores import Memory, PtbStore
from benchmarks.rivals.telegram_wire import LOOPBACK, bot_response, sent_response, text_update
from benchmarks.subject import NoReplyError

Context = CallbackContext[ExtBot[None], Memory, Memory, Memory]
Step = Callable[[Update, Context], Coroutine[Any, Any, int]]


class LoopbackRequest(BaseRequest):
    def __init__(self) -> None:
        self.sent: dict[int, str] = {}

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None:
        self.sent.clear()

    async def shutdown(self) -> None:
        self.sent.clear()

    @override
    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        if request_data is None or url.endswith("/getMe"):
            return 200, bot_response().encode()
        form = request_data.json_parameters
        chat, text = int(form["chat_id"]), form["text"]
        self.sent[chat] = text
        return 200, sent_response(chat, text).encode()


class PtbConversation:
    def __init__(self, open_store: Callable[[Path], PtbStore]) -> None:
        self._open_store = open_store

    async def start(self, path: Path) -> None:
        self._store = self._open_store(path)
        self._request = LoopbackRequest()
        builder = Application.builder().token(LOOPBACK).request(self._request).get_updates_request(LoopbackRequest())
        self._application = builder.job_queue(None).persistence(self._store.persistence).build()
        self._application.add_handler(complaint_handler(self._store))
        await self._application.initialize()

    async def say(self, chat: int, text: str) -> None:
        async with self._store.turn():
            update = Update.de_json(text_update(chat, text), self._application.bot)
            await self._application.process_update(update)
            await self._application.update_persistence()
        if self._request.sent.pop(chat, None) is None:
            raise NoReplyError(text)

    async def filed(self) -> int:
        return self._store.filed()

    async def stop(self) -> None:
        await self._application.shutdown()
        self._store.close()


def complaint_handler(store: PtbStore) -> "ConversationHandler[Context]":
    return ConversationHandler(
        entry_points=[CommandHandler(COMMAND, opening)],
        states={index: [MessageHandler(TEXT, answering(index, store))] for index in range(len(QUESTIONS))},
        fallbacks=[],
        name="complaint",
        persistent=True,
    )


async def opening(update: Update, context: Context) -> int:
    remembered(context).clear()
    await ask(update, QUESTIONS[0], {})
    return 0


def answering(index: int, store: PtbStore) -> Step:
    question = QUESTIONS[index]

    async def answer(update: Update, context: Context) -> int:
        assert update.message is not None
        answers = remembered(context)
        value = question.accept(update.message.text or "")
        if value is None:
            await ask(update, question, answers)
            return index
        answers[question.key] = value
        if index + 1 < len(QUESTIONS):
            await ask(update, QUESTIONS[index + 1], answers)
            return index + 1
        store.file(update.message.chat_id, answers)
        answers.clear()
        await update.message.reply_text(RECEIVED, reply_markup=ReplyKeyboardRemove())
        return ConversationHandler.END

    return answer


def remembered(context: Context) -> Memory:
    assert context.user_data is not None
    return context.user_data


async def ask(update: Update, question: Question, answers: Memory) -> None:
    assert update.message is not None
    buttons = [[KeyboardButton(option)] for option in question.options]
    markup = ReplyKeyboardMarkup(buttons) if buttons else ReplyKeyboardRemove()
    await update.message.reply_text(prompt(question, answers), reply_markup=markup)
