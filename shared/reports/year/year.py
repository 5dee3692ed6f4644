"""One report: every number of a year at a cut-off day, computed once, and proved before it is handed on (point 26)."""

from datetime import date

from services.contracts.service import CONTRACTS
from services.invoicing.service import INVOICING
from services.payments.service import FUND, PAYMENTS
from services.payments.state import State
from services.reconciliation import claims, payer_years, sodra
from services.reconciliation.service import CLAIMS, CLOSE, RECONCILIATION, SODRA
from services.reserve import state as reserve
from services.reserve.service import RESERVE, RESERVE_STREAM
from shared.events.contracts import DistributionAdopted
from shared.journal.fold import StreamFold, fold_until, scan
from shared.journal.services import Stores
from shared.kernel.calendar import DECEMBER
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.kernel.value import value
from shared.reports.year.events import HAPPENED_TYPES, INVOICING_TYPES, Happened
from shared.reports.year.expenses import Estimate, QuarterLine, estimate, quarter_ends, quarter_lines
from shared.reports.year.facts import PaymentFacts, Sum
from shared.reports.year.interest import LateInterest, interest_of
from shared.reports.year.plan import Plan, plan
from shared.reports.year.proof import Tie, accepted_tie, across_ties, assert_tied, payment_ties
from shared.reports.year.words import Say


@value
class Waits:
    """What is accepted and not paid at the cut-off by the reason that was told last: how many, how much."""

    reason: str
    sum: Sum


@value
class OpenClaim:
    """A claim with a rest, in cents (points 20, 21)."""

    claim_id: str
    provider_code: str
    basis: str
    amount: Cents
    rest: Cents


@value
class Report:
    """The year at the end of the cut-off day. All sums are cents; ``facts`` and ``happened`` are for the note."""

    fund: Fund
    year: int
    cut_off: date
    estimate: Estimate
    quarters: tuple[QuarterLine, ...]
    plan: Plan
    facts: PaymentFacts
    happened: Happened
    waits: tuple[Waits, ...]
    interest: tuple[LateInterest, ...]
    claims: tuple[OpenClaim, ...]
    ties: tuple[Tie, ...]
    lang: str = ""

    @property
    def say(self) -> Say:
        """The words of its papers: the fund's own, or those of the language that it is to be in."""
        return Say(self.fund, self.lang)

    @property
    def is_final(self) -> bool:
        """Whether the year was over at the cut-off."""
        return self.cut_off >= date(self.year, DECEMBER, 31)


@value
class Beside:
    """What the services beside payments say of a year at the end of a day."""

    happened: Happened
    record: sodra.State
    ledgers: payer_years.State
    reserve: reserve.State
    claims: tuple[OpenClaim, ...]


@value
class Money:
    """What payments says of it: its state, what happened, and how the year stood at the end of each quarter."""

    state: State
    facts: PaymentFacts
    readings: tuple[Estimate, ...]


async def make_report(stores: Stores, fund: Fund, year: int, cut_off: date) -> Report:
    """26. Fold the journals up to the end of the cut-off day and read the year out of them.

    A quarter's report is that of its last day. A cut-off after the year's end shows the year with what the bank and the
    territorial funds reported of it later. Raises ValueError for a cut-off before the year, Untied where sums that must
    be one differ (I10), Broken where a journal is.
    """
    money = await money_of(stores, fund, year, cut_off)
    return report_from(fund, year, cut_off, money, await beside_payments(stores, year, cut_off))


async def money_of(stores: Stores, fund: Fund, year: int, cut_off: date) -> Money:
    """Fold payments. Raises ValueError for a cut-off before the year, Broken where the journal is."""
    if cut_off < date(year, 1, 1):
        raise ValueError(f"cut-off {cut_off} is before the year {year}: take a day from {year}-01-01 on")
    facts = PaymentFacts(year=year)
    fold = StreamFold(stores[PAYMENTS.name], PAYMENTS, FUND, facts.see)
    readings = [estimate(fund, await fold.to(day), year, day) for day in quarter_ends(year, cut_off)]
    return Money(state=fold.state, facts=facts, readings=tuple(readings))


async def beside_payments(stores: Stores, year: int, cut_off: date) -> Beside:
    """Read the other journals. Raises Broken where one is."""
    happened = Happened(year=year)
    await scan(stores[CONTRACTS.name], CONTRACTS, cut_off, HAPPENED_TYPES, happened.see)
    matters = await fold_until(stores[RECONCILIATION.name], RECONCILIATION, cut_off, happened.see)
    reserves = await fold_until(stores[RESERVE.name], RESERVE, cut_off, happened.see)
    await scan(stores[INVOICING.name], INVOICING, cut_off, INVOICING_TYPES, happened.see_invoice)
    return Beside(
        happened=happened,
        record=matters.get(SODRA, sodra.State),
        ledgers=matters.get(CLOSE, payer_years.State),
        reserve=reserves.get(RESERVE_STREAM, reserve.State),
        claims=open_claims(matters.get(CLAIMS, claims.State)),
    )


def report_from(fund: Fund, year: int, cut_off: date, money: Money, beside: Beside) -> Report:
    """The report of what all services say. Raises Untied where sums that must be one differ (I10)."""
    state, facts, reading = money.state, money.facts, money.readings[-1]
    distributions: list[DistributionAdopted] = [adopted for _, adopted in beside.happened.of(DistributionAdopted)]
    ties = (
        *payment_ties(state, facts, reading),
        *across_ties(reading, beside.ledgers, beside.record, beside.reserve),
        accepted_tie(year, beside.happened.accepted, facts.entered),
    )
    return Report(
        fund=fund,
        year=year,
        cut_off=cut_off,
        estimate=reading,
        quarters=tuple(quarter_lines(list(money.readings), facts.by_quarter, distributions)),
        plan=plan(state, beside.reserve, beside.record, year, cut_off, distributions),
        facts=facts,
        happened=beside.happened,
        waits=waits(state, year),
        interest=tuple(interest_of(fund.interest, list(facts.late_rests.values()), year, cut_off)),
        claims=beside.claims,
        ties=assert_tied(ties, fund.currency),
    )


def waits(state: State, year: int) -> tuple[Waits, ...]:
    """What waits in the queues, by the reason that was told; only of the running year."""
    sums: dict[str, Sum] = {}
    if state.year == year:
        for invoice in state.invoices.values():
            if invoice.waiting_cents:
                reason = invoice.standing.reason or invoice.standing.kind
                sums.setdefault(reason, Sum()).add(invoice.waiting_cents)
    return tuple(Waits(reason=reason, sum=sums[reason]) for reason in sorted(sums))


def open_claims(state: claims.State) -> tuple[OpenClaim, ...]:
    """The claims that are not settled to the end, in order of their id."""
    found = (state.claims[claim_id] for claim_id in sorted(state.claims))
    return tuple(
        OpenClaim(
            claim_id=claim.opened.claim_id,
            provider_code=claim.opened.provider_code,
            basis=claim.opened.basis,
            amount=claim.opened.amount_cents,
            rest=claim.rest_cents,
        )
        for claim in found
        if claim.rest_cents
    )
