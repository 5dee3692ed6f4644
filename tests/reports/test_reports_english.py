"""26. The same report in English: every word of the fund's own has its English, and no number changes."""

import re
from datetime import date

import pytest

from shared.kernel.language import EN, LANGUAGES, LT
from shared.reports.year.files import SUMMARY_EN, papers, report_files, tables_of
from tests.reports.reading import pdf_text, report
from tests.reports.world import World

LITHUANIAN = re.compile("[ąčęėįšųūžĄČĘĖĮŠŲŪŽ]")
NAMED_BY_LAW = frozenset({"name", "invoice_id", "notice_no", "code", "article"})
"""Columns whose words are the law's or somebody's own; a payer among the names is told in English."""
TABLES = ("column.", "table.", "source.", "waits.", "cause.", "status.", "part.", "money.", "tie.", "of.")
DAYS = [(2021, date(2021, 3, 31)), (2022, date(2022, 9, 30)), (2022, date(2023, 2, 10))]


@pytest.mark.parametrize(("year", "day"), DAYS)
async def test_26_every_table_is_told_in_english_with_the_same_numbers(years: World, year: int, day: date) -> None:
    found = await report(years, year, day)
    ours = {word for payer in found.fund.payers for word in (payer.name_lt,)}
    for lt, en in zip(tables_of(found), tables_of(found, "en"), strict=True):
        assert (en.key, len(en.rows)) == (lt.key, len(lt.rows))
        for said in (en.title, *(column.label for column in en.columns)):
            assert not LITHUANIAN.search(said), said
        for row, was in zip(en.rows, lt.rows, strict=True):
            for column, cell, before in zip(en.columns, row.cells, was.cells, strict=True):
                if not isinstance(cell, str):
                    assert cell == before
                elif column.key not in NAMED_BY_LAW or before in ours:
                    assert not LITHUANIAN.search(cell), (lt.key, column.key, cell)
                    assert cell != "taip"


async def test_26_the_summary_in_english_is_a_paper_of_its_own_and_signs_nothing(years: World) -> None:
    found = await report(years, 2022, date(2023, 2, 10))
    files = report_files(found, "en")
    text = pdf_text(files[SUMMARY_EN])
    for said in ("For information", "State Health Insurance Fund", "Execution of the expense estimate", "in EUR"):
        assert said.casefold() in text.casefold(), said
    assert "parašas" not in text
    assert "Name, payer" not in files["estimate.csv"].decode(), "headings are keys in both languages"
    assert "In all" in files["estimate.csv"].decode()
    assert files["samata.pdf"] == report_files(found)["samata.pdf"], "what is signed is Lithuanian"


async def test_26_papers_are_named_in_both_languages_and_are_the_pdf_files(years: World) -> None:
    found = await report(years, 2022, date(2023, 2, 10))
    told = list(papers(found))
    assert {paper.name for paper in told} == {name for name in report_files(found) if name.endswith(".pdf")}
    assert all(paper.title_lt and not LITHUANIAN.search(paper.title_en) for paper in told)


def test_every_word_of_a_table_has_its_english_with_the_same_terms() -> None:
    lt, en = LANGUAGES[LT].words, LANGUAGES[EN].words
    of_tables = {key for key in lt if key.startswith(TABLES)} | {"total", "yes", "no"}
    assert of_tables <= en.keys()
    terms = re.compile(r"{\w+}")
    assert [key for key in of_tables if sorted(terms.findall(en[key])) != sorted(terms.findall(lt[key]))] == []
    assert [en[key] for key in of_tables if LITHUANIAN.search(en[key])] == []
