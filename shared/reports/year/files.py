"""Every file of a report by its name: the papers of point 26 as PDF, each table as CSV, all of it as JSON, digests."""

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from shared.kernel.value import value
from shared.reports.year.english import summary_pdf, tables_en
from shared.reports.year.table import Table
from shared.reports.year.tables import all_tables
from shared.reports.year.write import csv_bytes, estimate_pdf, json_bytes, note_pdf, plan_pdf
from shared.reports.year.year import Report

SUMMARY_EN: Final = "summary-en.pdf"
SUMMARY_LT: Final = "Metų santrauka anglų kalba"


@value
class Paper:
    """A paper: the name of its file, what it is, and what sets it as PDF. All but the last are to be signed."""

    name: str
    title_lt: str
    title_en: str
    pdf: Callable[[], bytes]


def papers(report: Report) -> Iterator[Paper]:
    """26. What the fund and each of its payers draw up, and a summary in English."""
    say = report.say
    plan = (say("paper.plan"), "Execution of the revenue and expense plan")
    note = (say("paper.note.plan"), "Explanatory note to the execution of the plan")
    estimate = (say("paper.estimate"), "Execution of the expense estimate")
    own = (say("paper.note.estimate"), "Explanatory note to the execution of the estimate")
    names = {kind: say(f"file.{kind}") for kind in ("plan", "note", "estimate")}
    yield Paper(name=f"{names['plan']}.pdf", title_lt=plan[0], title_en=plan[1], pdf=partial(plan_pdf, report))
    yield Paper(name=f"{names['note']}.pdf", title_lt=note[0], title_en=note[1], pdf=partial(note_pdf, report))
    yield Paper(
        name=f"{names['estimate']}.pdf", title_lt=estimate[0], title_en=estimate[1], pdf=partial(estimate_pdf, report)
    )
    names_en = {payer.code: payer.name_en for payer in report.fund.payers}
    for payer in payers_of(report):
        for kind, (lt, en), pdf in (("estimate", estimate, estimate_pdf), ("note", own, note_pdf)):
            yield Paper(
                name=f"{names[kind]}-{payer.lower()}.pdf",
                title_lt=f"{lt}: {say.payer(payer)}",
                title_en=f"{en}: {names_en.get(payer, payer)}",
                pdf=partial(pdf, report, payer),
            )
    summary = (SUMMARY_LT, "The year in English: summary and tables")
    yield Paper(
        name=SUMMARY_EN, title_lt=summary[0], title_en=summary[1], pdf=lambda: summary_pdf(report, tables_en(report))
    )


def payers_of(report: Report) -> tuple[str, ...]:
    """The payers that have a part of the estimate, each once."""
    lines = (*report.estimate.lines, *report.estimate.state_lines)
    return tuple(dict.fromkeys(part.payer for line in lines for part in line.payers))


def tables_of(report: Report, lang: str = "lt") -> tuple[Table, ...]:
    """Every table of the report in a language."""
    return tables_en(report) if lang == "en" else tuple(all_tables(report))


def report_files(report: Report, lang: str = "lt") -> dict[str, bytes]:
    """Every file of the report by its name: PDF documents, a CSV a table in a language, JSON, sums.

    ``SHA256SUMS`` names the digest of each, as ``sha256sum -c`` reads it.
    """
    files = {
        **{paper.name: paper.pdf() for paper in papers(report)},
        **{f"{table.key}.csv": csv_bytes(table) for table in tables_of(report, lang)},
        "report.json": json_bytes(report),
    }
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return files | {"SHA256SUMS": sums.encode()}
