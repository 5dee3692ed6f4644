"""R8, R9. What was transferred counts to the quarter of the bank's own day; a quarter that is passed is warned of."""

from datetime import date

from tests.reports.budgets import budget
from tests.reports.reading import report, said
from tests.reports.two_years import VLK, begin, credit
from tests.reports.world import World, contract, invoice

EURO = 100


async def paid_on_31_march_and_told_on_1_april(cents: int) -> World:
    world = World()
    await world.start(on := date(2022, 1, 3))
    data, deal = budget(2022), contract("C-1", VLK, "04", "300000001", 2022)
    await begin(world, on, data, deal)
    await world.send("account.credited", "/treasury", credit(VLK, 2 * cents, on), on)
    await world.to(date(2022, 3, 1))
    await world.send("invoice.submitted", "/providers/300000001", invoice(deal, "A", "2022-02", cents), world.today)
    world.silent = {"300000001/A"}
    await world.to(date(2022, 4, 1))
    answer = {"order_id": "300000001/A#1", "outcome": "executed", "on": "2022-03-31"}
    await world.send("payment.reported", "/treasury", answer, world.today, 12)
    return world


async def test_R8_what_the_bank_did_on_31_march_is_of_the_first_quarter() -> None:
    found = await report(await paid_on_31_march_and_told_on_1_april(400_000 * EURO), 2022, date(2022, 4, 1))
    quarters = {q.quarter: q.transferred for q in found.quarters if q.article == "04"}
    assert quarters == {1: 400_000 * EURO, 2: 0}


async def test_R9_a_quarter_over_its_plan_is_warned_of_in_the_note() -> None:
    plan = 17_210_000 * EURO // 4
    found = await report(await paid_on_31_march_and_told_on_1_april(plan), 2022, date(2022, 4, 1))
    assert "įspėjimas" not in said(found, "Išlaidos")
    found = await report(await paid_on_31_march_and_told_on_1_april(plan + 1), 2022, date(2022, 4, 1))
    assert "04 straipsnio I ketvirčio – 4 302 500,01 Eur iš 4 302 500,00 Eur" in said(found, "Išlaidos")


async def test_R8_administration_of_a_quarter_is_in_it_where_it_was_told_after_its_end() -> None:
    """No budget names article 06 before the second quarter: its quarters add up to what it transferred all the same."""
    world = World()
    await world.start(date(2022, 1, 3))
    await world.to(date(2022, 4, 4))
    paid = {"payer": VLK, "year": 2022, "article": "06", "amount_cents": 100 * EURO, "paid_on": "2022-03-31"}
    await world.send("administration.paid", "/treasury", {**paid, "reference": "ADM-1"}, world.today)
    found = await report(world, 2022, world.today)
    assert [(q.quarter, q.committed, q.transferred) for q in found.quarters] == [(1, 0, 100 * EURO), (2, 100 * EURO, 0)]
    assert sum(q.transferred for q in found.quarters) == found.estimate.total("transferred")
