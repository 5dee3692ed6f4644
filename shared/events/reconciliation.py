"""What the reconciliation service says: Sodra's statements, the TLK's year, claims."""

from typing import Annotated, Literal

from shared.events.record import Record, event
from shared.kernel.fields import (
    Cents,
    Code,
    Count,
    Day,
    Doc,
    Id,
    InvoiceId,
    Many,
    MoneySource,
    Month,
    PayerCode,
    Quarter,
    Rules,
    SumCents,
    Year,
)
from shared.kernel.reason import Reason
from shared.kernel.value import value

# ---------------------------------------------------------------------------------------------------------------- Sodra


@event("sodra.statement.approved", about="{year}-Q{quarter}", points=("22",))
class SodraStatementApproved(Record):
    """Sodra's statement agrees with the fund's own record (point 22)."""

    year: Year
    quarter: Quarter
    submission: Count
    approve_by: Day
    approved_on: Day
    pay_by: Day
    rules: Rules


@event("sodra.statement.returned", about="{year}-Q{quarter}", points=("22",))
class SodraStatementReturned(Record):
    """Sodra's statement goes back to be corrected, with the reasons (point 22)."""

    year: Year
    quarter: Quarter
    submission: Count
    approve_by: Day
    reasons: Many[Reason]
    rules: Rules


@event("sodra.statement.overdue", about="{year}-Q{quarter}", points=("22",))
class SodraStatementOverdue(Record):
    """A statement was not submitted, or not approved, by its day (point 22); told once each."""

    year: Year
    quarter: Quarter
    what: Literal["submission", "approval"]
    by: Day
    rules: Rules


@event("compensation.due", about="{year}-Q{quarter}", points=("22",))
class CompensationDue(Record):
    """Sodra's compensation enters payments like an invoice of the VLK (point 22). Cents."""

    invoice_id: Annotated[InvoiceId, Doc("SODRA/{year}-Q{quarter}")]
    year: Year
    quarter: Quarter
    payer: PayerCode
    article: Code
    amount_cents: Cents
    accepted_on: Day
    due_on: Day
    rules: Rules


# ---------------------------------------------------------------------------------------------------- the TLK's year


@value
class PayerYear(Record):
    """A TLK's year, per source of money. Cents."""

    payer: PayerCode
    year: Year
    source: MoneySource
    balance_cents: SumCents
    return_by: Day


@event("payer.year.accepted", about="{payer}-{source}-{year}", points=("24", "25"))
class PayerYearAccepted(PayerYear):
    """A TLK's report of its year agrees with the fund's ledger (point 25). Cents."""

    rules: Rules


@event("payer.year.refused", about="{payer}-{source}-{year}", points=("24", "25"))
class PayerYearRefused(PayerYear):
    """A TLK's report of its year differs from the fund's ledger; it may come again (point 25). Cents."""

    reasons: Many[Reason]
    rules: Rules


@event("payer.year.overdue", about="{payer}-{source}-{year}", points=("24", "25"))
class PayerYearOverdue(Record):
    """A TLK's report of its year did not come by its day (point 24); told once."""

    payer: PayerCode
    year: Year
    source: MoneySource
    by: Day
    rules: Rules


@event("balance.return.ordered", about="{payer}-{source}-{year}", points=("25",))
class BalanceReturnOrdered(Record):
    """What a TLK has not used goes back to the VLK's account (point 25). Cents."""

    payer: PayerCode
    year: Year
    source: MoneySource
    amount_cents: SumCents
    by: Day
    rules: Rules


# --------------------------------------------------------------------------------------------------------------- claims


@value
class Recovery(Record):
    """A step of a claim, and what is left of it. Cents."""

    claim_id: Id
    amount_cents: SumCents
    rest_cents: SumCents
    invoice_id: InvoiceId | None = None


@event("recovery.demanded", about="{claim_id}", points=("20", "21"))
class RecoveryDemanded(Recovery):
    """A claim is made, or what is left of a credit became one (points 20, 21). Cents."""

    rules: Rules


@event("recovery.repaid", about="{claim_id}", points=("20", "21"))
class RecoveryRepaid(Recovery):
    """A claim was repaid, in part or whole (points 20, 21). Cents."""

    rules: Rules


@event("recovery.set_off", about="{claim_id}", points=("20", "21"))
class RecoverySetOff(Recovery):
    """A claim is set off against a named invoice of the same provider (points 20, 21). Cents."""

    contract_id: Annotated[Id | None, Doc("of the invoice that it is set off against")] = None
    service_month: Annotated[Month | None, Doc("of the invoice that it is set off against")] = None
    rules: Rules


@event("recovery.written_off", about="{claim_id}", points=("20", "21"))
class RecoveryWrittenOff(Recovery):
    """A claim is written off with a document (points 20, 21). Cents."""

    rules: Rules


@event("recovery.refused", about="{claim_id}", points=("20", "21"))
class RecoveryRefused(Recovery):
    """A claim, or a settlement of one, is refused (points 20, 21). Cents."""

    reasons: Many[Reason]
    rules: Rules
