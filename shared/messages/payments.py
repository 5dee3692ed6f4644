"""What the payments service says: how each accepted invoice stands, notices, shortages, orders and their outcome."""

from typing import ClassVar, Literal

from pydantic import Field

from shared.messages.fields import (
    All,
    Code,
    Day,
    Decision,
    EndToEndId,
    EventType,
    Iban,
    Id,
    InvoiceId,
    MoneySource,
    PayerCode,
    ProviderCode,
    Sha256,
    SumCents,
    Terms,
    Text,
    Year,
)

# ------------------------------------------------------------------------------------------------ how an invoice stands


class PaymentScheduled(Decision):
    """What of an invoice is committed in a year, and its pay day (point 16; 11, 19; over: 18, HIL 14(3)). Cents."""

    type: ClassVar[str] = "payment.scheduled"
    subject: ClassVar[str] = "{invoice_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/payments",)
    points: ClassVar[tuple[str, ...]] = ("16", "11", "19", "18", "HIL 14(3)")

    payment_id: Id = Field(description="{invoice_id}@{year}")
    invoice_id: InvoiceId
    year: Year
    payer: PayerCode
    article: Code
    source: MoneySource
    amount_cents: SumCents = Field(description="all that is committed of the invoice in the year")
    over_appropriation_cents: SumCents = Field(description="what of it is over the article, told to the ministry")
    notice_no: Id | None = None
    accepted_on: Day
    pay_on: Day
    due_on: Day
    terms: Terms = Field(description="every number of the tests that it passed")


class PaymentDeferred(Decision):
    """What of an invoice waits, with the first test that failed and every number of it. Cents."""

    type: ClassVar[str] = "payment.deferred"
    subject: ClassVar[str] = "{invoice_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/payments",)
    points: ClassVar[tuple[str, ...]] = ("11", "16", "18", "19", "HIL 14(3)")

    invoice_id: InvoiceId
    year: Year
    payer: PayerCode
    article: Code
    source: MoneySource
    amount_cents: SumCents = Field(description="what waits")
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


class PaymentLowered(Decision):
    """A credit or a set-off lowers what is not ordered of an invoice (points 14, 21). Cents."""

    type: ClassVar[str] = "payment.lowered"
    subject: ClassVar[str] = "{invoice_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/payments",)
    points: ClassVar[tuple[str, ...]] = ("14", "21")

    invoice_id: InvoiceId
    payment_id: Id | None = None
    by: Id = Field(description="the credit's invoice_id, or the claim_id")
    lowered_cents: SumCents
    amount_cents: SumCents = Field(description="what is unordered after it")
    open_cents: SumCents = Field(description="what is left of the credit")


class PaymentCreditUnused(Decision):
    """What is left of a credit or a set-off is handed over for recovery (point 21). Cents."""

    type: ClassVar[str] = "payment.credit.unused"
    subject: ClassVar[str] = "{by}"
    speaker: ClassVar[tuple[str, ...]] = ("/payments",)
    points: ClassVar[tuple[str, ...]] = ("21",)

    by: Id = Field(description="the credit's invoice_id, or the claim_id")
    contract_id: Id
    provider_code: ProviderCode
    open_cents: SumCents


class PaymentCarried(Decision):
    """What is not ordered on 31 December is the next year's debt, with its dates and place (point 24). Cents."""

    type: ClassVar[str] = "payment.carried"
    subject: ClassVar[str] = "{invoice_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/payments",)
    points: ClassVar[tuple[str, ...]] = ("24",)

    invoice_id: InvoiceId
    from_year: Year
    to_year: Year
    amount_cents: SumCents
    accepted_on: Day
    due_on: Day


class PaymentOverdue(Decision):
    """On the first day after the due day something is neither ordered nor lowered (point 16); told once. Cents."""

    type: ClassVar[str] = "payment.overdue"
    subject: ClassVar[str] = "{invoice_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/payments",)
    points: ClassVar[tuple[str, ...]] = ("16",)

    invoice_id: InvoiceId
    due_on: Day
    rest_cents: SumCents


# ---------------------------------------------------------------------------------------------------- over an article


class OverrunNotified(Decision):
    """The ministry has the letter that an article will be exceeded, with its four sums (point 18, HIL 14(3)). Cents."""

    type: ClassVar[str] = "overrun.notified"
    subject: ClassVar[str] = "{notice_no}"
    speaker: ClassVar[tuple[str, ...]] = ("/payments",)
    points: ClassVar[tuple[str, ...]] = ("18", "HIL 14(3)")

    notice_no: Id = Field(description="{year}-{article}-{n}")
    year: Year
    article: Code
    allotted_cents: SumCents = Field(description="kokia lėšų suma yra skirta")
    transferred_cents: SumCents = Field(description="kokia lėšų suma pervesta")
    exceeding_cents: SumCents = Field(description="kokia lėšų suma viršija numatytus asignavimus")
    planned_cents: SumCents = Field(description="kokią lėšų sumą numatoma pervesti")
    invoices: All[InvoiceId]
    prepared_on: Day
    letter_sha256: Sha256
    delivered_on: Day


class OverrunWithdrawn(Decision):
    """A notice not yet delivered no longer says what is so (point 18); a new one may follow."""

    type: ClassVar[str] = "overrun.withdrawn"
    subject: ClassVar[str] = "{notice_no}"
    speaker: ClassVar[tuple[str, ...]] = ("/payments",)
    points: ClassVar[tuple[str, ...]] = ("18",)

    notice_no: Id
    year: Year
    article: Code
    because: EventType = Field(description="the type of the event that touched the article")


# ----------------------------------------------------------------------------------------------------- cash and orders


class ShortageDeclared(Decision):
    """A payer's cash does not pay all that is due; the first group that does not fit is split (point 17). Cents."""

    type: ClassVar[str] = "shortage.declared"
    subject: ClassVar[str] = "{payer}-{source}-{on}"
    speaker: ClassVar[tuple[str, ...]] = ("/payments",)
    points: ClassVar[tuple[str, ...]] = ("17",)

    payer: PayerCode
    source: MoneySource
    on: Day
    due_cents: SumCents
    cash_cents: SumCents
    group_accepted_on: Day = Field(description="the acceptance day of the group that is split")
    group_due_cents: SumCents
    group_paid_cents: SumCents


class PaymentOrdered(Decision):
    """One order of the day's run to the bank (point 16, or 17 in a shortage). Cents."""

    type: ClassVar[str] = "payment.ordered"
    subject: ClassVar[str] = "{order_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/payments",)
    points: ClassVar[tuple[str, ...]] = ("16", "17")

    order_id: Id = Field(description="{invoice_id}#{n}")
    payment_id: Id
    invoice_id: InvoiceId
    year: Year
    payer: PayerCode
    article: Code
    source: MoneySource
    iban: Iban | None = None
    amount_cents: SumCents
    on: Day
    partial: bool = Field(description="something stays unordered after this order")
    end_to_end_id: EndToEndId


class PaymentExecuted(Decision):
    """The bank executed an order, on its date (point 16). Cents."""

    type: ClassVar[str] = "payment.executed"
    subject: ClassVar[str] = "{order_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/payments",)
    points: ClassVar[tuple[str, ...]] = ("16",)

    order_id: Id
    payment_id: Id
    invoice_id: InvoiceId
    amount_cents: SumCents
    on: Day


class PaymentRejected(Decision):
    """The bank rejected an order: its sum waits again at its old place (point 16). Cents."""

    type: ClassVar[str] = "payment.rejected"
    subject: ClassVar[str] = "{order_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/payments",)
    points: ClassVar[tuple[str, ...]] = ("16",)

    order_id: Id
    payment_id: Id
    invoice_id: InvoiceId
    amount_cents: SumCents
    on: Day
    reason: Text | None = None
