"""What the invoicing service says: invoices checked by point 15."""

from typing import ClassVar, Literal

from pydantic import Field

from shared.messages.fields import (
    Code,
    Day,
    Decision,
    Iban,
    Id,
    InvoiceId,
    Many,
    Moment,
    MoneySource,
    Month,
    PayerCode,
    PositiveCents,
    ProviderCode,
    Reason,
)


class InvoiceAccepted(Decision):
    """An invoice or a credit passed every check (points 15, 16). Two dates, never mixed. Cents."""

    type: ClassVar[str] = "invoice.accepted"
    subject: ClassVar[str] = "{invoice_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/invoicing",)
    points: ClassVar[tuple[str, ...]] = ("15", "16")

    invoice_id: InvoiceId
    contract_id: Id
    provider_code: ProviderCode
    iban: Iban
    payer: PayerCode
    article: Code
    source: MoneySource
    kind: Literal["invoice", "credit"]
    corrects: InvoiceId | None = None
    service_month: Month
    amount_cents: PositiveCents
    received_on: Day = Field(description="the first day the documents came")
    resubmitted_on: Day | None = Field(default=None, description="the last submission, if there were several")
    check_by: Day
    accepted_on: Day = Field(description="the Rules' day of receipt: checked and accepted")
    due_on: Day
    arrived_at: Moment = Field(description="the moment of the accepted submission: its place in the queue")
    content: str | None = Field(default=None, description="digest of what was accepted")


class InvoiceReturned(Decision):
    """An invoice goes back with every fault that can be mended (point 15)."""

    type: ClassVar[str] = "invoice.returned"
    subject: ClassVar[str] = "{invoice_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/invoicing",)
    points: ClassVar[tuple[str, ...]] = ("15",)

    invoice_id: InvoiceId
    contract_id: Id
    received_on: Day
    reasons: Many[Reason]
    content: str | None = Field(default=None, description="digest of what was answered")


class InvoiceRefused(Decision):
    """An invoice is refused: sending it again can't mend it (point 15)."""

    type: ClassVar[str] = "invoice.refused"
    subject: ClassVar[str] = "{invoice_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/invoicing",)
    points: ClassVar[tuple[str, ...]] = ("15",)

    invoice_id: InvoiceId
    contract_id: Id
    received_on: Day
    reasons: Many[Reason]
    content: str | None = Field(default=None, description="digest of what was answered")


class InvoiceReviewRefused(Decision):
    """A clerk's verdict on an invoice of another payer's contract (point 15); the invoice waits on."""

    type: ClassVar[str] = "invoice.review.refused"
    subject: ClassVar[str] = "{invoice_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/invoicing",)
    points: ClassVar[tuple[str, ...]] = ("15",)

    invoice_id: InvoiceId
    contract_id: Id
    reasons: Many[Reason]


class InvoiceCheckOverdue(Decision):
    """The 15 days of the check have passed undecided (point 15); told once."""

    type: ClassVar[str] = "invoice.check.overdue"
    subject: ClassVar[str] = "{invoice_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/invoicing",)
    points: ClassVar[tuple[str, ...]] = ("15",)

    invoice_id: InvoiceId
    contract_id: Id
    received_on: Day
    check_by: Day
