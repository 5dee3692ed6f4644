"""What the VLK says of the fund, and a payer, the VLK or a TLK, of its contracts, invoices and claims."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from shared.messages.fields import (
    Cents,
    Code,
    Count,
    Data,
    Day,
    Document,
    Entry,
    Iban,
    Id,
    InvoiceId,
    Many,
    MoneySource,
    Name,
    PayerCode,
    PaymentDays,
    ProviderCode,
    Quarter,
    Reason,
    Reasoned,
    ServiceCode,
    Year,
    contradiction,
    twice,
)

LAST_YEAR = 2199
"""Days and years of events end with it."""

# ---------------------------------------------------------------------------------------------------------- the budget


class RevenueLine(Entry):
    """A line of revenue of the budget law. Cents."""

    code: Code
    name: Name
    sodra: bool = Field(description="Sodra collects and transfers it")
    amount_cents: Cents


class ExpenseLine(Entry):
    """An expense article of the budget law. Cents."""

    article: Code
    name: Name
    health_care: bool = Field(description="contracts with providers may be concluded for it")
    sodra: bool = Field(default=False, description="out of it Sodra's costs are compensated")
    amount_cents: Cents


class Budget(Data):
    """One edition of a year's budget, as the law approves it. Cents."""

    year: Year
    edition: Count
    law: Name
    in_force_from: Day
    revenue: Many[RevenueLine]
    revenue_total_cents: Cents
    expenses: Many[ExpenseLine]
    expenses_total_cents: Cents
    working_capital_cents: Cents
    reserve_main_cents: Cents
    reserve_risk_cents: Cents
    state_funds_cents: Cents = Field(description="what the state's budget gives for the care of point 19")
    reserve_transfer_cents: Cents = Field(default=0, description="to be moved to the reserve by point 9.1")
    working_capital_before_cents: Cents | None = Field(default=None, description="last year's, for point 9.2")

    @model_validator(mode="after")
    def _each_line_once(self) -> Self:
        if code := twice([line.code for line in self.revenue]):
            raise contradiction("revenue: line {code} stands twice", code=code)
        if article := twice([line.article for line in self.expenses]):
            raise contradiction("expenses: article {article} stands twice", article=article)
        return self


class BudgetApproved(Budget):
    """The budget law, or its amendment, sets the year's revenue, articles and reserve (points 3-7). Cents."""

    type: ClassVar[str] = "budget.approved"
    subject: ClassVar[str] = "{year}-{edition}"
    speaker: ClassVar[tuple[str, ...]] = ("/vlk",)
    points: ClassVar[tuple[str, ...]] = ("4", "7")


class ArticleQuarters(Entry):
    """An article's sum by quarters of the year. Cents."""

    article: Code
    q1_cents: Cents
    q2_cents: Cents
    q3_cents: Cents
    q4_cents: Cents


class RevenueQuarters(Entry):
    """A line of revenue by quarters of the year. Cents."""

    code: Code
    q1_cents: Cents
    q2_cents: Cents
    q3_cents: Cents
    q4_cents: Cents


class Share(Entry):
    """What a payer may contract and pay out of an article in the year. Cents."""

    payer: PayerCode
    article: Code
    amount_cents: Cents


class DistributionProposed(Data):
    """The year's sums by quarter and by payer, of some articles or of all (point 12). Cents."""

    type: ClassVar[str] = "distribution.proposed"
    subject: ClassVar[str] = "{year}-{edition}"
    speaker: ClassVar[tuple[str, ...]] = ("/vlk",)
    points: ClassVar[tuple[str, ...]] = ("12",)

    year: Year
    edition: Count
    quarters: Many[ArticleQuarters]
    shares: Many[Share]
    revenue_quarters: Many[RevenueQuarters] = ()

    @model_validator(mode="after")
    def _each_line_once(self) -> Self:
        if article := twice([line.article for line in self.quarters]):
            raise contradiction("quarters: article {article} stands twice", article=article)
        if share := twice([(line.payer, line.article) for line in self.shares]):
            raise contradiction("shares: {payer} stands twice in article {article}", payer=share[0], article=share[1])
        if code := twice([line.code for line in self.revenue_quarters]):
            raise contradiction("revenue_quarters: line {code} stands twice", code=code)
        return self


# -------------------------------------------------------------------------------------------------------- the contracts


class Provider(Entry):
    """Who the contract is with. Check digits are tested where a person enters them."""

    code: ProviderCode
    name: Name
    iban: Iban


class ServicePrice(Entry):
    """What one unit of a service costs under the contract. Cents."""

    code: ServiceCode
    unit_price_cents: Cents


class Contract(Data):
    """A contract of a payer with a provider, for one article and one year. Cents."""

    contract_id: Id
    year: Year
    payer: PayerCode
    article: Code
    source: MoneySource
    provider: Provider
    ceiling_cents: Cents | None = Field(description="null: the volume is not capped")
    valid_from: Day
    valid_to: Day
    payment_days: PaymentDays = Field(default=30, description="from acceptance to payment")
    services: Many[ServicePrice] = Field(description="empty: prices are not checked")
    review: Literal["automatic", "clerk"] = Field(default="automatic", description="clerk: a person looks last")

    @model_validator(mode="after")
    def _days_and_prices_agree(self) -> Self:
        if self.valid_to < self.valid_from:
            raise contradiction(
                "valid_to {valid_to} is before valid_from {valid_from}",
                valid_to=self.valid_to.isoformat(),
                valid_from=self.valid_from.isoformat(),
            )
        if code := twice([service.code for service in self.services]):
            raise contradiction("services: {code} stands twice", code=code)
        return self


class ContractProposed(Contract):
    """A payer wants to conclude a contract within its share (point 13). Cents."""

    type: ClassVar[str] = "contract.proposed"
    subject: ClassVar[str] = "{contract_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/vlk", "/tlk/{payer}")
    points: ClassVar[tuple[str, ...]] = ("13",)


class ContractChangeProposed(Data):
    """A payer wants another ceiling for a contract (point 13). Cents."""

    type: ClassVar[str] = "contract.change.proposed"
    subject: ClassVar[str] = "{contract_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/vlk", "/tlk/{payer}")
    points: ClassVar[tuple[str, ...]] = ("13",)

    contract_id: Id
    ceiling_cents: Cents | None = Field(description="null: the volume is not capped")


class ContractEnded(Data):
    """A contract ends before its term (point 13); the months up to the day may still be invoiced."""

    type: ClassVar[str] = "contract.ended"
    subject: ClassVar[str] = "{contract_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/vlk", "/tlk/{payer}")
    points: ClassVar[tuple[str, ...]] = ("13",)

    contract_id: Id
    on: Day


# --------------------------------------------------------------------------------------------------------- the invoices


class InvoiceReviewed(Data):
    """A clerk's word on an invoice of a contract that asks for one (point 15)."""

    type: ClassVar[str] = "invoice.reviewed"
    subject: ClassVar[str] = "{invoice_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/vlk", "/tlk/{payer}")
    keyed_by: ClassVar[str | None] = "provider_code"
    points: ClassVar[tuple[str, ...]] = ("15",)

    invoice_id: InvoiceId
    contract_id: Id
    verdict: Literal["accept", "return"]
    reasons: Many[Reason] = ()

    @property
    def provider_code(self) -> str:
        """Whose invoice it is: the first part of its id."""
        return self.invoice_id.partition("/")[0]


# --------------------------------------------------------------------------------------- the reserve, Sodra, the payers


class ReserveTransferApproved(Data):
    """The VLK's director approves a planned transfer to the reserve (point 10). Cents."""

    type: ClassVar[str] = "reserve.transfer.approved"
    subject: ClassVar[str] = "{year}-{kind}"
    speaker: ClassVar[tuple[str, ...]] = ("/vlk",)
    points: ClassVar[tuple[str, ...]] = ("9", "10")

    year: Year
    kind: Literal["9.1", "9.2"]
    amount_cents: Cents
    document: Document


class SodraStatementReviewed(Data):
    """A clerk's word on Sodra's statement, where the fund asks for one (point 22)."""

    type: ClassVar[str] = "sodra.statement.reviewed"
    subject: ClassVar[str] = "{year}-Q{quarter}"
    speaker: ClassVar[tuple[str, ...]] = ("/vlk",)
    points: ClassVar[tuple[str, ...]] = ("22",)

    year: Year
    quarter: Quarter
    submission: Count
    verdict: Literal["approve", "return"]
    reasons: Many[Reason] = ()


class PayerYearReported(Data):
    """A TLK's report of the past year's money on its account (point 24). Cents."""

    type: ClassVar[str] = "payer.year.reported"
    subject: ClassVar[str] = "{payer}-{source}-{year}"
    speaker: ClassVar[tuple[str, ...]] = ("/tlk/{payer}",)
    points: ClassVar[tuple[str, ...]] = ("24", "25")

    payer: PayerCode
    year: Year = Field(description="up to 2198: its balance is returned by a day of the next year")
    source: MoneySource = "PSDF"
    received_cents: Cents
    used_cents: Cents
    balance_cents: Cents

    @model_validator(mode="after")
    def _has_a_next_year(self) -> Self:
        if self.year == LAST_YEAR:
            raise contradiction("year {year}: no event can name a day of the next one", year=self.year)
        return self


class PayerMerged(Data):
    """A payer becomes part of another from a day on: its contracts, shares, queues and cash are the other's."""

    type: ClassVar[str] = "payer.merged"
    subject: ClassVar[str] = "{payer}"
    speaker: ClassVar[tuple[str, ...]] = ("/vlk",)
    points: ClassVar[tuple[str, ...]] = ("12", "13")

    payer: PayerCode
    into: PayerCode
    on: Day

    @model_validator(mode="after")
    def _into_another(self) -> Self:
        if self.payer == self.into:
            raise contradiction("payer {payer} can't be merged into itself", payer=self.payer)
        return self


# ----------------------------------------------------------------------------------------------------------- the claims


class RecoveryClaimed(Data):
    """A payer claims money back from a provider: damage (point 20) or a payment without ground (point 21). Cents."""

    type: ClassVar[str] = "recovery.claimed"
    subject: ClassVar[str] = "{claim_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/vlk", "/tlk/{payer}")
    points: ClassVar[tuple[str, ...]] = ("20", "21")

    claim_id: Id
    provider_code: ProviderCode
    invoice_id: InvoiceId | None = None
    amount_cents: Cents
    basis: Literal["20", "21"]
    reason: Reasoned


class RecoverySettled(Data):
    """A claim is met, in part or whole: repaid, set off against an invoice, or written off (points 20, 21). Cents."""

    type: ClassVar[str] = "recovery.settled"
    subject: ClassVar[str] = "{claim_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/vlk", "/tlk/{payer}")
    points: ClassVar[tuple[str, ...]] = ("20", "21")

    claim_id: Id
    amount_cents: Cents
    how: Literal["repaid", "set_off", "written_off"]
    invoice_id: InvoiceId | None = Field(default=None, description="of a set-off: against which invoice")
    document: Document
