"""What the note says of each matter: overruns, shortages, delays, reserve, Sodra, the TLK, claims, debt, the proof."""

from collections.abc import Iterator

from services.reconciliation import sodra
from services.reserve import state as reserve
from shared.events.contracts import BudgetAdopted
from shared.events.reconciliation import (
    BalanceReturnOrdered,
    CompensationDue,
    PayerYearAccepted,
    PayerYearOverdue,
    PayerYearRefused,
    RecoveryDemanded,
    RecoveryRepaid,
    RecoverySetOff,
    RecoveryWrittenOff,
    SodraStatementApproved,
    SodraStatementOverdue,
    SodraStatementReturned,
)
from shared.events.reserve import (
    ReserveTransferOverdue,
    ReserveUseAllowed,
    ReserveUseRefused,
    SurplusAllotted,
    SurplusRefused,
)
from shared.reports.year.year import Report


def flags(report: Report) -> Iterator[str]:
    """What an adopted edition makes people look at."""
    for _, event in report.happened.of(BudgetAdopted):
        for flag in event.flags:
            key = f"flag.{flag.code}"
            told = report.say(key) if report.say.has(key) else flag.code
            yield report.say("budget.flag", edition=event.edition, flag=told)


def notices(report: Report) -> Iterator[str]:
    """18. How many notices were prepared and what became of them; the table shows each with its four sums."""
    say, told = report.say, list(report.facts.notices.values())
    if not told:
        yield say("notices.none")
        return
    delivered = [notice for notice in told if notice.delivered_on]
    withdrawn = [notice for notice in told if notice.withdrawn_on]
    yield say(
        "notices.total",
        prepared=len(told),
        delivered=len(delivered),
        planned=say.eur(sum(notice.prepared.planned_cents for notice in delivered)),
        withdrawn=len(withdrawn),
        under_way=len(told) - len(delivered) - len(withdrawn),
    )


def shortages(report: Report) -> Iterator[str]:
    """17. On how many days each payer's cash did not suffice, and the largest gap."""
    say, found = report.say, report.facts.shortages
    if not found:
        yield say("shortages.none")
    for account in dict.fromkeys((s.payer, s.source) for s in found):
        days = [s for s in found if (s.payer, s.source) == account]
        worst = max(days, key=lambda s: s.due_cents - s.cash_cents)
        span = say("shortages.span", first=say.day(days[0].on), last=say.day(days[-1].on)) if len(days) > 1 else ""
        yield say(
            "shortages.payer",
            payer=say.payer(account[0]),
            money=say.money_of(account[1]),
            days=say.number(len(days), "shortages.days"),
            span=span,
            worst=say.day(worst.on),
            due=say.eur(worst.due_cents),
            cash=say.eur(worst.cash_cents),
        )


def late(report: Report) -> Iterator[str]:
    """16. What was not paid, and not checked, in time; the table has it by payer and article."""
    say = report.say
    if not report.facts.late:
        yield say("late.none")
    else:
        rest = sum(each.rest_cents for each in report.facts.late)
        yield say("late.total", count=len(report.facts.late), sum=say.eur(rest))
    if report.interest:
        rates = (say("late.rate", source=r.source_lt, rate=say.rate(r.hundredths)) for r in report.fund.interest)
        bore = say.eur(sum(each.cents for each in report.interest))
        yield say("late.interest", sum=bore, count=len(report.interest), rates="; ".join(rates))
    if checks := report.happened.check_overdue:
        first = min(event.check_by for _, event in checks)
        yield say("late.checks", count=len(checks), day=say.day(first))


def reserves(report: Report) -> Iterator[str]:
    """8-10. Uses with document and purpose; transfers and how far they are."""
    say = report.say
    decided = [*report.happened.of(ReserveUseAllowed), *report.happened.of(ReserveUseRefused)]
    for _, use in sorted(decided, key=lambda told: told[1].decided_on):
        told = {
            "day": say.day(use.decided_on),
            "document": use.document,
            "sum": say.eur(use.amount_cents),
            "part": say(f"part.{use.part}"),
        }
        if isinstance(use, ReserveUseAllowed):
            yield say("reserve.used", **told, purpose=use.purpose)
        else:
            yield say("reserve.refused", **told, faults=say.faults(use.reasons), law=say.decided_by(use.reasons))
    if not report.happened.of(ReserveUseAllowed):
        yield say("reserve.none")
    for line in report.plan.transfers:
        status = say(f"status.{line.status}")
        yield say("reserve.transfer", kind=line.kind, sum=say.eur(line.amount), status=status)
    for day, event in report.happened.of(ReserveTransferOverdue):
        yield say("reserve.overdue", day=say.day(day), kind=event.kind)


def surplus(report: Report) -> Iterator[str]:
    """23. What was received over the plan, what was allotted, and whether the 5 % held."""
    say = report.say
    if report.plan.surplus:
        yield say("surplus.total", surplus=say.eur(report.plan.surplus), allotted=say.eur(report.plan.allotted))
    else:
        yield say("surplus.none")
    for day, event in sorted(
        [*report.happened.of(SurplusAllotted), *report.happened.of(SurplusRefused)], key=lambda told: told[0]
    ):
        about = {"day": say.day(day), "document": event.document, "article": event.article}
        sum_ = say.eur(event.amount_cents)
        if isinstance(event, SurplusAllotted):
            yield say("surplus.allotted", **about, sum=sum_)
        else:
            yield say("surplus.refused", **about, sum=sum_, faults=say.faults(event.reasons))
    for _, event in report.happened.of(reserve.LockTested):
        held = say("surplus.holds" if event.holds else "surplus.broken")
        last = say.eur(event.last_year_sodra_cents)
        yield say("surplus.lock", held=held, reserve=say.eur(event.reserve_cents), sodra=last)


def statements(report: Report) -> Iterator[str]:
    """22. Each quarter's statement: approved, returned with reasons, late; the compensation."""
    say, happened = report.say, report.happened
    if not happened.of(sodra.StatementSubmitted):
        yield say("statements.none")
    for day, event in happened.of(SodraStatementReturned):
        yield say(
            "statements.returned",
            quarter=say.quarter(event.quarter),
            submission=event.submission,
            day=say.day(day),
            faults=say.faults(event.reasons),
        )
    for _, event in happened.of(SodraStatementApproved):
        yield say(
            "statements.approved",
            quarter=say.quarter(event.quarter),
            submission=event.submission,
            day=say.day(event.approved_on),
            approve_by=say.day(event.approve_by),
            pay_by=say.day(event.pay_by),
        )
    for _, event in happened.of(SodraStatementOverdue):
        what = say("statements.not_submitted" if event.what == "submission" else "statements.not_approved")
        yield say("statements.overdue", quarter=say.quarter(event.quarter), what=what, day=say.day(event.by))
    due = [event for _, event in happened.of(CompensationDue)]
    if due:
        yield say("statements.compensation", sum=say.eur(sum(event.amount_cents for event in due)))


def returns(report: Report) -> Iterator[str]:
    """24, 25. The TLK's reports and returns: of this year where it is over, and those of last year told in this one."""
    say, happened = report.say, report.happened
    if not any(map(happened.of, RETURNS)) and not any(map(happened.of_last, RETURNS)):
        yield say("returns.none")
    for year, events in ((report.year - 1, happened.of_last), (report.year, happened.of)):
        if accepted := [event for _, event in events(PayerYearAccepted)]:
            left = say.eur(sum(event.balance_cents for event in accepted))
            yield say("returns.accepted", year=year, count=len(accepted), sum=left)
        if refused := events(PayerYearRefused):
            yield say("returns.refused", year=year, times=say.number(len(refused), "returns.times"))
        for _, event in events(PayerYearOverdue):
            yield say("returns.overdue", payer=say.payer(event.payer), year=year, day=say.day(event.by))
        if ordered := [event for _, event in events(BalanceReturnOrdered)]:
            back, by = say.eur(sum(event.amount_cents for event in ordered)), max(event.by for event in ordered)
            yield say("returns.ordered", year=year, sum=back, day=say.day(by))


RETURNS = (PayerYearAccepted, PayerYearRefused, PayerYearOverdue, BalanceReturnOrdered)
WAYS = (
    (RecoveryDemanded, "recovery.demanded"),
    (RecoveryRepaid, "recovery.repaid"),
    (RecoverySetOff, "recovery.set_off"),
    (RecoveryWrittenOff, "recovery.written_off"),
)


def recovery(report: Report) -> Iterator[str]:
    """20, 21. What was demanded, and how it was met."""
    say = report.say
    sums = [(key, sum(e.amount_cents for _, e in report.happened.of(cls))) for cls, key in WAYS]
    if any(cents for _, cents in sums):
        yield say("recovery.total", ways=", ".join(say(key, sum=say.eur(cents)) for key, cents in sums))
    else:
        yield say("recovery.none")
    if report.claims:
        rest = say.eur(sum(claim.rest for claim in report.claims))
        yield say("recovery.open", count=len(report.claims), sum=rest)


def debt(report: Report) -> Iterator[str]:
    """24. What was carried in, what is unpaid, and what is carried out on 31 December."""
    say = report.say
    came = list(report.facts.carried_in.values())
    if came:
        count, cents = sum(s.count for s in came), sum(s.cents for s in came)
        yield say("debt.carried_in", before=report.year - 1, count=count, sum=say.eur(cents))
    went = list(report.facts.carried_out.values())
    if went:
        count, cents = sum(s.count for s in went), sum(s.cents for s in went)
        yield say("debt.carried_out", year=report.year, sum=say.eur(cents), count=count, next=report.year + 1)
    else:
        estimate = report.estimate
        unpaid = estimate.total("unpaid", (*estimate.lines, *estimate.state_lines))
        yield say("debt.unpaid", sum=say.eur(unpaid))
    for each in report.waits:
        yield say("debt.waits", count=each.sum.count, sum=say.eur(each.sum.cents), why=say.waits(each.reason))


def proof(report: Report) -> Iterator[str]:
    """I10."""
    yield report.say("proof.total")
    if apart := [tie for tie in report.ties if not tie.holds]:
        yield report.say("proof.apart", sums=report.say.number(len(apart), "proof.sums"))
