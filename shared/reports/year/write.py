"""What a report is written as: PDF, CSV, JSON. Nothing is computed here; the same report gives the same bytes."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from shared.kernel.money import Cents
from shared.reports.year.note import note, period
from shared.reports.year.note_payer import payer_note
from shared.reports.year.summary import summary_en
from shared.reports.year.table import Cell, Column, Table
from shared.reports.year.tables import (
    all_tables,
    balances_table,
    capital_table,
    estimate_table,
    plan_table,
    quarters_wide_table,
    reserve_table,
    revenue_quarters_table,
    revenue_table,
    state_table,
)
from shared.reports.year.tables_facts import proof_table
from shared.reports.year.words import DASH, Voice, safe
from shared.reports.year.year import Report

if TYPE_CHECKING:
    import typst

TEMPLATE: Final = Path(__file__).with_name("report.typ")
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

Block = dict[str, Any]


# --- CSV and JSON


def csv_bytes(table: Table) -> bytes:
    """A table as CSV in UTF-8: headings in the first line, money in euro with a point, days as ``2022-03-05``.

    Text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f"{column.key}_eur" if column.kind == "money" else column.key for column in table.columns])
    for row in table.rows:
        writer.writerow([plain(column, cell) for column, cell in zip(table.columns, row.cells, strict=True)])
    return out.getvalue().encode()


def plain(column: Column, cell: Cell) -> str:
    """A cell for machines."""
    if cell is None:
        return ""
    if column.kind == "money" and isinstance(cell, int):
        return f"{'-' if cell < 0 else ''}{abs(cell) // 100}.{abs(cell) % 100:02d}"
    text = str(cell)
    return f"'{text}" if column.kind == "text" and text.startswith(FORMULA) else text


def json_bytes(report: Report) -> bytes:
    """The whole report as JSON, money in whole cents: tables, the note's sentences, the proof."""
    body = {
        "fund": report.fund.fund_id,
        "year": report.year,
        "cut_off": report.cut_off.isoformat(),
        "tables": {table.key: json_table(table) for table in all_tables(report)},
        "note": [{"heading": s.heading, "paragraphs": list(s.paragraphs)} for s in note(report)],
        "summary_en": list(summary_en(report)),
        "proof": [
            {"what": t.what_en, "left_cents": t.left, "right_cents": t.right, "holds": t.holds, "within": t.within}
            for t in report.ties
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def json_table(table: Table) -> dict[str, object]:
    """A table as JSON: its title and one object a row."""
    keys = [f"{c.key}_cents" if c.kind == "money" else c.key for c in table.columns]
    rows: list[Mapping[str, object]] = [
        {"level": row.level, **dict(zip(keys, map(iso, row.cells), strict=True))} for row in table.rows
    ]
    return {"title": table.title, "rows": rows}


def iso(cell: Cell) -> str | int | None:
    """A cell as JSON can hold it."""
    return cell.isoformat() if isinstance(cell, date) else cell


# --- PDF


def estimate_pdf(report: Report, payer: str | None = None) -> bytes:
    """Execution of the expense estimate (26): of all payers with the quarters, or a payer's own lower-level one."""
    blocks = [table_block(report.say, estimate_table(report, payer))]
    state = state_table(report, payer)
    if payer is None or len(state.rows) > 1:
        blocks.append(table_block(report.say, state))
    if payer is None:
        blocks.append(table_block(report.say, quarters_wide_table(report)))
    subtitle = report.say.payer(payer) if payer else report.say("paper.estimate.consolidated")
    return pdf(report, report.say("paper.estimate"), subtitle, blocks, wide=True, payer=payer)


def plan_pdf(report: Report) -> bytes:
    """Execution of the revenue and expense plan, consolidated (26)."""
    made = (
        revenue_table,
        revenue_quarters_table,
        plan_table,
        reserve_table,
        capital_table,
        balances_table,
        proof_table,
    )
    blocks = [table_block(report.say, make(report)) for make in made]
    return pdf(report, report.say("paper.plan"), report.say("paper.plan.consolidated"), blocks, wide=True)


def note_pdf(report: Report, payer: str | None = None) -> bytes:
    """The explanatory note (26): to the consolidated execution of the plan, or to a payer's own estimate."""
    blocks: list[Block] = []
    for section in note(report) if payer is None else payer_note(report, payer):
        blocks.append({"kind": "heading", "text": section.heading})
        blocks += [{"kind": "par", "text": safe(paragraph)} for paragraph in section.paragraphs]
        if section.table:
            blocks.append(table_block(report.say, section.table))
    title = report.say("paper.note.plan" if payer is None else "paper.note.estimate")
    subtitle = report.say.payer(payer) if payer else report.fund.name_lt
    return pdf(report, title, subtitle, blocks, wide=False, payer=payer)


def pdf(
    report: Report, title: str, subtitle: str, blocks: Sequence[Block], *, wide: bool, payer: str | None = None
) -> bytes:
    """A document of the report, of the payer that draws it up: the VLK where none is named."""
    drawn_by = report.fund.payer(payer or report.fund.state_payer)
    assert drawn_by is not None
    signed = [*blocks, sign_block([(drawn_by.office_lt, drawn_by.signed_by)])]
    words, by = paper_words(report.say), drawn_by.name_lt
    return document(title, subtitle, period(report), report.cut_off, signed, wide=wide, drawn_by=by, words=words)


def paper_words(say: Voice) -> dict[str, str]:
    """What the template itself says: the language, the unit of its sums, and what a signature is of."""
    told = {name: say(f"paper.{name}") for name in ("unit", "signature", "name")}
    return {"lang": say.language.code, **told}


def sign_block(who: Sequence[tuple[str, str]], approval: str = "") -> Block:
    """Who signs: the office, and the name; a name that is not given is left as a line. ``approval`` stands above."""
    return {"kind": "sign", "approval": approval, "who": [{"office": office, "name": name} for office, name in who]}


def document(
    title: str,
    subtitle: str,
    period: str,
    on: date,
    blocks: Sequence[Block],
    *,
    wide: bool,
    drawn_by: str,
    words: Mapping[str, str],
) -> bytes:
    """Set blocks as a PDF/A-2a and PDF/UA-1; no clock and no font of the machine: the same blocks, the same bytes."""
    told = {
        **words,
        "drawn_by": drawn_by,
        "title": title,
        "subtitle": subtitle,
        "period": period,
        "day": {"year": on.year, "month": on.month, "day": on.day},
        "wide": wide,
        "blocks": list(blocks),
    }
    inputs = {"report": json.dumps(told, ensure_ascii=False, sort_keys=True)}
    import typst  # what sets a page is loaded by who prints one

    return typst.compile(
        TEMPLATE.read_bytes(), format="pdf", font_paths=_fonts(), sys_inputs=inputs, pdf_standards=["a-2a", "ua-1"]
    )


@cache
def _fonts() -> "typst.Fonts":
    """Take the fonts inside typst and no others: the report is the same on each machine."""
    import typst

    return typst.Fonts(include_system_fonts=False)


def table_block(say: Voice, table: Table) -> Block:
    """A table as the template reads it: all in words, with the side of each column; a column of nothing is left out."""
    kept = [at for at, _ in enumerate(table.columns) if any(row.cells[at] not in ("", None) for row in table.rows)]
    columns = [table.columns[at] for at in kept]
    return {
        "kind": "table",
        "title": safe(table.title),
        "columns": [{"label": c.label, "right": c.kind in ("money", "count"), "kind": c.kind} for c in columns],
        "rows": [
            {"level": row.level, "cells": [shown(say, table.columns[at], row.cells[at]) for at in kept]}
            for row in table.rows
        ],
    }


def shown(say: Voice, column: Column, cell: Cell) -> str:
    """A cell for people: a dash for no money, nothing for what has no meaning there."""
    if cell is None:
        return ""
    if column.kind == "money" and isinstance(cell, int):
        return say.money(Cents(cell)) if cell else DASH
    return safe(str(cell))
