"""procrastinate on PostgreSQL: one deferred job per deadline, deferred in batches, run by one worker.

Set up as its manual shows; the batch and the concurrency are those that did best in trials.
"""

import logging
import time
from datetime import UTC, datetime, timedelta

from procrastinate import App, PsycopgConnector

BATCH = 1_000
CONCURRENCY = 20


async def measure(url: str, set_up: int, due: int) -> tuple[float, float]:
    """Seconds to defer `set_up` jobs for tomorrow, and seconds until one worker has run `due` more that are due now."""
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    app = App(connector=PsycopgConnector(conninfo=url.replace("+asyncpg", "")))
    ran = 0

    @app.task(name="remind", queue="deadlines")
    async def remind(number: int) -> None:
        nonlocal ran
        ran += 1

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        begun = time.perf_counter()
        later = datetime.now(UTC) + timedelta(days=1)
        for start in range(0, set_up, BATCH):
            numbers = range(start, min(start + BATCH, set_up))
            await remind.configure(schedule_at=later).batch_defer_async(*({"number": n} for n in numbers))
        took = time.perf_counter() - begun
        await remind.batch_defer_async(*({"number": n} for n in range(due)))
        begun = time.perf_counter()
        await app.run_worker_async(queues=["deadlines"], concurrency=CONCURRENCY, wait=False)
        swept = time.perf_counter() - begun
    if ran != due:
        raise AssertionError(f"the rival ran {ran} of {due}")
    return took, swept
