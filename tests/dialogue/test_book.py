"""The book: names are unique, and a script says by annotation what its desk is."""

from typing import Any

import pytest

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Reply
from bot.dialogue.message import Said
from bot.dialogue.press import Press
from domain.glossary import RESIDENTS, Role
from tests.dialogue.desk_book import make_book
from tests.dialogue.talk import Desk, Talk, World


async def test_the_desk_is_made_of_the_context() -> None:
    book = make_book()
    world = World()
    desk = book.buttons["my"].desk(world)
    assert isinstance(desk, Desk)
    assert desk.world is world


def test_a_name_belongs_to_one_entry() -> None:
    with pytest.raises(ValueError, match="complaint"):
        Book.merge(make_book(), make_book())
    book = Book()

    @book.button("same", who=RESIDENTS)
    async def press(press: Press, desk: Desk) -> None:
        return None

    with pytest.raises(ValueError, match="same"):

        @book.conversation("same", who=RESIDENTS)
        async def script(chat: Chat, desk: Desk) -> None:
            return None


def test_a_desk_without_its_class_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="desk"):

        @Book().conversation("loose", who=RESIDENTS)
        async def script(chat: Chat, desk: Any) -> None:
            return None


async def test_a_conversation_without_questions_ends_at_once() -> None:
    def make() -> Book:
        book = Book()

        @book.conversation("guide", who={Role.OWNER}, commands=("/guide",))
        async def guide(chat: Chat, desk: Desk) -> Reply:
            desk.world.write("read")
            return Reply("服务指南")

        return book

    talk = Talk(make)
    assert await talk.say("/guide") == "服务指南"
    assert talk.state.active is None
    assert talk.world.log == ["read"]


async def test_a_handler_may_have_nothing_to_say() -> None:
    def make() -> Book:
        book = Book()

        @book.button("quiet", who={Role.OWNER}, commands=("quiet",))
        async def quiet(press: Press, desk: Desk) -> None:
            desk.world.write([press.text, press.on, press.language])

        return book

    talk = Talk(make)
    outcome = await talk.hear(Said("1", talk.now, "/quiet 嘘"))
    assert outcome.replies == ()
    assert talk.world.log == [["嘘", None, "zh"]]
