"""Credits and set-offs: points 14 and 21. They lower what is not ordered, at once; what is left stays open."""

from collections.abc import Iterator
from datetime import date

from services.payments.appropriation import try_queues
from services.payments.events import CreditOpened, Event
from services.payments.overrun import withdraw
from services.payments.state import Invoice, OpenCredit, State
from shared.events.payments import PaymentCreditUnused, PaymentLowered
from shared.kernel.clock import Now
from shared.kernel.money import Cents

FEBRUARY = 2


def hand_over_on(service_month: str) -> date:
    """The first day on which what is still open is handed over: 1 February after the service month's year."""
    return date(int(service_month[:4]) + 1, FEBRUARY, 1)


def lower(now: Now, state: State, credit: CreditOpened, named_id: str | None, because: str) -> Iterator[Event]:
    """Lower the named invoice first, then the contract's other invoices by place; then test all queues anew."""
    yield credit
    touched = [i for i in state.of(credit.contract_id) if i.rest_cents]
    if touched:
        yield from withdraw(state, because, {invoice.pot.article for invoice in touched})
    opened = list(state.credits.values())[-1]
    for invoice in sorted(touched, key=lambda i: (i.invoice_id != named_id, i.place)):
        yield from lower_invoice(state, opened, invoice)
    yield from try_queues(now, state)


def lower_by_open_credits(state: State, invoice_id: str) -> Iterator[Event]:
    """What enters a queue is first lowered by the open credits of its contract, oldest first, before it is tested."""
    invoice = state.invoices[invoice_id]
    for credit in list(state.credits.values()):
        if credit.contract_id == invoice.contract_id:
            yield from lower_invoice(state, credit, invoice)


def lower_invoice(state: State, credit: OpenCredit, invoice: Invoice) -> Iterator[Event]:
    """Lower one invoice as far as the credit goes: what waits first, then what is scheduled."""
    if lowered := min(credit.open_cents, invoice.waiting_cents):
        yield lowering(credit, invoice, None, lowered)
    if lowered := min(credit.open_cents, invoice.unordered_cents):
        yield lowering(credit, invoice, f"{invoice.invoice_id}@{state.year}", lowered)


def lowering(credit: OpenCredit, invoice: Invoice, payment_id: str | None, cents: Cents) -> Event:
    """The announcement of a lower sum: what is unordered of the invoice after it, and what is left of the credit."""
    return PaymentLowered(
        invoice_id=invoice.invoice_id,
        payment_id=payment_id,
        by=credit.by,
        lowered_cents=cents,
        amount_cents=invoice.rest_cents - cents,
        open_cents=credit.open_cents - cents,
        rules=("14", "21"),
    )


def hand_over(now: Now, state: State) -> Iterator[Event]:
    """21. What is still open when its day has come is handed over for recovery."""
    for credit in list(state.credits.values()):
        if credit.hand_over_on <= now.day:
            yield PaymentCreditUnused(
                by=credit.by,
                contract_id=credit.contract_id,
                provider_code=credit.provider_code,
                open_cents=credit.open_cents,
                rules=("21",),
            )
