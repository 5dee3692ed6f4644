"""24, 25. What a territorial fund has left returns once: also when it is merged, and when the fund has just begun here."""

import json
from datetime import date

import pytest

from services.reconciliation.service import RECONCILIATION
from tests.given import budget, cash, day, merged, said, story
from tests.invariants.whole import Whole
from tests.rules.reconciliation.test_25_payer_year import KAUNAS, answered, closed, ordered, year_report

VILNIUS = "TLK-VILNIUS"


def returned(*, kaunas_reported: bool) -> int:
    """Kaunas has 30 left, Vilnius 10; one of them has reported when Kaunas joins Vilnius, the other reports after it."""
    fund = closed("2027-01-04").given(cash(10, VILNIUS, value_on="2026-12-30"))
    orders = 0
    first = year_report(100, 70, 30) if kaunas_reported else year_report(10, 0, 10, VILNIUS)
    after = [year_report(110, 70, 40, VILNIUS), year_report(10, 0, 10, VILNIUS), year_report(100, 70, 30)]
    for happened in (first, merged(KAUNAS, VILNIUS, "2027-01-04"), *after, day("2027-01-12")):
        fund.when(happened)
        orders += sum(c["data"]["amount_cents"] for c in fund.came if c["type"] == "balance.return.ordered")
    return orders


def test_25_26_a_balance_that_was_returned_before_the_merger_is_not_returned_again() -> None:
    assert returned(kaunas_reported=True) == 40


def test_25_26_a_balance_that_joins_an_accepted_year_returns_too() -> None:
    assert returned(kaunas_reported=False) == 40


@pytest.mark.parametrize("day_told", [True, False])
def test_24_the_first_day_of_the_fund_is_that_of_its_first_event_whatever_it_is(day_told: bool) -> None:
    """31 December is the first day of all; the year that ends with it has a report to miss."""
    whole = Whole(since=date(2026, 12, 31))
    whole.happens(day("2026-12-31") if day_told else budget({"04": 10}))
    whole.happens(day("2027-01-02"))
    whole.happens(cash(5, KAUNAS, value_on="2026-12-31"))
    whole.happens(day("2027-01-06"))
    assert "payer.year.overdue" in [json.loads(raw)["type"] for raw in whole.said]


def test_25_an_order_that_the_bank_rejects_two_years_later_is_given_back() -> None:
    """The ledger of its year is kept until it is answered: a late answer stops nothing, and loses nothing."""
    fund = story(RECONCILIATION, since="2026-12-28").given(
        cash(100, KAUNAS, value_on="2026-12-28"),
        ordered("A#1", 70),
        day("2027-01-04"),
        year_report(100, 70, 30),
        *(day(f"{year}-01-04") for year in (2028, 2029, 2030)),
    )
    fund.when(answered("A#1", "rejected", 70))
    fund.then(said("balance.return.ordered", payer=KAUNAS, year=2026, amount_cents=70))
