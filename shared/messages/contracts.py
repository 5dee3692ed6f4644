"""What the contracts service says: budgets, distributions and contracts, adopted or refused."""

from typing import ClassVar

from pydantic import Field

from shared.messages.fields import Count, Day, Decision, Id, Many, PayerCode, ProviderCode, Reason, SumCents, Year
from shared.messages.vlk import ArticleQuarters, Budget, Contract, RevenueQuarters, Share


class BudgetAdopted(Budget, Decision):
    """An edition of the budget is taken (point 7); the one source of it for the other services. Cents."""

    type: ClassVar[str] = "budget.adopted"
    subject: ClassVar[str] = "{year}-{edition}"
    speaker: ClassVar[tuple[str, ...]] = ("/contracts",)
    points: ClassVar[tuple[str, ...]] = ("7",)

    flags: Many[Reason] = Field(default=(), description="what is odd in it, and refuses nothing")


class BudgetRefused(Decision):
    """An edition of the budget is not taken (point 7)."""

    type: ClassVar[str] = "budget.refused"
    subject: ClassVar[str] = "{year}-{edition}"
    speaker: ClassVar[tuple[str, ...]] = ("/contracts",)
    points: ClassVar[tuple[str, ...]] = ("7",)

    year: Year
    edition: Count
    reasons: Many[Reason]


class DistributionAdopted(Decision):
    """The year's shares and quarters stand until the next distribution (point 12). Cents."""

    type: ClassVar[str] = "distribution.adopted"
    subject: ClassVar[str] = "{year}-{edition}"
    speaker: ClassVar[tuple[str, ...]] = ("/contracts",)
    points: ClassVar[tuple[str, ...]] = ("12",)

    year: Year
    edition: Count
    shares: Many[Share]
    quarters: Many[ArticleQuarters]
    revenue_quarters: Many[RevenueQuarters] = ()


class DistributionRefused(Decision):
    """A distribution is not taken (point 12)."""

    type: ClassVar[str] = "distribution.refused"
    subject: ClassVar[str] = "{year}-{edition}"
    speaker: ClassVar[tuple[str, ...]] = ("/contracts",)
    points: ClassVar[tuple[str, ...]] = ("12",)

    year: Year
    edition: Count
    reasons: Many[Reason]


class ContractConcluded(Contract, Decision):
    """A contract is concluded: its ceiling fits the share (point 13). Cents."""

    type: ClassVar[str] = "contract.concluded"
    subject: ClassVar[str] = "{contract_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/contracts",)
    keyed_by: ClassVar[str | None] = "provider_code"
    points: ClassVar[tuple[str, ...]] = ("13",)

    formerly: Many[PayerCode] = Field(default=(), description="payers merged into the payer, which may name it still")

    @property
    def provider_code(self) -> str:
        """Whose contract it is."""
        return self.provider.code


class ContractRefused(Decision):
    """A contract is not concluded (point 13); the reasons hold share, contracted, asked and free."""

    type: ClassVar[str] = "contract.refused"
    subject: ClassVar[str] = "{contract_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/contracts",)
    points: ClassVar[tuple[str, ...]] = ("13",)

    contract_id: Id
    reasons: Many[Reason]


class ContractChanged(Decision):
    """A contract has another ceiling, an end, or another payer (point 13). Cents."""

    type: ClassVar[str] = "contract.changed"
    subject: ClassVar[str] = "{contract_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/contracts",)
    keyed_by: ClassVar[str | None] = "provider_code"
    points: ClassVar[tuple[str, ...]] = ("13",)

    contract_id: Id
    provider_code: ProviderCode
    ceiling_cents: SumCents | None = Field(
        description="null: not capped; of an ended one: the sum it still counts with"
    )
    ended_on: Day | None = None
    payer: PayerCode | None = Field(default=None, description="the payer it has now, where it has another")
    formerly: Many[PayerCode] = Field(default=(), description="payers merged into the payer, which may name it still")


class ContractChangeRefused(Decision):
    """A contract is not changed (point 13)."""

    type: ClassVar[str] = "contract.change.refused"
    subject: ClassVar[str] = "{contract_id}"
    speaker: ClassVar[tuple[str, ...]] = ("/contracts",)
    points: ClassVar[tuple[str, ...]] = ("13",)

    contract_id: Id
    reasons: Many[Reason]


class PayerMergerRefused(Decision):
    """A merger of a payer that the fund does not have, or of the VLK: it acts nowhere."""

    type: ClassVar[str] = "payer.merger.refused"
    subject: ClassVar[str] = "{payer}"
    speaker: ClassVar[tuple[str, ...]] = ("/contracts",)
    points: ClassVar[tuple[str, ...]] = ("26",)

    payer: PayerCode
    into: PayerCode
    on: Day
    reasons: Many[Reason]
