"""What people ask of reconciliation: Sodra's statements, the territorial funds' years, claims. Euro cents."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from services.reconciliation import claims, payer_years, sodra
from services.reconciliation.law import report_by, submit_by
from shared.kernel.calendar import midnight
from shared.kernel.clock import Now
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.kernel.value import value


@value
class StatementStanding:
    """22. The last submission of a quarter's statement and our record; ``waits``, ``returned`` or ``approved``."""

    year: int
    quarter: int
    submission: int
    status: str
    stated_cents: Cents
    recorded_cents: Cents
    compensation_cents: Cents
    submitted_on: date
    approve_by: date


@value
class LedgerStanding:
    """24, 25. A payer's year by our ledger, and whether its report was accepted."""

    payer: str
    source: str
    year: int
    received_cents: Cents
    used_cents: Cents
    balance_cents: Cents
    accepted: bool


@value
class ClaimStanding:
    """20, 21. A claim: what was demanded, and what is left of it."""

    claim_id: str
    provider_code: str
    invoice_id: str | None
    payer: str
    basis: str
    reason: str
    amount_cents: Cents
    rest_cents: Cents


AGES_DAYS = (0, 31, 91, 181, 366)
"""From how many days on a claim is in each band of ages: up to a month, three, six, a year, and older."""


@value
class ClaimsOfAge:
    """20, 21. Open claims from so many days on, and to so many (None: any older); ``rest_cents`` is left of them."""

    from_days: int
    to_days: int | None
    count: int
    rest_cents: Cents


@value
class ClaimAges:
    """20, 21. What is left of all claims together, and by how long they are open."""

    rest_cents: Cents
    bands: tuple[ClaimsOfAge, ...]


def statement_due(fund: Fund, on: date, year: int, quarter: int) -> date:
    """22. By when a quarter's statement is submitted, by the law of a day."""
    return submit_by(Now(moment=midnight(on), day=on, fund=fund), year, quarter)


def report_due(fund: Fund, on: date, year: int) -> date:
    """24. By when a territorial fund reports a year, by the law of a day."""
    return report_by(Now(moment=midnight(on), day=on, fund=fund), year)


def statements(state: sodra.State) -> Iterator[StatementStanding]:
    """Every quarter of which a statement came, the newest first."""
    for each in sorted(state.statements.values(), key=lambda each: (each.last.year, each.last.quarter), reverse=True):
        said = each.last
        yield StatementStanding(
            year=said.year,
            quarter=said.quarter,
            submission=said.submission,
            status=each.status,
            stated_cents=said.transferred_cents + said.offset_cents,
            recorded_cents=state.recorded_cents(said.year, said.quarter),
            compensation_cents=said.compensation_cents,
            submitted_on=said.submitted_on,
            approve_by=said.approve_by,
        )


def ledgers(state: payer_years.State) -> Iterator[LedgerStanding]:
    """Every account's year, by year and payer."""
    for account, ledger in sorted(state.ledgers.items(), key=lambda each: (each[0].year, each[0])):
        yield LedgerStanding(
            payer=account.payer,
            source=account.source,
            year=account.year,
            received_cents=ledger.received_cents,
            used_cents=ledger.used_cents,
            balance_cents=ledger.balance_cents,
            accepted=ledger.accepted,
        )


def open_claims(state: claims.State) -> Iterator[ClaimStanding]:
    """Every claim, those with a rest first."""
    for claim_id, claim in sorted(state.claims.items(), key=lambda each: (not each[1].rest_cents, each[0])):
        opened = claim.opened
        yield ClaimStanding(
            claim_id=claim_id,
            provider_code=opened.provider_code,
            invoice_id=opened.invoice_id,
            payer=opened.payer,
            basis=opened.basis,
            reason=opened.reason,
            amount_cents=opened.amount_cents,
            rest_cents=claim.rest_cents,
        )


def claim_ages(claims_: Iterable[ClaimStanding], opened: Mapping[str, date], on: date) -> ClaimAges:
    """20, 21. Open claims by their age on a day; ``opened`` is when each was first demanded."""
    open_ = [((on - opened[each.claim_id]).days, each.rest_cents) for each in claims_ if each.rest_cents]
    bands = []
    for low, after in zip(AGES_DAYS, (*AGES_DAYS[1:], None), strict=True):
        rests = [rest for age, rest in open_ if low <= age and (after is None or age < after)]
        high = None if after is None else after - 1
        bands.append(ClaimsOfAge(from_days=low, to_days=high, count=len(rests), rest_cents=sum(rests)))
    return ClaimAges(rest_cents=sum(rest for _, rest in open_), bands=tuple(bands))
