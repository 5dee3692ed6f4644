"""What the payments service says: how each accepted invoice stands, notices, shortages, orders and their outcome."""

from typing import Annotated, Literal, TypeAlias

from shared.events.record import Record, event
from shared.kernel.fields import (
    All,
    Code,
    Day,
    DeliveredHow,
    Doc,
    Document,
    EndToEndId,
    EventType,
    Hour,
    Iban,
    Id,
    InvoiceId,
    Many,
    MoneySource,
    Name,
    PayerCode,
    ProviderCode,
    Rules,
    Sha256,
    SumCents,
    Terms,
    Text,
    Year,
)
from shared.kernel.reason import Reason
from shared.kernel.value import value

# ------------------------------------------------------------------------------------------------ how an invoice stands


@event("payment.scheduled", about="{invoice_id}", points=("16", "11", "19", "18", "HIL 14(3)"))
class PaymentScheduled(Record):
    """What of an invoice is committed in a year, and its pay day (point 16; 11, 19; over: 18, HIL 14(3)). Cents."""

    payment_id: Annotated[Id, Doc("{invoice_id}@{year}")]
    invoice_id: InvoiceId
    year: Year
    payer: PayerCode
    article: Code
    source: MoneySource
    amount_cents: Annotated[SumCents, Doc("all that is committed of the invoice in the year")]
    over_appropriation_cents: Annotated[SumCents, Doc("what of it is over the article, told to the ministry")]
    notice_no: Id | None = None
    accepted_on: Day
    pay_on: Day
    due_on: Day
    terms: Annotated[Terms, Doc("every number of the tests that it passed")]
    rules: Rules


@event("payment.deferred", about="{invoice_id}", points=("11", "16", "18", "19", "HIL 14(3)"))
class PaymentDeferred(Record):
    """What of an invoice waits, with the first test that failed and every number of it. Cents."""

    invoice_id: InvoiceId
    year: Year
    payer: PayerCode
    article: Code
    source: MoneySource
    amount_cents: Annotated[SumCents, Doc("what waits")]
    accepted_on: Day
    due_on: Day
    reason: Literal[
        "earlier_unpaid",
        "next_year",
        "no_budget",
        "one_twelfth",
        "state_funds",
        "payer_share",
        "appropriation",
        "year_total",
    ]
    terms: Terms
    rules: Rules


@event("payment.lowered", about="{invoice_id}", points=("14", "21"))
class PaymentLowered(Record):
    """A credit or a set-off lowers what is not ordered of an invoice (points 14, 21). Cents."""

    invoice_id: InvoiceId
    payment_id: Id | None = None
    by: Annotated[Id, Doc("the credit's invoice_id, or the claim_id")]
    lowered_cents: SumCents
    amount_cents: Annotated[SumCents, Doc("what is unordered after it")]
    open_cents: Annotated[SumCents, Doc("what is left of the credit")]
    rules: Rules


@event("payment.credit.unused", about="{by}", points=("21",))
class PaymentCreditUnused(Record):
    """What is left of a credit or a set-off is handed over for recovery (point 21). Cents."""

    by: Annotated[Id, Doc("the credit's invoice_id, or the claim_id")]
    contract_id: Id
    provider_code: ProviderCode
    open_cents: SumCents
    rules: Rules


@event("payment.carried", about="{invoice_id}", points=("24",))
class PaymentCarried(Record):
    """What is not ordered on 31 December is the next year's debt, with its dates and place (point 24). Cents."""

    invoice_id: InvoiceId
    from_year: Year
    to_year: Year
    amount_cents: SumCents
    accepted_on: Day
    due_on: Day
    rules: Rules


@event("payment.overdue", about="{invoice_id}", points=("16",))
class PaymentOverdue(Record):
    """On the first day after the due day something is neither ordered nor lowered (point 16); told once. Cents."""

    left_out = ("interest_cents", "interest_days")

    invoice_id: InvoiceId
    due_on: Day
    rest_cents: SumCents
    rules: Rules
    interest_cents: Annotated[SumCents | None, Doc("what has accrued (HIL 27(2)), where the fund has a rate")] = None
    interest_days: Annotated[int | None, Doc("over so many days")] = None


# ---------------------------------------------------------------------------------------------- paid outside the queues


@value
class Administration(Record):
    """An expense of administration that was paid outside the queues. Cents."""

    payer: PayerCode
    year: Year
    article: Code
    amount_cents: SumCents
    paid_on: Day
    reference: Id


@event("administration.counted", about="{reference}", points=("HIL 14(3)", "11"))
class AdministrationCounted(Administration):
    """What was paid outside the queues counts to the article, the month and the year's total (HIL 14(3), 11). Cents."""

    flags: Annotated[Many[Reason], Doc("each limit that it passes, with its numbers")] = ()
    rules: Rules


@event("administration.refused", about="{reference}", points=("HIL 14(3)",))
class AdministrationRefused(Administration):
    """The article is not one of administration: what it pays goes through its queue (HIL 14(3)). Cents."""

    reasons: Many[Reason]
    rules: Rules


# ---------------------------------------------------------------------------------------------------- over an article


@event("overrun.notified", about="{notice_no}", points=("18", "HIL 14(3)"))
class OverrunNotified(Record):
    """The ministry has the letter that an article will be exceeded, with its four sums (point 18, HIL 14(3)). Cents."""

    left_out = ("how", "delivered_by", "delivered_at", "document", "document_sha256")

    notice_no: Annotated[Id, Doc("{year}-{article}-{n}")]
    year: Year
    article: Code
    allotted_cents: Annotated[SumCents, Doc("kokia lėšų suma yra skirta")]
    transferred_cents: Annotated[SumCents, Doc("kokia lėšų suma pervesta")]
    exceeding_cents: Annotated[SumCents, Doc("kokia lėšų suma viršija numatytus asignavimus")]
    planned_cents: Annotated[SumCents, Doc("kokią lėšų sumą numatoma pervesti")]
    invoices: All[InvoiceId]
    prepared_on: Day
    letter_sha256: Sha256
    delivered_on: Day
    rules: Rules
    how: Annotated[DeliveredHow | None, Doc("by hand or by e-delivery, where it was not over HTTP")] = None
    delivered_by: Annotated[Name | None, Doc("who delivered it, where it was not over HTTP")] = None
    delivered_at: Annotated[Hour | None, Doc("the hour of the day, where a person said it")] = None
    document: Annotated[Document | None, Doc("what confirms it, where it was not over HTTP")] = None
    document_sha256: Annotated[Sha256 | None, Doc("of the confirming document, where it is kept as a file")] = None


@event("overrun.delivery.refused", about="{notice_no}", points=("18",))
class OverrunDeliveryRefused(Record):
    """What was said of a letter's delivery can't be so (point 18): no notice waits for it, or its hour can't be."""

    notice_no: Id
    delivered_by: Name
    delivered_on: Day
    delivered_at: Hour
    document: Document
    reasons: Many[Reason]
    rules: Rules


@event("overrun.withdrawn", about="{notice_no}", points=("18",))
class OverrunWithdrawn(Record):
    """A notice not yet delivered no longer says what is so (point 18); a new one may follow."""

    notice_no: Id
    year: Year
    article: Code
    because: Annotated[EventType, Doc("the type of the event that touched the article")]
    rules: Rules


# ----------------------------------------------------------------------------------------------------- cash and orders


@event("shortage.declared", about="{payer}-{source}-{on}", points=("17",))
class ShortageDeclared(Record):
    """A payer's cash does not pay all that is due; the first group that does not fit is split (point 17). Cents."""

    payer: PayerCode
    source: MoneySource
    on: Day
    due_cents: SumCents
    cash_cents: SumCents
    group_accepted_on: Annotated[Day, Doc("the acceptance day of the group that is split")]
    group_due_cents: SumCents
    group_paid_cents: SumCents
    rules: Rules


@event("payment.ordered", about="{order_id}", points=("16", "17"))
class PaymentOrdered(Record):
    """One order of the day's run to the bank (point 16, or 17 in a shortage). Cents."""

    order_id: Annotated[Id, Doc("{invoice_id}#{n}")]
    payment_id: Id
    invoice_id: InvoiceId
    year: Year
    payer: PayerCode
    article: Code
    source: MoneySource
    iban: Iban | None = None
    amount_cents: SumCents
    on: Day
    partial: Annotated[bool, Doc("something stays unordered after this order")]
    end_to_end_id: EndToEndId
    rules: Rules


@event("payment.executed", about="{order_id}", points=("16",))
class PaymentExecuted(Record):
    """The bank executed an order, on its date (point 16). Cents."""

    order_id: Id
    payment_id: Id
    invoice_id: InvoiceId
    amount_cents: SumCents
    on: Day
    rules: Rules


@event("payment.rejected", about="{order_id}", points=("16",))
class PaymentRejected(Record):
    """The bank rejected an order: its sum waits again at its old place (point 16). Cents."""

    order_id: Id
    payment_id: Id
    invoice_id: InvoiceId
    amount_cents: SumCents
    on: Day
    reason: Text | None = None
    rules: Rules


@event("payment.returned", about="{order_id}", points=("16",))
class PaymentReturned(Record):
    """An executed order came back: the sum is due again, and held until the contract's account is confirmed. Cents."""

    order_id: Id
    payment_id: Id
    invoice_id: InvoiceId
    amount_cents: SumCents
    on: Day
    reason: Text | None = None
    rules: Rules


Announced: TypeAlias = (
    PaymentScheduled
    | PaymentDeferred
    | PaymentLowered
    | PaymentCreditUnused
    | PaymentCarried
    | OverrunNotified
    | OverrunDeliveryRefused
    | OverrunWithdrawn
    | ShortageDeclared
    | PaymentOrdered
    | PaymentExecuted
    | PaymentRejected
    | PaymentReturned
    | PaymentOverdue
    | AdministrationCounted
    | AdministrationRefused
)
"""All that payments says to others."""
