"""``psdf fund``: where the fund stands, by its journal; it may run on meanwhile."""

import asyncio
from collections.abc import Iterator

import msgspec
from rich.console import RenderableType
from rich.text import Text

from shared.cli.screen import day, days_left, money, screen, short, table
from shared.explain.overview import AT_RISK_DAYS, Overview, overview_of
from shared.journal.home import Home, reading
from shared.runtime.settings import Settings, fund_of

SHOWN = 20


def show_fund(settings: Settings, *, as_json: bool) -> None:
    """Show where the fund stands. Raises HomeError where there is no journal."""
    fund, console = fund_of(settings), screen()
    with reading(Home(path=settings.home)) as connection:
        found = asyncio.run(overview_of(connection, fund))
    if as_json:
        console.print(msgspec.json.encode(found).decode(), soft_wrap=True, markup=False)
        return
    for part in _parts(found, fund.name_en, fund.currency):
        console.print(part)


def _parts(found: Overview, name: str, currency: str) -> Iterator[RenderableType]:
    standing = found.standing
    if standing.today is None:
        yield f"{name}: no day has started yet"
        return
    yield Text(f"{name}, {standing.today}, budget {standing.edition or 'none in force'}", style="bold")
    for what, total in (("Year total (HIL 14(3))", standing.total), ("State funds (point 19)", standing.state_funds)):
        if total:
            sums = f"{money(total.committed_cents)} of {money(total.limit_cents)}, left {money(total.left_cents)}"
            yield f"{what}: {sums} {currency}"
    for month in standing.months:
        room = f"{money(month.committed_cents)} of {money(month.cap_cents)}, left {money(month.left_cents)} {currency}"
        yield f"No budget, 1/12 of last year for {month.month} (point 11), {month.source}: {room}"
    yield from _money_tables(found, currency)
    yield from _warnings(found, currency)
    yield from _work_tables(found, currency)


def _money_tables(found: Overview, currency: str) -> Iterator[RenderableType]:
    standing = found.standing
    yield table(
        f"\nArticles, {currency}",
        ["article", ">limit L", ">committed K", ">transferred P", ">waiting", ">left L - K", ">told (18)"],
        (
            (
                short(f"{each.article} {each.name}", 28),
                money(each.limit_cents),
                money(each.committed_cents),
                money(each.transferred_cents),
                money(each.waiting_cents),
                "-" if each.left_cents is None else money(each.left_cents),
                money(each.notified_cents),
            )
            for each in standing.articles
        ),
    )
    yield _pots(found, currency)
    yield table(
        f"\nCash, {currency}",
        ["payer", "source", ">cash", ">to come", ">scheduled, not ordered"],
        (
            (each.payer, each.source, money(each.cash_cents), money(each.to_come_cents), money(each.unordered_cents))
            for each in standing.cash
        ),
    )


def _pots(found: Overview, currency: str) -> RenderableType:
    """What each payer has, by article: its share and contracts, and what became of them."""
    contracted = {(each.payer, each.article, each.source): each for each in found.contracted}
    paid = {(each.payer, each.article, each.source): each for each in found.standing.pots}
    rows = []
    for pot in sorted(contracted.keys() | paid.keys()):
        of, has = paid.get(pot), contracted.get(pot)
        rows.append(
            (
                pot[0],
                f"{pot[1]} {pot[2]}",
                money(of.share_cents if of else 0),
                money(has.contracted_cents if has else 0),
                money(has.free_cents if has else 0),
                money(of.committed_cents if of else 0),
                money(of.ordered_cents if of else 0),
                money(of.transferred_cents if of else 0),
                money(of.waiting_cents if of else 0),
            )
        )
    columns = [
        "payer",
        "article",
        ">share",
        ">contracted",
        ">free",
        ">committed",
        ">ordered",
        ">transferred",
        ">waiting",
    ]
    return table(f"\nPayers, {currency}", columns, rows)


def _warnings(found: Overview, currency: str) -> Iterator[RenderableType]:
    """12, 13. What people must look at: pots with more contracts than share, articles over their quarters' plan."""
    for pot in found.contracted:
        if pot.free_cents < 0:
            over = f"{money(pot.contracted_cents)} contracted of {money(pot.share_cents)} {currency}"
            yield f"Look: {pot.payer} article {pot.article} {pot.source}: {over} (point 13); new contracts are refused"
    transferred = {article.article: article.transferred_cents for article in found.standing.articles}
    for plan in found.quarters:
        if transferred.get(plan.article, 0) > plan.plan_cents:
            sums = f"{money(transferred[plan.article])} transferred of {money(plan.plan_cents)} {currency} planned"
            yield f"Look: article {plan.article}: {sums} to the end of Q{plan.quarter} (point 12; a warning, no limit)"


def _work_tables(found: Overview, currency: str) -> Iterator[RenderableType]:
    standing = found.standing
    if standing.queues:
        yield table(
            "\nQueues",
            ["payer", "article", "source", ">invoices", f">waiting, {currency}", ">days", "head", "because"],
            (
                (q.payer, q.article, q.source, q.length, money(q.waiting_cents), q.age_days, q.head, q.reason)
                for q in standing.queues
            ),
        )
    if standing.notices:
        yield table(
            f"\nNotices under way to the ministry (point 18), {currency}",
            ["notice", ">allotted", ">transferred", ">exceeding", ">planned", ">invoices", "prepared"],
            (
                (
                    n.notice_no,
                    money(n.allotted_cents),
                    money(n.transferred_cents),
                    money(n.exceeding_cents),
                    money(n.planned_cents),
                    len(n.invoices),
                    day(n.prepared_on),
                )
                for n in standing.notices
            ),
        )
    if found.waiting:
        yield table(
            f"\nInvoices that wait for their check (point 15): {len(found.waiting)}",
            ["invoice", "waits for", "check by", f">{currency}"],
            ((w.invoice_id, w.waits_for, day(w.check_by), money(w.amount_cents)) for w in found.waiting[:SHOWN]),
        )
    if found.terms:
        rated = [f">interest, {currency}"] if any(term.interest_cents is not None for term in found.terms) else []
        yield table(
            f"\nTerms at risk (point 16): {len(found.terms)} overdue or due within {AT_RISK_DAYS} days",
            ["invoice", "payer", "article", "due on", ">days", f">not ordered, {currency}", "how", "pay day", *rated],
            (
                (t.invoice_id, t.payer, t.article, day(t.due_on), days_left(t.days), money(t.rest_cents), t.how,
                 day(t.pay_on), *((money(t.interest_cents or 0),) if rated else ()))
                for t in found.terms[:SHOWN]
            ),
        )  # fmt: skip
        if len(found.terms) > SHOWN:
            yield f"and {len(found.terms) - SHOWN} more; --json shows all"
