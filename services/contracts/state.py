"""What contracts remembers, and what each of its events changes: nothing else does."""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Literal, TypeAlias, assert_never

from services.contracts.law import counted_cents
from shared.events.contracts import (
    BudgetAdopted,
    BudgetRefused,
    ContractAccountConfirmed,
    ContractChanged,
    ContractChangeRefused,
    ContractConcluded,
    ContractRefused,
    DistributionAdopted,
    DistributionRefused,
    MonthPlanAdopted,
    MonthPlanRefused,
    PayerMergerRefused,
)
from shared.events.internal import AccountKnown, MergerKnown
from shared.events.vlk import ArticleQuarters
from shared.kernel.budget import Edition, Editions
from shared.kernel.clock import Parked
from shared.kernel.money import Cents
from shared.kernel.payers import Payers
from shared.kernel.value import value

STATE = "STATE"


# --- events


@value
class DayBegun:
    """A day started."""

    type: ClassVar[str] = "contracts.day_begun"
    on: date


@value
class AcceptedCounted:
    """What was accepted under a contract grew, or fell by a credit."""

    type: ClassVar[str] = "contracts.accepted_counted"
    contract_id: str
    amount_cents: Cents


@value
class MergerAwaited:
    """A payer will be merged into another when a day starts."""

    type: ClassVar[str] = "contracts.merger_awaited"
    payer: str
    into: str
    on: date


@value
class PayerJoined:
    """A payer's shares are from now on another's."""

    type: ClassVar[str] = "contracts.payer_joined"
    payer: str
    into: str


Event: TypeAlias = (
    DayBegun
    | BudgetAdopted
    | BudgetRefused
    | DistributionAdopted
    | DistributionRefused
    | MonthPlanAdopted
    | MonthPlanRefused
    | ContractConcluded
    | ContractRefused
    | ContractChanged
    | ContractChangeRefused
    | ContractAccountConfirmed
    | AccountKnown
    | AcceptedCounted
    | MergerAwaited
    | PayerMergerRefused
    | MergerKnown
    | PayerJoined
    | Parked
)


# --- state


@dataclass(slots=True, kw_only=True)
class Contract:
    """A concluded contract as it was proposed, and what became of it."""

    proposed: ContractConcluded
    payer: str
    ceiling_cents: Cents | None
    ended_on: date | None = None
    accepted_cents: Cents = 0

    @property
    def counted_cents(self) -> Cents:
        """What it counts with against its pot."""
        return counted_cents(self.ceiling_cents, self.accepted_cents, ended=self.ended_on is not None)


class Sums:
    """What follows from the contracts and is asked with each proposal: no field of the state, so no snapshot has it."""

    __slots__ = ("_counted", "_providers")
    _counted: dict[tuple[int, str, str, str], Cents]
    _providers: dict[str, None]

    def __init__(self) -> None:
        """Nothing is contracted yet."""
        self._counted, self._providers = {}, {}

    def count(self, contract: Contract, sign: Literal[1, -1]) -> None:
        """Add to its pot what a contract counts with, or take it off before the contract changes."""
        proposed = contract.proposed
        pot = (proposed.year, contract.payer, proposed.article, proposed.source)
        self._counted[pot] = self._counted.get(pot, 0) + sign * contract.counted_cents
        self._providers[proposed.provider.code] = None

    def providers(self) -> dict[str, None]:
        """Every provider that has or had a contract."""
        return self._providers

    def contracted_cents(self, year: int, payer: str, article: str, source: str) -> Cents:
        """What is contracted of a pot in a year; of STATE money the sum of all its pots."""
        if source != STATE:
            return self.contracted_of_pot(year, payer, article, source)
        return sum(cents for pot, cents in self._counted.items() if (pot[0], pot[3]) == (year, STATE))

    def contracted_of_pot(self, year: int, payer: str, article: str, source: str) -> Cents:
        """What is contracted by one payer in one article, of the fund's own or of STATE money."""
        return self._counted.get((year, payer, article, source), 0)

    def contracted_by_article(self, year: int) -> dict[str, Cents]:
        """What is contracted of the fund's own money, article by article."""
        sums: dict[str, Cents] = {}
        for (of_year, _, article, source), cents in self._counted.items():
            if of_year == year and source != STATE:
                sums[article] = sums.get(article, 0) + cents
        return sums


@dataclass(slots=True, kw_only=True)
class State(Sums):
    """Editions, shares by year and article and payer, and all contracts with what was accepted under them."""

    today: date | None = None
    editions: Editions = field(default_factory=Editions)
    shares: dict[int, dict[str, dict[str, Cents]]] = field(default_factory=dict)
    quarters: dict[int, dict[str, ArticleQuarters]] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    of_year: dict[int, dict[str, None]] = field(default_factory=dict)
    payers: Payers = field(default_factory=Payers)
    month_plans: dict[str, MonthPlanAdopted] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Add up the contracts of a snapshot."""
        Sums.__init__(self)
        for contract in self.contracts.values():
            self.count(contract, 1)

    def limit_cents(self, year: int, payer: str, article: str, source: str) -> Cents:
        """The payer's share of the article; for STATE money the state funds of the year's latest edition."""
        if source == STATE:
            edition = self.editions.latest(year)
            return edition.state_funds_cents if edition else 0
        return self.shares.get(year, {}).get(article, {}).get(payer, 0)


# --- what each event changes


def evolve(state: State, event: Event) -> None:
    """Fold one event into the state."""
    match event:
        case DayBegun():
            state.today = event.on
        case BudgetAdopted():
            state.editions.add(Edition(**{name: getattr(event, name) for name in Edition.__dataclass_fields__}))
        case DistributionAdopted():
            take_shares(state, event)
        case MonthPlanAdopted():
            state.month_plans[event.month] = event
        case ContractConcluded():
            concluded = Contract(proposed=event, payer=event.payer, ceiling_cents=event.ceiling_cents)
            state.contracts[event.contract_id] = concluded
            state.count(concluded, 1)
            state.of_year.setdefault(event.year, {})[event.contract_id] = None
        case ContractChanged() | AcceptedCounted():
            contract = state.contracts[event.contract_id]
            state.count(contract, -1)
            if isinstance(event, AcceptedCounted):
                contract.accepted_cents += event.amount_cents
            else:
                contract_changed(contract, event)
            state.count(contract, 1)
        case MergerAwaited():
            state.payers.wait_for(event.on, event.payer, event.into)
        case PayerJoined():
            payer_joined(state, event)
        case (
            BudgetRefused()
            | DistributionRefused()
            | MonthPlanRefused()
            | ContractRefused()
            | ContractChangeRefused()
            | ContractAccountConfirmed()
            | AccountKnown()
            | PayerMergerRefused()
            | MergerKnown()
            | Parked()
        ):
            pass
        case _:
            assert_never(event)


def take_shares(state: State, event: DistributionAdopted) -> None:
    """The articles named get new shares; the others keep their last ones."""
    state.quarters.setdefault(event.year, {}).update({row.article: row for row in event.quarters})
    of_year = state.shares.setdefault(event.year, {})
    of_year.update({row.article: {} for row in event.quarters})
    of_year.update({share.article: {} for share in event.shares})
    for share in event.shares:
        of_article = of_year[share.article]
        of_article[share.payer] = of_article.get(share.payer, 0) + share.amount_cents


def contract_changed(contract: Contract, event: ContractChanged) -> None:
    """A new ceiling, end or payer; an ended contract keeps the ceiling that its invoices are checked against."""
    contract.payer = event.payer or contract.payer
    contract.ended_on = event.ended_on
    if event.ended_on is None:
        contract.ceiling_cents = event.ceiling_cents


def payer_joined(state: State, event: PayerJoined) -> None:
    """Shares are added up; contracts follow one by one, as they are announced."""
    state.payers.join(event.payer, event.into)
    for of_year in state.shares.values():
        for of_article in of_year.values():
            if event.payer in of_article:
                of_article[event.into] = of_article.get(event.into, 0) + of_article.pop(event.payer)
