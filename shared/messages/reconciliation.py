"""What the reconciliation service says: Sodra's statements, the TLK's year, claims."""

from typing import ClassVar, Literal

from pydantic import Field

from shared.messages.fields import (
    Cents,
    Code,
    Count,
    Day,
    Decision,
    Id,
    InvoiceId,
    Many,
    MoneySource,
    Month,
    PayerCode,
    Quarter,
    Reason,
    SumCents,
    Year,
)

# ---------------------------------------------------------------------------------------------------------------- Sodra


class SodraStatementApproved(Decision):
    """Sodra's statement agrees with the fund's own record (point 22)."""

    type: ClassVar[str] = "sodra.statement.approved"
    subject: ClassVar[str] = "{year}-Q{quarter}"
    speaker: ClassVar[tuple[str, ...]] = ("/reconciliation",)
    points: ClassVar[tuple[str, ...]] = ("22",)

    year: Year
    quarter: Quarter
    submission: Count
    approve_by: Day
    approved_on: Day
    pay_by: Day


class SodraStatementReturned(Decision):
    """Sodra's statement goes back to be corrected, with the reasons (point 22)."""

    type: ClassVar[str] = "sodra.statement.returned"
    subject: ClassVar[str] = "{year}-Q{quarter}"
    speaker: ClassVar[tuple[str, ...]] = ("/reconciliation",)
    points: ClassVar[tuple[str, ...]] = ("22",)

    year: Year
    quarter: Quarter
    submission: Count
    approve_by: Day
    reasons: Many[Reason]


class SodraStatementOverdue(Decision):
    """A statement was not submitted, or not approved, by its day (point 22); told once each."""

    type: ClassVar[str] = "sodra.statement.overdue"
    subject: ClassVar[str] = "{year}-Q{quarter}"
    speaker: ClassVar[tuple[str, ...]] = ("/reconciliation",)
    points: ClassVar[tuple[str, ...]] = ("22",)

    year: Year
    quarter: Quarter
    what: Literal["submission", "approval"]
    by: Day


class CompensationDue(Decision):
    """Sodra's compensation enters payments like an invoice of the VLK (point 22). Cents."""

    type: ClassVar[str] = "compensation.due"
    subject: ClassVar[str] = "{year}-Q{quarter}"
    speaker: ClassVar[tuple[str, ...]] = ("/reconciliation",)
    points: ClassVar[tuple[str, ...]] = ("22",)

    invoice_id: InvoiceId = Field(description="SODRA/{year}-Q{quarter}")
    year: Year
    quarter: Quarter
    payer: PayerCode
    article: Code
    amount_cents: Cents
    accepted_on: Day
    due_on: Day


# ---------------------------------------------------------------------------------------------------- the TLK's year


class PayerYear(Decision):
    """A TLK's year, per source of money. Cents."""

    payer: PayerCode
    year: Year
    source: MoneySource
    balance_cents: SumCents
    return_by: Day


class PayerYearAccepted(PayerYear):
    """A TLK's report of its year agrees with the fund's ledger (point 25). Cents."""

    type: ClassVar[str] = "payer.year.accepted"
    subject: ClassVar[str] = "{payer}-{source}-{year}"
    speaker: ClassVar[tuple[str, ...]] = ("/reconciliation",)
    points: ClassVar[tuple[str, ...]] = ("24", "25")


class PayerYearRefused(PayerYear):
    """A TLK's report of its year differs from the fund's ledger; it may come again (point 25). Cents."""

    type: ClassVar[str] = "payer.year.refused"
    subject: ClassVar[str] = "{payer}-{source}-{year}"
    speaker: ClassVar[tuple[str, ...]] = ("/reconciliation",)
    points: ClassVar[tuple[str, ...]] = ("24", "25")

    reasons: Many[Reason]


class PayerYearOverdue(Decision):
    """A TLK's report of its year did not come by its day (point 24); told once."""

    type: ClassVar[str] = "payer.year.overdue"
    subject: ClassVar[str] = "{payer}-{source}-{year}"
    speaker: ClassVar[tuple[str, ...]] = ("/reconciliation",)
    points: ClassVar[tuple[str, ...]] = ("24", "25")

    payer: PayerCode
    year: Year
    source: MoneySource
    by: Day


class BalanceReturnOrdered(Decision):
    """What a TLK has not used goes back to the VLK's account (point 25). Cents."""

    type: ClassVar[str] = "balance.return.ordered"
    subject: ClassVar[str] = "{payer}-{source}-{year}"
    speaker: ClassVar[tuple[str, ...]] = ("/reconciliation",)
    points: ClassVar[tuple[str, ...]] = ("25",)

    payer: PayerCode
    year: Year
    source: MoneySource
    amount_cents: SumCents
    by: Day


# --------------------------------------------------------------------------------------------------------------- claims


class Recovery(Decision):
    """A step of a claim, and what is left of it. Cents."""

    claim_id: Id
    amount_cents: SumCents
    rest_cents: SumCents
    invoice_id: InvoiceId | None = None


class RecoveryDemanded(Recovery):
    """A claim is made, or what is left of a credit became one (points 20, 21). Cents."""

    type: ClassVar[str] = "recovery.demanded"
    subject: ClassVar[str] = "{claim_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/reconciliation",)
    points: ClassVar[tuple[str, ...]] = ("20", "21")


class RecoveryRepaid(Recovery):
    """A claim was repaid, in part or whole (points 20, 21). Cents."""

    type: ClassVar[str] = "recovery.repaid"
    subject: ClassVar[str] = "{claim_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/reconciliation",)
    points: ClassVar[tuple[str, ...]] = ("20", "21")


class RecoverySetOff(Recovery):
    """A claim is set off against a named invoice of the same provider (points 20, 21). Cents."""

    type: ClassVar[str] = "recovery.set_off"
    subject: ClassVar[str] = "{claim_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/reconciliation",)
    points: ClassVar[tuple[str, ...]] = ("20", "21")

    contract_id: Id | None = Field(default=None, description="of the invoice that it is set off against")
    service_month: Month | None = Field(default=None, description="of the invoice that it is set off against")


class RecoveryWrittenOff(Recovery):
    """A claim is written off with a document (points 20, 21). Cents."""

    type: ClassVar[str] = "recovery.written_off"
    subject: ClassVar[str] = "{claim_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/reconciliation",)
    points: ClassVar[tuple[str, ...]] = ("20", "21")


class RecoveryRefused(Recovery):
    """A claim, or a settlement of one, is refused (points 20, 21). Cents."""

    type: ClassVar[str] = "recovery.refused"
    subject: ClassVar[str] = "{claim_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/reconciliation",)
    points: ClassVar[tuple[str, ...]] = ("20", "21")

    reasons: Many[Reason]
