"""What several services read out of the same events: the kernel's own records, without pydantic."""

from collections.abc import Iterable

from shared.kernel.budget import Edition, ExpenseLine, RevenueLine
from shared.kernel.reason import Reason
from shared.messages.fields import Reason as ReasonData
from shared.messages.vlk import Budget

_SAME = (
    "year",
    "edition",
    "law",
    "in_force_from",
    "revenue_total_cents",
    "expenses_total_cents",
    "working_capital_cents",
    "reserve_main_cents",
    "reserve_risk_cents",
    "state_funds_cents",
    "reserve_transfer_cents",
    "working_capital_before_cents",
)


def edition_of(data: Budget) -> Edition:
    """Read the edition of a budget, as approved or as adopted."""
    return Edition(
        revenue=tuple(
            RevenueLine(code=line.code, name=line.name, sodra=line.sodra, amount_cents=line.amount_cents)
            for line in data.revenue
        ),
        expenses=tuple(
            ExpenseLine(
                article=line.article,
                name=line.name,
                health_care=line.health_care,
                sodra=line.sodra,
                amount_cents=line.amount_cents,
            )
            for line in data.expenses
        ),
        **{name: getattr(data, name) for name in _SAME},
    )


def reasons_of(reasons: Iterable[ReasonData]) -> tuple[Reason, ...]:
    """Read reasons as the kernel has them."""
    return tuple(Reason(code=reason.code, rule=reason.rule, terms=dict(reason.terms)) for reason in reasons)
