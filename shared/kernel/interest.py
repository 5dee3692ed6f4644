"""Late-payment interest (Health Insurance Law, Article 27(2)): what has accrued at the rates of the fund's file.

It is shown and never paid: the Rules name no payment of it. A fund without a rate shows nothing.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from shared.kernel.calendar import DAY
from shared.kernel.money import Cents
from shared.kernel.value import value

HUNDREDTHS: Final = 10_000
DAYS_OF_YEAR: Final = 365


@value
class InterestRate:
    """A rate a year in hundredths of a percent (850 = 8.50 %), from a day to a day, both included; where it stands."""

    hundredths: int
    from_day: date
    to_day: date | None
    source_lt: str


class Interest(NamedTuple):
    """What has accrued, in cents, and over how many days."""

    cents: Cents
    days: int


def accrued(rates: Sequence[InterestRate], rest: Cents, due_on: date, until: date) -> Interest:
    """What a rest bears from the day after it was due to a day, both included; a year has 365 days (I).

    The whole sum is rounded once, half up. Days of which no rate is given bear nothing, and count as days.
    """
    weighed = sum(rate.hundredths * days_within(rate, due_on + DAY, until) for rate in rates)
    whole = HUNDREDTHS * DAYS_OF_YEAR
    return Interest((2 * rest * weighed + whole) // (2 * whole), max(0, (until - due_on).days))


def days_within(rate: InterestRate, first: date, last: date) -> int:
    """How many days of a period a rate is in force."""
    begins, ends = max(first, rate.from_day), last if rate.to_day is None else min(last, rate.to_day)
    return max(0, (ends - begins).days + 1)
