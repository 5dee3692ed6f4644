"""L6, points 24, 26. What directors' orders ask for stands in the fund's file; the closing says by whom and by when."""

import json
from datetime import date
from pathlib import Path

from shared.kernel.fund import Fund
from shared.reports.close import close_year, fold_states
from shared.reports.close_said import close_text
from shared.reports.handing_in import to_hand_in
from shared.statute.load import PACKAGED, load_fund
from tests.reports.world import World

ORDERS = """
[[handed_in]]
what_lt = "Ketvirčio ataskaitų rinkinys"
what_en = "The quarter's set of reports"
by = "territorial"
to_lt = "Valstybinei ligonių kasai"
period = "quarter"
month = 1
day = 15
order_lt = "įsakymas Nr. 1K-1"

[[handed_in]]
what_lt = "Konsoliduotas metų rinkinys"
what_en = "The year's consolidated set"
by = "state"
to_lt = "Sveikatos apsaugos ministerijai"
period = "year"
month = 3
day = 1
order_lt = "įsakymas Nr. V-2"
from = 2022-01-01
"""


def with_orders(folder: Path) -> Fund:
    path = folder / "fund.toml"
    path.write_text((PACKAGED / "funds" / "psdf.toml").read_text(encoding="utf-8") + ORDERS, encoding="utf-8")
    return load_fund(path)


def test_L6_each_paper_has_its_day_on_the_legal_calendar(tmp_path: Path) -> None:
    papers = to_hand_in(with_orders(tmp_path), 2022)
    assert [(paper.quarter, paper.by.isoformat()) for paper in papers] == [
        (1, "2022-04-15"), (2, "2022-07-15"), (3, "2022-10-17"), (4, "2023-01-16"), (None, "2023-03-01"),
    ]  # fmt: skip
    assert papers[0].payers == ("TLK-VILNIUS", "TLK-KAUNAS", "TLK-KLAIPEDA", "TLK-SIAULIAI", "TLK-PANEVEZYS")
    assert papers[-1].payers == ("VLK",)


def test_L6_an_order_asks_for_nothing_of_before_it_and_a_fund_without_orders_for_nothing(tmp_path: Path) -> None:
    assert [paper.quarter for paper in to_hand_in(with_orders(tmp_path), 2021)] == [1, 2, 3, 4]
    assert to_hand_in(load_fund(), 2022) == ()


async def test_L6_the_closing_shows_them_and_without_orders_is_what_it_was(tmp_path: Path) -> None:
    world = World()
    await world.start(date(2022, 1, 3))
    states = await fold_states(world.stores, date(2022, 1, 3))
    plain, ordered = close_year(states, world.fund, 2022), close_year(states, with_orders(tmp_path), 2022)
    assert "hand_in" not in json.loads(plain.json())
    assert "To be handed in" not in close_text(plain)
    assert len(json.loads(ordered.json())["hand_in"]) == 5
    assert (
        "- Konsoliduotas metų rinkinys (The year's consolidated set): VLK to Sveikatos apsaugos ministerijai, "
        "by 2023-03-01, įsakymas Nr. V-2" in close_text(ordered)
    )
