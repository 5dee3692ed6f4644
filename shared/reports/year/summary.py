"""The short summary in English at the end of the note: the same numbers, in a dozen lines."""

from collections.abc import Iterator

from shared.events.reconciliation import BalanceReturnOrdered, SodraStatementApproved, SodraStatementReturned
from shared.events.reserve import ReserveUseAllowed
from shared.reports.year.words import day_en, eur
from shared.reports.year.year import Report


def summary_en(report: Report) -> Iterator[str]:
    """The year in English: plan, execution, overruns, shortages, delays, reserve, debt, proof."""
    estimate, plan, facts, happened = report.estimate, report.plan, report.facts, report.happened
    yield (
        f"Execution of the budget of the Compulsory Health Insurance Fund of {report.year} as at the end of "
        f"{day_en(report.cut_off)} (point 26 of the Rules, Government Resolution No. 589)."
    )
    yield (
        f"Revenue: planned {eur(plan.revenue_plan, 'en')}, received {eur(plan.revenue_received, 'en')}. Expenses: "
        f"planned {eur(plan.expenses_plan, 'en')}, committed {eur(estimate.total('committed'), 'en')}, transferred "
        f"{eur(estimate.total('transferred'), 'en')}, accepted and unpaid {eur(estimate.total('unpaid'), 'en')}."
    )
    delivered = [notice for notice in facts.notices.values() if notice.delivered_on]
    withdrawn = [notice for notice in facts.notices.values() if notice.withdrawn_on]
    planned = sum(notice.prepared.planned_cents for notice in delivered)
    yield (
        f"Notices of overruns to the Ministry of Health: {len(delivered)} delivered, {eur(planned, 'en')} above "
        f"appropriations; {len(withdrawn)} withdrawn."
    )
    rest = sum(late.rest_cents for late in facts.late)
    yield (
        f"Shortages of cash: {len({(s.on, s.payer, s.source) for s in facts.shortages})} (days by payer and source). "
        f"Payments past their due date: {len(facts.late)}, {eur(rest, 'en')} when due."
    )
    used = sum(use.amount_cents for _, use in happened.of(ReserveUseAllowed))
    yield (
        f"Reserve: used {eur(used, 'en')}, left {eur(sum(part.left for part in plan.parts), 'en')}. Over-plan revenue: "
        f"{eur(plan.surplus, 'en')}, allotted {eur(plan.allotted, 'en')}."
    )
    approved, returned = happened.of(SodraStatementApproved), happened.of(SodraStatementReturned)
    back = sum(event.amount_cents for _, event in happened.of(BalanceReturnOrdered))
    yield (
        f"Sodra's statements: {len(approved)} approved, {len(returned)} returned. Returned to the VLK of this year's "
        f"balances: {eur(back, 'en')}."
    )
    carried = sum(total.cents for total in facts.carried_out.values())
    yield (
        f"Debt carried on 31 December: {eur(carried, 'en')}."
        if carried
        else "Nothing has been carried to the next year so far."
    )
    held = sum(tie.holds for tie in report.ties)
    yield f"Proof: {held} of {len(report.ties)} pairs of sums agree to the cent (consolidated, payers, journal, bank)."
