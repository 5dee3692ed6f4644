"""Contracts: budgets, their distribution, and contracts within them (points 3-7, 12, 13). One stream: ``contracts``.

Two contracts asked at once must not both fit: the ceilings of a pot are one sum, so there is one writer.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date
from typing import TypeAlias, assert_never

from services.contracts.law import (
    flags_of,
    not_for_a_month,
    not_for_contracts,
    outside_the_year,
    over_the_share,
    reserve_main_cents,
    sums_that_differ,
    tables_that_differ,
    under_the_accepted,
)
from services.contracts.state import AcceptedCounted, Contract, DayBegun, Event, MergerAwaited, PayerJoined, State
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
from shared.events.invoicing import InvoiceAccepted
from shared.events.vlk import (
    BudgetApproved,
    ContractAccountProposed,
    ContractChangeProposed,
    ContractEnded,
    ContractProposed,
    DistributionProposed,
    MonthPlanApproved,
    PayerMerged,
    Share,
)
from shared.kernel.budget import Edition, edition_of
from shared.kernel.clock import Now, StartDay
from shared.kernel.money import Cents
from shared.kernel.payers import not_yours, unknown_payers, wrong_merger
from shared.kernel.reason import Reason, reason

STATE = "STATE"


Heard: TypeAlias = (
    StartDay
    | BudgetApproved
    | DistributionProposed
    | ContractProposed
    | ContractChangeProposed
    | ContractEnded
    | ContractAccountProposed
    | MonthPlanApproved
    | InvoiceAccepted
    | PayerMerged
)
"""What contracts decides on."""

AGREED = tuple(each.name for each in fields(ContractProposed) if each.name != "payer")
"""What a contract is, whatever its payer was merged into since."""


# --- decisions


def decide(now: Now, heard: Heard, state: State) -> Iterator[Event]:
    """What follows from what was heard."""
    match heard:
        case StartDay():
            yield DayBegun(on=now.day)
            for payer, into in state.payers.due(now.day):
                yield from join_payer(state, payer, into)
        case BudgetApproved():
            yield from approve_budget(now, state, edition_of(heard))
        case DistributionProposed():
            yield propose_distribution(now, state, heard)
        case ContractProposed():
            yield from propose_contract(now, state, heard)
        case ContractChangeProposed():
            yield propose_change(now, state, heard)
        case ContractEnded():
            yield end_contract(now, state, heard)
        case ContractAccountProposed():
            yield from confirm_account(now, state, heard)
        case MonthPlanApproved():
            yield approve_month(now, state, heard)
        case InvoiceAccepted():
            if heard.contract_id in state.contracts:  # a credit gives the ceiling back
                sum_cents = -heard.amount_cents if heard.kind == "credit" else heard.amount_cents
                yield AcceptedCounted(contract_id=heard.contract_id, amount_cents=sum_cents)
        case PayerMerged():
            yield from merge_payer(now, state, heard)
        case _:
            assert_never(heard)


def approve_month(now: Now, state: State, approved: MonthPlanApproved) -> Event:
    """11. "Didžiausių galimų vieno mėnesio išlaidų apmokėjimo planą tvirtina Valstybinės ligonių kasos direktorius."

    Kept for the papers; the last plan of a month counts. What payments keeps to is the twelfth itself, not the plan.
    """
    first = date.fromisoformat(f"{approved.month}-01")
    last = state.editions.latest(first.year - 1)
    parts = now.amount("one_twelfth")
    cap = last.expenses_total_cents // parts if last and parts else None
    month, expenses, document = approved.month, approved.expenses, approved.document
    in_force = state.editions.in_force(first) is not None
    if reasons := tuple(not_for_a_month(approved, has_budget=in_force, cap=cap)):
        return MonthPlanRefused(month=month, expenses=expenses, document=document, reasons=reasons, rules=("11",))
    return MonthPlanAdopted(month=month, expenses=expenses, document=document, cap_cents=cap or 0, rules=("11",))


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


def propose_distribution(now: Now, state: State, proposed: DistributionProposed) -> Event:
    """12. Only for the latest edition taken, and at once; the last one adopted stands until the next."""
    latest = state.editions.latest(proposed.year)
    if latest is None or latest.edition != proposed.edition:
        reasons = [reason("unknown_edition")]
    else:
        reasons = list(tables_that_differ(latest, proposed.quarters, proposed.shares))
        reasons += unknown_payers(now, "12", *dict.fromkeys(share.payer for share in proposed.shares))
    if reasons:
        return DistributionRefused(year=proposed.year, edition=proposed.edition, reasons=tuple(reasons), rules=("12",))
    return DistributionAdopted(
        year=proposed.year,
        edition=proposed.edition,
        shares=tuple(
            Share(payer=state.payers.resolve(s.payer), article=s.article, amount_cents=s.amount_cents)
            for s in proposed.shares
        ),
        quarters=proposed.quarters,
        revenue_quarters=proposed.revenue_quarters,
        rules=("12",),
    )


def propose_contract(now: Now, state: State, proposed: ContractProposed) -> Iterator[Event]:
    """13. "Valstybinė ligonių kasa sutartis sudaro neviršydama atitinkamam išlaidų straipsniui numatytų lėšų"."""
    payer = state.payers.resolve(proposed.payer)
    concluded = ContractConcluded(
        **{name: getattr(proposed, name) for name in AGREED},
        payer=payer,
        formerly=state.payers.merged_into(payer),
        rules=("13",),
    )
    known = state.contracts.get(proposed.contract_id)
    if known and same_contract(state, known.proposed, concluded):
        return
    if known:
        reasons = [reason("contract_id_reused")]
    else:
        reasons = [
            *not_yours(now, state.payers, payer, "13"),
            *unknown_payers(now, "13", proposed.payer),
            *not_for_contracts(state.editions.latest(proposed.year), proposed.article),
            *outside_the_year(proposed.year, proposed.valid_from, proposed.valid_to),
            *ceiling_reasons(state, concluded, proposed.ceiling_cents),
        ]
    if reasons:
        yield ContractRefused(contract_id=proposed.contract_id, reasons=tuple(reasons), rules=("13",))
        return
    if (state.payers.joined or state.payers.awaited) and proposed.provider.code not in state.providers():
        yield from mergers_so_far(now, state, proposed.provider.code)
    yield concluded


def same_contract(state: State, known: ContractConcluded, asked: ContractConcluded) -> bool:
    """Whether a proposal is the contract that was concluded, whatever its payer was merged into since."""
    return state.payers.resolve(known.payer) == asked.payer and all(
        getattr(known, name) == getattr(asked, name) for name in AGREED
    )


def ceiling_reasons(state: State, contract: ContractConcluded, asked: Cents | None) -> Iterator[Reason]:
    """13. Whether what is asked fits the payer's share, or the state funds; without a ceiling nothing is tested."""
    if asked is None:
        return
    pot = (contract.year, state.payers.resolve(contract.payer), contract.article, contract.source)
    yield from over_the_share(state.limit_cents(*pot), state.contracted_cents(*pot), asked)


def propose_change(now: Now, state: State, proposed: ContractChangeProposed) -> Event:
    """13. Raising asks for the difference; lowering releases only what is not yet accepted; null -> n asks for n."""
    contract = state.contracts.get(proposed.contract_id)
    if contract is None:
        reasons = [reason("unknown_contract")]
    elif contract.ended_on is not None:
        reasons = [reason("contract_ended")]
    else:
        reasons = list(not_yours(now, state.payers, contract.payer, "13"))
        reasons += under_the_accepted(proposed.ceiling_cents, contract.accepted_cents)
        asked = (proposed.ceiling_cents or 0) - contract.counted_cents
        if asked > 0:
            reasons += ceiling_reasons(state, contract.proposed, asked)
    if reasons or contract is None:
        return ContractChangeRefused(contract_id=proposed.contract_id, reasons=tuple(reasons), rules=("13",))
    return changed(contract, proposed.ceiling_cents, None)


def end_contract(now: Now, state: State, ended: ContractEnded) -> Event:
    """An ended contract counts with its accepted sum only, from the day of the event; it can't be changed again."""
    contract = state.contracts.get(ended.contract_id)
    if contract is None or contract.ended_on is not None:
        code = "unknown_contract" if contract is None else "contract_ended"
        return ContractChangeRefused(contract_id=ended.contract_id, reasons=(reason(code),), rules=("13",))
    if reasons := tuple(not_yours(now, state.payers, contract.payer, "13")):
        return ContractChangeRefused(contract_id=ended.contract_id, reasons=reasons, rules=("13",))
    counted = None if contract.ceiling_cents is None else contract.accepted_cents
    return changed(contract, counted, ended.on)


def confirm_account(now: Now, state: State, proposed: ContractAccountProposed) -> Iterator[Event]:
    """16. "pervedamos sutartis ... sudariusiems ūkio subjektams": the account to pay to, confirmed or another one.

    Of an ended contract too: what was accepted under it is still due.
    """
    contract = state.contracts.get(proposed.contract_id)
    if contract is None:
        reasons = [reason("unknown_contract")]
    else:
        reasons = list(not_yours(now, state.payers, contract.payer, "13"))
    if reasons or contract is None:
        yield ContractChangeRefused(contract_id=proposed.contract_id, reasons=tuple(reasons), rules=("13",))
        return
    code = contract.proposed.provider.code
    yield AccountKnown(provider_code=code, contract_id=proposed.contract_id, iban=proposed.iban)
    yield ContractAccountConfirmed(
        contract_id=proposed.contract_id, provider_code=code, iban=proposed.iban, rules=("13", "16")
    )


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


def merge_payer(now: Now, state: State, merger: PayerMerged) -> Iterator[Event]:
    """A merger can't be undone: it is of payers that the fund has, and never of the VLK."""
    if reasons := tuple(wrong_merger(now, merger.payer, merger.into)):
        yield PayerMergerRefused(
            payer=merger.payer, into=merger.into, on=merger.on, reasons=reasons, rules=(reasons[0].rule,)
        )
        return
    yield from tell_providers(state, merger)
    if merger.on > now.day:
        yield MergerAwaited(payer=merger.payer, into=merger.into, on=merger.on)
    else:
        yield from join_payer(state, merger.payer, merger.into)


def tell_providers(state: State, merger: PayerMerged) -> Iterator[Event]:
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
