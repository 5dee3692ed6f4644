"""The explanatory note: the facts of the year in Lithuanian words (26), section by section; numbers from the report."""

from collections.abc import Callable, Iterator

from shared.effects.letter import NO_BREAK_SPACE
from shared.kernel.budget import Edition
from shared.kernel.calendar import quarter_of
from shared.kernel.value import value
from shared.reports.year import note_matters as matters
from shared.reports.year import tables, tables_facts
from shared.reports.year.expenses import ArticleLine, QuarterLine
from shared.reports.year.table import Table
from shared.reports.year.words import ROMAN, change_eur, day_lt, eur, percent, quarter_lt
from shared.reports.year.year import Report

FLAGS = {
    "reserve_main": "rezervo pagrindinė dalis skiriasi nuo apskaičiuotos (8 punktas)",
    "expenses_over_revenue": "išlaidos viršija pajamas (4 punktas)",
    "below_contracted": "straipsniui numatyta mažiau, negu sudaryta sutarčių (13 punktas)",
}


@value
class Section:
    """A section of the note: its heading, what it says, and the table that shows it."""

    heading: str
    paragraphs: tuple[str, ...]
    table: Table | None = None


def note(report: Report) -> tuple[Section, ...]:
    """Every section, also where nothing happened: then it says so. A table without rows is left out."""
    sections = []
    for number, (heading, say, show) in enumerate(SECTIONS, 1):
        table = show(report) if show else None
        if table is not None and not any(row.level != "total" for row in table.rows):
            table = None
        sections.append(
            Section(heading=f"{number}. {heading}", paragraphs=tuple(map(closed, say(report))), table=table)
        )
    return tuple(sections)


def closed(sentence: str) -> str:
    """A sentence that ends in an abbreviation ends with its one point; no line begins with a dash."""
    return sentence.replace("d..", "d.").replace(" – ", f"{NO_BREAK_SPACE}– ")


def period_lt(report: Report) -> str:
    """What the report is about: the year, or its quarters so far, and the day on which it stands."""
    if report.is_final:
        return f"{report.year} metų, pagal {day_lt(report.cut_off)} duomenis"
    quarter = quarter_of(report.cut_off)
    return f"{report.year} metų {ROMAN[quarter - 1]} ketvirčio, pagal {day_lt(report.cut_off)} duomenis"


def general(report: Report) -> Iterator[str]:
    """What the note is, and where its numbers come from."""
    yield (
        f"Privalomojo sveikatos draudimo fondo (toliau – PSDF) biudžeto vykdymo ataskaitos aiškinamasis raštas "
        f"parengtas pagal PSDF biudžeto sudarymo ir vykdymo taisyklių (toliau – Taisyklės) 26 punktą. Pateikiama "
        f"būklė {day_lt(report.cut_off)} pabaigoje; visos sumos – eurais ir centais."
    )
    happened = report.happened
    yield (
        f"Per ataskaitinį laikotarpį priimta apmokėti sąskaitų – {happened.accepted.count} "
        f"({eur(happened.accepted.cents)}); kreditinių sąskaitų – {happened.credited.count} "
        f"({eur(happened.credited.cents)}). Grąžinta patikslinti sąskaitų – {happened.returned}, atmesta – "
        f"{happened.refused}."
    )


def budget(report: Report) -> Iterator[str]:
    """The editions: what each one changed, and since when."""
    if not report.estimate.editions:
        yield (
            "Ataskaitos dieną biudžetas nepatvirtintas: išlaidos kiekvieną mėnesį negali viršyti 1/12 praėjusių metų "
            "biudžeto išlaidų (Taisyklių 11 punktas)."
        )
    before: Edition | None = None
    for edition in report.estimate.editions:
        yield (
            f"Redakcija Nr. {edition.edition} (įstatymas Nr. {edition.law}) galioja nuo "
            f"{day_lt(edition.in_force_from)}: pajamos – {eur(edition.revenue_total_cents)}, išlaidos – "
            f"{eur(edition.expenses_total_cents)}."
        )
        if before is not None:
            yield f"Palyginti su ankstesne redakcija: {'; '.join(edition_changes(before, edition))}."
        before = edition
    yield from matters.flags(report, FLAGS)
    if late := [(day, taken.edition) for day, taken in report.facts.editions if day > taken.edition.in_force_from]:
        told = ", ".join(f"Nr. {edition.edition} – {day_lt(day)}" for day, edition in late)
        yield f"Redakcijos, gautos jau įsigaliojus: {told}."
    if twelfth := report.facts.deferred.get("one_twelfth"):
        yield f"Dėl 1/12 ribos atidėtų sąskaitų – {twelfth.count} ({eur(twelfth.cents)}; Taisyklių 11 punktas)."


def edition_changes(before: Edition, after: Edition) -> Iterator[str]:
    """Each line that an edition changed, with its sign."""
    old_codes = {line.code: line.amount_cents for line in before.revenue}
    old = {line.article: line.amount_cents for line in before.expenses}
    for line in after.revenue:
        if delta := line.amount_cents - old_codes.get(line.code, 0):
            yield f"pajamų eilutė {line.code} „{line.name}“ {change_eur(delta)}"
    for article in after.expenses:
        if delta := article.amount_cents - old.get(article.article, 0):
            yield f"išlaidų straipsnis {article.article} „{article.name}“ {change_eur(delta)}"
    if delta := after.expenses_total_cents - before.expenses_total_cents:
        yield f"išlaidų suma {change_eur(delta)}"


def revenue(report: Report) -> Iterator[str]:
    """What came in against the plan."""
    plan = report.plan
    yield (
        f"Planuota pajamų – {eur(plan.revenue_plan)}, gauta – {eur(plan.revenue_received)} "
        f"({percent(plan.revenue_received, plan.revenue_plan)} plano)."
    )
    lines = [line for line in plan.revenue if line.over > 0]
    if lines:
        over = "; ".join(f"{line.code} „{line.name}“ {change_eur(line.over)}" for line in lines)
        yield f"Daugiau negu planuota gauta pagal eilutes: {over}."


def expenses(report: Report) -> Iterator[str]:
    """What was committed and transferred against the plan."""
    estimate, plan = report.estimate, report.plan
    yield (
        f"Planuota išlaidų – {eur(plan.expenses_plan)}"
        + (f", papildomai skirta viršplaninių pajamų – {eur(plan.allotted)}" if plan.allotted else "")
        + f". Įsipareigota – {eur(estimate.total('committed'))} "
        f"({percent(estimate.total('committed'), plan.expenses_plan)} plano), pateikta mokėjimo nurodymų – "
        f"{eur(estimate.total('ordered'))}, pervesta – {eur(estimate.total('transferred'))}. Priimta ir neapmokėta – "
        f"{eur(estimate.total('unpaid'))}."
    )
    if warned := "; ".join(quarter_over(line) for line in report.quarters if line.over):
        yield f"Pervesta daugiau, negu planuota ketvirčiui (Taisyklių 12 punktas; įspėjimas, ne riba): {warned}."
    if over := [line for line in estimate.lines if line.left < 0]:
        yield f"Asignavimai viršyti: {'; '.join(map(overrun, over))}."
    if estimate.state_lines:
        yield (
            f"Valstybės biudžeto lėšų (Taisyklių 19 punktas) numatyta – {eur(estimate.state_funds)}, įsipareigota – "
            f"{eur(estimate.state_committed)}."
        )
    if report.facts.lowered.count:
        yield (
            f"Kreditinėmis sąskaitomis ir įskaitymais sumažinta dar neapmokėtų sumų – "
            f"{eur(report.facts.lowered.cents)} (Taisyklių 14 ir 21 punktai)."
        )


def quarter_over(line: QuarterLine) -> str:
    """How far a quarter's plan of an article was passed."""
    planned = line.transferred - line.over
    return f"{line.article} straipsnio {quarter_lt(line.quarter)} – {eur(line.transferred)} iš {eur(planned)}"


def overrun(line: ArticleLine) -> str:
    """How far an article is over its limit."""
    return f"{line.article} straipsnio – {eur(-line.left)} (pranešta apie {eur(line.notified)})"


Say = Callable[[Report], Iterator[str]]
Show = Callable[[Report], Table]

SECTIONS: tuple[tuple[str, Say, Show | None], ...] = (
    ("Bendroji dalis", general, None),
    ("Biudžetas ir jo pakeitimai", budget, None),
    ("Pajamos", revenue, None),
    ("Išlaidos", expenses, None),
    ("Asignavimų viršijimas ir pranešimai ministerijai", matters.notices, tables_facts.notices_table),
    ("Lėšų trūkumas", matters.shortages, tables_facts.shortages_table),
    ("Vėluojantys mokėjimai ir tikrinimai", matters.late, tables_facts.late_sums_table),
    ("Rezervas", matters.reserves, tables.reserve_table),
    ("Viršplaninės pajamos", matters.surplus, None),
    ("Fondo valdybos suderinimo pažymos", matters.statements, None),
    ("Teritorinių ligonių kasų metų duomenys ir grąžinti likučiai", matters.returns, tables_facts.returns_table),
    ("Žala ir jos atlyginimas", matters.recovery, None),
    ("Neapmokėtos sąskaitos ir skola", matters.debt, tables_facts.debt_table),
    ("Sutikrinimas", matters.proof, None),
)
