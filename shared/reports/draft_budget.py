"""The draft of a year's budget with a two-year forecast, out of what the year before brought (points 3-7).

4. "... numato metinę apyvartą pagal pajamų ir išlaidų straipsnius, PSDF biudžeto apyvartos lėšų likutį ... bei
planuojamas PSDF biudžeto rezervo pagrindinės dalies ir rizikos valdymo dalies lėšų sumas". The main part of the reserve
is the function by which an approved budget is checked; lines are in whole thousand euro, as in the law's annex.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import msgspec
from pydantic import TypeAdapter

from services.contracts.law import flags_of, reserve_main_cents, sums_that_differ
from services.payments.state import PSDF
from services.reserve.law import planned_transfers
from shared.events.vlk import BudgetApproved
from shared.kernel.budget import Edition, ExpenseLine, RevenueLine
from shared.kernel.calendar import DAY, DECEMBER
from shared.kernel.money import Cents
from shared.kernel.value import value
from shared.reports.year.year import Report

THOUSAND_EURO: Final = 100_000
WHOLE: Final = 10_000
MONTHS: Final = 12
NO_GROWTH: Final = (0, 0, 0)
VLK, SODRA = "VLK", "Fondo valdyba"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What people assume; everything else comes from the data.

    Growth is in hundredths of a percent (525 = 5.25 %) of the draft year and of the two forecast years, each over the
    year before; a line that is not named does not grow. ``sodra_revenue`` (by line) and ``sodra_costs`` are Sodra's own
    figures (points 6, 7), in cents; without them Sodra's lines are our estimate, and the draft says so.
    """

    revenue_growth: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    expense_growth: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    sodra_revenue: Mapping[str, Cents] = field(default_factory=dict)
    sodra_costs: Cents | None = None
    working_capital_cents: Cents | None = None
    state_funds_cents: Cents | None = None
    reserve_transfer_cents: Cents = 0


@value
class DraftLine:
    """A line of the draft, in cents: this year's plan, execution, what the whole year is expected to bring, the draft.

    ``executed`` is the money that moved: received, or transferred. ``debt`` is what was carried in from the year before
    (point 24), and ``own`` what the months brought of themselves: of revenue what was received, of expenses what was
    committed and waits without that debt. ``expected`` is ``own`` of the whole year, or the plan where nothing happened
    yet (``planned``). ``computed_by`` is who computes it by points 6 and 7; ``given`` is whether the figure is that
    computer's own.
    """

    code: str
    name: str
    computed_by: str
    given: bool
    plan: Cents
    executed: Cents
    debt: Cents
    own: Cents
    expected: Cents
    planned: bool
    growth: tuple[int, int, int]
    draft: Cents
    forecast: tuple[Cents, Cents]


@value
class Draft:
    """The draft of the year after ``base_year``, in cents. ``flags`` are what people must look at before it is sent.

    ``capital_start`` and ``capital_end`` are the working capital at both ends of the drafted year (point 4), by money:
    what was there, came and went; ``executed_year`` is what the base year is expected to transfer.
    """

    year: int
    base_year: int
    cut_off: date
    months: int
    revenue: tuple[DraftLine, ...]
    expenses: tuple[DraftLine, ...]
    edition: Edition
    reserve_start: Cents
    executed_year: Cents
    capital_start: Cents
    capital_end: Cents
    transfers: Mapping[str, Cents]
    flags: tuple[str, ...]

    def total(self, side: str, name: str) -> Cents:
        """The sum of a column, a line's field of money; side ``revenue`` or ``expenses``."""
        return sum(getattr(line, name) for line in getattr(self, side))

    def forecast(self, side: str, ahead: int) -> Cents:
        """The sum of the first (0) or second (1) forecast year."""
        return sum(line.forecast[ahead] for line in getattr(self, side))


def grown(cents: Cents, growth: int) -> Cents:
    """A sum after growth in hundredths of a percent, rounded half up to a thousand euro."""
    thousands = (2 * cents * (WHOLE + growth) + WHOLE * THOUSAND_EURO) // (2 * WHOLE * THOUSAND_EURO)
    return thousands * THOUSAND_EURO


def whole_year(cents: Cents, months: int) -> Cents:
    """What a year brings that brought so much in its first months, evenly (I): at the year's end it is the sum."""
    return cents * MONTHS // months


def draft_line(
    code: str,
    name: str,
    *,
    sodra: bool,
    given: Cents | None,
    plan: Cents,
    executed: Cents,
    own: Cents,
    debt: Cents = 0,
    months: int,
    growth: tuple[int, int, int],
) -> DraftLine:
    """6, 7. A line: Sodra's own figure where it gave one, else the expected year grown; the forecast grows from it.

    A line that is planned and of which nothing happened is expected as planned, and never silently as nothing.
    """
    planned = bool(plan) and not own
    expected = plan if planned else whole_year(own, months)
    draft = given if given is not None else grown(expected, growth[0])
    second = grown(draft, growth[1])
    return DraftLine(
        code=code,
        name=name,
        computed_by=SODRA if sodra else VLK,
        given=given is not None or not sodra,
        plan=plan,
        executed=executed,
        debt=debt,
        own=own,
        expected=expected,
        planned=planned,
        growth=growth,
        draft=draft,
        forecast=(second, grown(second, growth[2])),
    )


def draft_budget(report: Report, assume: Assumptions) -> Draft:
    """3, 4. The draft of the year after the report's, by the report's numbers.

    Revenue grows from what was received, expenses from the obligations of the year itself: committed and waiting,
    without the debt that was carried in (24), which would count twice.
    Raises ValueError where the report is of a day that ends no month, or its year has no edition.
    """
    year, months = report.year, whole_months(report)
    if not report.estimate.editions:
        raise ValueError(f"{year} has no edition of a budget on {report.cut_off}: there are no lines to draft from")
    base = report.estimate.editions[-1]
    costs = {line.article: line for line in base.expenses}
    debts = debt_by_article(report)
    revenue = tuple(
        draft_line(
            line.code,
            line.name,
            sodra=line.sodra,
            given=assume.sodra_revenue.get(line.code) if line.sodra else None,
            plan=line.plan,
            executed=line.received,
            own=line.received,
            months=months,
            growth=assume.revenue_growth.get(line.code, NO_GROWTH),
        )
        for line in report.plan.revenue
    )
    expenses = tuple(
        draft_line(
            line.article,
            line.name,
            sodra=costs[line.article].sodra if line.article in costs else False,
            given=assume.sodra_costs if line.article in costs and costs[line.article].sodra else None,
            plan=line.plan,
            executed=line.transferred,
            own=line.committed + line.waiting - debts.get(line.article, 0),
            debt=debts.get(line.article, 0),
            months=months,
            growth=assume.expense_growth.get(line.article, NO_GROWTH),
        )
        for line in report.estimate.lines
    )
    return assembled(report, assume, base, revenue, expenses, months)


def debt_by_article(report: Report) -> dict[str, Cents]:
    """24. What was carried in from the year before of the fund's own money, article by article."""
    debts: dict[str, Cents] = {}
    for pot, carried in report.facts.carried_in.items():
        if pot.source == PSDF:
            debts[pot.article] = debts.get(pot.article, 0) + carried.cents
    return debts


def assembled(
    report: Report,
    assume: Assumptions,
    base: Edition,
    revenue: tuple[DraftLine, ...],
    expenses: tuple[DraftLine, ...],
    months: int,
) -> Draft:
    """4, 8, 9. The whole of the lines: totals, working capital at both ends of the year, the reserve's parts."""
    year, statute, day = report.year + 1, report.fund.statute, date(report.year + 1, 1, 1)
    moved = {line.kind: line.amount for line in report.plan.transfers}
    income = sum(line.expected for line in revenue)
    executed = sum(whole_year(line.executed, months) for line in expenses)
    before = base.working_capital_before_cents
    at_first = base.working_capital_cents if before is None else before
    capital = at_first + income - executed - sum(moved.values())
    reserve = sum(part.left for part in report.plan.parts) + sum(moved.values())
    total = sum(line.draft for line in revenue)
    main = reserve_main_cents(
        total, statute.amount("reserve_main_permille", day), statute.amount("reserve_rounding_cents", day)
    )
    wanted = assume.working_capital_cents
    edition = Edition(
        year=year,
        edition=1,
        law="",
        in_force_from=day,
        revenue=tuple(
            RevenueLine(code=x.code, name=x.name, sodra=x.computed_by == SODRA, amount_cents=x.draft) for x in revenue
        ),
        revenue_total_cents=total,
        expenses=tuple(expense_lines(base, expenses)),
        expenses_total_cents=sum(line.draft for line in expenses),
        working_capital_cents=base.working_capital_cents if wanted is None else wanted,
        reserve_main_cents=main,
        reserve_risk_cents=max(0, reserve - main),
        state_funds_cents=base.state_funds_cents if assume.state_funds_cents is None else assume.state_funds_cents,
        reserve_transfer_cents=assume.reserve_transfer_cents,
        working_capital_before_cents=max(0, capital),
    )
    transfers = planned_transfers(edition)
    spent = edition.expenses_total_cents + sum(transfers.values())
    return Draft(
        year=year,
        base_year=report.year,
        cut_off=report.cut_off,
        months=months,
        revenue=revenue,
        expenses=expenses,
        edition=edition,
        reserve_start=reserve,
        executed_year=executed,
        capital_start=capital,
        capital_end=capital + total - spent,
        transfers=transfers,
        flags=tuple(flags(edition, revenue + expenses, capital, reserve)),
    )


def expense_lines(base: Edition, lines: tuple[DraftLine, ...]) -> Iterator[ExpenseLine]:
    """The draft's articles; an article that only happened is health care, as nothing else is paid by invoice."""
    for line in lines:
        known = base.article(line.code)
        yield ExpenseLine(
            article=line.code,
            name=line.name or line.code,
            health_care=known.health_care if known else True,
            sodra=line.computed_by == SODRA,
            amount_cents=line.draft,
        )


def flags(edition: Edition, lines: tuple[DraftLine, ...], capital: Cents, reserve: Cents) -> Iterator[str]:
    """What people must look at: the codes of the law's own checks, and what no figure can be negative in."""
    assert not list(sums_that_differ(edition))
    yield from (reason.code for reason in flags_of(edition, edition.reserve_main_cents, {}))
    if any(line.planned for line in lines):
        yield "not_executed"
    if any(not line.given for line in lines):
        yield "sodra_not_given"
    if capital < 0:
        yield "working_capital_negative"
    if reserve < edition.reserve_main_cents:
        yield "reserve_under_main"


def last_month_end(year: int, last: date) -> date | None:
    """The end of the last month of a year that is over on a day; None where none is."""
    if last >= date(year, DECEMBER, 31):
        return date(year, DECEMBER, 31)
    until = last if (last + DAY).day == 1 else last.replace(day=1) - DAY
    return until if until.year == year else None


def whole_months(report: Report) -> int:
    """How many whole months of the year the report holds. Raises ValueError where the day ends none."""
    day = min(report.cut_off, date(report.year, DECEMBER, 31))
    if (day + DAY).day != 1:
        raise ValueError(f"cut-off {report.cut_off} is in the middle of a month: take a month's last day")
    return day.month


def approved(draft: Draft, law: str, in_force_from: date, edition: int = 1) -> dict[str, Any]:
    """5, 7. The draft as the data of ``budget.approved``, once the law is there: its number, and the day of its force.

    Raises pydantic's ValidationError for what the event's contract does not allow.
    """
    data: dict[str, Any] = msgspec.to_builtins(draft.edition)
    data |= {"law": law, "in_force_from": in_force_from.isoformat(), "edition": edition}
    plain: dict[str, Any] = json.loads(written := json.dumps(data))
    TypeAdapter(BudgetApproved).validate_json(written)
    return plain
