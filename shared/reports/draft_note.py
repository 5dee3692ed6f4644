"""The explanatory note of a draft budget in Lithuanian (points 3-5), with its tables; every number from the draft."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from shared.kernel.fund import Fund
from shared.kernel.language import LANGUAGES, LT
from shared.reports.draft_budget import MONTHS, SODRA, Draft, DraftLine
from shared.reports.year.table import Cell, Column, Row, Table, text
from shared.reports.year.words import Voice
from shared.reports.year.write import csv_bytes, document, paper_words, sign_block, table_block

VOICE = Voice(LANGUAGES[LT])
eur, day_lt, percent = VOICE.eur, VOICE.day, VOICE.percent

FLAGS = {
    "expenses_over_revenue": "planuojamos išlaidos viršija planuojamas pajamas",
    "not_executed": "kai kurių eilučių vykdymo duomenų nėra, jų projektas parengtas pagal planą (jos išvardytos prie "
    "eilučių pagrindimo)",
    "sodra_not_given": "Fondo valdybos skaičiuojamos eilutės įvertintos Valstybinės ligonių kasos, kol nėra Fondo "
    "valdybos duomenų (6 ir 7 punktai)",
    "working_capital_negative": "projekto metų pradžioje numatomas neigiamas apyvartos lėšų likutis",
    "reserve_under_main": "numatomas rezervas mažesnis už jo pagrindinę dalį",
}


APPROVALS = (
    "Privalomojo sveikatos draudimo tarybos išvada (Taisyklių 5 punktas):",
    "Lietuvos Respublikos sveikatos apsaugos ministerija, teikianti Vyriausybei (Taisyklių 5 punktas):",
)
"""Whose word goes with the draft to the Government: lines are left for them."""
OBLIGATIONS = (
    Column(key="debt", label="Ankstesnių metų skola"),
    Column(key="own", label="Metų įsipareigojimai be skolos"),
)
"""Of expenses: what was carried in, and what the year brought of itself."""


def growth_lt(hundredths: int) -> str:
    """Growth in hundredths of a percent as people read it: ``+5,25``."""
    sign = "+" if hundredths > 0 else "−" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100},{abs(hundredths) % 100:02d}"


def rates_lt(line: DraftLine) -> str:
    """The growth of the three years; of a figure that Sodra gave only the forecast grows."""
    if line.given and line.computed_by == SODRA:
        return "; ".join(["Fondo valdybos", *map(growth_lt, line.growth[1:])])
    if len(set(line.growth)) == 1:
        return f"kasmet {growth_lt(line.growth[0])}"
    return "; ".join(map(growth_lt, line.growth))


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
        Column(key="executed", label=f"{'Gauta' if side == 'revenue' else 'Pervesta'} per {draft.months} mėn."),
        *(() if side == "revenue" else OBLIGATIONS),
        Column(key="expected", label=f"Numatoma {draft.base_year} m."),
        text("growth", "Pokytis, proc."),
        Column(key="draft", label=f"{draft.year} m. projektas"),
        Column(key="forecast_1", label=f"{draft.year + 1} m. prognozė"),
        Column(key="forecast_2", label=f"{draft.year + 2} m. prognozė"),
    )
    names = ("plan", "executed", *(() if side == "revenue" else ("debt", "own")), "expected")
    rows = []
    for x in lines:
        cells = (x.code, x.name, computed_lt(x), *(getattr(x, name) for name in names), rates_lt(x))
        rows.append(Row(cells=(*cells, x.draft, *x.forecast)))
    sums = [draft.total(side, name) for name in names]
    ahead = (draft.forecast(side, 0), draft.forecast(side, 1))
    total: tuple[Cell, ...] = ("", "Iš viso", "", *sums, "", draft.total(side, "draft"), *ahead)
    rows.append(Row(cells=total, level="total"))
    title = "Pajamos pagal eilutes" if side == "revenue" else "Išlaidos pagal straipsnius"
    return Table(key=side, title=title, columns=columns, rows=tuple(rows))


def reason_lt(draft: Draft, line: DraftLine) -> str:
    """3. Why a line is what it is: whose figure it is, what it starts from, how it grows."""
    if line.given and line.computed_by == SODRA:
        return f"Fondo valdybos apskaičiuota {eur(line.draft)}"
    start = f"{draft.base_year} m. planas" if line.planned else f"{draft.base_year} m. numatoma suma"
    whose = "" if line.given else ", Valstybinės ligonių kasos įvertis, kol nėra Fondo valdybos duomenų"
    return (
        f"{start} {eur(line.expected)}, pokytis {growth_lt(line.growth[0])} proc., projektas {eur(line.draft)}{whose}"
    )


def paragraphs(draft: Draft) -> Iterator[str]:
    """The draft in words."""
    edition = draft.edition
    basis = "vykdymo duomenys" if draft.months == MONTHS else f"pirmųjų {draft.months} mėn. vykdymo duomenys"
    yield (
        f"{draft.year} metų Privalomojo sveikatos draudimo fondo (PSDF) biudžeto projektas parengtas pagal Taisyklių "
        f"3–7 punktus. Pagrindas – {draft.base_year} m. {basis} ({day_lt(draft.cut_off)}), tolygiai įvertinti visiems "
        f"metams, ir eilučių pokyčio rodikliai; sumos suapvalintos iki tūkstančio eurų. "
        f"Eilutes skaičiuoja Valstybinė ligonių kasa (lentelėse – VLK) "
        f"arba Valstybinio socialinio draudimo fondo valdyba (Fondo valdyba)."
    )
    yield (
        f"Planuojama pajamų – {eur(edition.revenue_total_cents)} "
        f"({percent(edition.revenue_total_cents, draft.total('revenue', 'plan'))} {draft.base_year} m. plano), "
        f"išlaidų – {eur(edition.expenses_total_cents)} "
        f"({percent(edition.expenses_total_cents, draft.total('expenses', 'plan'))} {draft.base_year} m. plano)."
    )
    balance = edition.revenue_total_cents - edition.expenses_total_cents
    if debt := draft.total("expenses", "debt"):
        yield (
            f"{draft.base_year} m. pervesta {eur(draft.total('expenses', 'executed'))}, iš jų apmokama ir iš "
            f"{draft.base_year - 1} m. perkelta {eur(debt)} skola. Ji į projekto pagrindą neįtraukta: metų "
            f"įsipareigojimai be skolos sudaro {eur(draft.total('expenses', 'own'))}."
        )
    yield (
        f"Apyvartos lėšų likutis {draft.year} m. pradžioje sudaro {eur(draft.capital_start)} (gautos "
        f"{draft.base_year} m. pajamos, atėmus pervestas ir iki metų pabaigos numatomas pervesti "
        f"išlaidas – {eur(draft.executed_year)}), "
        f"{draft.year} m. pabaigoje – {eur(draft.capital_end)}; įstatyme nustatomas likutis – "
        f"{eur(edition.working_capital_cents)}. {draft.year} m. pajamų ir išlaidų skirtumas sudaro {eur(balance)}."
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
    for line in (*draft.revenue, *draft.expenses):
        yield f"{line.code} eilutė „{line.name}“: {reason_lt(draft, line)}."
    for flag in draft.flags:
        yield f"Atkreiptinas dėmesys: {FLAGS[flag]}."


def draft_pdf(draft: Draft, drawn_by: str, office: str, name: str) -> bytes:
    """The draft with its note, forecast and reserve, as a PDF; the same draft gives the same bytes.

    It leaves the lines of point 5: who draws it up, and whose conclusion goes with it.
    """
    blocks: list[dict[str, Any]] = [{"kind": "par", "text": paragraph} for paragraph in paragraphs(draft)]
    blocks += [table_block(VOICE, lines_table(draft, side)) for side in ("revenue", "expenses")]
    blocks.append(sign_block([(office, name)]))
    blocks += [sign_block([("", "")], approval) for approval in APPROVALS]
    title = f"{draft.year} metų PSDF biudžeto projektas"
    period = f"pagal {day_lt(draft.cut_off)} duomenis"
    subtitle = "Aiškinamasis raštas ir dvejų metų prognozė"
    words = paper_words(VOICE)
    return document(title, subtitle, period, draft.cut_off, blocks, wide=True, drawn_by=drawn_by, words=words)


def draft_files(draft: Draft, fund: Fund) -> dict[str, bytes]:
    """Every file of the draft by its name: PDF, a CSV a side, JSON in whole cents."""
    payer = fund.payer(fund.state_payer)
    assert payer is not None
    body: dict[str, Any] = {**msgspec.to_builtins(draft), "note": list(paragraphs(draft))}
    return {
        "biudzeto-projektas.pdf": draft_pdf(draft, payer.name_lt, payer.office_lt, payer.signed_by),
        "draft-revenue.csv": csv_bytes(lines_table(draft, "revenue")),
        "draft-expenses.csv": csv_bytes(lines_table(draft, "expenses")),
        "draft.json": json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n",
    }
