"""What providers of care and pharmacies say."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from shared.messages.fields import (
    Cents,
    Code,
    Data,
    Day,
    Entry,
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
    contradiction,
)

SODRA = "SODRA"
"""Invoices of this code are the compensations of point 22, which the fund itself makes: no provider can have it."""


class InvoiceLine(Entry):
    """One line of an invoice, in cents. Whether quantity times price is the amount is a check of point 15."""

    service_code: ServiceCode
    quantity: Quantity
    unit_price_cents: Cents
    amount_cents: PositiveCents


class InvoiceSubmitted(Data):
    """A provider presents an invoice, or a credit to one, for a month of care (point 14). Positive cents."""

    type: ClassVar[str] = "invoice.submitted"
    subject: ClassVar[str] = "{invoice_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/providers/{provider_code}",)
    keyed_by: ClassVar[str | None] = "provider_code"
    points: ClassVar[tuple[str, ...]] = ("14", "15")

    invoice_id: InvoiceId
    number: Number = Field(description="the provider's own number, never used twice with other content")
    kind: Literal["invoice", "credit"]
    corrects: InvoiceId | None = Field(description="of a credit: the accepted invoice that it corrects")
    contract_id: Id
    provider_code: ProviderCode
    payer: PayerCode
    article: Code
    source: MoneySource
    service_month: Month
    issued_on: Day
    lines: Annotated[Many[InvoiceLine], Field(min_length=1)] = Field(description="1 to 10000 lines")
    amount_cents: PositiveCents

    @model_validator(mode="after")
    def _id_is_of_the_provider(self) -> Self:
        if self.invoice_id != f"{self.provider_code}/{self.number}":
            raise contradiction(
                "invoice_id '{invoice_id}' is not '{provider_code}/{number}', the provider's code and the number",
                invoice_id=self.invoice_id,
                provider_code=self.provider_code,
                number=self.number,
            )
        if self.provider_code == SODRA:
            raise contradiction("provider_code SODRA is kept for the compensations of point 22")
        return self
