"""16. Nothing is paid twice, whatever is redelivered or restarted."""

import pytest

from services.payments.service import PAYMENTS
from tests.engine.story import Story
from tests.given import bill, budget, cash, day, invoice, parked, report, said, shares, story


def paid(first_year: int) -> tuple[Story, object]:
    """A was paid in January of a year; there is money and room for it again."""
    accepted = invoice("A", 40, due_on=f"{first_year}-01-05")
    fund = story(PAYMENTS, since=f"{first_year}-01-02").given(
        budget({"04": 100}, year=first_year),
        shares("04", year=first_year, VLK=100),
        cash(1_000),
        accepted,
        day(f"{first_year}-01-05"),
        report("A#1"),
        budget({"04": 100}, on="2026-01-02"),
        shares("04", VLK=100),
    )
    return fund, accepted


@pytest.mark.parametrize("first_year", [2025, 2026])
def test_16_an_acceptance_delivered_again_in_this_or_the_next_year_is_not_paid_again(first_year: int) -> None:
    fund, accepted = paid(first_year)
    fund.when(accepted, day("2026-01-20")).then()  # type: ignore[arg-type]


def test_M1_an_acceptance_delivered_again_after_two_years_is_not_paid_again() -> None:
    """Inbox are remembered for ever."""
    fund, accepted = paid(2024)
    fund.when(accepted, day("2026-01-20")).then()  # type: ignore[arg-type]


def test_M1_an_acceptance_of_before_the_last_fund_year_that_was_never_heard_is_laid_aside_not_paid() -> None:
    fund, _ = paid(2024)
    never_heard = invoice("B", 40, accepted_on="2024-01-02", due_on="2024-01-05")
    fund.when(never_heard).then(parked("invoice.accepted"))
    assert "accepted_on: 2024-01-02 is not of the years 2025 to 2027" in fund.came[0]["data"]["error"]
    fund.when(day("2026-01-20")).then()


def test_16_every_message_of_a_payments_life_delivered_again_changes_nothing() -> None:
    lived = [
        budget({"04": 100}),
        shares("04", VLK=100),
        cash(40),
        invoice("A", 40, due_on="2026-01-05"),
        day("2026-01-05"),
        report("A#1", "rejected"),
        day("2026-01-07"),
        report("A#2"),
    ]
    fund = story(PAYMENTS).given(*lived)
    for happened in lived:
        fund.when(happened).then()
    assert bill("A") not in fund.state.invoices
    fund.when(day("2026-01-20")).then()
    fund.when(invoice("B", 61)).then(said("payment.deferred", reason="year_total"))
