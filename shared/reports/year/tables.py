"""The report's money as tables: which numbers stand side by side, and their totals; writers only write them."""

from collections.abc import Iterator, Sequence

from shared.events.contracts import DistributionAdopted
from shared.reports.year.expenses import Estimate, first_shares
from shared.reports.year.plan import Plan
from shared.reports.year.table import Cell, Column, Row, Table, columns_of
from shared.reports.year.tables_facts import (
    debt_table,
    late_sums_table,
    late_table,
    notices_table,
    proof_table,
    returns_table,
    shortages_table,
    waits_table,
)
from shared.reports.year.words import ROMAN, Say
from shared.reports.year.year import Report

SUMS = ("committed", "ordered", "transferred", "unpaid", "left")


def estimate_columns(say: Say, payer: str | None, *, parts: bool = True) -> tuple[Column, ...]:
    """The columns of an estimate: of all payers with their parts, of articles alone, or of one payer."""
    whole, consolidated = payer is None, payer is None and parts
    plan = "money|plan_share" if consolidated else "money" if whole else "money|share"
    name = "text|name_payer" if consolidated else "text"
    sums = dict.fromkeys(("allotted", *SUMS), "money")
    return columns_of(say, article="text", name=name, first="money", changed="money", plan=plan, **sums)


def estimate_rows(report: Report, payer: str | None) -> Iterator[Row]:
    """An article, and below it each payer's part; of one payer only its own lines."""
    say, shares = report.say, first_shares(adopted for _, adopted in report.happened.of(DistributionAdopted))
    for line in report.estimate.lines:
        parts = [part for part in line.payers if payer in (None, part.payer)]
        if payer is None:
            changed = sum(change.cents for change in line.changes)
            sums = tuple(getattr(line, name) for name in SUMS)
            yield Row(cells=(line.article, line.name, line.first, changed, line.plan, line.allotted, *sums))
        for part in parts:
            label, name = ("", say.payer(part.payer)) if payer is None else (line.article, line.name)
            sums = tuple(getattr(part, name) for name in SUMS)
            first = shares.get((line.article, part.payer), 0)
            cells = (label, name, first, part.share - first, part.share, part.allotted, *sums)
            yield Row(cells=cells, level="part" if payer is None else "line")


def estimate_table(report: Report, payer: str | None = None) -> Table:
    """Execution of the expense estimate of the fund's own money: of all payers, or of one (26)."""
    say, estimate = report.say, report.estimate
    rows = list(estimate_rows(report, payer))
    if payer is None:
        rows.append(Row(cells=("", say("total"), *estimate_totals(estimate, report.plan)), level="total"))
    else:
        rows.append(Row(cells=("", say("total"), *column_sums(rows, estimate_columns(say, payer))), level="total"))
    title = say("table.estimate") if payer is None else say("table.estimate.of", payer=say.payer(payer))
    key = "estimate" if payer is None else f"estimate-{payer.lower()}"
    return Table(key=key, title=title, columns=estimate_columns(say, payer), rows=tuple(rows))


def estimate_totals(estimate: Estimate, plan: Plan) -> tuple[int, ...]:
    """The totals of the articles; the plan is the law's own total."""
    changed = sum(change.cents for line in estimate.lines for change in line.changes)
    total = [estimate.total("allotted"), *(estimate.total(name) for name in SUMS)]
    return (estimate.total("first"), changed, plan.expenses_plan, *total)


def state_table(report: Report, payer: str | None = None) -> Table:
    """Execution of the state funds (19): one limit for all articles and payers; of all payers, or of one."""
    say = report.say
    columns = columns_of(say, article="text", payer="text", **dict.fromkeys(SUMS[:4], "money"))
    rows = [
        Row(cells=(line.article, say.payer(part.payer), *(getattr(part, n) for n in SUMS[:4])))
        for line in report.estimate.state_lines
        for part in line.payers
        if payer in (None, part.payer)
    ]
    parts = [part for line in report.estimate.state_lines for part in line.payers if payer in (None, part.payer)]
    totals = (sum(getattr(part, name) for part in parts) for name in SUMS[:4])
    rows.append(Row(cells=("", say("total"), *totals), level="total"))
    title = say("table.state")
    key = "state-funds" if payer is None else f"state-funds-{payer.lower()}"
    return Table(key=key, title=title, columns=columns, rows=tuple(rows))


def quarters_table(report: Report) -> Table:
    """Expenses by quarter: the plan of the distribution, what was committed and transferred."""
    say = report.say
    columns = columns_of(
        say, article="text", quarter="count", plan="money|quarter_plan", committed="money", transferred="money"
    )
    lines = sorted(report.quarters, key=lambda line: (line.article, line.quarter))
    rows = tuple(Row(cells=(x.article, x.quarter, x.plan, x.committed, x.transferred)) for x in lines)
    return Table(key="quarters", title=say("table.quarters"), columns=columns, rows=rows)


def quarters_wide_table(report: Report) -> Table:
    """Expenses by quarter, side by side: the quarter's plan, and what was transferred in it."""
    say = report.say
    quarters = sorted({line.quarter for line in report.quarters})
    pairs = [(f"q{q}", ROMAN[q - 1]) for q in quarters]
    columns = [*columns_of(say, article="text", name="text")]
    for key, roman in pairs:
        columns += [
            Column(key=f"{key}_plan", label=say("column.of_quarter.plan", roman=roman)),
            Column(key=f"{key}_transferred", label=say("column.of_quarter.transferred", roman=roman)),
        ]
    found = {(line.article, line.quarter): line for line in report.quarters}
    names = {line.article: line.name for line in report.estimate.lines}
    rows = []
    for article in sorted({line.article for line in report.quarters}):
        cells: list[Cell] = [article, names.get(article, "")]
        for quarter in quarters:
            line = found.get((article, quarter))
            cells += [line.plan, line.transferred] if line else [None, None]
        rows.append(Row(cells=tuple(cells)))
    rows.append(Row(cells=("", say("total"), *column_sums(rows, columns)), level="total"))
    return Table(key="quarters-wide", title=say("table.quarters"), columns=tuple(columns), rows=tuple(rows))


def column_sums(rows: Sequence[Row], columns: Sequence[Column]) -> tuple[Cell, ...]:
    """The sums of the columns of money, and nothing for the others; a cell of nothing counts nothing."""
    money = (at for at, column in enumerate(columns) if column.kind == "money")
    return tuple(sum(cell for row in rows if isinstance(cell := row.cells[at], int)) for at in money)


def revenue_table(report: Report) -> Table:
    """Revenue by line: planned and received; by quarter it stands in a table of its own."""
    say = report.say
    sums = dict.fromkeys(("first", "changed", "plan", "received", "over"), "money")
    columns = columns_of(say, code="text", name="text|revenue", **sums)
    lines, plan = report.plan.revenue, report.plan
    rows = []
    for x in lines:
        changed_of = sum(c.cents for c in x.changes)
        rows.append(Row(cells=(x.code, x.name, x.first, changed_of, x.plan, x.received, x.over)))
    first, changed = sum(line.first for line in lines), sum(c.cents for line in lines for c in line.changes)
    over = plan.revenue_received - plan.revenue_plan
    total: tuple[Cell, ...] = ("", say("total"), first, changed, plan.revenue_plan, plan.revenue_received, over)
    rows.append(Row(cells=total, level="total"))
    return Table(key="revenue", title=say("table.revenue"), columns=columns, rows=tuple(rows))


def revenue_quarters_table(report: Report) -> Table:
    """Revenue by quarter, side by side: the plan of the distribution (12), and what came in."""
    say = report.say
    columns = [*columns_of(say, code="text", name="text|revenue")]
    for at, roman in enumerate(ROMAN, 1):
        columns += [
            Column(key=f"q{at}_plan", label=say("column.of_quarter.plan", roman=roman)),
            Column(key=f"q{at}_received", label=say("column.of_quarter.received", roman=roman)),
        ]
    rows = []
    for line in report.plan.revenue:
        plans = line.plan_by_quarter or (None,) * len(ROMAN)
        pairs = [cell for pair in zip(plans, line.by_quarter, strict=True) for cell in pair]
        rows.append(Row(cells=(line.code, line.name, *pairs)))
    rows.append(Row(cells=("", say("total"), *column_sums(rows, columns)), level="total"))
    return Table(key="revenue-quarters", title=say("table.revenue_quarters"), columns=tuple(columns), rows=tuple(rows))


def plan_table(report: Report) -> Table:
    """The consolidated expenses by article."""
    rows = [row for row in estimate_table(report).rows if row.level != "part"]
    columns = estimate_columns(report.say, None, parts=False)
    return Table(key="expenses", title=report.say("table.expenses"), columns=columns, rows=tuple(rows))


def reserve_table(report: Report) -> Table:
    """The parts of the reserve, and the transfers to it."""
    say = report.say
    columns = columns_of(say, what="text|reserve", stated="money", used="money", left="money", status="text")
    parts = report.plan.parts
    rows = [Row(cells=(say(f"part.{p.part}").capitalize(), p.stated, p.used, p.left, "")) for p in parts]
    sums = (sum(getattr(p, name) for p in parts) for name in ("stated", "used", "left"))
    rows.append(Row(cells=(say("total"), *sums, ""), level="total"))
    rows += [
        Row(
            cells=(say("table.reserve.transfer", kind=t.kind), t.amount, None, None, say(f"status.{t.status}")),
            level="part",
        )
        for t in report.plan.transfers
    ]
    return Table(key="reserve", title=say("table.reserve"), columns=columns, rows=tuple(rows))


def capital_table(report: Report) -> Table:
    """4. The working capital by money: what was there, came, went, was moved to the reserve; and what the law sets."""
    say = report.say
    columns = columns_of(say, what="text|capital", sum="money")
    plan, spent = report.plan, report.estimate.total("transferred")
    moved = sum(line.amount for line in plan.transfers if line.status == "done")
    before = plan.working_capital_before
    at_first = plan.working_capital if before is None else before
    rows = (
        Row(cells=(say("table.capital.first"), at_first)),
        Row(cells=(say("table.capital.received"), plan.revenue_received), level="part"),
        Row(cells=(say("table.capital.spent"), -spent), level="part"),
        Row(cells=(say("table.capital.moved"), -moved), level="part"),
        Row(cells=(say("table.capital.left"), at_first + plan.revenue_received - spent - moved), level="total"),
        Row(cells=(say("table.capital.law"), plan.working_capital)),
    )
    return Table(key="working-capital", title=say("table.capital"), columns=columns, rows=rows)


def balances_table(report: Report) -> Table:
    """What lies on the accounts at the cut-off."""
    say = report.say
    columns = columns_of(say, payer="text", source="text", cash="money", to_come="money", set_aside="money")
    lines = report.plan.balances
    rows = [Row(cells=(say.payer(x.payer), say.source(x.source), x.cash, x.to_come, x.set_aside)) for x in lines]
    sums = (sum(getattr(x, name) for x in lines) for name in ("cash", "to_come", "set_aside"))
    rows.append(Row(cells=(say("total"), "", *sums), level="total"))
    return Table(key="balances", title=say("table.balances"), columns=columns, rows=tuple(rows))


def all_tables(report: Report) -> tuple[Table, ...]:
    """Every table of the report, each payer's own estimate included."""
    payers = dict.fromkeys(
        part.payer for line in (*report.estimate.lines, *report.estimate.state_lines) for part in line.payers
    )
    return (
        estimate_table(report),
        *(estimate_table(report, payer) for payer in payers),
        state_table(report),
        *(state_table(report, payer) for payer in payers),
        quarters_table(report),
        revenue_table(report),
        revenue_quarters_table(report),
        plan_table(report),
        reserve_table(report),
        capital_table(report),
        balances_table(report),
        notices_table(report),
        shortages_table(report),
        late_table(report),
        late_sums_table(report),
        returns_table(report),
        debt_table(report),
        waits_table(report),
        proof_table(report),
    )
