"""The days of the demo: the calendar of the packaged fund, and the months between which invoices are written."""

import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from shared import statute
from shared.kernel.calendar import Calendar, Holiday, first_day, last_day, month_of

HOLIDAYS = Path(statute.__file__).parent / "holidays.toml"


@cache
def calendar() -> Calendar:
    """Working days in Lithuania and settlement days of TARGET."""
    table = tomllib.loads(HOLIDAYS.read_text(encoding="utf-8"))
    legal, settlement = (tuple(Holiday(**day) for day in table[name]) for name in ("legal", "settlement"))
    return Calendar(legal, settlement)


def next_month(month: str) -> str:
    """The month after the one given: ``2021-12`` -> ``2022-01``."""
    return month_of(date.fromordinal(last_day(month).toordinal() + 1))


def months(first: str, last: str) -> Iterator[str]:
    """Each month from the first to the last, both included."""
    month = first
    while month <= last:
        yield month
        month = next_month(month)


def plus(day: date, days: int) -> date:
    """The date so many days later (earlier where negative)."""
    return date.fromordinal(day.toordinal() + days)


def working_day_from(day: date) -> date:
    """The first working day on or after the day."""
    return calendar().roll(day)


def next_run(day: date) -> date:
    """The first bank day after the day: the next run of orders."""
    return calendar().bank_day_from(plus(day, 1))


def pay_day(accepted_on: date, payment_days: int) -> date:
    """The bank day on which an invoice accepted then is planned to be paid."""
    return calendar().bank_day_until(calendar().term(accepted_on, payment_days))


def start_of_next(month: str) -> date:
    """The day after a month ended."""
    return first_day(next_month(month))
