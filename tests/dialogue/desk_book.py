"""A small book that uses every part of the engine; tests talk to it."""

from bot.dialogue.book import Book
from bot.dialogue.chat import Chat, Option, Reask, Reply
from bot.dialogue.message import act
from bot.dialogue.press import Press, Start
from domain.glossary import RESIDENTS, STAFF
from tests.dialogue.talk import Desk

KINDS = [Option("lift", "电梯"), Option("light", "电灯"), Option("water", "给排水"), Option("noise", "噪音 Noise")]
EVERYBODY = RESIDENTS | STAFF


def make_book() -> Book:
    return Book.merge(complaint_book(), booking_book(), survey_book(), order_book(), anywhere_book())


def complaint_book() -> Book:
    book = Book()

    async def unfinished(chat: Chat, desk: Desk) -> Reply:
        desk.world.write(
            [
                "unfinished",
                chat.opening.text,
                chat.answer("kind"),
                [p.name for p in (*chat.answer("photos", ()), *chat.early)],
            ]
        )
        return Reply("没说完的投诉已转给前台，前台会给您打电话。")

    @book.conversation(
        "complaint",
        who=RESIDENTS,
        commands=("complain",),
        phrases=("我要投诉", "投诉"),
        title="投诉",
        takes_files=True,
        on_expiry=unfinished,
    )
    async def complaint(chat: Chat, desk: Desk) -> Reply:
        unit = await chat.choose(
            "unit", "哪一套房？", [Option("u1", "3-1-201", {"id": "u1"})], label="房号", skip_if_single=True
        )
        kind = await chat.choose(
            "kind", "是哪方面的问题？", KINDS, label="类别", proposed="lift" if "梯" in chat.opening.text else None
        )
        details = await chat.text("details", "请说说发生了什么。", label="情况", at_least=4, taken=chat.opening)
        photos = await chat.photos("photos", "有照片吗？", label="照片")
        window = await chat.window("window", "什么时候方便上门？", label="时间")
        await chat.confirm("请确认：", "unit", "kind", "details", "photos", "window")
        if "满了" in details:
            raise Reask("details", "这一项今天收满了。")
        desk.world.write(
            [unit["id"], kind, details, [p.name for p in photos], window.start.isoformat() if window else None]
        )
        return Reply("已受理。", (act("查进度", "status"),))

    return book


def booking_book() -> Book:
    book = Book()

    @book.conversation("booking", who=RESIDENTS, commands=("book",), phrases=("预约",), title="预约")
    async def booking(chat: Chat, desk: Desk) -> None:
        day = await chat.choose("day", "哪天？", ["周一", "周二"], label="哪天")

        async def hold() -> str:
            return str(desk.world.write(f"hold {day}"))

        async def release(held: str) -> None:
            desk.world.write(f"release {held}")

        async def busy() -> int:
            desk.world.log.append("read")
            return 3

        held = await chat.once("held", hold, undo=release)
        await chat.say("tell", f"已为您保留{day}。")
        people = await chat.fact("people", busy)
        count = await chat.number("count", f"几个人？现有 {people} 人。", lowest=1, highest=5, label="人数")
        await chat.confirm("确认预约？")
        desk.world.write(["booked", held, count])

    return book


def survey_book() -> Book:
    book = Book()

    @book.conversation("survey", who=EVERYBODY, commands=("survey",), phrases=("问卷",), title="问卷")
    async def survey(chat: Chat, desk: Desk) -> Reply:
        liked = await chat.choose_many("liked", "喜欢哪些？", ["绿化", "保洁", "安保"], at_most=2, label="喜欢")
        why = await chat.text(
            "why", "为什么？", optional=True, check=lambda text: "请文明用语。" if "坏蛋" in text else None
        )
        forms = await chat.files("forms", "有文件吗？", at_most=2)
        return Reply(f"谢谢：{'、'.join(liked)}；{why or '无'}；{len(forms)}")

    return book


def order_book() -> Book:
    book = Book()

    @book.conversation("decline", who=STAFF)
    async def decline(chat: Chat, desk: Desk) -> Reply:
        reason = await chat.text("reason", "为什么拒接？", at_least=2)
        desk.world.write(["declined", chat.subject, chat.step, reason])
        return Reply("已拒接。")

    @book.button("decline_order", who=STAFF)
    async def decline_order(press: Press, desk: Desk) -> Start:
        return press.start("decline", press.subject, press.step)

    @book.button("accept", who=STAFF)
    async def accept(press: Press, desk: Desk) -> Reply:
        desk.world.write(["accepted", press.subject, press.step])
        return Reply("已接单。", edit=True)

    return book


def anywhere_book() -> Book:
    book = Book()

    @book.button("human", who=EVERYBODY, commands=("human",), phrases=("人工", "human"), title="人工", anywhere=True)
    async def human(press: Press, desk: Desk) -> Reply:
        return Reply("已请前台来和您说。")

    @book.button("status", who=EVERYBODY, commands=("status",), phrases=("进度", "status"), title="进度", anywhere=True)
    async def status(press: Press, desk: Desk) -> Reply:
        return Reply(f"没有在办的事{press.text}。", (act("去投诉", "complaint"),))

    @book.button("my", who=RESIDENTS, commands=("my",), phrases=("我的投诉",), title="我的")
    async def my(press: Press, desk: Desk) -> Reply:
        return Reply("您有 0 件投诉。")

    return book
