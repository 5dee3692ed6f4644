"""Invoicing: what a provider sends is checked and accepted, returned or refused (points 14-16).

One stream a provider: numbers are a provider's, and the checks need only its contracts and invoices.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import ClassVar, TypeAlias, assert_never

from services.invoicing.law import (
    SentLine,
    ceiling_exceeded,
    credit_too_large,
    differs,
    duplicate_month,
    lines_that_fail,
    mends_by_resending,
    month_not_over,
    outside_contract,
)
from shared.events.invoicing import (
    InvoiceAccepted,
    InvoiceCheckOverdue,
    InvoiceRefused,
    InvoiceReturned,
    InvoiceReviewRefused,
)
from shared.events.providers import InvoiceLine
from shared.kernel.calendar import in_vilnius
from shared.kernel.clock import Now, Parked, StartDay
from shared.kernel.money import Cents
from shared.kernel.payers import Payers, not_yours
from shared.kernel.reason import Reason, reason
from shared.kernel.value import value

# --- commands


@value
class LearnContract:
    """A contract of the provider was concluded."""

    contract_id: str
    payer: str
    article: str
    source: str
    iban: str
    ceiling_cents: Cents | None
    valid_from: date
    valid_to: date
    payment_days: int
    prices: dict[str, Cents]
    review: str
    formerly: tuple[str, ...]


@value
class LearnChange:
    """A contract of the provider changed: its ceiling, its end, or its payer."""

    contract_id: str
    ceiling_cents: Cents | None
    ended_on: date | None
    payer: str | None
    formerly: tuple[str, ...]


@value
class LearnMerger:
    """From the start of a day, what names a payer is read as naming another."""

    payer: str
    into: str
    on: date


@value
class Submit:
    """An invoice or a credit as the provider sent it; ``content`` is a digest of all that it says."""

    invoice_id: str
    kind: str
    corrects: str | None
    contract_id: str
    provider_code: str
    payer: str
    article: str
    source: str
    service_month: str
    lines: Sequence[SentLine]
    amount_cents: Cents
    content: str


@value
class Review:
    """A clerk's verdict on an invoice that waits for it: ``accept`` or ``return`` with reasons."""

    invoice_id: str
    contract_id: str
    verdict: str
    reasons: tuple[Reason, ...]


Command: TypeAlias = StartDay | LearnContract | LearnChange | LearnMerger | Submit | Review


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
    source: str
    iban: str
    ceiling_cents: Cents | None
    valid_from: date
    valid_to: date
    payment_days: int
    prices: dict[str, Cents]
    review: str
    formerly: tuple[str, ...]


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
    """A provider's contracts, numbers, accepted months, and what waits."""

    contracts: dict[str, Contract] = field(default_factory=dict)
    numbers: dict[str, Number] = field(default_factory=dict)
    accepted_months: dict[tuple[str, str], str] = field(default_factory=dict)
    returned_months: dict[tuple[str, str], date] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    payers: Payers = field(default_factory=Payers)

    def in_order(self, waits_for: str) -> list[InvoiceWaits]:
        """What waits for a contract or for a review, earliest arrival first."""
        found = [w.invoice for w in self.waiting.values() if w.invoice.waits_for == waits_for]
        return sorted(found, key=lambda invoice: (invoice.arrived_at, invoice.invoice_id))


# --- decisions


def decide(now: Now, command: Command, state: State) -> Iterator[Event]:
    """What follows from a command. Mergers whose day has come act before it."""
    if state.payers.awaited:
        yield from join_payers(now, state)
    match command:
        case Submit():
            yield from submit(now, state, command)
        case LearnContract():
            yield from learn_contract(now, state, command)
        case LearnChange():
            if command.contract_id in state.contracts:
                yield ChangeLearned(**{name: getattr(command, name) for name in LearnChange.__dataclass_fields__})
        case LearnMerger():
            yield MergerLearned(payer=command.payer, into=command.into, on=command.on)
            yield from join_payers(now, state)
        case Review():
            yield from review(now, state, command)
        case StartDay():
            yield from start_day(now, state)
        case _:
            assert_never(command)


def submit(now: Now, state: State, command: Submit) -> Iterator[Event]:
    """14, 15. What was answered stands, silently; a number answered or being checked can't get other content."""
    waiting, number = state.waiting.get(command.invoice_id), state.numbers.get(command.invoice_id)
    if waiting and waiting.invoice.content == command.content:
        return
    taken = waiting is not None or (number is not None and number.status != "returned")
    if taken and number and command.content in number.contents:
        return
    invoice = received(now, state, command)
    if taken:
        reuse = reason("number_reused")
        yield from refuse(invoice, [reuse, *faults(state, invoice, command.lines)])
    elif command.contract_id not in state.contracts:
        yield replace(invoice, lines=kept(command.lines))
    else:
        yield from check(now, state, invoice, command.lines, reviewed=False)


def kept(lines: Sequence[SentLine]) -> tuple[InvoiceLine, ...]:
    """The lines of an invoice that is to wait."""
    return tuple(
        InvoiceLine(
            service_code=line.service_code,
            quantity=line.quantity,
            unit_price_cents=line.unit_price_cents,
            amount_cents=line.amount_cents,
        )
        for line in lines
    )


def received(now: Now, state: State, command: Submit) -> InvoiceWaits:
    """The invoice with its dates: the first day the documents came, and the term of its check from the last (I)."""
    number, month = state.numbers.get(command.invoice_id), (command.contract_id, command.service_month)
    earlier = [number.first_received_on] if number and number.status == "returned" else []
    if command.kind == "invoice" and month in state.returned_months:
        earlier.append(state.returned_months[month])
    return InvoiceWaits(
        invoice_id=command.invoice_id,
        kind=command.kind,
        corrects=command.corrects,
        contract_id=command.contract_id,
        provider_code=command.provider_code,
        payer=command.payer,
        article=command.article,
        source=command.source,
        service_month=command.service_month,
        lines=(),
        amount_cents=command.amount_cents,
        content=command.content,
        first_received_on=min([now.day, *earlier]),
        received_on=now.day,
        resubmitted=bool(earlier),
        arrived_at=now.moment,
        check_by=now.term(now.day, "check_days"),
        waits_for="contract",
    )


def faults(state: State, invoice: InvoiceWaits, lines: Sequence[SentLine]) -> Iterator[Reason]:
    """14, 15. Every check that fails, with its numbers; without a contract those that can be seen without it."""
    contract = state.contracts.get(invoice.contract_id)
    yield from month_not_over(invoice.service_month, invoice.received_on)
    if contract is None:
        yield reason("unknown_contract", "15")
    else:
        payer = state.payers.resolve(invoice.payer)
        if payer not in contract.formerly:
            yield from differs("wrong_payer", payer, contract.payer)
        yield from differs("wrong_article", invoice.article, contract.terms.article)
        yield from differs("wrong_source", invoice.source, contract.terms.source)
        yield from outside_contract(invoice.service_month, contract.terms.valid_from, contract.valid_to)
    if invoice.kind == "credit":
        yield from credit_faults(state, invoice)
    else:
        yield from duplicate_month(
            invoice.service_month, state.accepted_months.get((invoice.contract_id, invoice.service_month))
        )
        if invoice.corrects is not None:
            yield reason("unknown_correction", corrects=invoice.corrects)
    yield from lines_that_fail(lines, contract.terms.prices if contract else {}, invoice.amount_cents)
    if contract and invoice.kind == "invoice":
        yield from ceiling_exceeded(contract.ceiling_cents, contract.accepted_cents, invoice.amount_cents)


def credit_faults(state: State, credit: InvoiceWaits) -> Iterator[Reason]:
    """15. A credit corrects an accepted invoice of the same contract and month, and never more than it."""
    corrected = state.numbers.get(credit.corrects or "")
    if corrected is None or (corrected.status, corrected.kind, corrected.contract_id, corrected.service_month) != (
        "accepted",
        "invoice",
        credit.contract_id,
        credit.service_month,
    ):
        yield reason("unknown_correction", corrects=credit.corrects)
        return
    yield from credit_too_large(corrected.amount_cents, corrected.credited_cents, credit.amount_cents)


def check(
    now: Now, state: State, invoice: InvoiceWaits, lines: Sequence[SentLine], *, reviewed: bool
) -> Iterator[Event]:
    """15. "patikrina priimamų iš ūkio subjektų ... sąskaitų išrašymo pagrįstumą": accept, wait, or answer."""
    reasons = list(faults(state, invoice, lines))
    if reasons:
        yield from answer(invoice, reasons)
    elif state.contracts[invoice.contract_id].terms.review == "clerk" and not reviewed:
        yield replace(invoice, lines=kept(lines), waits_for="review")
    else:
        yield accept(now, state, invoice)


def accept(now: Now, state: State, invoice: InvoiceWaits) -> Event:
    """16. "Sąskaitos gavimo diena laikoma ta diena, kai yra patikrinami ir priimami apmokėti ... dokumentai"."""
    contract = state.contracts[invoice.contract_id]
    return InvoiceAccepted(
        invoice_id=invoice.invoice_id,
        contract_id=invoice.contract_id,
        provider_code=invoice.provider_code,
        iban=contract.terms.iban,
        payer=contract.payer,
        article=contract.terms.article,
        source=contract.terms.source,
        kind=invoice.kind,
        corrects=invoice.corrects,
        service_month=invoice.service_month,
        amount_cents=invoice.amount_cents,
        received_on=invoice.first_received_on,
        resubmitted_on=invoice.received_on if invoice.resubmitted else None,
        check_by=invoice.check_by,
        accepted_on=now.day,
        due_on=now.fund.calendar.term(now.day, contract.terms.payment_days),
        arrived_at=in_vilnius(invoice.arrived_at),
        content=invoice.content,
        rules=("15", "16"),
    )


def answer(invoice: InvoiceWaits, reasons: Sequence[Reason]) -> Iterator[Event]:
    """15. Return what resending can mend, refuse what it can't."""
    if not mends_by_resending(reasons):
        yield from refuse(invoice, reasons)
        return
    yield InvoiceReturned(
        invoice_id=invoice.invoice_id,
        contract_id=invoice.contract_id,
        received_on=invoice.first_received_on,
        reasons=tuple(reasons),
        content=invoice.content,
        rules=rules_of(reasons),
    )
    if invoice.kind == "invoice":
        yield MonthReturned(
            contract_id=invoice.contract_id,
            service_month=invoice.service_month,
            first_received_on=invoice.first_received_on,
        )


def refuse(invoice: InvoiceWaits, reasons: Sequence[Reason]) -> Iterator[Event]:
    """15. Refuse an invoice with all its faults."""
    yield InvoiceRefused(
        invoice_id=invoice.invoice_id,
        contract_id=invoice.contract_id,
        received_on=invoice.first_received_on,
        reasons=tuple(reasons),
        content=invoice.content,
        rules=rules_of(reasons),
    )


def rules_of(reasons: Sequence[Reason]) -> tuple[str, ...]:
    """The points of the failed checks, each once."""
    return tuple(dict.fromkeys(reason.rule for reason in reasons))


def learn_contract(now: Now, state: State, command: LearnContract) -> Iterator[Event]:
    """Invoices that wait for the contract are checked the moment it is concluded, dated that day."""
    yield ContractLearned(**{name: getattr(command, name) for name in LearnContract.__dataclass_fields__})
    for invoice in state.in_order("contract"):
        if invoice.contract_id == command.contract_id:
            yield from check(now, state, invoice, invoice.lines, reviewed=False)


def join_payers(now: Now, state: State) -> Iterator[Event]:
    """Mergers act at the start of their day: "every event that still names it is read ... as naming the other"."""
    for payer, into in state.payers.due(now.day):
        yield PayerJoined(payer=state.payers.resolve(payer), into=state.payers.resolve(into))


def review(now: Now, state: State, command: Review) -> Iterator[Event]:
    """15. A clerk of the contract's payer decides on what waits for it; at ``accept`` all checks are made again."""
    waiting = state.waiting.get(command.invoice_id)
    if waiting is None or waiting.invoice.waits_for != "review" or waiting.invoice.contract_id != command.contract_id:
        yield Parked(error=f"invoice_id: {command.invoice_id} of {command.contract_id} waits for no review (point 15)")
    elif reasons := tuple(not_yours(now, state.payers, state.contracts[command.contract_id].payer, "15")):
        yield InvoiceReviewRefused(
            invoice_id=command.invoice_id, contract_id=command.contract_id, reasons=reasons, rules=("15",)
        )
    elif command.verdict == "accept":
        yield from check(now, state, waiting.invoice, waiting.invoice.lines, reviewed=True)
    else:
        reasons = command.reasons or (reason("review"),)
        yield from answer(waiting.invoice, reasons)


def start_day(now: Now, state: State) -> Iterator[Event]:
    """What waited for a contract until the day started is returned (step 1); overdue checks are told (step 7)."""
    yield DayBegun(on=now.day)
    for invoice in state.in_order("contract"):
        yield from answer(invoice, list(faults(state, invoice, invoice.lines)))
    for invoice in state.in_order("review"):
        if invoice.check_by < now.day and not state.waiting[invoice.invoice_id].overdue_told:
            yield InvoiceCheckOverdue(
                invoice_id=invoice.invoice_id,
                contract_id=invoice.contract_id,
                received_on=invoice.first_received_on,
                check_by=invoice.check_by,
                rules=("15",),
            )


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
            state.contracts[event.contract_id] = Contract(
                terms=event,
                payer=state.payers.resolve(event.payer),
                formerly=event.formerly,
                ceiling_cents=event.ceiling_cents,
            )
        case ChangeLearned():
            change_learned(state.contracts[event.contract_id], event)
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
