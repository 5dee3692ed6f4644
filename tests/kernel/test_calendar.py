"""Terms end on working days, orders run on bank days, a day is a day in Vilnius (Civil Code 1.118-1.122; point 16)."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.calendar import (
    DAY,
    VILNIUS,
    Calendar,
    Holiday,
    day_of,
    days_between,
    easter,
    first_day,
    last_day,
    midnight,
    month_of,
    quarter_end,
    quarter_of,
)
from shared.statute import load_fund

CALENDAR = load_fund().calendar
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("point", "event", "days", "ends"),
    [
        ("15: received on a Friday, the 15th day is a Saturday", date(2026, 1, 9), 15, date(2026, 1, 26)),
        ("16: accepted on a Monday", date(2026, 1, 26), 30, date(2026, 2, 25)),
        ("15: over Easter", date(2026, 3, 20), 15, date(2026, 4, 7)),
        ("15: over Christmas", date(2026, 12, 10), 15, date(2026, 12, 28)),
        ("22: first statement", date(2026, 1, 15), 10, date(2026, 1, 26)),
        ("22: corrected statement, from the first one", date(2026, 1, 15), 15, date(2026, 1, 30)),
        ("22: corrected statement, from itself", date(2026, 1, 27), 10, date(2026, 2, 6)),
        ("22: compensation", date(2026, 1, 27), 30, date(2026, 2, 26)),
        ("a term of no days ends on the day itself", date(2026, 1, 9), 0, date(2026, 1, 9)),
    ],
)
def test_16_a_term_starts_the_day_after_and_ends_on_a_working_day(
    point: str, event: date, days: int, ends: date
) -> None:
    assert CALENDAR.term(event, days) == ends, point


def test_25_a_return_due_on_a_saturday_is_due_on_monday() -> None:
    assert CALENDAR.roll(date(2026, 1, 10)) == date(2026, 1, 12)


@given(day=DAYS)
def test_16_a_term_rolls_to_the_first_working_day_and_no_further(day: date) -> None:
    ends = CALENDAR.roll(day)
    assert ends >= day
    assert CALENDAR.is_working_day(ends)
    assert not any(CALENDAR.is_working_day(day + n * DAY) for n in range((ends - day).days))


@given(day=DAYS)
def test_16_a_bank_day_is_working_and_settling_and_the_nearest_one(day: date) -> None:
    after, before = CALENDAR.bank_day_from(day), CALENDAR.bank_day_until(day)
    assert before <= day <= after
    between = [before, *days_between(before, after)]
    assert [d for d in between if CALENDAR.is_working_day(d) and CALENDAR.is_settlement_day(d)] == sorted(
        {before, after}
    )


@pytest.mark.parametrize(
    ("day", "working", "settling"),
    [
        (date(2026, 4, 2), True, True),  # Maundy Thursday
        (date(2026, 4, 3), True, False),  # Good Friday: work goes on, TARGET is closed
        (date(2026, 4, 4), False, False),  # Saturday
        (date(2026, 4, 5), False, False),  # Easter
        (date(2026, 4, 6), False, False),  # Easter Monday
        (date(2026, 4, 7), True, True),
        (date(2026, 2, 16), False, True),  # a Monday, holiday in Lithuania only
        (date(2026, 12, 24), False, True),
        (date(2026, 12, 25), False, False),
        (date(2019, 11, 1), False, True),
        (date(2020, 11, 2), False, True),  # a Monday: a public holiday since 2020
        (date(2015, 11, 2), True, True),  # a Monday before that
    ],
)
def test_16_days_of_the_law_and_days_of_the_bank(day: date, working: bool, settling: bool) -> None:
    assert CALENDAR.is_working_day(day) is working
    assert CALENDAR.is_settlement_day(day) is settling
    assert CALENDAR.is_bank_day(day) is (working and settling)


def test_16_closed_weekdays_of_a_year_are_named() -> None:
    closed = {each.day: (each.legal, each.settlement) for each in CALENDAR.closed(2026)}
    every = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert list(closed) == [day for day in every if day.weekday() < 5 and not CALENDAR.is_bank_day(day)]
    assert closed[date(2026, 4, 3)] == ("", "Didysis penktadienis")
    assert closed[date(2026, 4, 6)] == ("Antroji Velykų diena", "Antroji Velykų diena")
    assert closed[date(2026, 2, 16)] == ("Lietuvos valstybės atkūrimo diena", "")


def test_16_bank_days_around_easter() -> None:
    assert CALENDAR.bank_day_until(date(2026, 4, 6)) == date(2026, 4, 2)
    assert CALENDAR.bank_day_from(date(2026, 4, 3)) == date(2026, 4, 7)
    assert CALENDAR.bank_day_from(date(2026, 4, 7)) == CALENDAR.bank_day_until(date(2026, 4, 7)) == date(2026, 4, 7)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 1, 9, 23, 59, 59, tzinfo=VILNIUS), date(2026, 1, 9)),
        (datetime(2026, 1, 9, 21, 59, 59, tzinfo=UTC), date(2026, 1, 9)),  # 23:59:59 in winter
        (datetime(2026, 1, 9, 22, 0, tzinfo=UTC), date(2026, 1, 10)),
        (datetime(2026, 7, 9, 20, 59, 59, tzinfo=UTC), date(2026, 7, 9)),  # 23:59:59 in summer
        (datetime(2026, 7, 9, 21, 0, tzinfo=UTC), date(2026, 7, 10)),
        (datetime(2026, 3, 28, 22, 0, tzinfo=UTC), date(2026, 3, 29)),  # the night of the spring change begins
        (datetime(2026, 3, 29, 20, 59, tzinfo=UTC), date(2026, 3, 29)),  # and its day, of 23 hours, ends
        (datetime(2026, 3, 29, 21, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 21, 0, tzinfo=UTC), date(2026, 10, 25)),  # the day of 25 hours
        (datetime(2026, 10, 25, 21, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 0, tzinfo=UTC), date(2026, 10, 26)),
        (datetime(2026, 1, 10, 0, 30, tzinfo=timezone(timedelta(hours=3))), date(2026, 1, 9)),  # sent from farther east
    ],
)
def test_16_what_is_received_at_23_59_in_vilnius_counts_that_day(moment: datetime, day: date) -> None:
    assert day_of(moment) == day


@given(day=DAYS)
def test_16_a_day_starts_at_its_midnight_in_vilnius(day: date) -> None:
    start = midnight(day).astimezone(UTC)
    assert day_of(start) == day
    assert day_of(start - timedelta(microseconds=1)) == day - DAY


@pytest.mark.parametrize(
    "sunday",
    [
        date(1818, 3, 22),  # the earliest possible
        date(1943, 4, 25),  # the latest possible
        date(1954, 4, 18),  # the two exceptions of the Gregorian rule
        date(1981, 4, 19),
        date(2000, 4, 23),
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
        date(2038, 4, 25),
    ],
)
def test_easter(sunday: date) -> None:
    assert easter(sunday.year) == sunday


@given(year=st.integers(1583, 4000))
def test_easter_is_a_sunday_from_22_march_to_25_april(year: int) -> None:
    assert easter(year).isoweekday() == 7
    assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25)


def test_a_holiday_exists_from_a_year_to_a_year() -> None:
    fixed = Holiday(name="fixed", month=11, day=2, from_year=2020, to_year=2022)
    moving = Holiday(name="moving", easter_offset=-2)
    assert [fixed.on(year) for year in (2019, 2020, 2022, 2023)] == [None, date(2020, 11, 2), date(2022, 11, 2), None]
    assert moving.on(2026) == date(2026, 4, 3)


def test_a_calendar_without_holidays_knows_saturday_and_sunday() -> None:
    bare = Calendar(legal=(), settlement=())
    assert [bare.is_bank_day(date(2026, 1, day)) for day in range(1, 8)] == [True, True, False, False, True, True, True]


def test_days_between_counts_neither_the_event_nor_beyond_the_end() -> None:
    assert list(days_between(date(2026, 2, 27), date(2026, 3, 2))) == [
        date(2026, 2, 28),
        date(2026, 3, 1),
        date(2026, 3, 2),
    ]
    assert not list(days_between(date(2026, 3, 2), date(2026, 3, 2)))
    assert not list(days_between(date(2026, 3, 2), date(2026, 3, 1)))


@given(day=DAYS)
def test_14_a_month_reaches_from_its_first_day_to_its_last(day: date) -> None:
    month = month_of(day)
    assert first_day(month) <= day <= last_day(month)
    assert month_of(first_day(month)) == month_of(last_day(month)) == month
    assert first_day(month).day == (last_day(month) + DAY).day == 1


@given(day=DAYS)
def test_22_a_quarter_ends_with_its_third_month(day: date) -> None:
    ends = quarter_end(day.year, quarter_of(day))
    assert day <= ends
    assert quarter_of(ends) == quarter_of(day)
    assert quarter_of(ends + DAY) == quarter_of(day) % 4 + 1


def test_22_months_and_quarters() -> None:
    assert (month_of(date(2022, 3, 9)), first_day("2022-03")) == ("2022-03", date(2022, 3, 1))
    assert last_day("2024-02") == date(2024, 2, 29)
    assert [quarter_of(date(2022, month, 1)) for month in range(1, 13)] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    assert [quarter_end(2022, quarter).isoformat()[5:] for quarter in (1, 2, 3, 4)] == [
        "03-31",
        "06-30",
        "09-30",
        "12-31",
    ]
