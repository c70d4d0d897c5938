"""Recurring duties over replicas: each occurrence once, however many replicas wake at the same moment or late."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import App
from bot.clock import MovableClock
from storage.tables.messages import outbox
from storage.tables.time import duties
from tests.house_under_test import MONDAY, config_in, seeded_postgres
from tests.postgres import OwnPostgres


@pytest.mark.postgres
@pytest.mark.clause("CP-4.3.1", "CP-4.2.6c")
async def test_duties_run_once_over_replicas_and_after_a_clock_jump(tmp_path: Path, postgres: OwnPostgres) -> None:
    config = config_in(tmp_path, {"database": await asyncio.to_thread(seeded_postgres, postgres, tmp_path)})
    clocks = [MovableClock(frozen_at=MONDAY) for _ in range(3)]
    apps = [await App.open(config, clock=clock) for clock in clocks]
    for app in apps:
        await app.settle()
    for jump in (timedelta(hours=8), timedelta(days=1), timedelta(days=5)):
        for clock in clocks:
            clock.move_to(clock.now() + jump)
        await asyncio.gather(*(app.settle() for app in apps))
    async with apps[0].db.read(clocks[0].now()) as work:
        ran = (await work.connection.execute(select(duties.c.duty, duties.c.site, duties.c.occurrence))).all()
        told = (await work.connection.execute(select(outbox.c.person, outbox.c.matter, outbox.c.created_at))).all()
        overdue = await apps[0].duties.overdue(work, clocks[0].now())
    for app in apps:
        await app.close()
    assert overdue == []
    after = Counter((row.duty, row.site) for row in ran if row.occurrence > MONDAY)
    # From ten to six, to six the next day, five days on; of what was missed together only the latest is made up for.
    expected = {"evening": 3, "heads": 2, "K6": 2}
    assert after == {(duty, site): expected[duty] for duty, site in after}
    assert {duty for duty, _site in after} == set(expected)
    lists = Counter((row.person, row.matter, row.created_at) for row in told if row.matter.startswith("heads:"))
    assert all(count == 1 for count in lists.values())
