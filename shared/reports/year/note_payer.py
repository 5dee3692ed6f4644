"""A payer's own explanatory note to the execution of its expense estimate (26): its articles, its money, its delays."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from shared.events.reconciliation import BalanceReturnOrdered, PayerYearAccepted, PayerYearOverdue, PayerYearRefused
from shared.reports.year.expenses import ArticleLine, PayerLine
from shared.reports.year.facts import Sum
from shared.reports.year.note import Section, closed
from shared.reports.year.tables_facts import late_sums_table, shortages_table
from shared.reports.year.year import Report


def payer_note(report: Report, payer: str) -> tuple[Section, ...]:
    """The note of one payer, also where nothing happened: then it says so."""
    late, short = late_sums_table(report, payer), shortages_table(report, payer)
    told = (
        ("general", general, None),
        ("articles", articles, None),
        ("shortages", shortages, short if short.rows else None),
        ("late", lateness, late if len(late.rows) > 1 else None),
        ("balances", balances, None),
    )
    return tuple(
        Section(
            heading=f"{number}. {report.say(f'own.section.{key}')}",
            paragraphs=tuple(map(closed, tell(report, payer))),
            table=table,
        )
        for number, (key, tell, table) in enumerate(told, 1)
    )


def own(report: Report, payer: str) -> list[tuple[ArticleLine, PayerLine]]:
    """The payer's lines of every article and source."""
    lines = (*report.estimate.lines, *report.estimate.state_lines)
    return [(line, part) for line in lines for part in line.payers if part.payer == payer]


def general(report: Report, payer: str) -> Iterator[str]:
    """Whose note it is, and its sums."""
    say = report.say
    yield say("own.what", payer=say.payer(payer), day=say.day(report.cut_off))
    for source in ("PSDF", "STATE"):
        parts = [part for line, part in own(report, payer) if line.source == source]
        if parts:
            money = say.money_of(source)
            yield say(
                "own.sums",
                money=f"{money[0].upper()}{money[1:]}",
                committed=say.eur(sum(p.committed for p in parts)),
                ordered=say.eur(sum(p.ordered for p in parts)),
                transferred=say.eur(sum(p.transferred for p in parts)),
                unpaid=say.eur(sum(p.unpaid for p in parts)),
            )


def articles(report: Report, payer: str) -> Iterator[str]:
    """Each article: what the payer has of it, and what became of that."""
    say, found = report.say, own(report, payer)
    if not found:
        yield say("own.nothing")
    for line, part in found:
        committed, transferred = say.eur(part.committed), say.eur(part.transferred)
        if line.source == "PSDF":
            limit = part.share + part.allotted
            yield say(
                "own.article",
                article=line.article,
                name=line.name,
                limit=say.eur(limit),
                committed=committed,
                percent=say.percent(part.committed, limit),
                transferred=transferred,
                left=say.eur(part.left),
            )
        else:
            yield say("own.article.state", article=line.article, committed=committed, transferred=transferred)


def shortages(report: Report, payer: str) -> Iterator[str]:
    """17. The days on which its cash did not suffice."""
    say, found = report.say, [s for s in report.facts.shortages if s.payer == payer]
    if not found:
        yield say("shortages.none")
        return
    worst = max(found, key=lambda s: s.due_cents - s.cash_cents)
    yield say(
        "own.short",
        days=say.number(len({s.on for s in found}), "shortages.days"),
        worst=say.day(worst.on),
        due=say.eur(worst.due_cents),
        cash=say.eur(worst.cash_cents),
        money=say.money_of(worst.source),
    )


def lateness(report: Report, payer: str) -> Iterator[str]:
    """16, HIL 27(2). What was not paid in time, and what it bore where the fund has a rate."""
    say, total = report.say, Sum()
    for each in report.facts.late:
        if each.payer == payer:
            total.add(each.rest_cents)
    if not total.count:
        yield say("late.none")
        return
    yield say("own.late", count=total.count, sum=say.eur(total.cents))
    if bore := sum(each.cents for each in report.interest if each.payer == payer):
        yield say("own.interest", sum=say.eur(bore))


def balances(report: Report, payer: str) -> Iterator[str]:
    """24, 25. What lies on its accounts; its year's report and return."""
    say = report.say
    for balance in report.plan.balances:
        if balance.payer == payer:
            yield say(
                "own.balance",
                money=say.money_of(balance.source),
                cash=say.eur(balance.cash),
                to_come=say.eur(balance.to_come),
                set_aside=say.eur(balance.set_aside),
            )
    yield from year_data(report, payer)


def year_data(report: Report, payer: str) -> Iterator[str]:
    """24, 25. The reports of its years, this one and the last, and what is returned."""
    say = report.say
    for year, events in ((report.year - 1, report.happened.of_last), (report.year, report.happened.of)):
        for day, event in of_payer(events(PayerYearAccepted), payer):
            told = {"money": say.money_of(event.source), "day": say.day(day)}
            yield say("own.year.accepted", year=year, **told, sum=say.eur(event.balance_cents))
        if times := len(of_payer(events(PayerYearRefused), payer)):
            yield say("own.year.refused", year=year, times=say.number(times, "returns.times"))
        for _, event in of_payer(events(PayerYearOverdue), payer):
            yield say("own.year.overdue", year=year, day=say.day(event.by))
        for _, event in of_payer(events(BalanceReturnOrdered), payer):
            yield say("own.year.returned", year=year, sum=say.eur(event.amount_cents), day=say.day(event.by))


def of_payer(told: list[tuple[date, Any]], payer: str) -> list[tuple[date, Any]]:
    """Those that are about a payer."""
    return [(day, event) for day, event in told if event.payer == payer]
