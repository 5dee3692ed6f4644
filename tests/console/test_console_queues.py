"""A queue's page says of its pot what payments says: who stands in it, how much waits, and where the room ends."""

from datetime import date
from pathlib import Path

import pytest

from shared.console.index.ask import asking
from shared.console.index.keeper import INDEX, rebuild
from shared.console.pages.blocks import Cards, Page, Table, Text
from shared.console.pages.invoice import invoice as invoice_page
from shared.console.pages.queues import queue, queues
from shared.console.pages.view import View
from shared.journal.home import Home
from tests.console.played_homes import home_of
from tests.reports.budgets import budget, distribution
from tests.reports.world import World, contract, invoice, who
from tests.runtime.funds import FUND

DAYS = [date(2022, 1, 12), date(2022, 6, 27), date(2022, 11, 27), date(2022, 12, 20), date(2022, 12, 31)]
"""Without a budget; amid the year; and when what is accepted is to be paid in the next year."""


@pytest.fixture(scope="module")
def index(played: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("queues") / INDEX
    rebuild(Home(path=played), FUND, path)
    return path


def table(page: Page) -> Table:
    return next(block for block in page.blocks if isinstance(block, Table) and block.key == "places")


def texts(page: Page) -> str:
    return "\n".join(block.text for block in page.blocks if isinstance(block, Text))


async def test_16_on_a_queues_page_stands_who_stands_in_it(index: Path) -> None:
    aside = stood = 0
    for on in DAYS:
        with asking(index, on) as asked:
            view, money = View(asked, FUND, "lt", {"as": "csv"}), asked.money()
            assert money is not None
            lengths = {(each.payer, each.article, each.source): each.length for each in money.standing.queues}
            for pot in money.standing.pots:
                page = queue(view, pot.payer, pot.article, pot.source)
                assert page is not None
                places = [row for row in table(page).rows if row.cells[0]]
                assert len(places) == lengths.get((pot.payer, pot.article, pot.source), 0), (on, pot)
                assert sum(row.cells[4] for row in places) == pot.waiting_cents, (on, pot)
                stood += len(places)
            later = asked.rows(f"SELECT * FROM invoice WHERE reason = 'next_year' AND {asked.in_force}", asked.spans)
            cents = sum(row["waiting"] for row in later)
            assert cents + money.waits_of().waiting_cents == money.flow.waiting_cents
            said = texts(queues(view))
            assert (f"{view.invoices(len(later))}, {view.eur(cents)}" in said) == bool(later)
            for row in later[:1]:
                assert "eilėje nestovi" in texts(invoice_page(view, row["id"]))
            aside += len(later)
    assert min(aside, stood) > 0


async def test_19_the_room_of_state_money_is_what_is_left_of_it_for_all(tmp_path: Path) -> None:
    """1 000 of state funds, 700 of them committed: 300 are free for the 400 that wait at another payer."""

    async def told(world: World) -> None:
        year = budget(2022, state_funds_cents=1_000_00)
        await world.start(date(2022, 2, 1))
        await world.send("budget.approved", "/vlk", year, world.today)
        await world.send("distribution.proposed", "/vlk", distribution(year), world.today)
        await world.to(date(2022, 3, 1))
        for number, payer, cents in ((1, "TLK-VILNIUS", 700_00), (2, "TLK-KAUNAS", 400_00)):
            deal = contract(f"C-{number}", payer, "01", f"30000000{number}", 2022, source="STATE")
            await world.send("contract.proposed", who(payer), deal, world.today)
            await world.to(date(2022, 3, 1 + number))
            sent = invoice(deal, "S1", "2022-02", cents)
            await world.send("invoice.submitted", f"/providers/30000000{number}", sent, world.today, 10)

    index = await home_of(tmp_path, told)
    with asking(index) as asked:
        page = queue(View(asked, FUND, "lt", {}), "TLK-KAUNAS", "01", "STATE")
    assert page is not None
    assert [row.cells[1] for row in table(page).rows if row.level == "total"] == [
        "čia lėšos baigiasi: laisva 300,00\u00a0Eur"
    ]
    (cards,) = (block for block in page.blocks if isinstance(block, Cards))
    assert (cards.cards[0].label, cards.cards[0].value) == ("Valstybės lėšų liko (19 p.)", "300,00")


async def test_hil_14_3_the_room_ends_where_the_years_total_does(index: Path) -> None:
    """Where the head waits for the year's total, no place of the queue stands before the line."""
    met = 0
    with asking(index, date(2022, 12, 20)) as asked:
        view, money = View(asked, FUND, "lt", {}), asked.money()
        assert money is not None
        for each in money.standing.queues:
            if each.reason == "year_total":
                page = queue(view, each.payer, each.article, each.source)
                assert page is not None
                assert table(page).rows[0].level == "total", each
                met += 1
    assert met > 0
