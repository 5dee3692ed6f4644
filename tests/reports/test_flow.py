"""What if: what comes meanwhile is like a past year, on the same days, under the contracts of its own year."""

from datetime import date

import pytest

from shared.reports.flow import flow, last_whole_year
from shared.reports.questions import ArticleCut, MoneyComes
from shared.reports.simulate import Play, copy_of
from shared.reports.what_if import what_if
from shared.reports.what_if_said import text
from tests.reports.budgets import budget, distribution
from tests.reports.two_years import credit
from tests.reports.world import Data, World, contract, invoice

THOUSAND = 100_000
TODAY, HORIZON = date(2023, 2, 28), date(2023, 4, 30)
PROVIDER = "300000001"


def deal(year: int, price_cents: int) -> Data:
    said: Data = contract(f"C-{year}", "VLK", "04", PROVIDER, year)
    return said | {"services": [{"code": "ORT-1", "unit_price_cents": price_cents}]}


@pytest.fixture
async def world() -> World:
    """A year in which an invoice came each month, a clerk's word with it, and money; then a year with dearer prices."""
    world = World()
    await world.start(date(2022, 1, 3))
    for year, price in ((2022, 1000), (2023, 1100)):
        data = budget(year) if year == 2022 else budget(2022) | {"year": 2023}
        on = date(year, 1, 3)
        await world.to(on)
        await world.send("budget.approved", "/vlk", data, on)
        await world.send("distribution.proposed", "/vlk", distribution(data) | {"year": year}, on)
        await world.send("contract.proposed", "/vlk", deal(year, price) | {"review": "clerk"}, on)
        for month in range(2, 13) if year == 2022 else ():
            on = date(2022, month, 7)
            await world.to(on)
            sent = invoice(deal(2022, price), f"A{month}", f"2022-{month - 1:02}", 100 * THOUSAND)
            sent["lines"] = [
                {"service_code": "ORT-1", "quantity": 10_000, "unit_price_cents": 1000, "amount_cents": 100 * THOUSAND}
            ]
            await world.send("invoice.submitted", f"/providers/{PROVIDER}", sent, on, 9)
            word = {"invoice_id": sent["invoice_id"], "contract_id": "C-2022", "verdict": "accept", "reasons": []}
            await world.send("invoice.reviewed", "/vlk", word, on, 12)
            await world.send("account.credited", "/treasury", credit("VLK", 90 * THOUSAND, on), on, 13)
    await world.to(TODAY)
    return world  # fmt: skip


async def test_the_flow_of_a_past_year_comes_at_todays_prices_and_is_accepted(world: World) -> None:
    question = MoneyComes(on=date(2023, 3, 8), payer="VLK", amount_cents=THOUSAND)
    answer = await what_if(world.connection, world.fund, question, HORIZON, like=None)
    assert (answer.comes.year, answer.comes.invoices) == (2022, 2), "of the 7th of March and of April"
    assert answer.comes.invoiced_cents == 2 * 110 * THOUSAND, "10 000 pieces at 11 euros"
    assert answer.comes.credited_cents == 2 * 90 * THOUSAND
    assert "What comes is like 2022: 2 invoices (220 000.00 EUR), 180 000.00 EUR credited" in text(answer)
    assert "Ateina kaip 2022 m.: sąskaitų 2 (220 000,00 Eur)" in text(answer, "lt")
    paid = next(total for total in answer.totals() if total.kind == "paid")
    assert paid.baseline_count > 0, "the clerk's word came too"


async def test_a_cut_shows_a_difference_only_where_something_comes(world: World) -> None:
    cut = ArticleCut(on=date(2023, 3, 1), article="04", permille=1000)
    nothing = await what_if(world.connection, world.fund, cut, HORIZON)
    like = await what_if(world.connection, world.fund, cut, HORIZON, like=2022)
    assert nothing.comes.events == ()
    assert nothing.differences() == []
    assert {line.kind for line in like.differences()} >= {"deferred"}
    assert "No invoices and no money come" in text(nothing)
    assert "atidėta: 0,00 -> 220 000,00 Eur (0 -> 2)" in text(like, "lt")


async def test_a_year_that_is_not_in_the_journal_is_refused_with_words(world: World) -> None:
    cut = ArticleCut(on=date(2023, 3, 1), article="04", permille=1000)
    with pytest.raises(ValueError, match="like 2019: nothing of 2019 that came from outside is in this journal"):
        await what_if(world.connection, world.fund, cut, HORIZON, like=2019)


@pytest.mark.parametrize(
    ("first", "today", "horizon", "year"),
    [
        (date(2021, 12, 20), date(2023, 3, 31), date(2023, 5, 31), 2022),
        (date(2021, 12, 20), date(2023, 3, 31), date(2024, 2, 28), 2022),
        (date(2021, 12, 20), date(2022, 11, 30), date(2022, 12, 31), None),
        (date(2021, 12, 20), date(2022, 12, 20), date(2022, 12, 31), 2021),
        (date(2020, 1, 1), date(2024, 2, 28), date(2024, 2, 29), 2023),
        (date(2022, 3, 1), date(2022, 3, 9), date(2022, 4, 8), None),
    ],
)
def test_the_last_year_whose_same_days_are_all_known(first: date, today: date, horizon: date, year: int | None) -> None:
    assert last_whole_year(first, today, horizon) == year


async def test_the_days_of_the_flow_are_the_days_to_come_and_each_event_can_be_read(world: World) -> None:
    play = Play(copy_of(world.connection), world.fund)
    await play.start()
    found = flow(world.connection, play.state("contracts", "contracts"), 2022, TODAY, HORIZON)
    await play.until(TODAY, HORIZON, found.events)
    assert sorted({raw.split(b'"time":"')[1][:10] for raw in found.events}) == [b"2023-03-07", b"2023-04-07"]
