"""A report in English: the same tables with English words, and a summary as a paper. What the law names stays."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shared.kernel.language import EN
from shared.reports.year.summary import summary_en
from shared.reports.year.table import Table
from shared.reports.year.tables import all_tables
from shared.reports.year.words import safe
from shared.reports.year.write import document, table_block
from shared.reports.year.year import Report


def in_english(report: Report) -> Report:
    """The report whose words are English."""
    return replace(report, lang=report.fund.lang(EN) or EN)


def tables_en(report: Report) -> tuple[Table, ...]:
    """Every table of the report in English."""
    return tuple(all_tables(in_english(report)))


def summary_pdf(report: Report, tables: Sequence[Table]) -> bytes:
    """The year in English: the summary, and the tables that have something in them. For information, not to be signed."""
    say = in_english(report).say
    blocks: list[dict[str, Any]] = [{"kind": "par", "text": safe(said)} for said in summary_en(report)]
    blocks += [table_block(say, table) for table in tables if any(row.level != "total" for row in table.rows)]
    drawn_by = report.fund.payer(report.fund.state_payer)
    assert drawn_by is not None
    return document(
        f"{report.fund.name_en}: execution of the budget",
        f"Consolidated, in {report.fund.currency}. For information: the papers in the fund's own language are the signed ones",
        f"{report.year}, as at the end of {say.spaced(report.cut_off)}",
        report.cut_off,
        blocks,
        wide=True,
        drawn_by=drawn_by.name_en,
        words={"lang": EN, "unit": f"in {report.fund.currency}", "signature": "", "name": ""},
    )
