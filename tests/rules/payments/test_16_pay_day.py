"""16. The planned pay day: the last bank day not after the due date whose run is still to come."""

import pytest

from tests.engine.story import Story
from tests.given import bill, cash, day, invoice, of_vlk, said


def rich() -> Story:
    """A fund that can pay all."""
    return of_vlk(1_000_000).given(cash(1_000_000))


@pytest.mark.parametrize(
    ("accepted_on", "due_on", "pay_on"),
    [
        ("2026-03-02", "2026-04-01", "2026-04-01"),
        ("2026-03-04", "2026-04-03", "2026-04-02"),  # Good Friday: a working day of the law, the bank is closed
        ("2026-03-07", "2026-04-07", "2026-04-07"),  # the term ended on Easter Monday and was rolled
        ("2026-04-01", "2026-05-04", "2026-05-04"),
        ("2026-11-24", "2026-12-24", "2026-12-23"),  # a public holiday is no working day
        ("2026-06-01", "2026-06-06", "2026-06-05"),  # a due date on a Saturday
    ],
)
def test_16_the_pay_day_is_the_last_bank_day_not_after_the_due_date(accepted_on: str, due_on: str, pay_on: str) -> None:
    rich().given(day(accepted_on)).when(invoice("A", 400, due_on=due_on)).then(
        said("payment.scheduled", invoice_id=bill("A"), pay_on=pay_on, due_on=due_on, accepted_on=accepted_on)
    )


def test_16_an_invoice_due_today_after_the_run_is_paid_on_the_next_bank_day() -> None:
    rich().given(day("2026-04-02")).when(invoice("A", 400, due_on="2026-04-02")).then(
        said("payment.scheduled", pay_on="2026-04-07", due_on="2026-04-02")  # Good Friday, Easter
    )


def test_16_an_invoice_due_on_a_day_without_a_run_is_paid_on_the_next_one() -> None:
    rich().given(day("2026-04-04")).when(invoice("A", 400, due_on="2026-04-04")).then(
        said("payment.scheduled", pay_on="2026-04-07")
    )


def test_16_a_due_date_long_past_is_paid_on_the_next_run() -> None:
    rich().given(day("2026-03-03")).when(invoice("A", 400, due_on="2026-01-05")).then(
        said("payment.scheduled", pay_on="2026-03-04", due_on="2026-01-05")
    )
