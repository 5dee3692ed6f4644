"""HIL 27(2). Late-payment interest by days, at dated rates; rounded once, half up."""

from datetime import date

from shared.kernel.interest import Interest, InterestRate, accrued


def rate(hundredths: int, first: date, last: date | None = None) -> InterestRate:
    return InterestRate(hundredths=hundredths, from_day=first, to_day=last, source_lt="įsakymas")


EIGHT = (rate(800, date(2026, 1, 1)),)
TWO_RATES = (rate(800, date(2026, 1, 1), date(2026, 6, 30)), rate(1000, date(2026, 7, 1)))


def test_L4_a_year_bears_the_whole_rate() -> None:
    assert accrued(EIGHT, 100_000, date(2025, 12, 31), date(2026, 12, 31)) == Interest(8_000, 365)


def test_L4_the_first_day_is_the_one_after_it_was_due() -> None:
    assert accrued(EIGHT, 365_000_00, date(2026, 3, 2), date(2026, 3, 2)) == Interest(0, 0)
    assert accrued(EIGHT, 365_000_00, date(2026, 3, 2), date(2026, 3, 3)) == Interest(80_00, 1)
    assert accrued(EIGHT, 365_000_00, date(2026, 3, 9), date(2026, 3, 2)) == Interest(0, 0)


def test_L4_each_day_bears_the_rate_of_that_day() -> None:
    assert accrued(TWO_RATES, 365_000_00, date(2026, 6, 29), date(2026, 7, 2)) == Interest(80_00 + 2 * 100_00, 3)


def test_L4_days_without_a_rate_bear_nothing() -> None:
    assert accrued(EIGHT, 365_000_00, date(2025, 12, 29), date(2026, 1, 1)) == Interest(80_00, 3)
    assert accrued((), 365_000_00, date(2026, 1, 1), date(2026, 2, 1)) == Interest(0, 31)


def test_L4_half_a_cent_is_a_cent() -> None:
    assert accrued((rate(3_650, date(2026, 1, 1)),), 500, date(2026, 1, 1), date(2026, 1, 2)).cents == 1
    assert accrued((rate(3_650, date(2026, 1, 1)),), 499, date(2026, 1, 1), date(2026, 1, 2)).cents == 0
