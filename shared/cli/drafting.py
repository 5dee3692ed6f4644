"""``psdf draft-budget``, ``month-plan``: papers that people approve, with what they assume."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.options import HomeOption, settings

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
    from shared.cli.draft import given, show_draft

    figures = given(
        growth=growth or [],
        revenue_growth=revenue_growth or [],
        sodra_revenue=sodra_revenue or [],
        sodra_costs=sodra_costs,
        working_capital=working_capital,
        state_funds=state_funds,
        reserve_transfer=reserve_transfer,
    )
    show_draft(settings(home=home), year, figures, law, in_force_from and in_force_from.date(), out)


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
    from shared.cli.draft import show_month_plan

    show_month_plan(settings(home=home), month, expense or [], document, out)
