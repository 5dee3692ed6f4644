"""What the invoicing service says: invoices checked by point 15."""

from typing import Annotated, Literal

from shared.events.record import Record, event
from shared.kernel.fields import (
    Code,
    Day,
    Doc,
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
    Rules,
)
from shared.kernel.reason import Reason


@event("invoice.accepted", about="{invoice_id}", points=("15", "16"))
class InvoiceAccepted(Record):
    """An invoice or a credit passed every check (points 15, 16). Two dates, never mixed. Cents."""

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
    received_on: Annotated[Day, Doc("the first day the documents came")]
    resubmitted_on: Annotated[Day | None, Doc("the last submission, if there were several")] = None
    check_by: Day
    accepted_on: Annotated[Day, Doc("the Rules' day of receipt: checked and accepted")]
    due_on: Day
    arrived_at: Annotated[Moment, Doc("the moment of the accepted submission: its place in the queue")]
    content: Annotated[str | None, Doc("digest of what was accepted")] = None
    rules: Rules


@event("invoice.returned", about="{invoice_id}", points=("15",))
class InvoiceReturned(Record):
    """An invoice goes back with every fault that can be mended (point 15)."""

    invoice_id: InvoiceId
    contract_id: Id
    received_on: Day
    reasons: Many[Reason]
    content: Annotated[str | None, Doc("digest of what was answered")] = None
    rules: Rules


@event("invoice.refused", about="{invoice_id}", points=("15",))
class InvoiceRefused(Record):
    """An invoice is refused: sending it again can't mend it (point 15)."""

    invoice_id: InvoiceId
    contract_id: Id
    received_on: Day
    reasons: Many[Reason]
    content: Annotated[str | None, Doc("digest of what was answered")] = None
    rules: Rules


@event("invoice.review.refused", about="{invoice_id}", points=("15",))
class InvoiceReviewRefused(Record):
    """A clerk's verdict on an invoice of another payer's contract (point 15); the invoice waits on."""

    invoice_id: InvoiceId
    contract_id: Id
    reasons: Many[Reason]
    rules: Rules


@event("invoice.check.overdue", about="{invoice_id}", points=("15",))
class InvoiceCheckOverdue(Record):
    """The 15 days of the check have passed undecided (point 15); told once."""

    invoice_id: InvoiceId
    contract_id: Id
    received_on: Day
    check_by: Day
    rules: Rules
