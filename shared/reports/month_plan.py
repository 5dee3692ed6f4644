"""The plan of a month's largest expenses, to be approved by the VLK's director while a year has no budget (point 11).

11. "Didžiausių galimų vieno mėnesio išlaidų apmokėjimo planą tvirtina Valstybinės ligonių kasos direktorius." What
payments keeps to is the twelfth itself; the plan says how much of it each article may take.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from services.contracts import state as contracts
from services.payments import state as payments
from services.payments.state import PSDF
from shared.events.contracts import MonthPlanAdopted
from shared.kernel.fund import Fund
from shared.kernel.language import LANGUAGES, LT
from shared.kernel.money import Cents
from shared.kernel.value import value
from shared.reports.year.table import Column, Row, Table, text
from shared.reports.year.words import Voice
from shared.reports.year.write import document, paper_words, sign_block, table_block

VOICE = Voice(LANGUAGES[LT])
eur, day_lt = VOICE.eur, VOICE.day


@value
class MonthLine:
    """An article in the plan, in cents: a twelfth of last year's, what is accepted and unpaid now, the plan."""

    article: str
    name: str
    twelfth: Cents
    unpaid: Cents
    planned: Cents


@value
class MonthPlan:
    """The plan of a month as of a day; ``approved`` is the director's, where it is known. ``cap`` is the twelfth."""

    month: str
    on: date
    cap: Cents
    lines: tuple[MonthLine, ...]
    approved: MonthPlanAdopted | None

    @property
    def planned(self) -> Cents:
        """The plan's sum."""
        return sum(line.planned for line in self.lines)


def month_plan(
    fund: Fund, agreed: contracts.State, money: payments.State, month: str, asked: Mapping[str, Cents]
) -> MonthPlan:
    """The plan of a month: the approved one, else ``asked`` by article, else a twelfth of each of last year's articles.

    Raises ValueError where a budget is in force in the month, or last year's is not known.
    """
    first = date.fromisoformat(f"{month}-01")
    if agreed.editions.in_force(first):
        raise ValueError(f"a budget is in force in {month}: point 11 asks for no plan of the month")
    last = agreed.editions.latest(first.year - 1)
    if last is None:
        raise ValueError(f"no budget of {first.year - 1} is known: there is nothing to take a twelfth of")
    if unknown := sorted(asked.keys() - {line.article for line in last.expenses}):
        raise ValueError(f"the budget of {last.year} has no article {', '.join(unknown)}")
    if not fund.statute.amount("one_twelfth", money.today or first):
        raise ValueError("the law of the fund has no cap of a month without a budget: there is nothing to plan within")
    on, approved = money.today or first, agreed.month_plans.get(month)
    divisor = fund.statute.amount("one_twelfth", on)
    chosen = {line.article: line.amount_cents for line in approved.expenses} if approved else asked
    unpaid: dict[str, Cents] = {}
    for invoice in money.invoices.values():
        if invoice.pot.source == PSDF:
            unpaid[invoice.pot.article] = unpaid.get(invoice.pot.article, 0) + invoice.rest_cents
    lines = tuple(
        MonthLine(
            article=line.article,
            name=line.name,
            twelfth=line.amount_cents // divisor,
            unpaid=unpaid.get(line.article, 0),
            planned=chosen.get(line.article, 0) if chosen else line.amount_cents // divisor,
        )
        for line in last.expenses
    )
    cap = last.expenses_total_cents // divisor
    return MonthPlan(month=month, on=on, cap=cap, lines=lines, approved=approved)


def plan_table(plan: MonthPlan) -> Table:
    """The plan by article."""
    columns = (
        text("article", "Straipsnis"),
        text("name", "Pavadinimas"),
        Column(key="twelfth", label="1/12 praėjusių metų asignavimų"),
        Column(key="unpaid", label="Priimta ir neapmokėta"),
        Column(key="planned", label="Didžiausios mėnesio išlaidos"),
    )
    rows = [Row(cells=(x.article, x.name, x.twelfth, x.unpaid, x.planned)) for x in plan.lines]
    unpaid = sum(line.unpaid for line in plan.lines)
    rows.append(Row(cells=("", "Iš viso", plan.cap, unpaid, plan.planned), level="total"))
    return Table(key="month-plan", title="Didžiausios galimos mėnesio išlaidos", columns=columns, rows=tuple(rows))


def paragraphs(plan: MonthPlan) -> Iterator[str]:
    """What the plan is, and whether it is approved."""
    yield (
        f"Iki PSDF biudžeto patvirtinimo mėnesio išlaidos negali viršyti 1/12 praėjusių metų PSDF biudžeto išlaidų – "
        f"{eur(plan.cap)} (Taisyklių 11 punktas). Planuojama suma – {eur(plan.planned)}."
    )
    if plan.approved:
        yield f"Planas patvirtintas Valstybinės ligonių kasos direktoriaus dokumentu Nr. {plan.approved.document}."
    elif plan.planned > plan.cap:
        yield f"Atkreiptinas dėmesys: planas viršija mėnesio ribą {eur(plan.planned - plan.cap)}."


def month_pdf(plan: MonthPlan, fund: Fund) -> bytes:
    """The plan as a paper with the director's approval line; the same plan gives the same bytes."""
    payer = fund.payer(fund.state_payer)
    assert payer is not None
    blocks = [{"kind": "par", "text": said} for said in paragraphs(plan)]
    blocks.append(table_block(VOICE, plan_table(plan)))
    blocks.append(sign_block([(payer.office_lt, payer.signed_by)], "TVIRTINU (Taisyklių 11 punktas)"))
    year, number = plan.month.split("-")
    title = f"{year} m. {VOICE.language.months[int(number) - 1]} mėn. didžiausių galimų išlaidų apmokėjimo planas"
    period = f"pagal {day_lt(plan.on)} duomenis"
    words, by = paper_words(VOICE), payer.name_lt
    return document(title, fund.name_lt, period, plan.on, blocks, wide=False, drawn_by=by, words=words)
