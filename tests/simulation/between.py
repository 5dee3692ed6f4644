"""What two services know of the same money at the end, when all is heard: each from other words, and to the cent."""

from collections.abc import Iterator, Sequence
from typing import Any

from services.all import SERVICES
from shared.engine.codec import Codec, decode_decisions
from shared.engine.journal import Commit
from shared.engine.service import Service
from tests.given import FUND
from tests.simulation.journal import Journals


def untied(found: Journals) -> Iterator[str]:
    """Where payments and reconciliation, or contracts and invoicing, do not agree."""
    states = {
        (service.name, stream): folded(service, stream, commits)
        for service in SERVICES
        for stream, commits in found.get(service.name, {}).items()
    }
    payments, years = states.get(("payments", "fund")), states.get(("reconciliation", "close"))
    if payments and years and payments.today == years.today:
        yield from _accounts(payments, years)
    contracts = states.get(("contracts", "contracts"))
    for (service, _), provider in states.items():
        if service == "invoicing" and contracts:
            yield from _contracts(contracts, provider)


def folded(service: Service, stream: str, commits: Sequence[Commit]) -> Any:  # noqa: ANN401 - any service's state
    """The state of a stream, by all of its commits."""
    domain = service.domain(stream)
    codec, state = Codec(domain.events), domain.state()
    for commit in commits:
        for decision in decode_decisions(commit.body):
            for entry in decision.events:
                domain.evolve(state, codec.decode(entry))
    return state


def _accounts(payments: Any, years: Any) -> Iterator[str]:  # noqa: ANN401
    """25: a territorial fund's cash is what its year has left, and what is set aside what a closed one has to return."""
    sums = {
        (a.payer, a.source, a.year): (0 if a.year < payments.year and led.accepted else led.balance_cents)
        for a, led in years.ledgers.items()
    }
    for account in sorted({*payments.cash, *payments.cash_to_come, *payments.set_aside}):
        if account.payer == FUND.state_payer:
            continue
        to_come = sum(c for on, c in payments.cash_to_come.get(account, {}).items() if on.year == payments.year)
        here = {payments.year: payments.cash.get(account, 0) + to_come}
        here[payments.year - 1] = payments.set_aside.get(account, {}).get(payments.year - 1, 0)
        for year, cents in here.items():
            there = sums.get((account.payer, account.source, year), 0)
            if cents != there:
                yield f"between: {account.payer} {account.source} has {cents} of {year} in payments, {there} in its year"


def _contracts(contracts: Any, provider: Any) -> Iterator[str]:  # noqa: ANN401
    """13, 15: what is accepted under a contract, its ceiling and its end."""
    for contract_id, theirs in provider.contracts.items():
        ours = contracts.contracts.get(contract_id)
        said = ours and (ours.accepted_cents, ours.ended_on, ours.ceiling_cents)
        if said != (theirs.accepted_cents, theirs.ended_on, theirs.ceiling_cents):
            yield f"between: {contract_id} is {said} in contracts, {theirs} in invoicing"
