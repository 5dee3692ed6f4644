"""R9. What people are warned of: pots with more contracts than share, and the plan of the quarters."""

from datetime import date

from services.contracts.service import CONTRACTS, CONTRACTS_STREAM
from services.contracts.views import contracted, quarter_plans
from tests.given import budget, contract, shares, story


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
