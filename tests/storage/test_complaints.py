"""Complaints come back as they were written, whole, and never over somebody else's change."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from domain.complaint import Complaint, ComplaintState, OrderState
from domain.glossary import Department
from storage.complaint_rows import card_row, complaint_of, order_row, root_row
from storage.database import Database
from storage.errors import VersionConflict
from tests.storage.matters import NOW, callback, card, complaint, complaints, order


def _through_json(row: dict[str, object]) -> SimpleNamespace:
    return SimpleNamespace(**{**row, "data": json.loads(json.dumps(row["data"]))})


@given(complaints())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_complaint_survives_its_rows(written: Complaint) -> None:
    orders = [_through_json(order_row(written, i, o)) for i, o in enumerate(written.orders)]
    filed = _through_json(card_row(written, written.card)) if written.card else None
    root = _through_json(root_row(written, 7, NOW))
    assert complaint_of(root, orders, filed) == replace(written, version=7)


def _some() -> list[Complaint]:
    """A dozen complaints of hypothesis's choice, each with numbers of its own."""
    seen: list[Complaint] = []

    @given(complaints())
    @settings(
        max_examples=12, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    def collect(found: Complaint) -> None:
        mark = len(seen)
        orders = tuple(replace(o, number=f"{o.number}-{mark}") for o in found.orders)
        filed = replace(found.card, number=f"DA-{mark}") if found.card else None
        seen.append(replace(found, number=f"TS-{mark}", orders=orders, card=filed))

    collect()
    return seen


async def test_any_complaints_survive_the_database(database: Database) -> None:
    some = await asyncio.to_thread(_some)
    async with database.begin(NOW) as work:
        for written in some:
            work.complaints.save(written)
    async with database.begin(NOW) as work:
        await work.complaints.preload(c.number for c in some)
        for written in some:
            assert await work.complaints.get(written.number) == replace(written, version=1)


async def test_changed_orders_and_cards_are_written_back(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.complaints.save(complaint(orders=(order(),)))
    async with database.begin(NOW) as work:
        found = await work.complaints.get("TS20261123-0001")
        assert found is not None
        done = replace(found.orders[0], state=OrderState.DONE, handler="tech", done_at=NOW)
        work.complaints.save(replace(found, orders=(done, order("GD20261123-0002")), card=card()))
    async with database.begin(NOW) as work:
        found = await work.complaints.of_order("DA20261123-0001")
        assert found is not None
        assert [o.state for o in found.orders] == [OrderState.DONE, OrderState.ISSUED]
        assert (found.card, found.version) == (card(), 2)
        assert await work.complaints.of_order("GD20261123-0002") is found
        assert await work.complaints.of_order("GD-none") is None


async def test_turns_of_one_batch_see_each_other_and_raise_the_version_once(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.complaints.save(complaint())
        first = await work.complaints.get("TS20261123-0001")
        assert first is not None
        work.complaints.save(replace(first, details="第一处"))
        assert [c.details for c in await work.complaints.of_resident("ann")] == ["第一处"]
        second = await work.complaints.get("TS20261123-0001")
        assert second is not None
        work.complaints.save(replace(second, details=second.details + "，第二处"))
    async with database.read(NOW) as work:
        found = await work.complaints.get("TS20261123-0001")
    assert found is not None
    assert (found.details, found.version) == ("第一处，第二处", 1)


async def test_a_change_of_what_somebody_else_changed_is_refused(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.complaints.save(complaint())
    async with database.read(NOW) as work:
        stale = await work.complaints.get("TS20261123-0001")
    assert stale is not None
    async with database.begin(NOW) as work:
        work.complaints.save(replace(stale, details="先"))
    with pytest.raises(VersionConflict):
        async with database.begin(NOW) as work:
            work.complaints.save(replace(stale, details="后"))
    with pytest.raises(VersionConflict):  # noqa: PT012
        async with database.begin(NOW) as work:
            await work.complaints.get(stale.number)
            work.complaints.save(replace(stale, details="后"))
    async with database.read(NOW) as work:
        found = await work.complaints.get(stale.number)
    assert found is not None
    assert found.details == "先"


async def test_a_record_read_in_another_work_keeps_its_orders(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.complaints.save(complaint(orders=(order(),), card=card()))
    async with database.read(NOW) as work:
        found = await work.complaints.get("TS20261123-0001")
    assert found is not None
    accepted = replace(found.orders[0], state=OrderState.ACCEPTED, handler="tech")
    async with database.begin(NOW) as work:
        work.complaints.save(replace(found, orders=(accepted,)))
    async with database.read(NOW) as work:
        again = await work.complaints.get(found.number)
    assert again == replace(found, orders=(accepted,), version=2)


async def test_lists(database: Database) -> None:
    later = NOW + timedelta(hours=1)
    async with database.begin(NOW) as work:
        save = work.complaints.save
        save(complaint("TS1", orders=(order("GD1"),)))
        save(
            complaint(
                "TS2", received_at=later, first_report_at=later, state=ComplaintState.CALLBACK_DUE, callback=callback()
            )
        )
        save(complaint("TS3", complainant="bob", state=ComplaintState.ARCHIVED, card=card("DA3"), unit="u2"))
        save(complaint("TS4", orders=(order("GD4", state=OrderState.DONE, handler="tech"),), site="别处"))
    async with database.read(NOW) as work:
        known = work.complaints

        def numbers(found: tuple[Complaint, ...]) -> list[str]:
            return [c.number for c in found]

        assert numbers(await known.of_resident("ann")) == ["TS2", "TS4", "TS1"]
        assert numbers(await known.of_resident("ann", limit=1, offset=1)) == ["TS4"]
        assert numbers(await known.open_of_site("花园")) == ["TS1", "TS2"]
        assert numbers(await known.with_open_orders_of("tech")) == ["TS1"]
        assert numbers(await known.open_orders_of_department("花园", Department.ENGINEERING)) == ["TS1"]
        assert numbers(await known.open_orders_of_department("别处", Department.ENGINEERING)) == ["TS4"]
        assert numbers(await known.callbacks_due("花园")) == ["TS2"]
        assert numbers(await known.cards_open("花园")) == ["TS3"]
        assert numbers(await known.of_unit("u2")) == ["TS3"]


async def test_the_load_counts_open_orders_of_the_moment(database: Database) -> None:
    async with database.begin(NOW) as work:
        work.complaints.save(complaint("TS1", orders=(order("GD1", assigned=("tech", "desk")),)))
        work.complaints.save(complaint("TS2", orders=(order("GD2", handler="tech", state=OrderState.ACCEPTED),)))
        assert (await work.people.roster("花园")).load == {"tech": 2, "desk": 1}
        first = await work.complaints.get("TS1")
        assert first is not None
        taken = replace(first.orders[0], handler="desk", state=OrderState.ACCEPTED)
        work.complaints.save(replace(first, orders=(taken,)))
        assert (await work.people.roster("花园")).load == {"tech": 1, "desk": 1}
        work.complaints.save(replace(first, orders=(replace(taken, state=OrderState.DONE),)))
    async with database.read(NOW) as work:
        assert (await work.people.roster("花园")).load == {"tech": 1}
