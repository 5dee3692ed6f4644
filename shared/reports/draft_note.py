"""The explanatory note of a draft budget in Lithuanian (points 3-5), with its tables; every number from the draft."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from shared.reports.draft_budget import MONTHS, SODRA, Draft, DraftLine
from shared.reports.year.table import Cell, Column, Row, Table, text
from shared.reports.year.words import day_lt, eur, percent
from shared.reports.year.write import csv_bytes, document, table_block

FLAGS = {
    "expenses_over_revenue": "planuojamos išlaidos viršija planuojamas pajamas",
    "sodra_not_given": "Fondo valdybos skaičiuojamos eilutės įvertintos Valstybinės ligonių kasos, kol nėra Fondo "
    "valdybos duomenų (6 ir 7 punktai)",
    "working_capital_negative": "metų pabaigoje numatomas neigiamas apyvartos lėšų likutis",
    "reserve_under_main": "numatomas rezervas mažesnis už jo pagrindinę dalį",
}


def growth_lt(hundredths: int) -> str:
    """Growth in hundredths of a percent as people read it: ``+5,25``."""
    sign = "+" if hundredths > 0 else "−" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100},{abs(hundredths) % 100:02d}"


def rates_lt(line: DraftLine) -> str:
    """The growth of the three years; of a figure that Sodra gave only the forecast grows."""
    first = "Fondo valdybos" if line.given and line.computed_by == SODRA else growth_lt(line.growth[0])
    return "; ".join([first, *map(growth_lt, line.growth[1:])])


def computed_lt(line: DraftLine) -> str:
    """Who computes the line (points 6, 7), and where its computer gave nothing yet, that it is an estimate."""
    return line.computed_by if line.given else f"{line.computed_by} (įvertis)"


def lines_table(draft: Draft, side: str) -> Table:
    """Revenue or expenses by line: this year's plan, execution, the expected year, the draft, the forecast."""
    lines: tuple[DraftLine, ...] = getattr(draft, side)
    columns = (
        text("code", "Kodas"),
        text("name", "Pavadinimas"),
        text("computed_by", "Skaičiuoja"),
        Column(key="plan", label=f"{draft.base_year} m. planas"),
        Column(key="executed", label=f"Įvykdyta per {draft.months} mėn."),
        Column(key="expected", label=f"Numatoma {draft.base_year} m."),
        text("growth", "Pokytis, proc."),
        Column(key="draft", label=f"{draft.year} m. projektas"),
        Column(key="forecast_1", label=f"{draft.year + 1} m. prognozė"),
        Column(key="forecast_2", label=f"{draft.year + 2} m. prognozė"),
    )
    rows = [
        Row(cells=(x.code, x.name, computed_lt(x), x.plan, x.executed, x.expected, rates_lt(x), x.draft, *x.forecast))
        for x in lines
    ]
    sums = [draft.total(side, name) for name in ("plan", "executed", "expected")]
    ahead = (draft.forecast(side, 0), draft.forecast(side, 1))
    total: tuple[Cell, ...] = ("", "Iš viso", "", *sums, "", draft.total(side, "draft"), *ahead)
    rows.append(Row(cells=total, level="total"))
    title = "Pajamos pagal eilutes" if side == "revenue" else "Išlaidos pagal straipsnius"
    return Table(key=side, title=title, columns=columns, rows=tuple(rows))


def paragraphs(draft: Draft) -> Iterator[str]:
    """The draft in words."""
    edition = draft.edition
    basis = "vykdymo duomenys" if draft.months == MONTHS else f"pirmųjų {draft.months} mėn. vykdymo duomenys"
    yield (
        f"{draft.year} metų Privalomojo sveikatos draudimo fondo (PSDF) biudžeto projektas parengtas pagal Taisyklių "
        f"3–7 punktus. Pagrindas – {draft.base_year} m. {basis} ({day_lt(draft.cut_off)}), tolygiai įvertinti visiems "
        f"metams, ir eilučių pokyčio rodikliai; sumos suapvalintos iki tūkstančio eurų."
    )
    yield (
        f"Planuojama pajamų – {eur(edition.revenue_total_cents)} "
        f"({percent(edition.revenue_total_cents, draft.total('revenue', 'plan'))} {draft.base_year} m. plano), "
        f"išlaidų – {eur(edition.expenses_total_cents)} "
        f"({percent(edition.expenses_total_cents, draft.total('expenses', 'plan'))} {draft.base_year} m. plano)."
    )
    balance = edition.revenue_total_cents - edition.expenses_total_cents
    yield (
        f"Apyvartos lėšų likutis metų pradžioje – {eur(draft.capital_end)} (numatomas {draft.base_year} m. pabaigos "
        f"likutis), įstatyme nustatomas likutis – {eur(edition.working_capital_cents)}; {draft.year} m. pajamų ir "
        f"išlaidų skirtumas – {eur(balance)}."
    )
    yield (
        f"Rezervas metų pradžioje – {eur(draft.reserve_start)}: pagrindinė dalis {eur(edition.reserve_main_cents)} "
        f"(1,5 proc. planuojamų pajamų, suapvalinta iki tūkstančio eurų; 8 punktas), rizikos valdymo dalis "
        f"{eur(edition.reserve_risk_cents)}."
    )
    moved = "; ".join(f"{kind} punktas – {eur(cents)}" for kind, cents in draft.transfers.items())
    yield f"Pervedimai į rezervo sąskaitą iki {day_lt(edition.in_force_from.replace(month=12, day=31))}: {moved}."
    yield (
        f"Prognozė: {draft.year + 1} m. pajamos – {eur(draft.forecast('revenue', 0))}, išlaidos – "
        f"{eur(draft.forecast('expenses', 0))}; {draft.year + 2} m. pajamos – {eur(draft.forecast('revenue', 1))}, "
        f"išlaidos – {eur(draft.forecast('expenses', 1))}."
    )
    for flag in draft.flags:
        yield f"Atkreiptinas dėmesys: {FLAGS[flag]}."


def draft_pdf(draft: Draft) -> bytes:
    """The draft with its note, forecast and reserve, as a PDF; the same draft gives the same bytes."""
    blocks: list[dict[str, Any]] = [{"kind": "par", "text": paragraph} for paragraph in paragraphs(draft)]
    blocks += [table_block(lines_table(draft, side)) for side in ("revenue", "expenses")]
    title = f"{draft.year} metų PSDF biudžeto projektas"
    period = f"pagal {day_lt(draft.cut_off)} duomenis"
    return document(title, "Aiškinamasis raštas ir dvejų metų prognozė", period, draft.cut_off, blocks, wide=True)


def draft_files(draft: Draft) -> dict[str, bytes]:
    """Every file of the draft by its name: PDF, a CSV a side, JSON in whole cents."""
    body: dict[str, Any] = {**msgspec.to_builtins(draft), "note": list(paragraphs(draft))}
    return {
        "biudzeto-projektas.pdf": draft_pdf(draft),
        "draft-revenue.csv": csv_bytes(lines_table(draft, "revenue")),
        "draft-expenses.csv": csv_bytes(lines_table(draft, "expenses")),
        "draft.json": json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n",
    }
