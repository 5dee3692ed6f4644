"""V10, L3, point 11. The director's plan of a month's largest expenses: taken within the twelfth, for months without a budget."""

from services.contracts.service import CONTRACTS
from tests.engine.story import Happening
from tests.given import because, budget, cents, event, said, story


def plan(month: str = "2026-01", document: str = "1K-2", **expenses: int) -> Happening:
    rows = [{"article": article.strip("a"), "amount_cents": amount} for article, amount in expenses.items()]
    return event("month.plan.approved", "/vlk", month=month, expenses=rows, document=document)


def test_11_V10_L3_a_plan_within_the_twelfth_is_taken_with_the_cap() -> None:
    story(CONTRACTS).given(budget({"04": 900, "06": 300}, year=2025)).when(plan(a04=60, a06=40)).then(
        said("month.plan.adopted", month="2026-01", cap_cents=100, document="1K-2", rules=["11"])
    )


def test_11_V10_L3_a_cent_over_the_twelfth_is_refused_with_both_sums() -> None:
    over = because("over_twelfth", "11", month="2026-01", **cents(cap=100, asked=101))
    story(CONTRACTS).given(budget({"04": 900, "06": 300}, year=2025)).when(plan(a04=61, a06=40)).then(
        said("month.plan.refused", reasons=[over])
    )


def test_11_V10_L3_where_a_budget_is_in_force_no_plan_is_needed() -> None:
    fund = story(CONTRACTS).given(budget({"04": 900}, year=2025), budget({"04": 900}, in_force_from="2026-02-01"))
    fund.when(plan(a04=1)).then(said("month.plan.adopted"))
    fund.when(plan("2026-02", a04=1)).then(
        said("month.plan.refused", reasons=[because("budget_in_force", "11", month="2026-02")])
    )


def test_11_V10_L3_without_last_years_budget_or_an_order_it_is_refused() -> None:
    reasons = [because("no_budget", "11", year=2026), because("no_document", "11")]
    story(CONTRACTS).when(plan(document=" ", a04=1)).then(said("month.plan.refused", reasons=reasons))
