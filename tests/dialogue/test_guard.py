"""What a script must not do: write while questions are open, swallow the wait, use a key twice."""

from collections.abc import Callable

import pytest

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Reask, Reply
from bot.dialogue.replay import WroteEarly
from domain.glossary import RESIDENTS
from tests.dialogue.talk import Desk, Talk


async def test_writing_before_the_last_answer_is_an_error_of_the_script() -> None:
    def make(early: bool) -> Callable[[], Book]:
        def book() -> Book:
            made = Book()

            @made.conversation("hasty", who=RESIDENTS, phrases=("快",))
            async def hasty(chat: Chat, desk: Desk) -> None:
                if early:
                    desk.world.write("early")
                await chat.text("a", "A？")
                desk.world.write("a")
                await chat.text("b", "B？")

            return made

        return book

    with pytest.raises(WroteEarly):
        await Talk(make(True)).say("快")
    talk = Talk(make(False))
    await talk.say("快")
    with pytest.raises(WroteEarly):
        await talk.say("甲")


async def test_a_refusal_after_a_write_is_an_error_of_the_script() -> None:
    def make() -> Book:
        book = Book()

        @book.conversation("late", who=RESIDENTS, phrases=("晚",))
        async def late(chat: Chat, desk: Desk) -> None:
            await chat.text("a", "A？")
            desk.world.write("half")
            raise Reask("a", "不行")

        return book

    talk = Talk(make)
    await talk.say("晚")
    with pytest.raises(WroteEarly):
        await talk.say("甲")


async def test_a_script_cannot_swallow_the_wait() -> None:
    def make() -> Book:
        book = Book()

        @book.conversation("greedy", who=RESIDENTS, phrases=("吞",))
        async def greedy(chat: Chat, desk: Desk) -> Reply:
            try:
                found = await chat.text("a", "A？")
            except Exception:  # noqa: BLE001 - what a script must not be able to do
                found = "swallowed"
            return Reply(found)

        return book

    await Talk(make).runs([("吞", "A？"), ("甲", "甲")])


async def test_a_key_used_twice_is_an_error_of_the_script() -> None:
    def make() -> Book:
        book = Book()

        @book.conversation("twice", who=RESIDENTS, phrases=("两",))
        async def twice(chat: Chat, desk: Desk) -> None:
            await chat.text("a", "A？")
            await chat.text("a", "A？")

        return book

    talk = Talk(make)
    await talk.say("两")
    with pytest.raises(RuntimeError, match="twice"):
        await talk.say("甲")
