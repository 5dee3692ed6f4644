"""What providers of care and pharmacies say."""

from typing import Annotated, Literal

from annotated_types import MinLen

from shared.events.record import Record, event
from shared.kernel.fields import (
    Cents,
    Code,
    Day,
    Doc,
    Id,
    InvoiceId,
    Many,
    MoneySource,
    Month,
    Number,
    PayerCode,
    PositiveCents,
    ProviderCode,
    Quantity,
    ServiceCode,
)
from shared.kernel.value import value

SODRA = "SODRA"
"""Invoices of this code are the compensations of point 22, which the fund itself makes: no provider can have it."""


@value
class InvoiceLine:
    """One line of an invoice, in cents. Whether quantity times price is the amount is a check of point 15."""

    service_code: ServiceCode
    quantity: Quantity
    unit_price_cents: Cents
    amount_cents: PositiveCents


@event(
    "invoice.submitted",
    about="{invoice_id}",
    by=("/providers/{provider_code}",),
    points=("14", "15"),
    keyed_by="provider_code",
)
class InvoiceSubmitted(Record):
    """A provider presents an invoice, or a credit to one, for a month of care (point 14). Positive cents."""

    invoice_id: InvoiceId
    number: Annotated[Number, Doc("the provider's own number, never used twice with other content")]
    kind: Literal["invoice", "credit"]
    corrects: Annotated[InvoiceId | None, Doc("of a credit: the accepted invoice that it corrects")]
    contract_id: Id
    provider_code: ProviderCode
    payer: PayerCode
    article: Code
    source: MoneySource
    service_month: Month
    issued_on: Day
    lines: Annotated[Many[InvoiceLine], MinLen(1), Doc("1 to 10000 lines")]
    amount_cents: PositiveCents

    def contradiction(self) -> str | None:
        """See what no single field shows."""
        if self.invoice_id != f"{self.provider_code}/{self.number}":
            theirs = f"{self.provider_code}/{self.number}"
            return f"invoice_id '{self.invoice_id}' is not '{theirs}', the provider's code and the number"
        if self.provider_code == SODRA:
            return "provider_code SODRA is kept for the compensations of point 22"
        return None
