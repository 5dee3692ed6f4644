"""24-26. A year is closed when nothing of it is open; then the proof names every chain and every balance."""

import hashlib
import json
from datetime import date

import pytest

from shared.reports.close import Close, Matter, close_year, fold_states
from shared.reports.close_said import close_text, what_of
from tests.reports.budgets import budget
from tests.reports.reading import report
from tests.reports.two_years import begin, credit
from tests.reports.world import World, contract, invoice

NEW_YEARS_EVE = date(2022, 12, 31)


async def closing(world: World, year: int, cut_off: date) -> Close:
    return close_year(await fold_states(world.stores, cut_off), world.fund, year)


def told(found: Close) -> list[tuple[str, str, str | None, str]]:
    return [(m.kind, m.what, m.by and m.by.isoformat(), m.rule) for m in found.open]


async def test_24_before_the_turn_everything_open_is_named_in_order_with_date_and_point(years: World) -> None:
    found = await closing(years, 2022, NEW_YEARS_EVE)
    assert told(found) == [
        ("year", "not over, unpaid so far", "2022-12-31", "24"),
        ("order", "300000002/2022-10#1", "2022-12-06", "16"),
        ("report", "TLK-KAUNAS PSDF", "2023-01-05", "24"),
        ("report", "TLK-VILNIUS PSDF", "2023-01-05", "24"),
        ("report", "TLK-VILNIUS STATE", "2023-01-05", "24"),
        ("statement", "2022-Q4 missing", "2023-01-16", "22"),
    ]
    assert found.proof is None
    assert "not closed: 6 open" in close_text(found)
    assert "order: 300000002/2022-10#1 33 000 000.10 EUR, by 2022-12-06, point 16" in close_text(found)


async def test_22_the_last_compensation_keeps_the_year_open_until_it_is_paid(years: World) -> None:
    found = await closing(years, 2022, date(2023, 2, 10))
    assert told(found) == [("compensation", "2022-Q4", "2023-02-13", "22")]


async def test_26_sums_that_two_services_record_otherwise_are_named_in_lithuanian(years: World) -> None:
    found = await report(years, 2022, NEW_YEARS_EVE)
    apart = [tie.what_en for tie in found.ties if tie.what in ("used", "revenue")]
    assert [what_of(Matter(kind="sums", what=what, amount=1, by=None, rule="26"), "lt") for what in apart] == [
        "panaudota pagal mokėtojų apskaitą 2022 m., PSDF lėšos",
        "panaudota pagal mokėtojų apskaitą 2022 m., valstybės lėšos",
        "gautos pajamos 2022 m.",
    ]


async def test_24_nothing_open_gives_the_signed_off_proof(years: World) -> None:
    found = await closing(years, 2021, date(2022, 2, 28))
    assert found.open == ()
    assert found.proof
    streams = {(head.service, head.stream) for head in found.proof.heads}
    assert {("payments", "fund"), ("reserve", "reserve"), ("reconciliation", "close")} <= streams
    sums = {each.name: each.cents for each in found.proof.sums}
    assert sums["PSDF ordered"] == sums["PSDF transferred"] == sums["PSDF committed"]
    assert sums["PSDF unpaid"] == 12_069_567_956
    told = close_text(found)
    assert not [head.hash for head in found.proof.heads if head.hash in told], "V6: 601 lines of hashes"
    body = json.loads(found.json())
    stated = body.pop("sha256")
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert stated == hashlib.sha256(canonical).hexdigest() == found.sha256


async def test_24_the_proof_is_the_same_each_time_and_another_for_another_day(years: World) -> None:
    first, second = await closing(years, 2021, date(2022, 2, 28)), await closing(years, 2021, date(2022, 2, 28))
    assert first.json() == second.json()
    assert first.sha256 != (await closing(years, 2021, date(2022, 3, 1))).sha256


@pytest.fixture
async def small() -> World:
    """A year with a clerk's review, a reserve transfer, a claim, and a credit with a rest."""
    world = World()
    on = date(2022, 1, 3)
    await world.start(on)
    data = budget(2022, reserve_transfer_cents=5_000_000)
    reviewed = contract("C-1", "VLK", "04", "300000001", 2022, review="clerk")
    plain = contract("C-2", "VLK", "05", "300000002", 2022)
    await begin(world, on, data, reviewed, plain)
    await world.send("account.credited", "/treasury", credit("VLK", 10_000_000, on), on)
    await world.to(date(2022, 2, 3))
    await world.send("invoice.submitted", "/providers/300000001", invoice(reviewed, "A", "2022-01", 700), world.today)
    await world.send("invoice.submitted", "/providers/300000002", invoice(plain, "B", "2022-01", 900), world.today)
    await world.to(date(2022, 4, 1))
    note = invoice(plain, "C", "2022-01", 400, kind="credit", corrects="300000002/B")
    await world.send("invoice.submitted", "/providers/300000002", note, world.today)
    claim = {
        "claim_id": "Z-1", "provider_code": "300000002", "invoice_id": "300000002/B", "amount_cents": 100,
        "basis": "20", "reason": "žala",
    }  # fmt: skip
    await world.send("recovery.claimed", "/vlk", claim, world.today)
    return world


async def test_15_9_21_20_reviews_transfers_credits_and_claims_are_open_matters(small: World) -> None:
    found = await closing(small, 2022, small.today)
    open_matters = told(found)
    assert ("invoice", "300000001/A waits for review", "2022-02-18", "15") in open_matters
    assert ("transfer", "9.1 planned", "2022-12-31", "9.1") in open_matters
    assert ("credit", "300000002/C", "2023-02-01", "21") in open_matters
    assert ("claim", "Z-1", None, "20") in open_matters
    kinds = [m.kind for m in found.open]
    assert kinds == sorted(kinds, key=["year", "invoice", "report", "statement", "transfer", "credit", "claim"].index)
    assert "claim: Z-1 1.00 EUR, until it is settled, point 20" in close_text(found)


async def test_22_a_quarter_that_ended_before_the_fund_started_here_keeps_no_year_open() -> None:
    world = World()
    await world.start(date(2022, 5, 2))
    await world.to(date(2022, 7, 20))
    found = await closing(world, 2022, world.today)
    assert [what for kind, what, _, _ in told(found) if kind == "statement"] == [
        "2022-Q2 missing", "2022-Q3 missing", "2022-Q4 missing",
    ]  # fmt: skip
