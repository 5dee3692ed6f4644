"""26. The same report in English: every word of the fund's own has its English, and no number changes."""

import re
from datetime import date

import pytest

from shared.reports.year.english import LABELS, NAMED_BY_LAW, OF_CAUSE, OF_PART, OF_SOURCE, OF_STATUS, OF_WAIT, English
from shared.reports.year.files import SUMMARY_EN, papers, report_files, tables_of
from shared.reports.year.tables import ESTIMATE_COLUMNS
from shared.reports.year.words import CAUSES, PARTS, SOURCES, STATUSES, WAITS
from tests.reports.reading import pdf_text, report
from tests.reports.world import World

LITHUANIAN = re.compile("[ąčęėįšųūžĄČĘĖĮŠŲŪŽ]")
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
    for said in ("For information", "State Health Insurance Fund", "Execution of the expense estimate", "in euros"):
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


def test_whatever_the_words_of_a_report_can_be_has_its_english() -> None:
    assert (OF_CAUSE.keys(), OF_PART.keys(), OF_STATUS.keys()) == (CAUSES.keys(), PARTS.keys(), STATUSES.keys())
    assert (OF_SOURCE.keys(), OF_WAIT.keys()) == (SOURCES.keys(), WAITS.keys())
    assert {column.label for column in ESTIMATE_COLUMNS} <= LABELS.keys()


async def test_a_withdrawn_notice_says_in_english_why(years: World) -> None:
    english = English(await report(years, 2021, date(2021, 3, 31)))
    column = next(c for c in ESTIMATE_COLUMNS if c.key == "name")
    assert english.cell(column, f"atšauktas 2022-02-08: {CAUSES['distribution.adopted']}") == (
        f"withdrawn 2022-02-08: {OF_CAUSE['distribution.adopted']}"
    )
