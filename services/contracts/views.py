"""What people ask of contracts: what is contracted of each share (point 13). Euro cents."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from operator import attrgetter

from services.contracts.state import State
from shared.kernel.calendar import quarter_of
from shared.kernel.money import Cents
from shared.kernel.value import value


def provider_names(state: State) -> dict[str, str]:
    """What providers are called, by their codes: as the last contract with each says it."""
    return {contract.proposed.provider.code: contract.proposed.provider.name for contract in state.contracts.values()}


@value
class QuarterStanding:
    """12. An article's plan up to the end of a day's quarter: a warning where more is transferred, and no limit."""

    article: str
    quarter: int
    plan_cents: Cents


def quarter_plans(state: State, day: date) -> Iterator[QuarterStanding]:
    """What the year's distribution plans of each article to the end of the day's quarter."""
    quarter = quarter_of(day)
    for article, row in sorted(state.quarters.get(day.year, {}).items()):
        yield QuarterStanding(article=article, quarter=quarter, plan_cents=row.planned_to(quarter))


@value
class ContractedPot:
    """13. A payer's share of an article, what is contracted of it, and what is free; below 0 the pot is flagged.

    STATE money has no shares: ``share_cents`` is the year's state funds, ``free_cents`` what all pots leave of them.
    """

    payer: str
    article: str
    source: str
    contracts: int
    share_cents: Cents
    contracted_cents: Cents
    free_cents: Cents


_pot_of = attrgetter("payer", "proposed.article", "proposed.source")


def contracted(state: State, year: int) -> Iterator[ContractedPot]:
    """Every pot of the year with a contract or a share."""
    pots = Counter(_pot_of(state.contracts[contract_id]) for contract_id in state.of_year.get(year, ()))
    for article, shares in state.shares.get(year, {}).items():
        for payer in shares:
            pots.setdefault((payer, article, "PSDF"), 0)
    for payer, article, source in sorted(pots):
        share = state.limit_cents(year, payer, article, source)
        yield ContractedPot(
            payer=payer,
            article=article,
            source=source,
            contracts=pots[payer, article, source],
            share_cents=share,
            contracted_cents=state.contracted_of_pot(year, payer, article, source),
            free_cents=share - state.contracted_cents(year, payer, article, source),
        )
