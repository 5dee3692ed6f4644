"""What is drafted from a journal and approved by people: the next budget, a month's plan; the files, and the event."""

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from services.contracts.service import CONTRACTS, CONTRACTS_STREAM
from services.payments.service import FUND, PAYMENTS
from shared.cli.papers import cents_in, last_day, number_of, stores, write
from shared.cli.screen import screen
from shared.journal.home import Home
from shared.kernel.calendar import DAY, DECEMBER, midnight
from shared.kernel.fund import Fund
from shared.kernel.language import LT
from shared.kernel.money import Cents, euro
from shared.kernel.stop import Stop, Wrong
from shared.messages.write import cloud_event
from shared.reports.close import fold_states
from shared.reports.draft_budget import SODRA, Assumptions, Draft, DraftLine, approved, draft_budget
from shared.reports.draft_note import draft_files
from shared.reports.month_plan import month_pdf, month_plan, plan_table
from shared.reports.year.write import csv_bytes
from shared.reports.year.year import Report, make_report
from shared.runtime.settings import Settings, fund_of


def given(
    *,
    growth: Sequence[str],
    revenue_growth: Sequence[str],
    sodra_revenue: Sequence[str],
    sodra_costs: str | None,
    working_capital: str | None,
    state_funds: str | None,
    reserve_transfer: str | None,
) -> Assumptions:
    """What people assume, as they type it. Raises Wrong, naming the option."""
    return Assumptions(
        revenue_growth=dict(rate_of(each) for each in revenue_growth),
        expense_growth=dict(rate_of(each) for each in growth),
        sodra_revenue=dict(figure_of(each) for each in sodra_revenue),
        sodra_costs=cents_in(sodra_costs, "--sodra-costs EUROS"),
        working_capital_cents=cents_in(working_capital, "--working-capital EUROS"),
        state_funds_cents=cents_in(state_funds, "--state-funds EUROS"),
        reserve_transfer_cents=cents_in(reserve_transfer, "--reserve-transfer EUROS") or 0,
    )


def show_draft(settings: Settings, year: int, assume: Assumptions, law: str | None, on: date | None, out: Path) -> None:
    """Draft the next year's budget from a year's execution; with ``law`` and ``on`` also as an event to publish.

    A year that is not over is taken by its whole months (3). Raises Stop where none of them is over.
    """
    if bool(law) != bool(on):
        raise Wrong("an approved budget has both: --law and --in-force-from")
    must_be_lithuanian(fund_of(settings))
    with stores(Home(path=settings.home)) as found:
        until = last_month_end(year, last_day(found))
        report: Report = asyncio.run(make_report(found, fund_of(settings), year, until))
    draft = draft_budget(report, assume)
    must_be_lines(draft, assume)
    files = draft_files(draft, fund_of(settings))
    if law and on:
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


def last_month_end(year: int, last: date) -> date:
    """The end of the last month of a year that is over on a day. Raises Stop where none is."""
    if last >= date(year, DECEMBER, 31):
        return date(year, DECEMBER, 31)
    until = last if (last + DAY).day == 1 else last.replace(day=1) - DAY
    if until.year != year:
        raise Stop(f"no month of {year} is over: the last day that started is {last}")
    return until


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


def show_month_plan(settings: Settings, month: str, expense: Sequence[str], document: str | None, out: Path) -> None:
    """Write a month's plan as a PDF and a table; with the director's order also as an event to publish.

    Raises Stop where point 11 asks for none.
    """
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Wrong(f"{month} is no month: YYYY-MM") from None
    must_be_lithuanian(fund_of(settings))
    fund, asked = fund_of(settings), dict(figure_of(each, "--expense ARTICLE=EUROS") for each in expense)
    with stores(Home(path=settings.home)) as found:
        states = asyncio.run(fold_states(found, last_day(found)))
    agreed, money = states[CONTRACTS.name].states[CONTRACTS_STREAM], states[PAYMENTS.name].states[FUND]
    try:
        plan = month_plan(fund, agreed, money, month, asked)
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
