"""``psdf draft-budget``, ``month-plan``: papers that people approve, with what they assume, and the event."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from services.contracts.service import CONTRACTS, CONTRACTS_STREAM
from services.payments.service import FUND, PAYMENTS
from shared.cli.options import HomeOption, settings
from shared.cli.papers import cents_in, last_day, must_be_here, number_of, stores, write
from shared.cli.screen import screen
from shared.journal.fold import at_once
from shared.journal.home import Home
from shared.kernel.calendar import midnight
from shared.kernel.fund import Fund
from shared.kernel.language import LT
from shared.kernel.money import Cents, euro
from shared.kernel.stop import Stop, Wrong
from shared.messages.write import cloud_event
from shared.reports.apart import report_of
from shared.reports.close import fold_states
from shared.reports.draft_budget import SODRA, Assumptions, Draft, DraftLine, approved, last_month_end
from shared.reports.draft_budget import draft_budget as draft_of
from shared.reports.draft_note import draft_files
from shared.reports.month_plan import month_pdf, plan_table
from shared.reports.month_plan import month_plan as plan_of
from shared.reports.year.write import csv_bytes
from shared.runtime.settings import fund_of

RATES = "ARTICLE=PERCENT a year, or ARTICLE='P1;P2;P3' for three years; several times"


def draft_budget(
    year: Annotated[int, typer.Argument(help="the year whose execution it starts from")],
    growth: Annotated[list[str] | None, typer.Option(help=RATES)] = None,
    revenue_growth: Annotated[
        list[str] | None, typer.Option(help="the same of lines of revenue: CODE=PERCENT; several times")
    ] = None,
    sodra_revenue: Annotated[
        list[str] | None, typer.Option(help="Sodra's own figure of its line: CODE=EUROS; several times")
    ] = None,
    sodra_costs: Annotated[str | None, typer.Option(help="Sodra's own figure of its costs, in euros")] = None,
    working_capital: Annotated[
        str | None, typer.Option(help="the working capital that the law is to set, in euros (else as it is)")
    ] = None,
    state_funds: Annotated[
        str | None, typer.Option(help="the state's money of point 19, in euros (else as it is)")
    ] = None,
    reserve_transfer: Annotated[
        str | None, typer.Option(help="to be moved to the reserve by point 9.1, in euros")
    ] = None,
    law: Annotated[str | None, typer.Option(help="once approved: the law's number, with --in-force-from")] = None,
    in_force_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="once approved: the first day", show_default=False)
    ] = None,
    out: Annotated[Path, typer.Option(help="the folder of the files")] = Path("psdf-draft"),
    home: HomeOption = None,
) -> None:
    """Draft the next budget (points 3-7): lines, a two-year forecast, the reserve's parts, and the explanatory note.

    psdf draft-budget 2022 --growth 01=8.5 --growth 02=6 --revenue-growth 01.01=9 --home psdf-demo
    psdf draft-budget 2022 --sodra-revenue 01.01=1916507000 --sodra-costs 2400000
    psdf draft-budget 2022 --law XIV-1679 --in-force-from 2023-01-01
    psdf publish psdf-draft/budget.approved.jsonl

    A line starts from what the year brought of itself, spread over the whole year, and grows by so many percent;
    without a rate by none. Sums are whole thousand euros. With the law's number also budget.approved.jsonl, an event to
    publish or replay.
    """
    assume = Assumptions(
        revenue_growth=dict(rate_of(each) for each in revenue_growth or []),
        expense_growth=dict(rate_of(each) for each in growth or []),
        sodra_revenue=dict(figure_of(each) for each in sodra_revenue or []),
        sodra_costs=cents_in(sodra_costs, "--sodra-costs EUROS"),
        working_capital_cents=cents_in(working_capital, "--working-capital EUROS"),
        state_funds_cents=cents_in(state_funds, "--state-funds EUROS"),
        reserve_transfer_cents=cents_in(reserve_transfer, "--reserve-transfer EUROS") or 0,
    )
    chosen = settings(home=home)
    if bool(law) != bool(in_force_from):
        raise Wrong("an approved budget has both: --law and --in-force-from")
    must_be_lithuanian(fund_of(chosen))
    at = Home(path=chosen.home)
    with stores(at) as found:
        last = last_day(found)
        until = last_month_end(year, last)
        if until is None:
            raise Stop(f"no month of {year} is over: the last day that started is {last}")
        must_be_here(found, year, until, last)
        report = report_of(at, fund_of(chosen), year, until)
    try:
        draft = draft_of(report, assume)
    except ValueError as error:
        raise Stop(str(error)) from None
    must_be_lines(draft, assume)
    files = draft_files(draft, fund_of(chosen))
    if law and in_force_from:
        on = in_force_from.date()
        files["budget.approved.jsonl"] = approval(approved(draft, law, on), on)
    written = write(out, files)
    screen().print(f"draft of {year + 1} from the execution of {year} to {until}. Written to {out}:")
    screen().print("\n".join(f"  {name}" for name in written))
    if planned := [line.code for line in (*draft.revenue, *draft.expenses) if line.planned]:
        screen().print(f"no execution of {', '.join(planned)} in {year}: drafted from the plan of {year}")


def must_be_lithuanian(fund: Fund) -> None:
    """Raise Stop for a fund whose papers are in another language: drafts and plans have no words of it."""
    if fund.languages[0] != LT:
        raise Stop(f"fund {fund.fund_id} has no words for this paper: drafts and plans of a month are Lithuanian only")


def must_be_lines(draft: Draft, assume: Assumptions) -> None:
    """Raise Wrong for a rate or a figure of a line that is not there, or that is not Sodra's to give."""
    sodras = tuple(line for line in draft.revenue if line.computed_by == SODRA)
    asked: tuple[tuple[str, set[str], tuple[DraftLine, ...]], ...] = (
        ("--growth", set(assume.expense_growth), draft.expenses),
        ("--revenue-growth", set(assume.revenue_growth), draft.revenue),
        ("--sodra-revenue", set(assume.sodra_revenue), sodras),
    )
    for option, codes, lines in asked:
        if unknown := sorted(codes - {line.code for line in lines}):
            raise Wrong(f"{option}: there is no line {', '.join(unknown)}; {', '.join(line.code for line in lines)}")


def approval(data: dict[str, object], on: date) -> bytes:
    """``budget.approved`` of the VLK as a CloudEvent on one line, at the moment from which the budget is in force."""
    edition = f"{data['year']}-{data['edition']}"
    id_, time = f"budget.approved {edition}", midnight(on).isoformat()
    event = cloud_event(id_=id_, source="/vlk", type_="budget.approved", subject=edition, time=time, data=data)
    return event + b"\n"


def rate_of(text: str) -> tuple[str, tuple[int, int, int]]:
    """``CODE=PERCENT`` or ``CODE=P1;P2;P3``: growth of the draft year and of the two years after it."""
    code, _, rates = text.partition("=")
    each = [int(number_of(rate, "--growth CODE=PERCENT") * 100) for rate in rates.split(";")]
    return code, (each[0], each[min(1, len(each) - 1)], each[-1])


def figure_of(text: str, what: str = "--sodra-revenue CODE=EUROS") -> tuple[str, Cents]:
    """``CODE=EUROS``: a figure of a line. Raises Wrong, naming what it is for."""
    code, _, euros = text.partition("=")
    return code, cents_in(euros, what) or 0


def month_plan(
    month: Annotated[str, typer.Argument(help="YYYY-MM, a month without a budget")],
    expense: Annotated[
        list[str] | None, typer.Option(help="ARTICLE=EUROS, the most of the month; several times (else a twelfth each)")
    ] = None,
    document: Annotated[
        str | None, typer.Option(help="once approved: the director's order; then also an event to publish")
    ] = None,
    out: Annotated[Path, typer.Option(help="the folder of the files")] = Path("psdf-month-plan"),
    home: HomeOption = None,
) -> None:
    """Write the plan of a month's largest expenses, for the director to approve (point 11).

    psdf month-plan 2023-01 --expense 01=161000000 --expense 02=44000000
    psdf month-plan 2023-01 --document 1K-2
    psdf publish psdf-month-plan/month.plan.approved.jsonl

    The paper leaves the line for the approval. What payments keeps to is the twelfth itself.
    """
    chosen = settings(home=home)
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Wrong(f"{month} is no month: YYYY-MM") from None
    must_be_lithuanian(fund_of(chosen))
    fund, asked = fund_of(chosen), dict(figure_of(each, "--expense ARTICLE=EUROS") for each in expense or [])
    with stores(Home(path=chosen.home)) as found:
        states = at_once(fold_states(found, last_day(found)))
    agreed, money = states[CONTRACTS.name].states[CONTRACTS_STREAM], states[PAYMENTS.name].states[FUND]
    try:
        plan = plan_of(fund, agreed, money, month, asked)
    except ValueError as error:
        raise Stop(str(error)) from error
    files = {"menesio-planas.pdf": month_pdf(plan, fund), "month-plan.csv": csv_bytes(plan_table(plan))}
    if document:
        rows = [{"article": x.article, "amount_cents": x.planned} for x in plan.lines if x.planned]
        data = {"month": month, "expenses": rows, "document": document}
        id_, time = f"month.plan.approved {month} {document}", midnight(first).isoformat()
        event = cloud_event(id_=id_, source="/vlk", type_="month.plan.approved", subject=month, time=time, data=data)
        files["month.plan.approved.jsonl"] = event + b"\n"
    written = write(out, files)
    over = f", {euro(plan.planned - plan.cap)} {fund.currency} over it" if plan.planned > plan.cap else ""
    screen().print(
        f"plan of {month}: {euro(plan.planned)} of {euro(plan.cap)} {fund.currency}{over}. Written to {out}:"
    )
    screen().print("\n".join(f"  {name}" for name in written))
