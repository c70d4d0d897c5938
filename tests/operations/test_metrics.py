"""/metrics: every figure follows what happens, is described in the guide, and costs little."""

import re
import time
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.console import port
from domain.decision import Promise
from storage.inbox import InboxMessage
from storage.outbox import OutboxMessage
from tests.house_under_test import House
from tests.operations.conftest import Serve

GUIDES = [Path(__file__).parents[2] / "docs" / name for name in ("operating.md", "operating.zh-CN.md")]
FAMILY = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)


async def test_what_waits_is_shown_with_its_age(serve_house: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    served = await serve_house(start=False)
    house: House = served.house
    now = house.clock.now()
    async with house.app.db.begin(now - timedelta(seconds=40)) as work:
        person = (await work.people.everybody())[0].id
        message = {"channel": "console", "address": person, "payload": {"text": "在吗"}}
        ids = await work.inbox.add([InboxMessage(message_id=str(n), at=now, **message) for n in range(3)])
        work.inbox.park(ids[0], "broken")
        work.outbox.post(OutboxMessage(person=person, lane="urgent", text="急"))
        later = now + timedelta(hours=1)
        work.outbox.post(OutboxMessage(person=person, lane="bulk", text="明早再发", not_before=later))
        promise = Promise("T2", "1", "CP-4.2.2a", now - timedelta(seconds=90))
        work.deadlines.reconcile("complaint", "TS20261123-0001", [promise], "花园")
    figures = await served.figures()
    assert figures["huiyin_inbox_pending"] == 2
    assert figures["huiyin_inbox_oldest_seconds"] == 40
    assert figures["huiyin_inbox_parked"] == 1
    assert figures['huiyin_outbox_pending{channel="console",lane="urgent"}'] == 1
    assert figures['huiyin_outbox_oldest_seconds{channel="console",lane="urgent"}'] == 40
    assert 'huiyin_outbox_pending{channel="console",lane="bulk"}' not in figures  # its hour has not come
    assert figures["huiyin_deadlines_late"] == 1
    assert figures["huiyin_deadlines_late_seconds"] == 90


async def test_turns_sweeps_and_requests_are_counted(serve_house: Serve) -> None:
    served = await serve_house(start=False, console={"enabled": True})
    person = (await served.house.desk.people())[0].id
    for _ in range(2):
        body = {"text": "帮助"}
        url = f"{served.root}/api/people/{person}/messages"
        async with served.client.post(url, json=body) as answer:
            assert answer.status in (202, 403), await answer.text()
    await served.house.app._tick()
    await served.get("/api/nothing/here")
    await served.get("/no-such-page")
    figures = await served.figures()
    assert figures["huiyin_sweep_seconds_count"] == 1
    counted = {name: value for name, value in figures.items() if name.startswith("huiyin_http_requests_total")}
    assert sum(counted.values()) == 4
    assert any('route="/api/people/{id}/messages"' in name for name in counted)
    assert 'huiyin_http_requests_total{method="GET",route="other",status="404"}' in counted
    assert person not in str(counted)


async def test_a_turn_is_timed(serve_house: Serve) -> None:
    from bot.channels.console.port import Incoming

    served = await serve_house(start=False)
    person = (await served.house.desk.people())[0].id
    await served.house.desk.accept(person, Incoming(text="帮助"))
    await served.house.app.settle()
    figures = await served.figures()
    assert figures["huiyin_turn_seconds_count"] == 1
    assert figures["huiyin_answer_seconds_count"] == 1
    assert figures["huiyin_batch_messages_sum"] == 1
    assert figures["huiyin_turn_errors_total"] == 0


async def test_the_database_is_asked_once_a_second_at_most(serve_house: Serve) -> None:
    served = await serve_house(start=False)
    await served.figures()
    async with served.house.app.db.begin(served.house.clock.now()) as work:
        person = (await work.people.everybody())[0].id
        message = InboxMessage(channel="console", message_id="1", address=person, payload={}, at=work.now)
        await work.inbox.add([message])
    assert (await served.figures())["huiyin_inbox_pending"] == 0
    served.house.app.metrics._fresh_until = time.monotonic() - 1
    assert (await served.figures())["huiyin_inbox_pending"] == 1


async def test_two_houses_of_one_process_count_apart(serve_house: Serve, tmp_path: Path, template: Path) -> None:
    served = await serve_house(start=False)
    other = await House.open(tmp_path / "other", template)
    other.app.metrics.turn_errors.inc()
    assert (await served.figures())["huiyin_turn_errors_total"] == 0
    await other.close()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
async def test_the_guide_describes_exactly_what_is_exported(serve_house: Serve, guide: Path) -> None:
    served = await serve_house()
    _, text = await served.get("/metrics")
    exported = {name.removesuffix("_total") for name, _ in FAMILY.findall(text) if not name.endswith("_created")}
    described = {
        name.removesuffix("_total") for name in re.findall(r"^\| `(huiyin_\w+)", guide.read_text("utf-8"), re.MULTILINE)
    }
    assert described == exported


async def test_who_is_asked_to_come_later_is_counted(serve_house: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.accepting.MOST_WAITING", 2)
    served = await serve_house(start=False, console={"enabled": True, "access_key": "k" * 16})
    person = next(p for p in await served.house.desk.people() if p.role == "owner").id
    now = served.house.clock.now()
    async with served.house.app.db.begin(now) as work:
        message = {"channel": "console", "address": person, "payload": {"text": "在吗"}, "at": now}
        await work.inbox.add([InboxMessage(message_id=f"w{n}", **message) for n in range(3)])
    with pytest.raises(port.Backlog):
        await served.house.desk.accept(person, port.Incoming(text="帮助"))
    assert (await served.figures())["huiyin_pushed_back_total"] == 1
