"""What the owners of sums say of them: each service's views of its own state, as they are kept for every day."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from services.contracts.service import CONTRACTS_STREAM
from services.contracts.views import ContractedPot, contracted
from services.payments.ahead import PayDay, pay_days
from services.payments.months import WithoutBudget, without_budget
from services.payments.payer_views import (
    DueCount,
    Flow,
    Overdue,
    PayerArticle,
    PayerDue,
    PayerTotal,
    due_counts,
    flow,
    overdue,
    payer_articles,
    payer_dues,
    payer_totals,
)
from services.payments.queue_ages import WaitsOfAge, queue_ages
from services.payments.service import FUND
from services.payments.views import FundStanding, Waits, fund_standing, waits
from services.reconciliation.service import CLAIMS, CLOSE, SODRA
from services.reconciliation.views import (
    ClaimStanding,
    LedgerStanding,
    StatementStanding,
    ledgers,
    open_claims,
    statements,
)
from services.reserve.service import RESERVE_STREAM
from services.reserve.views import ReserveYear, reserve_year
from shared.kernel.calendar import VILNIUS
from shared.kernel.clock import Now
from shared.kernel.fund import Fund
from shared.kernel.value import value


@value
class Money:
    """The payments' standing of a day: all sums, what is due, what is past due, what waits, and when it is paid.

    ``parts``, ``payers`` and ``payer_dues`` are the same by payer; ``flow`` is where all that was ever accepted is;
    ``ages`` is what waits by how long it does. ``without_budget`` is None while a budget is in force.
    """

    standing: FundStanding
    due: tuple[DueCount, ...]
    overdue: Overdue
    waits: tuple[Waits, ...]
    pay_days: tuple[PayDay, ...]
    parts: tuple[PayerArticle, ...]
    payers: tuple[PayerTotal, ...]
    payer_dues: tuple[PayerDue, ...]
    flow: Flow
    without_budget: WithoutBudget | None
    ages: tuple[WaitsOfAge, ...]

    def waits_of(self, payer: str | None = None) -> Waits:
        """What waits of a payer, or of all."""
        none = Waits(payer=payer, length=0, waiting_cents=0)
        return next((each for each in self.waits if each.payer == payer), none)

    def part_of(self, payer: str, article: str) -> PayerArticle | None:
        """A payer's part of an article, if it has one."""
        return next((each for each in self.parts if (each.payer, each.article) == (payer, article)), None)


def _money(now: Now, state: Any) -> Money:  # noqa: ANN401 - each state is its service's own, here and below
    dues, parts = payer_dues(state), tuple(payer_articles(state, now.fund.state_payer))
    due = due_counts(dues)
    return Money(
        standing=fund_standing(state, now.fund),
        due=due,
        overdue=overdue(due, state.today),
        waits=waits(state),
        pay_days=pay_days(state),
        parts=parts,
        payers=tuple(payer_totals(parts)),
        payer_dues=dues,
        flow=flow(state),
        without_budget=without_budget(state, now.fund),
        ages=queue_ages(state),
    )


def _contracted(now: Now, state: Any) -> tuple[ContractedPot, ...]:  # noqa: ANN401
    return tuple(contracted(state, now.day.year))


def _reserve(now: Now, state: Any) -> tuple[ReserveYear, ...]:  # noqa: ANN401
    return tuple(reserve_year(now, state, year) for year in sorted(state.editions.of_year))


VIEWS: dict[tuple[str, str], tuple[Any, Callable[[Now, Any], object]]] = {
    ("payments", FUND): (Money, _money),
    ("contracts", CONTRACTS_STREAM): (tuple[ContractedPot, ...], _contracted),
    ("reserve", RESERVE_STREAM): (tuple[ReserveYear, ...], _reserve),
    ("reconciliation", SODRA): (tuple[StatementStanding, ...], lambda _, state: tuple(statements(state))),
    ("reconciliation", CLOSE): (tuple[LedgerStanding, ...], lambda _, state: tuple(ledgers(state))),
    ("reconciliation", CLAIMS): (tuple[ClaimStanding, ...], lambda _, state: tuple(open_claims(state))),
}
"""Of each stream that holds sums: what is kept of it, and how it is made."""

_read: dict[str, msgspec.json.Decoder[Any]] = {
    stream: msgspec.json.Decoder(of) for (_, stream), (of, _) in VIEWS.items()
}


def standing_of(service: str, stream: str, state: Any, fund: Fund) -> bytes:  # noqa: ANN401
    """What is kept of a stream's state at the end of its last started day."""
    _, view = VIEWS[service, stream]
    day = state.today
    now = Now(moment=datetime(day.year, day.month, day.day, tzinfo=VILNIUS), day=day, fund=fund)
    return msgspec.json.encode(view(now, state))


def read_standing(stream: str, body: bytes) -> Any:  # noqa: ANN401 - the records of VIEWS
    """The records of a standing as it was kept."""
    return _read[stream].decode(body)
