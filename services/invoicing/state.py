"""What invoicing remembers of a provider, and what each of its events changes: nothing else does."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Literal, TypeAlias, assert_never

from shared.events.invoicing import (
    InvoiceAccepted,
    InvoiceCheckOverdue,
    InvoiceRefused,
    InvoiceReturned,
    InvoiceReviewRefused,
)
from shared.events.providers import InvoiceLine
from shared.kernel.clock import Parked
from shared.kernel.fields import MoneySource
from shared.kernel.money import Cents
from shared.kernel.payers import Payers
from shared.kernel.value import value

# --- events


@value
class DayBegun:
    """A day started for a provider of whom something waits."""

    type: ClassVar[str] = "invoicing.day_begun"
    on: date


@value
class ContractLearned:
    """A contract of the provider is known."""

    type: ClassVar[str] = "invoicing.contract_learned"
    contract_id: str
    payer: str
    article: str
    source: MoneySource
    iban: str
    ceiling_cents: Cents | None
    valid_from: date
    valid_to: date
    payment_days: int
    prices: dict[str, Cents]
    review: str
    formerly: tuple[str, ...]


@value
class AccountLearned:
    """The account of a contract was confirmed, or is another one."""

    type: ClassVar[str] = "invoicing.account_learned"
    contract_id: str
    iban: str


@value
class ChangeLearned:
    """A change of a contract is known."""

    type: ClassVar[str] = "invoicing.change_learned"
    contract_id: str
    ceiling_cents: Cents | None
    ended_on: date | None
    payer: str | None
    formerly: tuple[str, ...]


@value
class MergerLearned:
    """A payer will be read as another from the start of a day."""

    type: ClassVar[str] = "invoicing.merger_learned"
    payer: str
    into: str
    on: date


@value
class PayerJoined:
    """What names a payer is read as naming another, and its contracts are the other's."""

    type: ClassVar[str] = "invoicing.payer_joined"
    payer: str
    into: str


@value
class InvoiceWaits:
    """An invoice waits for its ``contract`` or for a clerk's ``review``; the whole of it is kept.

    ``first_received_on`` is the first day the documents came, ``received_on`` the last.
    """

    type: ClassVar[str] = "invoicing.invoice_waits"
    invoice_id: str
    kind: Literal["invoice", "credit"]
    corrects: str | None
    contract_id: str
    provider_code: str
    payer: str
    article: str
    source: MoneySource
    service_month: str
    lines: tuple[InvoiceLine, ...]
    amount_cents: Cents
    content: str
    first_received_on: date
    received_on: date
    resubmitted: bool
    arrived_at: datetime
    check_by: date
    waits_for: str


@value
class MonthReturned:
    """What was returned for a contract's month: sent again, under this or a new number, it is a resubmission."""

    type: ClassVar[str] = "invoicing.month_returned"
    contract_id: str
    service_month: str
    first_received_on: date


Event: TypeAlias = (
    DayBegun
    | ContractLearned
    | AccountLearned
    | ChangeLearned
    | MergerLearned
    | PayerJoined
    | InvoiceWaits
    | InvoiceAccepted
    | InvoiceReturned
    | MonthReturned
    | InvoiceRefused
    | InvoiceReviewRefused
    | InvoiceCheckOverdue
    | Parked
)


# --- state


@dataclass(slots=True, kw_only=True)
class Contract:
    """A contract of the provider, and what was accepted under it (credits taken off)."""

    terms: ContractLearned
    payer: str
    formerly: tuple[str, ...]
    ceiling_cents: Cents | None
    ended_on: date | None = None
    accepted_cents: Cents = 0
    confirmed_iban: str | None = None

    @property
    def iban(self) -> str:
        """The account to pay to: the one confirmed last, else the one it was concluded with."""
        return self.confirmed_iban or self.terms.iban

    @property
    def valid_to(self) -> date:
        """The last day of its validity: its end, if it was ended."""
        return min(self.terms.valid_to, self.ended_on) if self.ended_on else self.terms.valid_to


@dataclass(slots=True, kw_only=True)
class Number:
    """What a number of the provider stands for: how it was answered, and the contents answered for good."""

    status: str
    first_received_on: date
    contents: list[str] = field(default_factory=list)
    kind: str = ""
    contract_id: str = ""
    service_month: str = ""
    amount_cents: Cents = 0
    credited_cents: Cents = 0


@dataclass(slots=True, kw_only=True)
class Waiting:
    """An invoice that waits, and whether its overdue check was told."""

    invoice: InvoiceWaits
    overdue_told: bool = False


@dataclass(slots=True, kw_only=True)
class State:
    """A provider's contracts, numbers, accepted months, and what waits.

    ``changes`` and ``accounts`` are of contracts that are not known yet: they come from other topics.
    """

    contracts: dict[str, Contract] = field(default_factory=dict)
    changes: dict[str, list[ChangeLearned]] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, Number] = field(default_factory=dict)
    accepted_months: dict[tuple[str, str], str] = field(default_factory=dict)
    returned_months: dict[tuple[str, str], date] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    payers: Payers = field(default_factory=Payers)

    def in_order(self, waits_for: str) -> list[InvoiceWaits]:
        """What waits for a contract or for a review, earliest arrival first."""
        found = [w.invoice for w in self.waiting.values() if w.invoice.waits_for == waits_for]
        return sorted(found, key=lambda invoice: (invoice.arrived_at, invoice.invoice_id))


# --- what each event changes


def evolve(state: State, event: Event) -> None:
    """Fold one event into the state."""
    match event:
        case InvoiceAccepted():
            accepted(state, event)
        case InvoiceReturned():
            state.waiting.pop(event.invoice_id, None)
            state.numbers[event.invoice_id] = Number(
                status="returned",
                first_received_on=event.received_on,
                contents=answered(state, event.invoice_id),
            )
        case MonthReturned():
            month = (event.contract_id, event.service_month)
            first = state.returned_months.get(month, event.first_received_on)
            state.returned_months[month] = min(first, event.first_received_on)
        case InvoiceRefused():
            refused(state, event)
        case InvoiceWaits():
            state.waiting[event.invoice_id] = Waiting(invoice=event)
        case ContractLearned():
            contract_learned(state, event)
        case AccountLearned():
            if contract := state.contracts.get(event.contract_id):
                contract.confirmed_iban = event.iban
            else:
                state.accounts[event.contract_id] = event.iban
        case ChangeLearned():
            if contract := state.contracts.get(event.contract_id):
                change_learned(contract, event)
            else:
                state.changes.setdefault(event.contract_id, []).append(event)
        case MergerLearned():
            state.payers.wait_for(event.on, event.payer, event.into)
        case PayerJoined():
            payer_joined(state, event)
        case InvoiceCheckOverdue():
            state.waiting[event.invoice_id].overdue_told = True
        case DayBegun() | InvoiceReviewRefused() | Parked():
            pass
        case _:
            assert_never(event)


def contract_learned(state: State, event: ContractLearned) -> None:
    """A contract is known, with all that was heard of it before."""
    contract = state.contracts[event.contract_id] = Contract(
        terms=event,
        payer=state.payers.resolve(event.payer),
        formerly=event.formerly,
        ceiling_cents=event.ceiling_cents,
        confirmed_iban=state.accounts.pop(event.contract_id, None),
    )
    for change in state.changes.pop(event.contract_id, ()):
        change_learned(contract, change)


def accepted(state: State, event: InvoiceAccepted) -> None:
    """The number and the month are taken; the contract's accepted sum grows, or falls by a credit."""
    state.waiting.pop(event.invoice_id, None)
    state.numbers[event.invoice_id] = Number(
        status="accepted",
        first_received_on=event.received_on,
        contents=[*answered(state, event.invoice_id), event.content or ""],
        kind=event.kind,
        contract_id=event.contract_id,
        service_month=event.service_month,
        amount_cents=event.amount_cents,
    )
    contract = state.contracts[event.contract_id]
    if event.kind == "credit":
        contract.accepted_cents -= event.amount_cents
        state.numbers[event.corrects or ""].credited_cents += event.amount_cents
        return
    contract.accepted_cents += event.amount_cents
    assert contract.ceiling_cents is None or contract.accepted_cents <= contract.ceiling_cents
    state.accepted_months[event.contract_id, event.service_month] = event.invoice_id
    state.returned_months.pop((event.contract_id, event.service_month), None)


def refused(state: State, event: InvoiceRefused) -> None:
    """A refused number is taken for good; a refused reuse leaves the number as it was, and is answered for good."""
    number = state.numbers.get(event.invoice_id)
    if any(reason.code == "number_reused" for reason in event.reasons):
        waiting = state.waiting.get(event.invoice_id)
        if number is None and waiting is not None:
            number = Number(status="waiting", first_received_on=waiting.invoice.first_received_on)
            state.numbers[event.invoice_id] = number
        assert number is not None
        number.contents.append(event.content or "")
        return
    state.waiting.pop(event.invoice_id, None)
    state.numbers[event.invoice_id] = Number(
        status="refused",
        first_received_on=event.received_on,
        contents=[*answered(state, event.invoice_id), event.content or ""],
    )


def answered(state: State, invoice_id: str) -> list[str]:
    """The contents that were answered for good under a number."""
    number = state.numbers.get(invoice_id)
    return number.contents if number else []


def payer_joined(state: State, event: PayerJoined) -> None:
    """The merger has acted: the payer's contracts are the other's."""
    state.payers.join(event.payer, event.into)
    for contract in state.contracts.values():
        contract.payer = state.payers.resolve(contract.payer)


def change_learned(contract: Contract, event: ChangeLearned) -> None:
    """A new ceiling or payer. An ended contract is checked against the ceiling that it had."""
    if event.payer is not None:
        contract.payer, contract.formerly = event.payer, event.formerly
    contract.ended_on = event.ended_on
    if event.ended_on is None:
        contract.ceiling_cents = event.ceiling_cents
