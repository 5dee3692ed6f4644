"""The short summary in English at the end of the note: the same numbers, in a dozen lines."""

from collections.abc import Iterator

from shared.events.reconciliation import BalanceReturnOrdered, SodraStatementApproved, SodraStatementReturned
from shared.events.reserve import ReserveUseAllowed
from shared.reports.year.words import Say
from shared.reports.year.year import Report


def summary_en(report: Report) -> Iterator[str]:
    """The year in English, with the names that the fund has for things."""
    say = Say(report.fund, report.fund.languages[1])
    return map(say.language.said, sentences(report, say))


def sentences(report: Report, say: Say) -> Iterator[str]:
    """Plan, execution, overruns, shortages, delays, reserve, debt, proof."""
    estimate, plan, facts, happened = report.estimate, report.plan, report.facts, report.happened
    yield (
        f"Execution of the budget of the {report.fund.name_en} of {report.year} as at the end of "
        f"{say.day(report.cut_off)} (point 26 of the Rules, Government Resolution No. 589)."
    )
    yield (
        f"Revenue: planned {say.eur(plan.revenue_plan)}, received {say.eur(plan.revenue_received)}. Expenses: "
        f"planned {say.eur(plan.expenses_plan)}, committed {say.eur(estimate.total('committed'))}, transferred "
        f"{say.eur(estimate.total('transferred'))}, accepted and unpaid {say.eur(estimate.total('unpaid'))}."
    )
    delivered = [notice for notice in facts.notices.values() if notice.delivered_on]
    withdrawn = [notice for notice in facts.notices.values() if notice.withdrawn_on]
    planned = sum(notice.prepared.planned_cents for notice in delivered)
    yield (
        f"Notices of overruns to the Ministry of Health: {len(delivered)} delivered, {say.eur(planned)} above "
        f"appropriations; {len(withdrawn)} withdrawn."
    )
    rest = sum(late.rest_cents for late in facts.late)
    yield (
        f"Shortages of cash: {len({(s.on, s.payer, s.source) for s in facts.shortages})} (days by payer and source). "
        f"Payments past their due date: {len(facts.late)}, {say.eur(rest)} when due."
    )
    used = sum(use.amount_cents for _, use in happened.of(ReserveUseAllowed))
    yield (
        f"Reserve: used {say.eur(used)}, left {say.eur(sum(part.left for part in plan.parts))}. Over-plan revenue: "
        f"{say.eur(plan.surplus)}, allotted {say.eur(plan.allotted)}."
    )
    approved, returned = happened.of(SodraStatementApproved), happened.of(SodraStatementReturned)
    back = sum(event.amount_cents for _, event in happened.of(BalanceReturnOrdered))
    yield (
        f"Sodra's statements: {len(approved)} approved, {len(returned)} returned. Returned to the VLK of this year's "
        f"balances: {say.eur(back)}."
    )
    carried = sum(total.cents for total in facts.carried_out.values())
    yield (
        f"Debt carried on 31 December: {say.eur(carried)}."
        if carried
        else "Nothing has been carried to the next year so far."
    )
    held = sum(tie.holds for tie in report.ties)
    yield f"Proof: {held} of {len(report.ties)} pairs of sums agree to the cent (consolidated, payers, journal, bank)."
