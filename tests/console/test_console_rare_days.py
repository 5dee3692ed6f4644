"""Days that are rare: a fund without last year's budget, the days after a shortage, a first year."""

from datetime import date
from pathlib import Path

import pytest

from shared.console.index.ask import asking
from shared.console.pages.blocks import Page, Table, Tag, Text
from shared.console.pages.budget import budget as budget_page
from shared.console.pages.matters import year_to_close
from shared.console.pages.money import payments
from shared.console.pages.public import open_data
from shared.console.pages.reports import reports
from shared.console.pages.today import today
from shared.console.pages.view import View
from shared.kernel.calendar import days_between
from tests.console.played_homes import home_of
from tests.reports.budgets import budget
from tests.reports.two_years import begin, credit
from tests.reports.world import World, contract, invoice
from tests.runtime.funds import FUND


def table(page: Page, key: str) -> Table:
    return next(block for block in page.blocks if isinstance(block, Table) and block.key == key)


@pytest.mark.parametrize(
    ("last_years_is_known", "said"), [(False, "nemokama (11 p.)"), (True, "galioja 1/12 taisyklė (11 p.)")]
)
async def test_11_pages_say_whether_something_is_paid_without_a_budget(
    tmp_path: Path, last_years_is_known: bool, said: str
) -> None:
    async def told(world: World) -> None:
        await world.start(date(2021, 12, 30))
        if last_years_is_known:
            await world.send("budget.approved", "/vlk", budget(2021), world.today)
        await world.to(date(2022, 1, 3))

    with asking(await home_of(tmp_path, told)) as asked:
        view = View(asked, FUND, "lt", {})
        page = budget_page(view, 2022)
        assert today(view).lead.startswith(f"Biudžetas nepatvirtintas: {said}; ")
        assert page is not None
        assert table(page, "events").empty == f"Biudžeto dar nėra: {said}."


async def test_26_a_year_that_is_over_is_so_on_each_day_after_it(tmp_path: Path) -> None:
    async def told(world: World) -> None:
        await world.start(date(2021, 12, 30))
        await world.send("budget.approved", "/vlk", budget(2021), world.today)
        await world.to(date(2022, 1, 3))

    index = await home_of(tmp_path, told)
    for on, state in (
        (date(2021, 12, 30), "metai tęsiasi"),
        (date(2021, 12, 31), "metai baigėsi"),
        (date(2022, 1, 2), "metai baigėsi"),
    ):
        with asking(index, on) as asked:
            (*_, last) = table(reports(View(asked, FUND, "lt", {})), "years").rows
        assert last.cells[-1] == state, on


async def test_17_after_a_shortage_the_account_goes_on_saying_what_it_lacks(tmp_path: Path) -> None:
    """100 are there for 500 of 31 March: on Friday, and over the weekend, 400 are short."""

    async def told(world: World) -> None:
        await world.start(on := date(2022, 2, 1))
        deal = contract("C-1", "VLK", "04", "300000001", 2022)
        await begin(world, on, budget(2022), deal)
        await world.send("account.credited", "/treasury", credit("VLK", 100_00, on), on)
        await world.to(date(2022, 3, 1))
        await world.send(
            "invoice.submitted", "/providers/300000001", invoice(deal, "A", "2022-02", 500_00), world.today
        )
        await world.to(date(2022, 4, 3))

    index = await home_of(tmp_path, told)
    for on in days_between(date(2022, 3, 30), date(2022, 4, 3)):
        with asking(index, on) as asked:
            (account,) = table(today(View(asked, FUND, "lt", {})), "cash").rows
        *_, pay_on, due, verdict = account.cells
        assert (pay_on, due) == (date(2022, 3, 31), 400_00), on
        assert isinstance(verdict, Tag)
        assert verdict.text == "trūksta 400,00", on
    with asking(index) as asked:
        days = table(payments(View(asked, FUND, "lt", {})), "days").rows
    marked = [(getattr(row.cells[0], "text", ""), row.cells[2], bool(row.cells[-1])) for row in days]
    assert marked == [("2022-04-01", 0, True), ("2022-03-31", 100_00, True)], "also where nothing could be ordered"


async def test_24_what_leads_to_years_leads_to_such_as_the_fund_knows(tmp_path: Path) -> None:
    """The fund begins on 1 February with this year's budget and the last one's: of neither is there a 31 December."""

    async def told(world: World) -> None:
        await world.start(date(2022, 2, 1))
        await world.send("budget.approved", "/vlk", budget(2021), world.today)

    async def without(world: World) -> None:
        await world.start(date(2022, 2, 1))

    (tmp_path / "known").mkdir()
    (tmp_path / "unknown").mkdir()
    with asking(await home_of(tmp_path / "known", told)) as asked:
        view = View(asked, FUND, "lt", {})
        assert year_to_close(view) == 2021
        assert not [link for block in open_data(view).blocks if isinstance(block, Text) for link in block.links]
    with asking(await home_of(tmp_path / "unknown", without)) as asked:
        assert year_to_close(View(asked, FUND, "lt", {})) == 2022
