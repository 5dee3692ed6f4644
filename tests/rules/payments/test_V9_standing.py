"""V9, R9. Where the fund stands without a budget, and what people are warned of."""

from datetime import date

from services.contracts.service import CONTRACTS, CONTRACTS_STREAM
from services.contracts.views import contracted, quarter_plans
from services.payments.service import FUND, PAYMENTS
from services.payments.views import fund_standing
from tests.given import budget, contract, invoice, shares, story


def test_V9_without_a_budget_there_is_no_number_and_the_months_room_instead() -> None:
    fund = story(PAYMENTS).given(budget({"04": 1_200}, year=2025), invoice("A", 70, due_on="2026-01-30"))
    standing = fund_standing(fund.engine.state(FUND), "VLK")
    (article,) = standing.articles
    assert (article.committed_cents, article.limit_cents, article.left_cents) == (70, None, None)
    assert standing.month is not None
    assert (standing.month.limit_cents, standing.month.committed_cents, standing.month.left_cents) == (100, 70, 30)


def test_V9_with_a_budget_an_article_has_its_numbers_and_the_month_none() -> None:
    fund = story(PAYMENTS).given(budget({"04": 100}), shares("04", VLK=100), invoice("A", 70))
    standing = fund_standing(fund.engine.state(FUND), "VLK")
    assert [(a.limit_cents, a.left_cents) for a in standing.articles if a.article == "04"] == [(100, 30)]
    assert standing.month is None


def test_R9_a_pot_with_more_contracts_than_share_has_less_than_nothing_free() -> None:
    fund = story(CONTRACTS).given(
        budget({"04": 100}), shares("04", VLK=100), contract("C-1", 80), shares("04", VLK=50, TLK_KAUNAS=50)
    )
    found = {(p.payer, p.article): p.free_cents for p in contracted(fund.engine.state(CONTRACTS_STREAM), 2026)}
    assert found == {("VLK", "04"): -30, ("TLK-KAUNAS", "04"): 50}


def test_R9_of_state_money_each_pot_shows_its_own_contracts() -> None:
    fund = story(CONTRACTS).given(budget({"04": 100}, state=100), contract("C-1", 30, source="STATE"))
    fund.given(contract("C-2", 20, source="STATE", payer="TLK-KAUNAS"))
    found = [(p.payer, p.contracted_cents, p.free_cents) for p in contracted(fund.engine.state(CONTRACTS_STREAM), 2026)]
    assert found == [("TLK-KAUNAS", 20, 50), ("VLK", 30, 50)]


def test_R9_the_plan_runs_up_to_the_end_of_the_quarter() -> None:
    fund = story(CONTRACTS).given(budget({"04": 103}), shares("04", VLK=103))
    state = fund.engine.state(CONTRACTS_STREAM)
    for day, plan in ((date(2026, 1, 2), 25), (date(2026, 6, 30), 50), (date(2026, 12, 31), 103)):
        assert [each.plan_cents for each in quarter_plans(state, day)] == [plan]
