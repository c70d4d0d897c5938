"""Benchmark (d): from the moment a promise falls due to the escalation handed over, while very many orders are open.

The house runs as in service, on SQLite and on PostgreSQL. Complaints that nobody issues fall due one after another;
what counts is the wall time at which the supervisor's message stands in their list, against the promised moment.
"""

import asyncio
import json
import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, text

from benchmarks.figure import Figure
from benchmarks.place import FOLDER, progress
from benchmarks.postgres import NoPostgresError, throwaway_server
from bot.app import App
from bot.channels.console import port
from bot.clock import MovableClock
from bot.config import load
from bot.console_desk import ConsoleDesk
from storage.media import MediaStore
from storage.tables.messages import console_messages, outbox
from storage.tables.time import deadlines

NAME = "Promptness: from due to the escalation handed over"
SAID = ("我要投诉电梯坏了", "电梯", "公共区域", "完成", "正常处理", "跳过", "确认")
SECONDS = 2.0
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""A Monday at ten in Shanghai, whenever this runs: at night people are left alone."""

_SERIES = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})",
    "postgresql": "WITH n(i) AS (SELECT generate_series(1, {many}))",
}
_FILL = (
    """INSERT INTO complaints (number, version, site, building, complainant, kind, state, urgent, unfinished, closed,
    first_report_at, received_at, data, updated_at) {series} SELECT 'X' || i, 1, 'elsewhere', '', 'nobody', 'lift',
    'assigned', {no}, {no}, {no}, c.received_at, c.received_at, '{{}}', c.received_at FROM n, {one} c""",
    """INSERT INTO work_orders (number, complaint, position, site, department, state, open, received_at, data)
    {series} SELECT 'Y' || i, 'X' || i, 1, 'elsewhere', 'engineering', 'in_progress', {yes}, c.received_at, '{{}}'
    FROM n, {one} c""",
    """INSERT INTO deadlines (kind, subject, what, step, clause, site, due_at, wake_at, state, attempts, created_at)
    {series} SELECT 'complaint', 'X' || i, 'card', '1', 'CP-4.2.3a', 'elsewhere', d.due_at, d.due_at, 'pending', 0,
    d.created_at FROM n,
    (SELECT due_at, created_at FROM deadlines WHERE kind = 'complaint' ORDER BY due_at DESC LIMIT 1) d""",
)


def run(quick: bool) -> list[Figure]:
    many, falling = (10_000, 12) if quick else (1_000_000, 60)
    figures = [_one("SQLite", "", many, falling)]
    try:
        with throwaway_server() as server:
            figures.append(_one("PostgreSQL", server.new_database("prompt"), many, falling))
    except NoPostgresError as reason:
        figures.append(Figure(label=f"not measured: {reason}", value=0, unit=""))
    progress("")
    return figures


def _one(name: str, url: str, many: int, falling: int) -> Figure:
    progress(f"promptness: {name}, {many:,} open")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as child:
        late = sorted(child.submit(_run, url, many, falling).result())
    worst = late[min(len(late) - 1, int(len(late) * 0.99))]
    return Figure(
        label=f"{name}: 99th percentile of {len(late)}, {many:,} work orders open",
        value=worst,
        unit="s",
        lowest=late[0],
        highest=late[-1],
        target=f"< {SECONDS:.0f} s",
        met=worst < SECONDS,
    )


def _run(url: str, many: int, falling: int) -> list[float]:
    with tempfile.TemporaryDirectory(dir=FOLDER) as place:
        return asyncio.run(_measure(Path(place), url, many, falling))


async def _measure(place: Path, url: str, many: int, falling: int) -> list[float]:
    address = url or f"sqlite+aiosqlite:///{place / 'prompt.db'}"
    file = place / "config.toml"
    await asyncio.to_thread(file.write_text, f"[database]\nurl = {json.dumps(address)}\nstatement_seconds = 600\n")
    config = load(file)
    clock = MovableClock(offset=MORNING - datetime.now(UTC))
    app = await App.open(config, clock=clock, demo=True)
    desk = ConsoleDesk(app, MediaStore(place / "media"))
    async with app.db.read(clock.now()) as work:
        everybody = await work.people.everybody()
    owners = [person.id for person in everybody if person.role == "owner" and len(person.units) == 1]
    for number in range(falling):
        for said in SAID:
            await desk.accept(owners[number % len(owners)], port.Incoming(text=said))
            await app.settle()
        clock.move_to(clock.now() + timedelta(milliseconds=150))
    async with app.db.begin(clock.now()) as work:
        dialect = app.db.engine.dialect.name
        words = {
            "series": _SERIES[dialect].format(many=many),
            "no": "false" if dialect == "postgresql" else "0",
            "yes": "true" if dialect == "postgresql" else "1",
            "one": "(SELECT received_at FROM complaints LIMIT 1)",
        }
        for statement in _FILL:
            await work.connection.execute(text(statement.format(**words)))
    async with app.db.read(clock.now()) as work:
        first = (
            await work.connection.execute(
                select(deadlines.c.due_at, deadlines.c.what)
                .where(deadlines.c.kind == "complaint", deadlines.c.state == "pending")
                .order_by(deadlines.c.due_at)
                .limit(1)
            )
        ).one()
        due = dict(
            (
                await work.connection.execute(
                    select(deadlines.c.subject, deadlines.c.due_at).where(
                        deadlines.c.what == first.what, deadlines.c.site != "elsewhere"
                    )
                )
            )
            .tuples()
            .all()
        )
    came: list[tuple[str, int, float]] = []
    tell = app.changes.publish

    def noted(person: str, message: int) -> None:
        came.append((person, message, clock.now().timestamp()))
        tell(person, message)

    app.changes.publish = noted  # type: ignore[method-assign]
    clock.move_to(first.due_at - timedelta(seconds=1))
    app.start()
    await asyncio.sleep((max(due.values()) - clock.now()).total_seconds() + 4)
    async with app.db.read(clock.now()) as work:
        told = (
            await work.connection.execute(
                select(console_messages.c.id, console_messages.c.person, outbox.c.matter)
                .join(outbox, outbox.c.id == console_messages.c.outbox)
                .where(outbox.c.lane == "urgent", outbox.c.created_at >= first.due_at)
            )
        ).all()
    await app.stop()
    await app.close()
    at: dict[str, float] = {}
    for message, person, matter in told:
        if matter in due:
            seen = min(when for whose, latest, when in came if whose == person and latest >= message)
            at[matter] = min(seen, at.get(matter, seen))
    if at.keys() != due.keys():
        raise AssertionError(f"{len(due) - len(at)} of {len(due)} were not escalated")
    return [at[matter] - due[matter].timestamp() for matter in at]
