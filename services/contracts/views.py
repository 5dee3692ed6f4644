"""What people ask of contracts: what is contracted of each share (point 13). Euro cents."""

from collections.abc import Iterator

from services.contracts.state import State
from shared.kernel.money import Cents
from shared.kernel.value import value


def provider_names(state: State) -> dict[str, str]:
    """What providers are called, by their codes: as the last contract with each says it."""
    return {contract.proposed.provider.code: contract.proposed.provider.name for contract in state.contracts.values()}


@value
class ContractedPot:
    """13. A payer's share of an article (of STATE money: the year's state funds, one sum), and what is contracted."""

    payer: str
    article: str
    source: str
    contracts: int
    share_cents: Cents
    contracted_cents: Cents
    free_cents: Cents


def contracted(state: State, year: int) -> Iterator[ContractedPot]:
    """Every pot of the year with a contract or a share."""
    pots: dict[tuple[str, str, str], int] = {}
    for contract_id in state.of_year.get(year, ()):
        contract = state.contracts[contract_id]
        pot = (contract.payer, contract.proposed.article, contract.proposed.source)
        pots[pot] = pots.get(pot, 0) + 1
    for article, shares in state.shares.get(year, {}).items():
        for payer in shares:
            pots.setdefault((payer, article, "PSDF"), 0)
    for payer, article, source in sorted(pots):
        share = state.limit_cents(year, payer, article, source)
        counted = state.contracted_cents(year, payer, article, source)
        yield ContractedPot(
            payer=payer,
            article=article,
            source=source,
            contracts=pots[payer, article, source],
            share_cents=share,
            contracted_cents=counted,
            free_cents=share - counted,
        )
