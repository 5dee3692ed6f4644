"""The calendars of the packaged fund, day by day against the library ``holidays``."""

import tomllib
from collections.abc import Callable
from datetime import date
from importlib.resources import files

import holidays
import pytest

from shared.kernel.calendar import SATURDAY, days_between
from shared.statute import load_fund

YEARS = range(2000, 2036)
CALENDAR = load_fund().calendar
LEGAL = holidays.country_holidays("LT", years=YEARS, language="lt")
SETTLEMENT = holidays.financial_holidays("ECB", years=YEARS)


def weekdays_that_differ(ours: Callable[[date], bool], theirs: holidays.HolidayBase) -> list[date]:
    every_day = days_between(date(YEARS.start - 1, 12, 31), date(YEARS.stop - 1, 12, 31))
    return [day for day in every_day if day.weekday() < SATURDAY and ours(day) is (day in theirs)]


def test_16_working_days_are_those_of_the_library_but_for_christmas_eve_before_2010() -> None:
    christmas_eves = [date(year, 12, 24) for year in range(2000, 2010)]
    assert weekdays_that_differ(CALENDAR.is_working_day, LEGAL) == [
        day for day in christmas_eves if day.weekday() < SATURDAY
    ]


def test_16_settlement_days_are_those_of_the_library() -> None:
    assert weekdays_that_differ(CALENDAR.is_settlement_day, SETTLEMENT) == []


@pytest.mark.parametrize("day", [date(2026, 1, 10), date(2026, 4, 5), date(2026, 5, 3), date(2026, 6, 7)])
def test_16_saturdays_and_sundays_are_closed_in_both(day: date) -> None:
    assert not CALENDAR.is_working_day(day)
    assert not CALENDAR.is_settlement_day(day)


def test_16_of_sixteen_public_holidays_two_are_always_sundays() -> None:
    of_a_year = {day: name for day, name in LEGAL.items() if day.year == 2026}
    never_in_the_file = [day for day, name in of_a_year.items() if name in {"Motinos diena", "Tėvo diena"}]
    in_the_file = tomllib.loads((files("shared.statute") / "holidays.toml").read_text(encoding="utf-8"))["legal"]
    assert len(of_a_year) == len(in_the_file) + len(never_in_the_file) == 16
    assert [day.isoweekday() for day in never_in_the_file] == [7, 7]
