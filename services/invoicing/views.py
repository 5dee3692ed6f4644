"""What people ask of invoicing: how a number was answered, and what waits. Made of the states of its providers."""

from collections.abc import Iterable
from datetime import date

from services.invoicing.state import InvoiceWaits, State
from shared.kernel.money import Cents
from shared.kernel.value import value


@value
class WaitingInvoice:
    """An invoice that waits for its ``contract`` or a clerk's ``review`` (point 15); checked by ``check_by``."""

    invoice_id: str
    contract_id: str
    payer: str
    article: str
    source: str
    amount_cents: Cents
    waits_for: str
    received_on: date
    check_by: date


def waiting(states: Iterable[State]) -> list[WaitingInvoice]:
    """All that waits, the earliest term of the check first."""
    found = (_waiting(each.invoice) for state in states for each in state.waiting.values())
    return sorted(found, key=lambda invoice: (invoice.check_by, invoice.invoice_id))


def waiting_for(state: State, invoice_id: str, content: str) -> WaitingInvoice | None:
    """The invoice with this content, if it waits."""
    found = state.waiting.get(invoice_id)
    return _waiting(found.invoice) if found and found.invoice.content == content else None


def _waiting(invoice: InvoiceWaits) -> WaitingInvoice:
    return WaitingInvoice(
        invoice_id=invoice.invoice_id,
        contract_id=invoice.contract_id,
        payer=invoice.payer,
        article=invoice.article,
        source=invoice.source,
        amount_cents=invoice.amount_cents,
        waits_for=invoice.waits_for,
        received_on=invoice.first_received_on,
        check_by=invoice.check_by,
    )
