"""26. Reports of two years: they tie, they are the same bytes each time, and they say what happened."""

import csv
import io
import json
import re
from datetime import date

import pytest

from services.payments.events import Account
from services.payments.service import FUND, PAYMENTS
from shared.adapters.sqlite.store import SqliteStore
from shared.engine.engine import Engine
from shared.engine.faults import Broken
from shared.journal.fold import StreamFold, fold_until
from shared.kernel.reason import Reason
from shared.reports.year import write
from shared.reports.year.files import SUMMARY_EN, report_files
from shared.reports.year.note import note
from shared.reports.year.proof import Tie, Untied, assert_tied, payment_ties
from shared.reports.year.tables import all_tables, estimate_table
from shared.reports.year.words import Say
from shared.statute import load_fund
from tests.reports.budgets import AMENDED_01, AMENDED_TOTAL, budget
from tests.reports.reading import pdf_text, report, said
from tests.reports.two_years import KAUNAS, VLK, revenue
from tests.reports.world import World

THOUSAND = 100_000
NEW_YEARS_EVE = date(2022, 12, 31)
LATER = date(2023, 2, 10)

SAY = Say(load_fund())


@pytest.mark.parametrize(
    ("year", "cut_off"),
    [
        (2021, date(2021, 3, 31)),
        (2021, date(2021, 12, 31)),
        (2021, date(2022, 1, 31)),
        (2022, date(2022, 1, 5)),
        (2022, date(2022, 9, 30)),
        (2022, NEW_YEARS_EVE),
        (2022, LATER),
    ],
)
async def test_i10_consolidated_is_payers_journal_and_bank_at_every_cut_off(
    years: World, year: int, cut_off: date
) -> None:
    found = await report(years, year, cut_off)
    assert all(tie.holds for tie in found.ties)
    by_bank = {
        order["order_id"]: order["amount_cents"]
        for order in (e["data"] for e in years.told if e["type"] == "payment.ordered")
        if order["year"] == year
    }
    executed = sum(
        by_bank.get(e["data"]["order_id"], 0)
        for e in years.told
        if e["type"] == "payment.executed" and e["time"][:10] <= f"{cut_off}"
    )
    lines = (*found.estimate.lines, *found.estimate.state_lines)
    assert found.estimate.total("transferred", lines) == executed


async def test_7_an_amendment_in_mid_year_shows_what_it_changed(years: World) -> None:
    before, after = await report(years, 2021, date(2021, 6, 30)), await report(years, 2021, date(2021, 9, 30))
    assert before.estimate.lines[0].changes == ()
    assert before.plan.expenses_plan == 2_478_169 * THOUSAND
    first = after.estimate.lines[0]
    assert (first.first, first.plan) == (1_700_000 * THOUSAND, AMENDED_01 * THOUSAND)
    assert [(c.edition, c.cents) for c in first.changes] == [(2, (AMENDED_01 - 1_700_000) * THOUSAND)]
    assert after.plan.expenses_plan == AMENDED_TOTAL * THOUSAND
    assert "išlaidų straipsnis 01 „Asmens sveikatos priežiūros paslaugos“ −26 177 000,00" in said(after, "Biudžetas")


async def test_12_quarters_add_up_to_the_year_also_with_what_the_bank_said_later(years: World) -> None:
    found = await report(years, 2022, LATER)
    for line in found.estimate.lines:
        quarters = [q for q in found.quarters if q.article == line.article]
        assert [q.quarter for q in quarters] == [1, 2, 3, 4]
        assert sum(q.transferred for q in quarters) == line.transferred
        assert sum(q.committed for q in quarters) == line.committed
        assert sum(q.plan or 0 for q in quarters) == line.plan


async def test_24_the_debt_of_31_december_is_what_the_next_year_begins_with(years: World) -> None:
    eve, later = await report(years, 2021, date(2021, 12, 31)), await report(years, 2021, date(2022, 1, 31))
    following = await report(years, 2022, date(2022, 1, 31))
    debt = sum(line.unpaid for line in (*eve.estimate.lines, *eve.estimate.state_lines))
    assert debt == 12_069_567_956
    assert later.estimate.total("unpaid", (*later.estimate.lines, *later.estimate.state_lines)) == debt
    assert sum(total.cents for total in following.facts.carried_in.values()) == debt
    assert "2021 m. gruodžio 31 d. skola – 120 695 679,56 Eur" in said(later, "skola")


async def test_24_an_order_rejected_in_january_leaves_the_year_of_its_day(years: World) -> None:
    eve, later = await report(years, 2022, NEW_YEARS_EVE), await report(years, 2022, LATER)
    kaunas = [next(p for p in found.estimate.lines[0].payers if p.payer == KAUNAS) for found in (eve, later)]
    assert kaunas[0].ordered - kaunas[1].ordered == 3_300_000_010
    assert kaunas[0].transferred == kaunas[1].transferred


async def test_26_each_payers_own_estimate_is_its_part_of_the_whole(years: World) -> None:
    found = await report(years, 2022, NEW_YEARS_EVE)
    whole = estimate_table(found).rows[-1].cells
    payers = {part.payer for line in found.estimate.lines for part in line.payers}
    parts = [estimate_table(found, payer).rows[-1].cells for payer in sorted(payers)]
    for at in range(6, 10):
        assert whole[at] == sum(int(str(part[at])) for part in parts)


async def test_26_each_payers_estimate_says_what_its_share_was_first_and_how_it_changed(years: World) -> None:
    """The amendment of July 2021 lowers article 01, of which Kaunas has a quarter."""
    found = await report(years, 2021, date(2021, 12, 31))
    first, changed, share = estimate_table(found, KAUNAS).rows[0].cells[2:5]
    before = next(line["amount_cents"] for line in budget(2021)["expenses"] if line["article"] == "01") // 4
    assert (first, share) == (before, AMENDED_01 * 100_000 // 4)
    assert changed == AMENDED_01 * 100_000 // 4 - before < 0
    total = estimate_table(found, KAUNAS).rows[-1].cells
    assert total[2] + total[3] == total[4]  # type: ignore[operator]


async def test_26_what_was_decided_of_the_reserve_and_of_a_surplus_stands_in_order_of_its_day() -> None:
    world = World()
    await world.start(last := date(2021, 12, 30))
    await world.send("revenue.received", "/treasury", revenue("01.01", 100, last), last)
    await world.to(on := date(2022, 1, 3))
    await world.send("budget.approved", "/vlk", budget(2022), on)
    use = {"year": 2022, "part": "risk", "amount_cents": 1, "purpose": "Vaistams", "article": "02"}
    more = {"year": 2022, "article": "02", "amount_cents": 1}
    for day, part, document in ((7, "main", "N-1"), (8, "risk", "T-1"), (9, "main", "N-2")):
        await world.to(when := date(2022, 1, day))
        told = {**use, "part": part, "document": document, "decided_on": when.isoformat()}
        await world.send("reserve.use.proposed", "/ministry", told, when)
    for day in (6, 21, 27):
        await world.to(when := date(2022, 12, day))
        if day == 21:
            received = revenue("02", budget(2022)["revenue_total_cents"] + 1, when)
            await world.send("revenue.received", "/treasury", received, when)
        told = {**more, "document": f"P-{day}", "decided_on": when.isoformat()}
        await world.send("surplus.proposed", "/ministry", told, when)
    found = await report(world, 2022, date(2022, 12, 27))
    assert re.findall(r"sausio (\d+) d\.[^.]*?Nr\. ([NT]-\d)", said(found, "Rezervas")) == [
        ("7", "N-1"), ("8", "T-1"), ("9", "N-2"),
    ]  # fmt: skip
    assert re.findall(r"gruodžio (\d+) d\. (ministro)?.*?Nr\. P-", said(found, "Viršplaninės")) == [
        ("6", ""), ("21", "ministro"), ("27", ""),
    ]  # fmt: skip


async def test_26_the_note_tells_what_happened(years: World) -> None:
    found = await report(years, 2022, LATER)
    assert "Parengta pranešimų – 1: pristatyta – 1" in said(found, "viršijimas")
    row = next(table for table in all_tables(found) if table.key == "notices").rows[0]
    assert (row.cells[0], *row.cells[3:5]) == ("2022-04-1", 1_721_000_000, 1_450_000_059)
    assert "Vilniaus teritorinė ligonių kasa (PSDF lėšos): lėšų nepakako" in said(found, "trūkumas")
    late = next(table for table in all_tables(found) if table.key == "late-sums")
    assert ("Kauno teritorinė ligonių kasa", "01") in {row.cells[:2] for row in late.rows}
    assert "pagal dokumentą Nr. V-2022-118 panaudota 8 000 000,00 Eur (rizikos valdymo dalis)" in said(
        found, "Rezervas"
    )
    assert "04 straipsniui skirta 2 000 000,00 Eur" in said(found, "Viršplaninės")
    returned = said(found, "suderinimo")
    assert "II ketvirčio pažyma (1) 2022 m. liepos 12 d. grąžinta tikslinti: nurodyta 383 999 999,97 Eur" in returned
    assert "pagal apskaitą yra 384 000 000,00 Eur." in returned
    assert "2021 metų duomenys priimti" in said(found, "Teritorinių")
    assert "Pareikalauta grąžinti – 2 500,00 Eur, grąžinta – 2 500,00 Eur" in said(found, "Žala")
    assert "d.." not in json.dumps([s.paragraphs for s in note(found)], ensure_ascii=False)


async def test_26_a_quiet_year_says_that_nothing_happened(years: World) -> None:
    found = await report(years, 2021, date(2021, 3, 31))
    assert "nerengta" in said(found, "viršijimas")
    assert "pakako" in said(found, "trūkumas")
    assert "nenaudotos" in said(found, "Rezervas")


async def test_i11_the_same_journal_gives_the_same_bytes(years: World) -> None:
    first = report_files(await report(years, 2022, LATER))
    second = report_files(await report(years, 2022, LATER))
    assert first == second
    assert b"/tmp" not in b"".join(first.values())
    listed = first["SHA256SUMS"].decode().split()
    assert set(listed[1::2]) == first.keys() - {"SHA256SUMS"}


async def test_26_pdf_holds_lithuanian_glyphs_and_the_numbers(years: World) -> None:
    found = await report(years, 2022, LATER)
    note_text, plan_text = pdf_text(write.note_pdf(found)), pdf_text(write.plan_pdf(found))
    assert "Privalomojo sveikatos draudimo fondo" in note_text
    assert "Neapmokėtos sąskaitos ir skola" in note_text
    assert "Summary in English" not in note_text
    assert "Direktorius" in note_text
    assert "(vardas, pavardė)" in note_text
    assert "Apyvartos lėšų likutis" in plan_text
    assert "Pervesta: Kauno teritorinė ligonių kasa" in plan_text
    for word in ("žurnalas", "TLK-KAUNAS"):
        assert word not in plan_text
    assert "Valstybės įmokos už valstybės lėšomis draudžiamus asmenis" in plan_text
    assert "2 795 191 000,00" in plan_text
    assert "<U+" not in note_text + plan_text


async def test_L5_26_each_paper_leaves_the_line_for_who_signs_it(years: World) -> None:
    papers = {
        name: file
        for name, file in report_files(await report(years, 2022, LATER)).items()
        if file[:4] == b"%PDF" and name != SUMMARY_EN
    }
    texts = {name: pdf_text(file) for name, file in papers.items()}
    assert len(texts) > 3
    assert not [name for name, text in texts.items() if "(parašas, data)" not in text or "Direktorius" not in text]


@pytest.mark.parametrize("paper", ["estimate", "plan", "note.estimate", "note.plan"])
def test_26_no_title_says_psdf_before_it_is_explained(paper: str) -> None:
    assert SAY(f"paper.{paper}").startswith("Privalomojo sveikatos draudimo fondo biudžeto ")


async def test_26_each_payer_has_its_own_note_and_its_state_money(years: World) -> None:
    found = await report(years, 2022, LATER)
    files = report_files(found)
    note_text = pdf_text(files["aiskinamasis-rastas-tlk-vilnius.pdf"])
    assert "VILNIAUS TERITORINĖ LIGONIŲ KASA" in note_text
    assert "išlaidų sąmatos vykdymo ataskaitos aiškinamasis raštas" in note_text
    assert "Kauno teritorinė" not in note_text
    assert "Valstybės biudžeto lėšos: įsipareigota –" in note_text
    estimate = pdf_text(files["samata-tlk-vilnius.pdf"])
    state = sum(p.transferred for x in found.estimate.state_lines for p in x.payers if p.payer == "TLK-VILNIUS")
    assert state > 0
    assert "Valstybės biudžeto lėšos (Taisyklių 19 punktas)" in estimate
    assert SAY.money(state).replace("\u00a0", " ") in estimate
    assert "Valstybės biudžeto lėšos" not in pdf_text(files["samata-tlk-kaunas.pdf"])
    transferred = sum(p.transferred for x in found.estimate.lines for p in x.payers if p.payer == "TLK-VILNIUS")
    assert f"pervesta – {SAY.eur(transferred)}".replace("\u00a0", " ") in note_text


async def test_26_csv_is_the_table_in_euro_with_headings(years: World) -> None:
    table = estimate_table(await report(years, 2022, NEW_YEARS_EVE))
    rows = list(csv.DictReader(io.StringIO(write.csv_bytes(table).decode())))
    total = rows[-1]
    assert rows[0]["article"] == "01"
    assert int(total["transferred_eur"].replace(".", "")) == table.rows[-1].cells[8]
    assert float(total["plan_eur"]) == 2_790_191_000.00


async def test_26_json_holds_cents_and_the_proof(years: World) -> None:
    found = await report(years, 2022, NEW_YEARS_EVE)
    body = json.loads(write.json_bytes(found))
    assert body["tables"].keys() == {table.key for table in all_tables(found)}
    assert body["tables"]["revenue"]["rows"][-1]["received_cents"] == found.plan.revenue_received
    assert all(tie["holds"] for tie in body["proof"])


def test_csv_text_never_becomes_a_formula() -> None:
    column = write.Column(key="purpose", label="", kind="text")
    assert write.plain(column, '=HYPERLINK("x")') == '\'=HYPERLINK("x")'


def test_i10_sums_that_differ_give_no_report_but_both_numbers() -> None:
    apart = Tie(
        what="transferred", what_en="transferred in 2022", left_of="payers", left=123_456, right_of="bank", right=1
    )
    with pytest.raises(Untied, match=r"1 234\.56 EUR \(payers\) is not 0\.01 EUR \(bank\)"):
        assert_tied((apart,))


async def test_a_report_before_its_year_is_refused(years: World) -> None:
    with pytest.raises(ValueError, match="before the year"):
        await report(years, 2022, date(2021, 12, 31))


async def test_fold_stops_at_the_cut_off_and_a_snapshot_changes_nothing(years: World) -> None:
    store = years.stores["payments"]
    whole = await fold_until(store, PAYMENTS, date(2023, 1, 20))
    engine = Engine(PAYMENTS, years.fund, store)
    await engine.start()
    await engine.save_snapshots()
    short = await fold_until(store, PAYMENTS, LATER)
    assert short.states[FUND] == engine.state(FUND)
    assert await fold_until(store, PAYMENTS, date(2023, 1, 20)) == whole
    assert whole.states[FUND].today == date(2023, 1, 20)
    assert whole.heads[0].version < short.heads[0].version


async def test_fold_day_by_day_is_the_fold_of_the_last_day(years: World) -> None:
    fold = StreamFold(years.stores["payments"], PAYMENTS, FUND, lambda *_: None)
    for day in (date(2021, 2, 1), date(2021, 8, 1), date(2022, 5, 31)):
        state = await fold.to(day)
        assert state.today == day
    assert state == (await fold_until(years.stores["payments"], PAYMENTS, date(2022, 5, 31))).states[FUND]
    assert state.cash[Account(VLK, "PSDF")] > 0


async def test_a_changed_journal_is_broken_not_reported() -> None:
    world = World()
    await world.start(date(2022, 1, 3))
    await world.to(date(2022, 1, 5))
    world.connection.execute(
        "UPDATE commits SET body = CAST(replace(plain(body), '01-04', '01-05') AS BLOB) "
        "WHERE service = 'payments' AND version = 2"
    )
    with pytest.raises(Broken, match="commit 2"):
        await fold_until(SqliteStore(world.connection, "payments"), PAYMENTS, date(2022, 1, 31))


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "1 diena"),
        (2, "2 dienos"),
        (9, "9 dienos"),
        (10, "10 dienų"),
        (11, "11 dienų"),
        (21, "21 diena"),
        (112, "112 dienų"),
    ],
)
def test_lithuanian_nouns_follow_their_number(count: int, words: str) -> None:
    assert SAY.counted(count, "diena", "dienos", "dienų").replace("\u00a0", " ") == words


def test_words_for_changes_and_shares() -> None:
    assert SAY.change(-2_617_700).replace("\u00a0", " ") == "−26 177,00"
    assert SAY.change(1) == "+0,01"
    assert SAY.percent(987, 1000).startswith("98,7")
    assert SAY.percent(1, 0) == "–"


async def test_i10_a_cent_that_the_bank_did_not_carry_out_stops_the_report(years: World) -> None:
    found = await report(years, 2022, NEW_YEARS_EVE)
    state = (await fold_until(years.stores["payments"], PAYMENTS, NEW_YEARS_EVE)).states[FUND]
    found.facts.at_bank[Account(KAUNAS, "PSDF")] -= 1
    with pytest.raises(Untied, match="transferred by the bank in 2022, PSDF"):
        assert_tied(tuple(payment_ties(state, found.facts, found.estimate)))


def test_26_what_did_not_pass_is_told_with_its_numbers() -> None:
    terms = {"reserve_cents": 2_999_999, "last_year_sodra_cents": 60_000_000}
    reasons = (
        Reason(code="wrong_decider", rule="8", terms={}),
        Reason(code="reserve_under_5_percent", rule="23", terms=terms),
    )
    told = f"{SAY.faults(reasons)} ({SAY.points(reasons)})".replace("\u00a0", " ")
    assert told == (
        "sprendimą priėmė ne tas, kam jį paveda Sveikatos draudimo įstatymas; rezervas būtų 29 999,99 Eur, mažiau negu "
        "5 proc. praėjusiais metais Fondo valdybos pervestų 600 000,00 Eur (8 ir 23 punktai)"
    )
    assert SAY.faults([Reason(code="review", rule="22", terms={"text": "trūksta parašo"})]) == "trūksta parašo"
    none = Reason(code="no_surplus", rule="23", terms={"received_cents": 100, "planned_cents": 200})
    more = Reason(code="more_than_surplus", rule="23", terms={"surplus_cents": -100, "allotted_cents": 0})
    assert (
        SAY.faults([none, more]).replace("\u00a0", " ")
        == "viršplaninių pajamų nėra (gauta 1,00 Eur, planuota 2,00 Eur)"
    )
