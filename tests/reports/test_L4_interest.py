"""L4, HIL 27(2). Where the fund's file has a rate, what late payments bear is shown; without one nothing is."""

from datetime import date
from pathlib import Path

from services.payments.service import FUND, PAYMENTS
from services.payments.state import State
from services.payments.views import terms
from shared.explain.sentences import sentence
from shared.journal.fold import fold_until
from shared.kernel.fund import Fund
from shared.reports.year.tables_facts import late_table
from shared.statute.load import PACKAGED, load_fund
from tests.reports.budgets import budget
from tests.reports.reading import report, said
from tests.reports.two_years import VLK, begin, credit
from tests.reports.world import World, contract, invoice

RATE = """
[[interest]]
from = 2022-01-01
hundredths = 800
source_lt = "įsakymas Nr. 1"
"""
REST = 365_000_00


def with_a_rate(folder: Path) -> Fund:
    path = folder / "fund.toml"
    path.write_text((PACKAGED / "funds" / "psdf.toml").read_text(encoding="utf-8") + RATE, encoding="utf-8")
    return load_fund(path)


async def late(fund: Fund | None) -> World:
    """365 000.00 are due on 9 March 2022 and unpaid until money comes on 14 March."""
    world = World(fund)
    await world.start(on := date(2022, 1, 3))
    data, deal = budget(2022), contract("C-1", VLK, "04", "300000001", 2022)
    await begin(world, on, data, deal)
    await world.to(date(2022, 2, 7))
    await world.send("invoice.submitted", "/providers/300000001", invoice(deal, "A", "2022-01", REST), world.today)
    await world.to(date(2022, 3, 13))
    return world


async def test_L4_it_is_told_when_overdue_with_its_days(tmp_path: Path) -> None:
    overdue = (await late(with_a_rate(tmp_path))).of("payment.overdue")[0]
    assert (overdue["due_on"], overdue["rest_cents"]) == ("2022-03-09", REST)
    assert (overdue["interest_cents"], overdue["interest_days"]) == (80_00, 1)
    assert "palūkanos už 1 d. – 80,00 Eur" in sentence("payment.overdue", overdue, "lt").replace("\u00a0", " ")


async def test_L4_without_a_rate_the_event_says_what_it_always_said() -> None:
    world = await late(None)
    assert world.of("payment.overdue") == [
        {"invoice_id": "300000001/A", "due_on": "2022-03-09", "rest_cents": REST, "rules": ["16"]}
    ]
    found = await report(world, 2022, date(2022, 3, 13))
    assert found.interest == ()
    assert "palūkan" not in said(found, "Vėluojantys")
    assert [column.key for column in late_table(found).columns][-1] == "rest"


async def test_L4_the_note_counts_up_to_the_day_before_it_is_ordered(tmp_path: Path) -> None:
    world = await late(with_a_rate(tmp_path))
    found = await report(world, 2022, date(2022, 3, 13))
    assert [(each.cents, each.days) for each in found.interest] == [(4 * 80_00, 4)]
    await world.send("account.credited", "/treasury", credit(VLK, REST, date(2022, 3, 14)), date(2022, 3, 14), 0)
    await world.to(date(2022, 3, 31))
    found = await report(world, 2022, date(2022, 3, 31))
    ordered = date.fromisoformat(world.of("payment.ordered")[0]["on"])
    days = (ordered - date(2022, 3, 10)).days
    assert [(each.cents, each.days) for each in found.interest] == [(days * 80_00, days)]
    assert late_table(found).rows[0].cells[-2:] == (days * 80_00, days)
    assert "SDĮ 27 str. 2 d.; įsakymas Nr. 1 – 8,00 proc." in said(found, "Vėluojantys")


async def test_L4_the_terms_at_risk_say_what_the_rest_has_borne(tmp_path: Path) -> None:
    world = await late(fund := with_a_rate(tmp_path))
    state: State = (await fold_until(world.stores["payments"], PAYMENTS, world.today)).get(FUND, State)
    assert [term.interest_cents for term in terms(state, 10, fund.interest)] == [4 * 80_00]
    assert [term.interest_cents for term in terms(state, 10)] == [None]
