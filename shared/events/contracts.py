"""What the contracts service says: budgets, distributions and contracts, adopted or refused."""

from typing import Annotated

from shared.events.record import Record, event
from shared.events.vlk import ArticleQuarters, Budget, Contract, MonthExpense, RevenueQuarters, Share
from shared.kernel.fields import (
    Count,
    Day,
    Doc,
    Document,
    Iban,
    Id,
    Many,
    Month,
    PayerCode,
    ProviderCode,
    Rules,
    SumCents,
    Year,
)
from shared.kernel.reason import Reason
from shared.kernel.value import value


@event("budget.adopted", about="{year}-{edition}", points=("7",))
class BudgetAdopted(Budget):
    """An edition of the budget is taken (point 7); the one source of it for the other services. Cents."""

    flags: Annotated[Many[Reason], Doc("what is odd in it, and refuses nothing")] = ()
    rules: Rules


@event("budget.refused", about="{year}-{edition}", points=("7",))
class BudgetRefused(Record):
    """An edition of the budget is not taken (point 7)."""

    year: Year
    edition: Count
    reasons: Many[Reason]
    rules: Rules


@event("distribution.adopted", about="{year}-{edition}", points=("12",))
class DistributionAdopted(Record):
    """The year's shares and quarters stand until the next distribution (point 12). Cents."""

    year: Year
    edition: Count
    shares: Many[Share]
    quarters: Many[ArticleQuarters]
    revenue_quarters: Many[RevenueQuarters] = ()
    rules: Rules


@event("distribution.refused", about="{year}-{edition}", points=("12",))
class DistributionRefused(Record):
    """A distribution is not taken (point 12)."""

    year: Year
    edition: Count
    reasons: Many[Reason]
    rules: Rules


@value
class MonthPlan(Record):
    """The plan of a month's largest expenses, as the director approved it. Cents."""

    month: Month
    expenses: Many[MonthExpense]
    document: Document


@event("month.plan.adopted", about="{month}", points=("11",))
class MonthPlanAdopted(MonthPlan):
    """The month's plan fits a twelfth of last year's expenses, and is kept (point 11). Cents."""

    cap_cents: Annotated[SumCents, Doc("a twelfth of last year's expenses, which payments keeps to")]
    rules: Rules


@event("month.plan.refused", about="{month}", points=("11",))
class MonthPlanRefused(MonthPlan):
    """The month's plan is not taken: every reason, with its numbers (point 11). Cents."""

    reasons: Many[Reason]
    rules: Rules


@event("contract.concluded", about="{contract_id}", points=("13",), keyed_by="provider_code")
class ContractConcluded(Contract):
    """A contract is concluded: its ceiling fits the share (point 13). Cents."""

    formerly: Annotated[Many[PayerCode], Doc("payers merged into the payer, which may name it still")] = ()
    rules: Rules

    @property
    def provider_code(self) -> str:
        """Whose contract it is."""
        return self.provider.code


@event("contract.refused", about="{contract_id}", points=("13",))
class ContractRefused(Record):
    """A contract is not concluded (point 13); the reasons hold share, contracted, asked and free."""

    contract_id: Id
    reasons: Many[Reason]
    rules: Rules


@event("contract.changed", about="{contract_id}", points=("13",), keyed_by="provider_code")
class ContractChanged(Record):
    """A contract has another ceiling, an end, or another payer (point 13). Cents."""

    contract_id: Id
    provider_code: ProviderCode
    ceiling_cents: Annotated[SumCents | None, Doc("null: not capped; of an ended one: the sum it still counts with")]
    ended_on: Day | None = None
    payer: Annotated[PayerCode | None, Doc("the payer it has now, where it has another")] = None
    formerly: Annotated[Many[PayerCode], Doc("payers merged into the payer, which may name it still")] = ()
    rules: Rules


@event("contract.account.confirmed", about="{contract_id}", points=("13", "16"))
class ContractAccountConfirmed(Record):
    """All of a contract that is not ordered is paid to this account; what was held for it is paid (points 13, 16)."""

    contract_id: Id
    provider_code: ProviderCode
    iban: Iban
    rules: Rules


@event("contract.change.refused", about="{contract_id}", points=("13",))
class ContractChangeRefused(Record):
    """A contract is not changed (point 13)."""

    contract_id: Id
    reasons: Many[Reason]
    rules: Rules


@event("payer.merger.refused", about="{payer}", points=("26",))
class PayerMergerRefused(Record):
    """A merger of a payer that the fund does not have, or of the VLK: it acts nowhere."""

    payer: PayerCode
    into: PayerCode
    on: Day
    reasons: Many[Reason]
    rules: Rules
