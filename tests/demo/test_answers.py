"""How the outside world answers a fund."""

import json
from collections import Counter
from datetime import date
from typing import Any

import pytest

from shared.demo import Event, Sent, World, play, plot
from shared.messages.read import Malformed, parse
from tests.demo.echo import Echo

SEED = 7
SMALL = 60


@pytest.fixture(scope="module")
def echo() -> Echo:
    fund = Echo()
    for _day in play(World(SEED, SMALL), fund.publish):
        pass
    return fund


def sent(echo: Echo, kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in map(json.loads, filter(is_json, echo.received)) if event["type"] == kind]


def is_json(raw: bytes) -> bool:
    return raw.endswith(b"}")


def world_on(day: date) -> tuple[World, list[Sent]]:
    """A world that lived up to the morning of a day without hearing anything, and that morning."""
    world = World(SEED, SMALL)
    for before in world.dates():
        morning = world.morning(before)
        if before == day:
            return world, morning
    raise AssertionError(day)


def mornings_after(world: World, day: date, until: date) -> list[Event]:
    found: list[Event] = []
    for later in world.dates():
        if day < later <= until:
            found += [event for event in world.morning(later) if isinstance(event, dict) and readable(event)]
    return found


def readable(event: Event) -> bool:
    try:
        parse(json.dumps(event).encode(), outside=True)
    except Malformed:
        return False
    return True


def emitted(kind: str, /, **data: object) -> Event:
    return {"type": kind, "data": data}


def test_the_same_seed_and_the_same_fund_give_the_same_bytes(echo: Echo) -> None:
    again = Echo()
    for _day in play(World(SEED, SMALL), again.publish):
        pass
    assert again.received == echo.received


def test_every_answer_is_of_the_contract(echo: Echo) -> None:
    assert echo.parked <= 14 * plot.MALFORMED_A_MONTH


def test_every_order_is_reported_once_and_a_few_are_rejected_and_ordered_again(echo: Echo) -> None:
    last = {order for order, invoice in echo.orders.items() if order not in echo.outcomes and invoice}
    assert all(len(outcomes) == 1 for outcomes in echo.outcomes.values())
    assert len(last) < 0.1 * len(echo.orders)
    outcomes = Counter(outcome for (outcome,) in echo.outcomes.values())
    assert 1 <= outcomes["rejected"] <= 0.02 * outcomes["executed"]
    again = [order.replace("#1", "#2") for order, (o,) in echo.outcomes.items() if o == "rejected"]
    assert sum(order in echo.orders for order in again) >= len(again) - 1


def test_an_order_of_the_last_bank_day_is_rejected_in_january(echo: Echo) -> None:
    rejected = [r for r in sent(echo, "payment.reported") if r["outcome"] == "rejected" and r["on"] == "2023-01-02"]
    assert {echo.orders[r["order_id"]]["payer"] for r in rejected} == {plot.REJECTED_AT_TURN}


def test_cash_suffices_but_for_the_shortages_of_the_plot(echo: Echo) -> None:
    short = Counter((payer, on.year) for on, payer in echo.short)
    assert short == {("TLK-SIAULIAI", 2022): 1, ("VLK", 2022): 3}
    assert all(cents >= 0 for cents in echo.cash.values())


def test_the_shortages_begin_when_the_plot_says(echo: Echo) -> None:
    starts = {payer: start for payer, _, start, _ in plot.SHORTAGES}
    for on, payer in echo.short:
        assert 0 <= (on - starts[payer]).days <= 10


def test_territorial_funds_report_what_the_ledger_says_and_return_the_balance(echo: Echo) -> None:
    assert {payer for payer, _, year in echo.reports if year == 2022} == {*plot.REHABILITATION_PERMILLE} - {"VLK"}
    for (payer, source, year), report in echo.reports.items():
        assert report["received_cents"] == echo.credits[payer, source, year]
    wrong = [r for r in sent(echo, "payer.year.reported") if (r["payer"], r["year"]) == ("TLK-KLAIPEDA", 2022)]
    assert [r["received_cents"] - r["used_cents"] - r["balance_cents"] for r in wrong] == [1, 0]
    returned = [c for c in sent(echo, "account.credited") if c["reference"].startswith("LIKUTIS")]
    assert sum(c["amount_cents"] for c in returned) == sum(r["balance_cents"] for r in echo.reports.values())
    assert {c["payer"] for c in returned} == {"VLK"}


def test_some_accepted_invoices_are_credited(echo: Echo) -> None:
    lowering = [i for i in sent(echo, "invoice.submitted") if i["kind"] == "credit"]
    assert len(lowering) >= 4
    assert all(credit["corrects"] for credit in lowering)


def test_15_a_returned_invoice_comes_again_under_its_number() -> None:
    day = date(2022, 3, 7)
    world, morning = world_on(day)
    invoice = next(e["data"] for e in morning if isinstance(e, dict) and e["type"] == "invoice.submitted")
    reasons = [{"code": "sum_mismatch", "rule": "15", "terms": {}}]
    returned = emitted("invoice.returned", invoice_id=invoice["invoice_id"], reasons=reasons)
    assert world.answer(day, [returned]) == []
    again = [
        event
        for event in mornings_after(world, day, date(2022, 3, 13))
        if event["type"] == "invoice.submitted" and event["subject"] == invoice["invoice_id"]
    ]
    assert len(again) == 1
    assert again[0]["data"]["lines"] == invoice["lines"]


def test_15_what_exceeds_a_ceiling_asks_for_a_higher_one_or_for_less() -> None:
    day = date(2022, 3, 7)
    world, morning = world_on(day)
    invoices = [e["data"] for e in morning if isinstance(e, dict) and e["type"] == "invoice.submitted"]
    for invoice in invoices:
        free = invoice["amount_cents"] // 2
        terms = {"ceiling_cents": 0, "accepted_cents": 100, "asked_cents": invoice["amount_cents"], "free_cents": free}
        reasons = [{"code": "ceiling_exceeded", "rule": "15", "terms": terms}]
        world.answer(day, [emitted("invoice.returned", invoice_id=invoice["invoice_id"], reasons=reasons)])
    later = mornings_after(world, day, date(2022, 3, 15))
    asked = {e["data"]["contract_id"]: e["data"]["ceiling_cents"] for e in later if e["type"].startswith("contract.ch")}
    again = {e["subject"]: e["data"]["amount_cents"] for e in later if e["type"] == "invoice.submitted"}
    for invoice in invoices:
        if invoice["contract_id"] in asked:
            assert asked[invoice["contract_id"]] == 100 + invoice["amount_cents"]
            assert again[invoice["invoice_id"]] == invoice["amount_cents"]
        elif invoice["invoice_id"] in again:
            assert again[invoice["invoice_id"]] <= invoice["amount_cents"] // 2


def test_22_a_returned_statement_is_corrected() -> None:
    day = date(2022, 4, 8)
    world, morning = world_on(day)
    (first,) = (e["data"] for e in morning if isinstance(e, dict) and e["type"] == "sodra.statement.submitted")
    reasons = [{"code": "sum_mismatch", "rule": "22", "terms": {}}]
    returned = emitted("sodra.statement.returned", year=2022, quarter=1, submission=1, reasons=reasons)
    world.answer(day, [returned])
    later = mornings_after(world, day, date(2022, 4, 20))
    (second,) = (e["data"] for e in later if e["type"] == "sodra.statement.submitted")
    assert second == first | {"submission": 2, "transferred_cents": first["transferred_cents"] - 3}


def test_10_a_transfer_is_approved_by_the_director_and_reported_by_the_treasury() -> None:
    world, _ = world_on(date(2022, 12, 20))
    planned = emitted("reserve.transfer.planned", year=2023, kind="9.2", amount_cents=500, by="2023-12-31")
    world.answer(date(2022, 12, 20), [planned])
    later = mornings_after(world, date(2022, 12, 20), date(2023, 1, 18))
    assert [e["data"]["amount_cents"] for e in later if e["type"] == "reserve.transfer.approved"] == [500]
    told = world.answer(
        date(2023, 1, 18), [emitted("reserve.transfer.ordered", year=2023, kind="9.2", amount_cents=500)]
    )
    assert [event["type"] for event in told if isinstance(event, dict)] == ["reserve.transfer.reported"]


def test_13_what_asked_more_than_the_share_is_proposed_again_for_less() -> None:
    day = date(2022, 1, 27)
    world, morning = world_on(day)
    asked = [e["data"] for e in morning if isinstance(e, dict) and e["type"] == "contract.proposed"]
    assert len(asked) == 3
    for proposal in asked:
        reasons = [{"code": "share_exceeded", "rule": "13", "terms": {"free_cents": proposal["ceiling_cents"] - 1}}]
        world.answer(day, [emitted("contract.refused", contract_id=proposal["contract_id"], reasons=reasons)])
    later = mornings_after(world, day, date(2022, 1, 28))
    again = {e["subject"]: e["data"]["ceiling_cents"] for e in later if e["type"] == "contract.proposed"}
    assert all(again[proposal["contract_id"]] < proposal["ceiling_cents"] for proposal in asked)


def test_21_a_claim_is_followed_to_its_end() -> None:
    world, _ = world_on(date(2022, 2, 1))
    day = date(2022, 2, 1)
    unused = emitted(
        "payment.credit.unused",
        by="390000001/K1",
        contract_id="2021-KAU-01-0001",
        provider_code="390000001",
        open_cents=900,
    )
    demanded = emitted("recovery.demanded", claim_id="390000001/K1", amount_cents=900, rest_cents=900, invoice_id=None)
    world.answer(day, [unused, demanded])
    later = mornings_after(world, day, date(2022, 3, 10))
    settled = [event for event in later if event["type"] == "recovery.settled"]
    assert {event["source"] for event in settled} == {"/tlk/TLK-KAUNAS"}
    assert sum(event["data"]["amount_cents"] for event in settled) == 900


def test_a_day_is_answered_on_its_day_only() -> None:
    world, _ = world_on(date(2022, 1, 3))
    with pytest.raises(AssertionError, match="the world is on 2022-01-03"):
        world.answer(date(2022, 1, 4), [])
