"""26. Reports of small years: a notice withdrawn, a payer merged, no budget."""

from datetime import date

from shared.reports.year.files import report_files
from shared.reports.year.tables_facts import notices_table
from tests.reports.budgets import budget, distribution
from tests.reports.reading import report, said
from tests.reports.two_years import KAUNAS, VLK, begin, credit
from tests.reports.world import World, contract, invoice


async def test_18_a_withdrawn_notice_is_told_with_its_four_sums_and_why() -> None:
    world = World(answer=None)
    await world.start(on := date(2022, 1, 3))
    data, deal = budget(2022), contract("C-1", VLK, "04", "300000001", 2022)
    await begin(world, on, data, deal)
    await world.to(date(2022, 2, 7))
    sent = invoice(deal, "A", "2022-01", 1_721_000_001)
    await world.send("invoice.submitted", "/providers/300000001", sent, world.today)
    await world.to(date(2022, 2, 8))
    under_way = notices_table(await report(world, 2022, date(2022, 2, 8))).rows[0].cells
    assert under_way[:3] + under_way[-1:] == ("2022-04-1", "04", date(2022, 2, 8), "pristatomas")
    await world.send("distribution.proposed", "/vlk", distribution(data, tlks=()), world.today)
    found = await report(world, 2022, date(2022, 2, 8))
    assert notices_table(found).rows[0].cells[3:] == (
        1_721_000_000, 0, 1, 1, "atšauktas 2022-02-08: pakeistas lėšų paskirstymas",
    )  # fmt: skip
    assert "Parengta pranešimų – 1: pristatyta – 0" in said(found, "viršijimas")
    assert "atšaukta – 1" in said(found, "viršijimas")


async def test_a_merged_payer_is_reported_under_the_one_it_became() -> None:
    world = World()
    await world.start(on := date(2022, 1, 3))
    data, deal = budget(2022), contract("C-1", KAUNAS, "01", "300000001", 2022)
    await begin(world, on, data, deal)
    await world.send("account.credited", "/treasury", credit(KAUNAS, 1_000, on), on)
    await world.to(date(2022, 2, 1))
    await world.send("invoice.submitted", "/providers/300000001", invoice(deal, "A", "2022-01", 600), world.today)
    await world.to(date(2022, 3, 10))
    await world.send("payer.merged", "/vlk", {"payer": KAUNAS, "into": VLK, "on": "2022-04-01"}, world.today)
    await world.to(date(2022, 4, 2))
    before, after = await report(world, 2022, date(2022, 3, 31)), await report(world, 2022, date(2022, 4, 2))
    paid = [{p.payer: p.transferred for p in r.estimate.lines[0].payers if p.transferred} for r in (before, after)]
    assert paid == [{KAUNAS: 600}, {VLK: 600}]


async def test_11_a_year_without_a_budget_says_so() -> None:
    world = World()
    await world.start(date(2022, 1, 3))
    await world.to(date(2022, 1, 31))
    found = await report(world, 2022, date(2022, 1, 31))
    assert "biudžetas nepatvirtintas" in said(found, "Biudžetas")
    assert found.estimate.lines == ()
    assert report_files(found)["samata.pdf"].startswith(b"%PDF")


async def test_18_the_note_does_not_say_in_one_place_what_it_denies_in_another() -> None:
    """Administration needs no notice, and may pass its article all the same (HIL 14(3))."""
    world = World()
    await world.start(on := date(2022, 1, 3))
    await begin(world, on, data := budget(2022))
    cents = data["expenses"][5]["amount_cents"] + 1
    paid = {"payer": VLK, "year": 2022, "article": "06", "amount_cents": cents, "paid_on": "2022-01-03"}
    await world.send("administration.paid", "/treasury", {**paid, "reference": "ADM-1"}, on)
    found = await report(world, 2022, on)
    assert "Asignavimai viršyti: 06 straipsnio – 0,01 Eur" in said(found, "Išlaidos")
    assert (
        said(found, "viršijimas") == "Pranešimų Sveikatos apsaugos ministerijai apie viršijamus asignavimus nerengta."
    )
