"""A payer's own explanatory note to the execution of its expense estimate (26): its articles, its money, its delays."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from shared.events.reconciliation import BalanceReturnOrdered, PayerYearAccepted, PayerYearOverdue, PayerYearRefused
from shared.reports.year.expenses import ArticleLine, PayerLine
from shared.reports.year.facts import Sum
from shared.reports.year.note import Section, closed
from shared.reports.year.tables_facts import late_sums_table, shortages_table
from shared.reports.year.words import MONEY, day_lt, eur, number_lt, payer_lt, percent
from shared.reports.year.year import Report


def payer_note(report: Report, payer: str) -> tuple[Section, ...]:
    """The note of one payer, also where nothing happened: then it says so."""
    late, short = late_sums_table(report, payer), shortages_table(report, payer)
    return (
        section("1. Bendroji dalis", general(report, payer)),
        section("2. Išlaidos pagal straipsnius", articles(report, payer)),
        Section(
            heading="3. Lėšų trūkumas",
            paragraphs=tuple(map(closed, shortages(report, payer))),
            table=short if short.rows else None,
        ),
        Section(
            heading="4. Vėluojantys mokėjimai",
            paragraphs=tuple(map(closed, lateness(report, payer))),
            table=late if len(late.rows) > 1 else None,
        ),
        section("5. Metų duomenys ir lėšų likučiai", balances(report, payer)),
    )


def section(heading: str, said: Iterator[str]) -> Section:
    """A section without a table."""
    return Section(heading=heading, paragraphs=tuple(map(closed, said)))


def own(report: Report, payer: str) -> list[tuple[ArticleLine, PayerLine]]:
    """The payer's lines of every article and source."""
    lines = (*report.estimate.lines, *report.estimate.state_lines)
    return [(line, part) for line in lines for part in line.payers if part.payer == payer]


def general(report: Report, payer: str) -> Iterator[str]:
    """Whose note it is, and its sums."""
    yield (
        f"{payer_lt(report.fund, payer)} parengė šį Privalomojo sveikatos draudimo fondo (toliau – PSDF) biudžeto "
        f"išlaidų sąmatos vykdymo ataskaitos aiškinamąjį raštą pagal PSDF biudžeto sudarymo ir vykdymo taisyklių "
        f"(toliau – Taisyklės) 26 punktą. Pateikiama būklė {day_lt(report.cut_off)} pabaigoje; visos sumos – eurais "
        f"ir centais."
    )
    for source in ("PSDF", "STATE"):
        parts = [part for line, part in own(report, payer) if line.source == source]
        if parts:
            yield (
                f"{MONEY[source][0].upper()}{MONEY[source][1:]}: įsipareigota – "
                f"{eur(sum(p.committed for p in parts))}, pateikta mokėjimo nurodymų – "
                f"{eur(sum(p.ordered for p in parts))}, pervesta – {eur(sum(p.transferred for p in parts))}, "
                f"priimta ir neapmokėta – {eur(sum(p.unpaid for p in parts))}."
            )


def articles(report: Report, payer: str) -> Iterator[str]:
    """Each article: what the payer has of it, and what became of that."""
    found = own(report, payer)
    if not found:
        yield "Lėšų mokėtojui neskirta ir išlaidų nebuvo."
    for line, part in found:
        if line.source == "PSDF":
            limit = part.share + part.allotted
            yield (
                f"{line.article} straipsnis „{line.name}“: skirta {eur(limit)}, įsipareigota {eur(part.committed)} "
                f"({percent(part.committed, limit)}), pervesta {eur(part.transferred)}, liko {eur(part.left)}."
            )
        else:
            yield (
                f"{line.article} straipsnis, valstybės biudžeto lėšos (Taisyklių 19 punktas): įsipareigota "
                f"{eur(part.committed)}, pervesta {eur(part.transferred)}."
            )


def shortages(report: Report, payer: str) -> Iterator[str]:
    """17. The days on which its cash did not suffice."""
    found = [s for s in report.facts.shortages if s.payer == payer]
    if not found:
        yield "Lėšų visoms priimtoms sąskaitoms laiku apmokėti pakako."
        return
    days = number_lt(len({s.on for s in found}), "mokėjimo dieną", "mokėjimo dienas", "mokėjimo dienų")
    worst = max(found, key=lambda s: s.due_cents - s.cash_cents)
    yield (
        f"Lėšų nepakako {days}; labiausiai {day_lt(worst.on)}, kai mokėtina buvo {eur(worst.due_cents)}, o "
        f"sąskaitoje – {eur(worst.cash_cents)} ({MONEY[worst.source]})."
    )


def lateness(report: Report, payer: str) -> Iterator[str]:
    """16, HIL 27(2). What was not paid in time, and what it bore where the fund has a rate."""
    total = Sum()
    for each in report.facts.late:
        if each.payer == payer:
            total.add(each.rest_cents)
    if not total.count:
        yield "Visos priimtos sąskaitos apmokėtos per nustatytą terminą (Taisyklių 16 punktas)."
        return
    yield f"Suėjus terminui neapmokėtų sąskaitų – {total.count}, jų suma – {eur(total.cents)}."
    if bore := sum(each.cents for each in report.interest if each.payer == payer):
        yield f"Už jas priskaičiuota palūkanų – {eur(bore)} (SDĮ 27 str. 2 d.); jos savaime nemokamos."


def balances(report: Report, payer: str) -> Iterator[str]:
    """24, 25. What lies on its accounts; its year's report and return."""
    for balance in report.plan.balances:
        if balance.payer == payer:
            yield (
                f"Sąskaitoje ({MONEY[balance.source]}) – {eur(balance.cash)}, bus įskaityta vėliau – "
                f"{eur(balance.to_come)}, atidėta grąžinti – {eur(balance.set_aside)}."
            )
    yield from year_data(report, payer)


def year_data(report: Report, payer: str) -> Iterator[str]:
    """24, 25. The reports of its years, this one and the last, and what is returned."""
    for year, events in ((report.year - 1, report.happened.of_last), (report.year, report.happened.of)):
        for day, event in of_payer(events(PayerYearAccepted), payer):
            told = f"{year} metų duomenys ({MONEY[event.source]}) priimti {day_lt(day)}"
            yield f"{told}, likutis – {eur(event.balance_cents)}."
        if times := len(of_payer(events(PayerYearRefused), payer)):
            yield f"{year} metų duomenys grąžinti tikslinti {number_lt(times, 'kartą', 'kartus', 'kartų')}."
        for _, event in of_payer(events(PayerYearOverdue), payer):
            yield f"{year} metų duomenys laiku nepateikti (iki {day_lt(event.by)})."
        for _, event in of_payer(events(BalanceReturnOrdered), payer):
            yield f"{year} metų likutis {eur(event.amount_cents)} grąžinamas iki {day_lt(event.by)}."


def of_payer(told: list[tuple[date, Any]], payer: str) -> list[tuple[date, Any]]:
    """Those that are about a payer."""
    return [(day, event) for day, event in told if event.payer == payer]
