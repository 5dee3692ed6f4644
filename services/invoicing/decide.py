"""Invoicing: what a provider sends is checked and accepted, returned or refused (points 14-16).

One stream a provider: numbers are a provider's, and the checks need only its contracts and invoices.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias, assert_never

from services.invoicing.law import (
    ceiling_exceeded,
    credit_too_large,
    differs,
    duplicate_month,
    lines_that_fail,
    mends_by_resending,
    month_not_over,
    outside_contract,
)
from services.invoicing.state import (
    AccountLearned,
    ChangeLearned,
    ContractLearned,
    DayBegun,
    Event,
    InvoiceWaits,
    MergerLearned,
    MonthReturned,
    PayerJoined,
    State,
)
from shared.events.contracts import ContractChanged, ContractConcluded
from shared.events.internal import AccountKnown, MergerKnown
from shared.events.invoicing import (
    InvoiceAccepted,
    InvoiceCheckOverdue,
    InvoiceRefused,
    InvoiceReturned,
    InvoiceReviewRefused,
)
from shared.events.providers import InvoiceLine, InvoiceSubmitted
from shared.events.vlk import InvoiceReviewed
from shared.kernel.calendar import in_vilnius
from shared.kernel.clock import Now, Parked, StartDay
from shared.kernel.payers import not_yours
from shared.kernel.reason import Reason, reason

Heard: TypeAlias = (
    StartDay | InvoiceSubmitted | InvoiceReviewed | ContractConcluded | ContractChanged | AccountKnown | MergerKnown
)
"""What invoicing decides on."""


# --- decisions


def decide(now: Now, heard: Heard, state: State) -> Iterator[Event]:
    """What follows from what was heard. Mergers whose day has come act before it."""
    if state.payers.awaited:
        yield from join_payers(now, state)
    match heard:
        case InvoiceSubmitted():
            yield from submit(now, state, heard)
        case ContractConcluded():
            yield from learn_contract(now, state, heard)
        case ContractChanged():
            yield ChangeLearned(
                contract_id=heard.contract_id,
                ceiling_cents=heard.ceiling_cents,
                ended_on=heard.ended_on,
                payer=heard.payer,
                formerly=heard.formerly,
            )
        case AccountKnown():
            yield AccountLearned(contract_id=heard.contract_id, iban=heard.iban)
        case MergerKnown():
            yield MergerLearned(payer=heard.payer, into=heard.into, on=heard.on)
            yield from join_payers(now, state)
        case InvoiceReviewed():
            yield from review(now, state, heard)
        case StartDay():
            yield from start_day(now, state)
        case _:
            assert_never(heard)


def submit(now: Now, state: State, submitted: InvoiceSubmitted) -> Iterator[Event]:
    """14, 15. What was answered stands, silently; a number answered or being checked can't get other content."""
    waiting, number = state.waiting.get(submitted.invoice_id), state.numbers.get(submitted.invoice_id)
    content = now.content.hex()
    if waiting and waiting.invoice.content == content:
        return
    taken = waiting is not None or (number is not None and number.status != "returned")
    if taken and number and content in number.contents:
        return
    invoice = received(now, state, submitted)
    if taken:
        reuse = reason("number_reused")
        yield from refuse(invoice, [reuse, *faults(state, invoice, submitted.lines)])
    elif submitted.contract_id not in state.contracts:
        yield replace(invoice, lines=submitted.lines)
    else:
        yield from check(now, state, invoice, submitted.lines, reviewed=False)


def received(now: Now, state: State, submitted: InvoiceSubmitted) -> InvoiceWaits:
    """The invoice with its dates: the first day the documents came, and the term of its check from the last (I)."""
    number, month = state.numbers.get(submitted.invoice_id), (submitted.contract_id, submitted.service_month)
    earlier = [number.first_received_on] if number and number.status == "returned" else []
    if submitted.kind == "invoice" and month in state.returned_months:
        earlier.append(state.returned_months[month])
    return InvoiceWaits(
        invoice_id=submitted.invoice_id,
        kind=submitted.kind,
        corrects=submitted.corrects,
        contract_id=submitted.contract_id,
        provider_code=submitted.provider_code,
        payer=submitted.payer,
        article=submitted.article,
        source=submitted.source,
        service_month=submitted.service_month,
        lines=(),
        amount_cents=submitted.amount_cents,
        content=now.content.hex(),
        first_received_on=min([now.day, *earlier]),
        received_on=now.day,
        resubmitted=bool(earlier),
        arrived_at=now.moment,
        check_by=now.term(now.day, "check_days"),
        waits_for="contract",
    )


def faults(state: State, invoice: InvoiceWaits, lines: tuple[InvoiceLine, ...]) -> Iterator[Reason]:
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
    now: Now, state: State, invoice: InvoiceWaits, lines: tuple[InvoiceLine, ...], *, reviewed: bool
) -> Iterator[Event]:
    """15. "patikrina priimamų iš ūkio subjektų ... sąskaitų išrašymo pagrįstumą": accept, wait, or answer."""
    reasons = list(faults(state, invoice, lines))
    if reasons:
        yield from answer(invoice, reasons)
    elif state.contracts[invoice.contract_id].terms.review == "clerk" and not reviewed:
        yield replace(invoice, lines=lines, waits_for="review")
    else:
        yield accept(now, state, invoice)


def accept(now: Now, state: State, invoice: InvoiceWaits) -> Event:
    """16. "Sąskaitos gavimo diena laikoma ta diena, kai yra patikrinami ir priimami apmokėti ... dokumentai"."""
    contract = state.contracts[invoice.contract_id]
    return InvoiceAccepted(
        invoice_id=invoice.invoice_id,
        contract_id=invoice.contract_id,
        provider_code=invoice.provider_code,
        iban=contract.iban,
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


def learn_contract(now: Now, state: State, concluded: ContractConcluded) -> Iterator[Event]:
    """Invoices that wait for the contract are checked the moment it is concluded, dated that day."""
    yield ContractLearned(
        contract_id=concluded.contract_id,
        payer=concluded.payer,
        article=concluded.article,
        source=concluded.source,
        iban=concluded.provider.iban,
        ceiling_cents=concluded.ceiling_cents,
        valid_from=concluded.valid_from,
        valid_to=concluded.valid_to,
        payment_days=concluded.payment_days,
        prices={service.code: service.unit_price_cents for service in concluded.services},
        review=concluded.review,
        formerly=concluded.formerly,
    )
    for invoice in state.in_order("contract"):
        if invoice.contract_id == concluded.contract_id:
            yield from check(now, state, invoice, invoice.lines, reviewed=False)


def join_payers(now: Now, state: State) -> Iterator[Event]:
    """Mergers act at the start of their day: "every event that still names it is read ... as naming the other"."""
    for payer, into in state.payers.due(now.day):
        yield PayerJoined(payer=state.payers.resolve(payer), into=state.payers.resolve(into))


def review(now: Now, state: State, reviewed: InvoiceReviewed) -> Iterator[Event]:
    """15. A clerk of the contract's payer decides on what waits for it; at ``accept`` all checks are made again."""
    waiting = state.waiting.get(reviewed.invoice_id)
    if waiting is None or waiting.invoice.waits_for != "review" or waiting.invoice.contract_id != reviewed.contract_id:
        yield Parked(
            error=f"invoice_id: {reviewed.invoice_id} of {reviewed.contract_id} waits for no review (point 15)"
        )
    elif reasons := tuple(not_yours(now, state.payers, state.contracts[reviewed.contract_id].payer, "15")):
        yield InvoiceReviewRefused(
            invoice_id=reviewed.invoice_id, contract_id=reviewed.contract_id, reasons=reasons, rules=("15",)
        )
    elif reviewed.verdict == "accept":
        yield from check(now, state, waiting.invoice, waiting.invoice.lines, reviewed=True)
    else:
        reasons = reviewed.reasons or (reason("review"),)
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
