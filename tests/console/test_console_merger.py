"""12, 13. A payer that was merged into another: what waited in its queues is shown in the other's, place by place."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from shared.adapters.sqlite.store import connect
from shared.console.index import anew
from shared.console.index.ask import asking
from shared.console.index.follow import Follower
from shared.console.index.keeper import INDEX, rebuild
from shared.console.pages.blocks import Table
from shared.console.pages.invoice import invoice as invoice_page
from shared.console.pages.queues import queue
from shared.console.pages.today import today
from shared.console.pages.view import View
from shared.journal.home import Home
from tests.reports.budgets import budget, distribution
from tests.reports.world import World, contract, invoice, who
from tests.runtime.funds import FUND

KAUNAS, VILNIUS = "TLK-KAUNAS", "TLK-VILNIUS"
OLDER, LATER, UNCHECKED = "300000001/K2", "300000002/V2", "300000003/X1"
BEFORE, AFTER = date(2022, 4, 19), date(2022, 4, 21)


async def told(home: Path, index: Path) -> Home:
    """Both payers' shares of 01 are used up; an invoice waits in each queue, Kaunas's is the older. Read on the way."""
    place = Home(path=home)
    with closing(connect(place.journal)) as connection:
        world, year = World(connection=connection), budget(2022)
        shared = distribution(year, (KAUNAS, VILNIUS))
        of_01 = [share for share in shared["shares"] if share["article"] == "01"]
        for share in of_01[:-1]:
            of_01[-1]["amount_cents"] += share["amount_cents"] - 1_000_00
            share["amount_cents"] = 1_000_00
        await world.start(date(2022, 2, 1))
        await world.send("budget.approved", "/vlk", year, world.today)
        await world.send("distribution.proposed", "/vlk", shared, world.today)
        deals = [contract(f"C-{p}", p, "01", f"30000000{n}", 2022) for n, p in ((1, KAUNAS), (2, VILNIUS))]
        unchecked = contract("C-X", KAUNAS, "01", "300000003", 2022, review="clerk")
        for deal in (*deals, unchecked):
            await world.send("contract.proposed", who(deal["payer"]), deal, world.today)
        for day, deal, number, cents in (
            (date(2022, 3, 1), deals[0], "K1", 900_00), (date(2022, 3, 2), deals[1], "V1", 900_00),
            (date(2022, 4, 4), deals[0], "K2", 1_800_00), (date(2022, 4, 5), deals[1], "V2", 1_900_00),
        ):  # fmt: skip
            await world.to(day)
            sent = invoice(deal, number, "2022-02" if day.month == 3 else "2022-03", cents)
            await world.send("invoice.submitted", f"/providers/{deal['provider']['code']}", sent, day, 10)
        sent = invoice(unchecked, "X1", "2022-03", 10_00)
        await world.send("invoice.submitted", "/providers/300000003", sent, world.today, 10)
        merged = {"payer": KAUNAS, "into": VILNIUS, "on": "2022-04-20"}
        await world.send("payer.merged", "/vlk", merged, world.today)
        await world.to(BEFORE)
        follower = Follower(place, FUND, index)
        follower.catch_up()
        await world.to(AFTER)
        follower.catch_up()
        follower.close()
    return place


def places(view: View, payer: str) -> list[tuple[object, ...]]:
    page = queue(view, payer, "01", "PSDF")
    if page is None:
        return []
    (table,) = (block for block in page.blocks if isinstance(block, Table) and block.key == "places")
    return [(row.cells[0], getattr(row.cells[1], "text", ""), row.cells[5]) for row in table.rows if row.cells[0]]


@pytest.mark.parametrize("way", ["followed", "anew", "in halves"])
async def test_13_what_waited_in_a_merged_payers_queue_is_in_the_others(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / INDEX
    home = await told(tmp_path, index)
    monkeypatch.setattr(anew, "LARGE", 0 if way == "in halves" else anew.LARGE)
    if way != "followed":
        rebuild(home, FUND, index)
    with asking(index, AFTER) as asked:
        view = View(asked, FUND, "lt", {})
        assert places(view, VILNIUS) == [(1, OLDER, 1_800_00), (2, LATER, 3_700_00)]
        assert places(view, KAUNAS) == []
        said = " ".join(getattr(block, "text", "") for block in invoice_page(view, LATER).blocks)
        assert "Eilėje ji 2-oji; prieš ją laukia 1\u00a0800,00\u00a0Eur" in said
        whose = {
            row["id"]: row["payer"] for row in asked.rows(f"SELECT * FROM invoice WHERE {asked.in_force}", asked.spans)
        }
        assert set(whose.values()) == {VILNIUS}, "what is scheduled, and what waits for its check, too"
        assert [row["id"] for row in asked.rows("SELECT id FROM invoice WHERE state = 'waits'")] == [UNCHECKED] * 2
        checks = next(
            b for b in today(View(asked, FUND, "lt", {"payer": VILNIUS})).blocks if getattr(b, "key", "") == "checks"
        )
        assert isinstance(checks, Table)
        assert [getattr(row.cells[0], "text", "") for row in checks.rows] == [UNCHECKED]
        assert checks.more
        assert f"state=waits&payer={VILNIUS}" in checks.more.href, "all of them are this payer's"
    with asking(index, BEFORE) as asked:
        view = View(asked, FUND, "lt", {})
        assert places(view, KAUNAS) == [(1, OLDER, 1_800_00)], "a past day is shown as it was"
        assert places(view, VILNIUS) == [(1, LATER, 1_900_00)]


async def test_both_ways_to_the_index_give_the_same_rows_after_a_merger(tmp_path: Path) -> None:
    followed, whole = tmp_path / INDEX, tmp_path / "anew.sqlite3"
    rebuild(await told(tmp_path, followed), FUND, whole)
    rows = []
    for path in (followed, whole):
        with closing(sqlite3.connect(path)) as connection:
            rows.append(connection.execute("SELECT * FROM invoice ORDER BY id, day").fetchall())
    assert rows[0] == rows[1] != []
