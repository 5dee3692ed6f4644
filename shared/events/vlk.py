"""What the VLK says of the fund, and a payer, the VLK or a TLK, of its contracts, invoices and claims."""

from typing import Annotated, Literal

from shared.events.record import Record, event
from shared.kernel.budget import Edition
from shared.kernel.fields import (
    LAST_YEAR,
    Cents,
    Code,
    Count,
    Day,
    DeliveredHow,
    Doc,
    Document,
    Hour,
    Iban,
    Id,
    InvoiceId,
    Many,
    MoneySource,
    Month,
    Name,
    PayerCode,
    PaymentDays,
    ProviderCode,
    Quarter,
    Reasoned,
    ServiceCode,
    Sha256,
    Year,
    twice,
)
from shared.kernel.reason import Reason
from shared.kernel.value import value

# ---------------------------------------------------------------------------------------------------------- the budget


class Budget(Edition, Record):
    """One edition of a year's budget, as the law approves it. Cents."""

    __slots__ = ()

    def contradiction(self) -> str | None:
        """See what no single field shows."""
        if code := twice([line.code for line in self.revenue]):
            return f"revenue: line {code} stands twice"
        if article := twice([line.article for line in self.expenses]):
            return f"expenses: article {article} stands twice"
        return None


@event("budget.approved", about="{year}-{edition}", points=("4", "7"))
class BudgetApproved(Budget):
    """The budget law, or its amendment, sets the year's revenue, articles and reserve (points 3-7). Cents."""


@value
class ArticleQuarters:
    """An article's sum by quarters of the year. Cents."""

    article: Code
    q1_cents: Cents
    q2_cents: Cents
    q3_cents: Cents
    q4_cents: Cents

    @property
    def sum_cents(self) -> int:
        """The year's sum."""
        return self.planned_to(4)

    def planned_to(self, quarter: int) -> int:
        """What is planned from January to the end of a quarter (1 to 4)."""
        return sum((self.q1_cents, self.q2_cents, self.q3_cents, self.q4_cents)[:quarter])


@value
class RevenueQuarters:
    """A line of revenue by quarters of the year. Cents."""

    code: Code
    q1_cents: Cents
    q2_cents: Cents
    q3_cents: Cents
    q4_cents: Cents


@value
class Share:
    """What a payer may contract and pay out of an article in the year. Cents."""

    payer: PayerCode
    article: Code
    amount_cents: Cents


@event("distribution.proposed", about="{year}-{edition}", points=("12",))
class DistributionProposed(Record):
    """The year's sums by quarter and by payer, of some articles or of all (point 12). Cents."""

    year: Year
    edition: Count
    quarters: Many[ArticleQuarters]
    shares: Many[Share]
    revenue_quarters: Many[RevenueQuarters] = ()

    def contradiction(self) -> str | None:
        """See what no single field shows."""
        if article := twice([line.article for line in self.quarters]):
            return f"quarters: article {article} stands twice"
        if share := twice([(line.payer, line.article) for line in self.shares]):
            return f"shares: {share[0]} stands twice in article {share[1]}"
        if code := twice([line.code for line in self.revenue_quarters]):
            return f"revenue_quarters: line {code} stands twice"
        return None


@value
class MonthExpense:
    """The most that is to be paid of an article in a month. Cents."""

    article: Code
    amount_cents: Cents


@event("month.plan.approved", about="{month}", points=("11",))
class MonthPlanApproved(Record):
    """Without a budget: the VLK's director approves the plan of a month's largest expenses (point 11). Cents."""

    month: Month
    expenses: Many[MonthExpense]
    document: Annotated[Document, Doc("the director's order")]

    def contradiction(self) -> str | None:
        """See what no single field shows."""
        if article := twice([line.article for line in self.expenses]):
            return f"expenses: article {article} stands twice"
        return None


# ------------------------------------------------------------------------------------------------ a letter, delivered


@event("overrun.delivered", about="{notice_no}", by=("/vlk",), points=("18", "HIL 14(3)"))
class OverrunDelivered(Record):
    """The letter of a notice reached the ministry by hand or by e-delivery (point 18 asks for writing)."""

    left_out = ("document_sha256",)

    notice_no: Annotated[Id, Doc("the notice whose letter it is, {year}-{article}-{n}")]
    how: Annotated[DeliveredHow, Doc("by a person, or through a system of e-delivery")]
    delivered_by: Annotated[Name, Doc("who delivered it: a person, or the system")]
    delivered_on: Day
    delivered_at: Hour
    document: Annotated[Document, Doc("the number of the paper or message that confirms it")]
    letter_sha256: Annotated[Sha256, Doc("of the letter's PDF as it was delivered")]
    document_sha256: Annotated[Sha256 | None, Doc("of the confirming document, where it is kept as a file")] = None


# -------------------------------------------------------------------------------------------------------- the contracts


@value
class Provider:
    """Who the contract is with. Check digits are tested where a person enters them."""

    code: ProviderCode
    name: Name
    iban: Iban


@value
class ServicePrice:
    """What one unit of a service costs under the contract. Cents."""

    code: ServiceCode
    unit_price_cents: Cents


@value
class Contract(Record):
    """A contract of a payer with a provider, for one article and one year. Cents."""

    contract_id: Id
    year: Year
    payer: PayerCode
    article: Code
    source: MoneySource
    provider: Provider
    ceiling_cents: Annotated[Cents | None, Doc("null: the volume is not capped")]
    valid_from: Day
    valid_to: Day
    payment_days: Annotated[PaymentDays, Doc("from acceptance to payment")] = 30
    services: Annotated[Many[ServicePrice], Doc("empty: prices are not checked")]
    review: Annotated[Literal["automatic", "clerk"], Doc("clerk: a person looks last")] = "automatic"

    def contradiction(self) -> str | None:
        """See what no single field shows."""
        if self.valid_to < self.valid_from:
            return f"valid_to {self.valid_to} is before valid_from {self.valid_from}"
        if code := twice([service.code for service in self.services]):
            return f"services: {code} stands twice"
        return None


@event("contract.proposed", about="{contract_id}", by=("/vlk", "/tlk/{payer}"), points=("13",))
class ContractProposed(Contract):
    """A payer wants to conclude a contract within its share (point 13). Cents."""


@event("contract.change.proposed", about="{contract_id}", by=("/vlk", "/tlk/{payer}"), points=("13",))
class ContractChangeProposed(Record):
    """A payer wants another ceiling for a contract (point 13). Cents."""

    contract_id: Id
    ceiling_cents: Annotated[Cents | None, Doc("null: the volume is not capped")]


@event("contract.account.proposed", about="{contract_id}", by=("/vlk", "/tlk/{payer}"), points=("13", "16"))
class ContractAccountProposed(Record):
    """A payer confirms the provider's account of a contract, or names another one (points 13, 16)."""

    contract_id: Id
    iban: Annotated[Iban, Doc("the account as it is, where it is confirmed")]


@event("contract.ended", about="{contract_id}", by=("/vlk", "/tlk/{payer}"), points=("13",))
class ContractEnded(Record):
    """A contract ends before its term (point 13); the months up to the day may still be invoiced."""

    contract_id: Id
    on: Day


# --------------------------------------------------------------------------------------------------------- the invoices


@event("invoice.reviewed", about="{invoice_id}", by=("/vlk", "/tlk/{payer}"), points=("15",), keyed_by="provider_code")
class InvoiceReviewed(Record):
    """A clerk's word on an invoice of a contract that asks for one (point 15)."""

    invoice_id: InvoiceId
    contract_id: Id
    verdict: Literal["accept", "return"]
    reasons: Many[Reason] = ()

    @property
    def provider_code(self) -> str:
        """Whose invoice it is: the first part of its id."""
        return self.invoice_id.partition("/")[0]


# --------------------------------------------------------------------------------------- the reserve, Sodra, the payers


@event("reserve.transfer.approved", about="{year}-{kind}", points=("9", "10"))
class ReserveTransferApproved(Record):
    """The VLK's director approves a planned transfer to the reserve (point 10). Cents."""

    year: Year
    kind: Literal["9.1", "9.2"]
    amount_cents: Cents
    document: Document


@event("sodra.statement.reviewed", about="{year}-Q{quarter}", points=("22",))
class SodraStatementReviewed(Record):
    """A clerk's word on Sodra's statement, where the fund asks for one (point 22)."""

    year: Year
    quarter: Quarter
    submission: Count
    verdict: Literal["approve", "return"]
    reasons: Many[Reason] = ()


@event("payer.year.reported", about="{payer}-{source}-{year}", by=("/tlk/{payer}",), points=("24", "25"))
class PayerYearReported(Record):
    """A TLK's report of the past year's money on its account (point 24). Cents."""

    payer: PayerCode
    year: Annotated[Year, Doc("up to 2198: its balance is returned by a day of the next year")]
    source: MoneySource = "PSDF"
    received_cents: Cents
    used_cents: Cents
    balance_cents: Cents

    def contradiction(self) -> str | None:
        """See what no single field shows."""
        return f"year {self.year}: no event can name a day of the next one" if self.year == LAST_YEAR else None


@event("payer.merged", about="{payer}", points=("12", "13"))
class PayerMerged(Record):
    """A payer becomes part of another from a day on: its contracts, shares, queues and cash are the other's."""

    payer: PayerCode
    into: PayerCode
    on: Day

    def contradiction(self) -> str | None:
        """See what no single field shows."""
        if self.payer == self.into:
            return f"payer {self.payer} can't be merged into itself"
        return None


# ----------------------------------------------------------------------------------------------------------- the claims


@event("recovery.claimed", about="{claim_id}", by=("/vlk", "/tlk/{payer}"), points=("20", "21"))
class RecoveryClaimed(Record):
    """A payer claims money back from a provider: damage (point 20) or a payment without ground (point 21). Cents."""

    claim_id: Id
    provider_code: ProviderCode
    invoice_id: InvoiceId | None = None
    amount_cents: Cents
    basis: Literal["20", "21"]
    reason: Reasoned


@event("recovery.settled", about="{claim_id}", by=("/vlk", "/tlk/{payer}"), points=("20", "21"))
class RecoverySettled(Record):
    """A claim is met, in part or whole: repaid, set off against an invoice, or written off (points 20, 21). Cents."""

    claim_id: Id
    amount_cents: Cents
    how: Literal["repaid", "set_off", "written_off"]
    invoice_id: Annotated[InvoiceId | None, Doc("of a set-off: against which invoice")] = None
    document: Document
