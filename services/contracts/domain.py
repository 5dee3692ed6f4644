"""Contracts: budgets, their distribution, and contracts within them (points 3-7, 12, 13). One stream: ``contracts``.

Two contracts asked at once must not both fit: the ceilings of a pot are one sum, so there is one writer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar, TypeAlias, assert_never

from services.contracts.law import (
    counted_cents,
    flags_of,
    not_for_contracts,
    outside_the_year,
    over_the_share,
    reserve_main_cents,
    sums_that_differ,
    tables_that_differ,
    under_the_accepted,
)
from shared.events.vlk import ArticleQuarters, RevenueQuarters, Share
from shared.kernel.budget import Edition, Editions, ExpenseLine, RevenueLine
from shared.kernel.clock import Now, Parked, StartDay
from shared.kernel.money import Cents
from shared.kernel.payers import Payers, not_yours, wrong_merger
from shared.kernel.reason import Reason, reason
from shared.kernel.value import value

STATE = "STATE"


# --- commands


@value
class ApproveBudget:
    """A budget law is approved: an edition of a year."""

    edition: Edition


@value
class ProposeDistribution:
    """The VLK's director distributes articles by quarter and by payer; some articles only, or all."""

    year: int
    edition: int
    quarters: tuple[ArticleQuarters, ...]
    shares: tuple[Share, ...]
    revenue_quarters: tuple[RevenueQuarters, ...]


@value
class Provider:
    """Who is paid: legal code, name, account."""

    code: str
    name: str
    iban: str


@value
class ServicePrice:
    """A service of the contract and its price."""

    code: str
    unit_price_cents: Cents


@value
class ProposeContract:
    """A payer proposes a contract; ``ceiling_cents`` None where the volume is not capped (pharmacies)."""

    contract_id: str
    year: int
    payer: str
    article: str
    source: str
    provider: Provider
    ceiling_cents: Cents | None
    valid_from: date
    valid_to: date
    payment_days: int
    services: tuple[ServicePrice, ...]
    review: str


@value
class ProposeChange:
    """A new ceiling for a contract."""

    contract_id: str
    ceiling_cents: Cents | None


@value
class EndContract:
    """A contract ends on a day."""

    contract_id: str
    on: date


@value
class CountAccepted:
    """An invoice of the contract was accepted: what it adds (a credit's sum is negative)."""

    contract_id: str
    amount_cents: Cents


@value
class MergePayer:
    """A payer is merged into another from the start of a day."""

    payer: str
    into: str
    on: date


Command: TypeAlias = (
    StartDay
    | ApproveBudget
    | ProposeDistribution
    | ProposeContract
    | ProposeChange
    | EndContract
    | CountAccepted
    | MergePayer
)


# --- events


@value
class DayBegun:
    """A day started."""

    type: ClassVar[str] = "contracts.day_begun"
    on: date


@value
class BudgetAdopted:
    """An edition is adopted, with the flags that it raises; the one source of the budget for the other services."""

    type: ClassVar[str] = "budget.adopted"
    year: int
    edition: int
    law: str
    in_force_from: date
    revenue: tuple[RevenueLine, ...]
    revenue_total_cents: Cents
    expenses: tuple[ExpenseLine, ...]
    expenses_total_cents: Cents
    working_capital_cents: Cents
    reserve_main_cents: Cents
    reserve_risk_cents: Cents
    state_funds_cents: Cents
    reserve_transfer_cents: Cents
    working_capital_before_cents: Cents | None
    flags: tuple[Reason, ...]
    rules: tuple[str, ...]


@value
class BudgetRefused:
    """An edition is refused."""

    type: ClassVar[str] = "budget.refused"
    year: int
    edition: int
    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]


@value
class DistributionAdopted:
    """A distribution is adopted: the shares and quarters of the articles that it names."""

    type: ClassVar[str] = "distribution.adopted"
    year: int
    edition: int
    shares: tuple[Share, ...]
    quarters: tuple[ArticleQuarters, ...]
    revenue_quarters: tuple[RevenueQuarters, ...]
    rules: tuple[str, ...]


@value
class DistributionRefused:
    """A distribution is refused."""

    type: ClassVar[str] = "distribution.refused"
    year: int
    edition: int
    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]


@value
class ContractConcluded:
    """A contract is concluded within the share. ``formerly``: payers merged into its payer, who still name it."""

    type: ClassVar[str] = "contract.concluded"
    contract_id: str
    year: int
    payer: str
    article: str
    source: str
    provider: Provider
    ceiling_cents: Cents | None
    valid_from: date
    valid_to: date
    payment_days: int
    services: tuple[ServicePrice, ...]
    review: str
    formerly: tuple[str, ...]
    rules: tuple[str, ...]


@value
class ContractRefused:
    """A contract is refused; its id may be proposed anew."""

    type: ClassVar[str] = "contract.refused"
    contract_id: str
    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]


@value
class ContractChanged:
    """A contract's ceiling, end or payer changed; an ended one announces the sum that it still counts with."""

    type: ClassVar[str] = "contract.changed"
    contract_id: str
    provider_code: str
    ceiling_cents: Cents | None
    ended_on: date | None
    payer: str | None
    formerly: tuple[str, ...]
    rules: tuple[str, ...]


@value
class ContractChangeRefused:
    """A change of a contract is refused."""

    type: ClassVar[str] = "contract.change.refused"
    contract_id: str
    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]


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
class MergerRefused:
    """A merger of a payer that the fund does not have, or of the VLK."""

    type: ClassVar[str] = "payer.merger.refused"
    payer: str
    into: str
    on: date
    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]


@value
class MergerKnown:
    """Told to each provider with a contract: from the start of a day, a payer is read as naming another."""

    type: ClassVar[str] = "payer.merger.known"
    provider_code: str
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
    | ContractConcluded
    | ContractRefused
    | ContractChanged
    | ContractChangeRefused
    | AcceptedCounted
    | MergerAwaited
    | MergerRefused
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


@dataclass(slots=True, kw_only=True)
class State:
    """Editions, shares by year and article and payer, and all contracts with what was accepted under them."""

    today: date | None = None
    editions: Editions = field(default_factory=Editions)
    shares: dict[int, dict[str, dict[str, Cents]]] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    of_year: dict[int, dict[str, None]] = field(default_factory=dict)
    payers: Payers = field(default_factory=Payers)

    def providers(self) -> dict[str, None]:
        """Every provider that has or had a contract."""
        return {contract.proposed.provider.code: None for contract in self.contracts.values()}

    def contracted_cents(self, year: int, payer: str, article: str, source: str) -> Cents:
        """What is contracted of a pot in a year; of STATE money the sum of all its pots."""
        return sum(
            contract.counted_cents
            for contract in map(self.contracts.__getitem__, self.of_year.get(year, ()))
            if contract.proposed.source == source
            and (source == STATE or (contract.payer, contract.proposed.article) == (payer, article))
        )

    def contracted_by_article(self, year: int) -> dict[str, Cents]:
        """What is contracted of the fund's own money, article by article."""
        sums: dict[str, Cents] = {}
        for contract_id in self.of_year.get(year, ()):
            contract = self.contracts[contract_id]
            if contract.proposed.source != STATE:
                article = contract.proposed.article
                sums[article] = sums.get(article, 0) + contract.counted_cents
        return sums

    def limit_cents(self, year: int, payer: str, article: str, source: str) -> Cents:
        """The payer's share of the article; for STATE money the state funds of the year's latest edition."""
        if source == STATE:
            edition = self.editions.latest(year)
            return edition.state_funds_cents if edition else 0
        return self.shares.get(year, {}).get(article, {}).get(payer, 0)


# --- decisions


def decide(now: Now, command: Command, state: State) -> Iterator[Event]:
    """What follows from a command."""
    match command:
        case StartDay():
            yield DayBegun(on=now.day)
            for payer, into in state.payers.due(now.day):
                yield from join_payer(state, payer, into)
        case ApproveBudget():
            yield from approve_budget(now, state, command.edition)
        case ProposeDistribution():
            yield propose_distribution(state, command)
        case ProposeContract():
            yield from propose_contract(now, state, command)
        case ProposeChange():
            yield propose_change(now, state, command)
        case EndContract():
            yield end_contract(now, state, command)
        case CountAccepted():
            if command.contract_id in state.contracts:
                yield AcceptedCounted(contract_id=command.contract_id, amount_cents=command.amount_cents)
        case MergePayer():
            yield from merge_payer(now, state, command)
        case _:
            assert_never(command)


def approve_budget(now: Now, state: State, edition: Edition) -> Iterator[Event]:
    """7. An edition is unique by (year, edition): the same again changes nothing, other content is refused."""
    known = state.editions.get(edition.year, edition.edition)
    if known == edition:
        return
    reasons = [reason("edition_reused")] if known else list(sums_that_differ(edition))
    if reasons:
        yield BudgetRefused(year=edition.year, edition=edition.edition, reasons=tuple(reasons), rules=("7",))
        return
    main = reserve_main_cents(
        edition.revenue_total_cents, now.amount("reserve_main_permille"), now.amount("reserve_rounding_cents")
    )
    flags = tuple(flags_of(edition, main, state.contracted_by_article(edition.year)))
    yield BudgetAdopted(
        **{name: getattr(edition, name) for name in Edition.__dataclass_fields__}, flags=flags, rules=("7",)
    )


def propose_distribution(state: State, command: ProposeDistribution) -> Event:
    """12. Only for the latest edition taken, and at once; the last one adopted stands until the next."""
    latest = state.editions.latest(command.year)
    if latest is None or latest.edition != command.edition:
        reasons = [reason("unknown_edition")]
    else:
        reasons = list(tables_that_differ(latest, command.quarters, command.shares))
    if reasons:
        return DistributionRefused(year=command.year, edition=command.edition, reasons=tuple(reasons), rules=("12",))
    return DistributionAdopted(
        year=command.year,
        edition=command.edition,
        shares=tuple(
            Share(payer=state.payers.resolve(s.payer), article=s.article, amount_cents=s.amount_cents)
            for s in command.shares
        ),
        quarters=command.quarters,
        revenue_quarters=command.revenue_quarters,
        rules=("12",),
    )


def propose_contract(now: Now, state: State, command: ProposeContract) -> Iterator[Event]:
    """13. "Valstybinė ligonių kasa sutartis sudaro neviršydama atitinkamam išlaidų straipsniui numatytų lėšų"."""
    payer = state.payers.resolve(command.payer)
    concluded = ContractConcluded(
        **{name: getattr(command, name) for name in ProposeContract.__dataclass_fields__ if name != "payer"},
        payer=payer,
        formerly=state.payers.merged_into(payer),
        rules=("13",),
    )
    known = state.contracts.get(command.contract_id)
    if known and same_contract(state, known.proposed, concluded):
        return
    if known:
        reasons = [reason("contract_id_reused")]
    else:
        reasons = [
            *not_yours(now, state.payers, payer, "13"),
            *not_for_contracts(state.editions.latest(command.year), command.article),
            *outside_the_year(command.year, command.valid_from, command.valid_to),
            *ceiling_reasons(state, concluded, command.ceiling_cents),
        ]
    if reasons:
        yield ContractRefused(contract_id=command.contract_id, reasons=tuple(reasons), rules=("13",))
        return
    if (state.payers.joined or state.payers.awaited) and command.provider.code not in state.providers():
        yield from mergers_so_far(now, state, command.provider.code)
    yield concluded


def same_contract(state: State, known: ContractConcluded, asked: ContractConcluded) -> bool:
    """Whether a proposal is the contract that was concluded, whatever its payer was merged into since."""
    names = (name for name in ProposeContract.__dataclass_fields__ if name != "payer")
    return state.payers.resolve(known.payer) == asked.payer and all(
        getattr(known, name) == getattr(asked, name) for name in names
    )


def ceiling_reasons(state: State, contract: ContractConcluded, asked: Cents | None) -> Iterator[Reason]:
    """13. Whether what is asked fits the payer's share, or the state funds; without a ceiling nothing is tested."""
    if asked is None:
        return
    pot = (contract.year, state.payers.resolve(contract.payer), contract.article, contract.source)
    yield from over_the_share(state.limit_cents(*pot), state.contracted_cents(*pot), asked)


def propose_change(now: Now, state: State, command: ProposeChange) -> Event:
    """13. Raising asks for the difference; lowering releases only what is not yet accepted; null -> n asks for n."""
    contract = state.contracts.get(command.contract_id)
    if contract is None:
        reasons = [reason("unknown_contract")]
    elif contract.ended_on is not None:
        reasons = [reason("contract_ended")]
    else:
        reasons = list(not_yours(now, state.payers, contract.payer, "13"))
        reasons += under_the_accepted(command.ceiling_cents, contract.accepted_cents)
        asked = (command.ceiling_cents or 0) - contract.counted_cents
        if asked > 0:
            reasons += ceiling_reasons(state, contract.proposed, asked)
    if reasons or contract is None:
        return ContractChangeRefused(contract_id=command.contract_id, reasons=tuple(reasons), rules=("13",))
    return changed(contract, command.ceiling_cents, None)


def end_contract(now: Now, state: State, command: EndContract) -> Event:
    """An ended contract counts with its accepted sum only, from the day of the event; it can't be changed again."""
    contract = state.contracts.get(command.contract_id)
    if contract is None or contract.ended_on is not None:
        code = "unknown_contract" if contract is None else "contract_ended"
        return ContractChangeRefused(contract_id=command.contract_id, reasons=(reason(code),), rules=("13",))
    if reasons := tuple(not_yours(now, state.payers, contract.payer, "13")):
        return ContractChangeRefused(contract_id=command.contract_id, reasons=reasons, rules=("13",))
    counted = None if contract.ceiling_cents is None else contract.accepted_cents
    return changed(contract, counted, command.on)


def changed(contract: Contract, ceiling: Cents | None, ended_on: date | None) -> ContractChanged:
    """The announcement of a contract's new ceiling or end."""
    return ContractChanged(
        contract_id=contract.proposed.contract_id,
        provider_code=contract.proposed.provider.code,
        ceiling_cents=ceiling,
        ended_on=ended_on,
        payer=None,
        formerly=(),
        rules=("13",),
    )


def merge_payer(now: Now, state: State, command: MergePayer) -> Iterator[Event]:
    """A merger can't be undone: it is of payers that the fund has, and never of the VLK."""
    if reasons := tuple(wrong_merger(now, command.payer, command.into)):
        yield MergerRefused(
            payer=command.payer, into=command.into, on=command.on, reasons=reasons, rules=(reasons[0].rule,)
        )
        return
    yield from tell_providers(state, command)
    if command.on > now.day:
        yield MergerAwaited(payer=command.payer, into=command.into, on=command.on)
    else:
        yield from join_payer(state, command.payer, command.into)


def tell_providers(state: State, merger: MergePayer) -> Iterator[Event]:
    """Invoices are checked provider by provider: each must know how to read what names the merged payer."""
    for provider in state.providers():
        yield MergerKnown(provider_code=provider, payer=merger.payer, into=merger.into, on=merger.on)


def mergers_so_far(now: Now, state: State, provider: str) -> Iterator[Event]:
    """What a provider with its first contract must know of mergers that it was not told."""
    for payer, into in state.payers.joined.items():
        yield MergerKnown(provider_code=provider, payer=payer, into=into, on=now.day)
    for on, payer, into in state.payers.awaited:
        yield MergerKnown(provider_code=provider, payer=payer, into=into, on=on)


def join_payer(state: State, payer: str, into: str) -> Iterator[Event]:
    """From now on a payer's contracts and shares are the other's, with their dates; every contract is announced."""
    payer, into = state.payers.resolve(payer), state.payers.resolve(into)
    if payer == into:
        return
    moved = [contract for contract in state.contracts.values() if contract.payer == payer]
    yield PayerJoined(payer=payer, into=into)
    for contract in moved:
        ceiling = contract.ceiling_cents
        if contract.ended_on is not None and ceiling is not None:
            ceiling = contract.accepted_cents
        announced = changed(contract, ceiling, contract.ended_on)
        yield replace(announced, payer=into, formerly=state.payers.merged_into(into))


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
        case ContractConcluded():
            state.contracts[event.contract_id] = Contract(
                proposed=event, payer=event.payer, ceiling_cents=event.ceiling_cents
            )
            state.of_year.setdefault(event.year, {})[event.contract_id] = None
        case ContractChanged():
            contract_changed(state.contracts[event.contract_id], event)
        case AcceptedCounted():
            state.contracts[event.contract_id].accepted_cents += event.amount_cents
        case MergerAwaited():
            state.payers.wait_for(event.on, event.payer, event.into)
        case PayerJoined():
            payer_joined(state, event)
        case (
            BudgetRefused()
            | DistributionRefused()
            | ContractRefused()
            | ContractChangeRefused()
            | MergerRefused()
            | MergerKnown()
            | Parked()
        ):
            pass
        case _:
            assert_never(event)


def take_shares(state: State, event: DistributionAdopted) -> None:
    """The articles named get new shares; the others keep their last ones."""
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
