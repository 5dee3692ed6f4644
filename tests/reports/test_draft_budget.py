"""3-7. The draft: lines grown from the year's execution, the reserve by the law's function, a note from the data."""

import io
import json
from datetime import date

import pytest
from pydantic import ValidationError
from pypdf import PdfReader

from services.contracts.law import reserve_main_cents
from shared.reports.draft_budget import Assumptions, Draft, approved, draft_budget, grown, whole_year
from shared.reports.draft_note import draft_files, paragraphs
from shared.reports.year.year import make_report
from tests.reports.budgets import budget
from tests.reports.world import World

NEW_YEARS_EVE = date(2022, 12, 31)
GROWTH = Assumptions(
    revenue_growth={"01.01": (800, 600, 500)},
    expense_growth={"01": (1000, -250, 0)},
    sodra_costs=2_400_000_00,
)


async def draft(world: World, cut_off: date = NEW_YEARS_EVE, assume: Assumptions = GROWTH) -> Draft:
    return draft_budget(await make_report(world.stores, world.fund, cut_off.year, cut_off), assume)


def test_growth_is_rounded_half_up_to_a_thousand_euro() -> None:
    assert grown(100_049_999, 0) == 100_000_000
    assert grown(100_050_000, 0) == 100_100_000
    assert grown(1_000_000_000, 525) == 1_052_500_000
    assert grown(1_000_000_000, -10_000) == 0
    assert whole_year(900, 9) == 1200


async def test_4_lines_grow_from_what_the_year_brought(years: World) -> None:
    found = await draft(years)
    sodra = found.revenue[0]
    assert (sodra.executed, sodra.expected) == (153_600_000_000, 153_600_000_000)
    assert sodra.draft == grown(153_600_000_000, 800) == 165_888_000_000
    assert sodra.forecast == (grown(165_888_000_000, 600), grown(grown(165_888_000_000, 600), 500))
    care = found.expenses[0]
    assert care.draft == grown(care.own, 1000)
    assert found.edition.expenses_total_cents == sum(line.draft for line in found.expenses)


async def test_6_7_who_computes_a_line_is_kept_and_sodras_own_figure_stands(years: World) -> None:
    found = await draft(years)
    by_sodra = [line.code for line in (*found.revenue, *found.expenses) if line.computed_by == "Fondo valdyba"]
    assert by_sodra == ["01.01", "07"]
    assert next(line.draft for line in found.expenses if line.code == "07") == 2_400_000_00
    assert "sodra_not_given" in found.flags  # its revenue is still our estimate
    given = await draft(years, assume=Assumptions(sodra_revenue={"01.01": 170_000_000_000}, sodra_costs=1))
    assert "sodra_not_given" not in given.flags
    assert given.revenue[0].draft == 170_000_000_000


async def test_8_the_main_part_is_the_function_that_checks_an_approved_budget(years: World) -> None:
    found = await draft(years)
    total = found.edition.revenue_total_cents
    assert found.edition.reserve_main_cents == reserve_main_cents(total, 15, 100_000)
    assert found.reserve_start == (41_853 + 302_395) * 100_000 - 800_000_000
    assert found.edition.reserve_main_cents + found.edition.reserve_risk_cents == found.reserve_start


async def test_9_R7_working_capital_above_the_laws_figure_is_next_years_transfer(years: World) -> None:
    found = await draft(years)
    by_money = 579_200_000 + found.total("revenue", "expected") - found.total("expenses", "executed")
    assert found.capital_start == by_money
    assert found.transfers == {"9.1": 0, "9.2": by_money - 579_200_000}


async def test_R7_last_years_debt_is_told_apart_and_drafts_nothing(years: World) -> None:
    report = await make_report(years.stores, years.fund, 2022, NEW_YEARS_EVE)
    found = draft_budget(report, GROWTH)
    carried = [total.cents for pot, total in report.facts.carried_in.items() if pot.source == "PSDF"]
    assert sum(carried) == found.total("expenses", "debt") > 0
    for line, of in zip(found.expenses, report.estimate.lines, strict=True):
        assert line.executed == of.transferred
        assert line.own == of.committed + of.waiting - line.debt
    assert "perkelta" in " ".join(paragraphs(found))


async def test_R7_working_capital_stands_at_both_ends_of_the_year(years: World) -> None:
    found = await draft(years)
    total, moved = found.edition.revenue_total_cents, sum(found.transfers.values())
    assert found.capital_end == found.capital_start + total - found.edition.expenses_total_cents - moved
    told = " ".join(paragraphs(found)).replace("\u00a0", " ")
    assert "likutis 2023 m. pradžioje sudaro" in told
    assert "2023 m. pabaigoje – " in told
    assert "- -" not in told
    assert "– −" not in told


async def test_R7_an_article_that_no_invoice_executes_is_drafted_from_its_plan_and_flagged(years: World) -> None:
    found = await draft(years)
    administration = next(line for line in found.expenses if line.code == "06")
    assert (administration.own, administration.planned) == (0, True)
    assert administration.draft == administration.plan == 31_466 * 100_000
    assert "not_executed" in found.flags
    assert "06 eilutė „Sveikatos draudimo sistemos ir įstaigų veikla“: 2022 m. planas" in " ".join(
        paragraphs(found)
    ).replace("\u00a0", " ")


async def test_R7_administration_that_was_paid_is_drafted_from_its_own_event() -> None:
    world = World()
    await world.start(on := date(2022, 1, 3))
    await world.send("budget.approved", "/vlk", budget(2022), on)
    paid = {"payer": "VLK", "year": 2022, "article": "06", "paid_on": "2022-01-03", "reference": "ADM-1"}
    await world.send("administration.paid", "/treasury", {**paid, "amount_cents": 100_000_000}, on)
    await world.to(date(2022, 2, 1))
    found = await draft(world, date(2022, 1, 31))
    administration = next(line for line in found.expenses if line.code == "06")
    assert (administration.executed, administration.planned) == (100_000_000, False)
    assert administration.draft == 1_200_000_000


async def test_3_a_draft_in_autumn_expects_the_whole_year(years: World) -> None:
    found = await draft(years, date(2022, 9, 30))
    assert found.months == 9
    assert found.revenue[0].expected == found.revenue[0].own * 12 // 9
    assert "pirmųjų 9 mėn." in " ".join(paragraphs(found))
    with pytest.raises(ValueError, match="middle of a month"):
        await draft(years, date(2022, 9, 29))


async def test_7_the_draft_is_ready_to_be_approved_and_is_adopted(years: World) -> None:
    data = approved(await draft(years), "XIV-1679", date(2023, 1, 1))
    world = World()
    await world.start(date(2023, 1, 2))
    await world.send("budget.approved", "/vlk", data, world.today)
    adopted = world.of("budget.adopted")[0]
    assert adopted["flags"] == []
    assert (adopted["law"], adopted["year"], adopted["revenue_total_cents"]) == (
        "XIV-1679", 2023, data["revenue_total_cents"],
    )  # fmt: skip
    with pytest.raises(ValidationError):
        approved(await draft(years), "", date(2023, 1, 1))


async def test_3_the_note_and_the_files_are_the_same_each_time(years: World) -> None:
    first, second = [draft_files(await draft(years), years.fund) for _ in range(2)]
    assert first == second
    pages = PdfReader(io.BytesIO(first["biudzeto-projektas.pdf"])).pages
    text = " ".join(page.extract_text() for page in pages)
    assert "2023 metų PSDF biudžeto projektas" in text
    assert "Fondo valdyba (įvertis)" in text
    assert "Privalomojo sveikatos draudimo tarybos išvada (Taisyklių 5 punktas):" in text
    assert text.count("(parašas, data)") > 1, "L5: the VLK, the Council, the ministry"
    assert "(vardas, pavardė)" in text
    body = json.loads(first["draft.json"])
    assert body["edition"]["year"] == 2023
    assert len(first["draft-expenses.csv"].splitlines()) == 1 + 7 + 1
