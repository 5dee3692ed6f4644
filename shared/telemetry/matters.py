"""What is open at the end of a year, as metrics: Sodra's statements, the payers' reports, claims, the reserve.

Sums are in cents, terms in days from the last started day.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from services.reconciliation import claims, payer_years, sodra
from services.reconciliation.service import CLAIMS, CLOSE, SODRA
from services.reserve import state as reserve
from services.reserve.views import reserve_standing
from shared.kernel.fund import Fund
from shared.telemetry.metrics import Metrics
from shared.telemetry.samples import Look, Sample

OF_MATTERS = {
    "psdf_statements_open": "Sodra's statements that are not approved, by how they stand (point 22)",
    "psdf_statement_days_to_term": "Days to the nearest day by which a statement is to be approved (point 22)",
    "psdf_payer_years_open": "Accounts of territorial funds whose past year is not reported (point 24)",
    "psdf_claims_open_cents": "What is left of the claims against providers (points 20, 21)",
}
OF_THE_RESERVE = {
    "psdf_reserve_cents": "Both parts of the year's reserve",
    "psdf_reserve_least_cents": "5 % of what Sodra transferred last year: what the reserve must hold (point 23)",
    "psdf_reserve_untransferred_cents": "Planned to be transferred to the reserve and not done (points 9, 10)",
}
WAITS, RETURNED = "waits", "returned"


def watch_matters(metrics: Metrics, state: Callable[[str], Any], fund: Fund) -> None:
    """Tell what is open, from the states of reconciliation; ``state`` gives None where another process has a stream."""

    def look() -> Look:
        statements, years, recovery = (state(stream) for stream in (SODRA, CLOSE, CLAIMS))
        if statements is None or years is None or recovery is None:
            return {}
        stands = Counter(each.status for each in statements.statements.values())
        return {
            "psdf_statements_open": [({"status": status}, stands[status]) for status in (WAITS, RETURNED)],
            "psdf_statement_days_to_term": _days_to_term(statements),
            "psdf_payer_years_open": [({}, _unreported(years, fund))],
            "psdf_claims_open_cents": [({}, _left(recovery))],
        }

    metrics.look_at(OF_MATTERS, look)


def watch_reserve(metrics: Metrics, state: Callable[[], reserve.State | None], fund: Fund) -> None:
    """Tell where the reserve stands, from its state; None where another process has it."""

    def look() -> Look:
        of = state()
        standing = reserve_standing(of, fund) if of else None
        if standing is None:
            return {}
        least: list[Sample] = [] if standing.least_cents is None else [({}, standing.least_cents)]
        return {
            "psdf_reserve_cents": [({}, standing.reserve_cents)],
            "psdf_reserve_least_cents": least,
            "psdf_reserve_untransferred_cents": [({}, standing.untransferred_cents)],
        }

    metrics.look_at(OF_THE_RESERVE, look)


def _days_to_term(state: sodra.State) -> Iterator[Sample]:
    terms = [each.last.approve_by for each in state.statements.values() if each.status == WAITS]
    if terms and state.today:
        yield {}, (min(terms) - state.today).days


def _unreported(state: payer_years.State, fund: Fund) -> int:
    year = state.today.year if state.today else 0
    return sum(
        account.year < year and account.payer != fund.state_payer and not ledger.accepted
        for account, ledger in state.ledgers.items()
    )


def _left(state: claims.State) -> int:
    return sum(claim.rest_cents for claim in state.claims.values())
