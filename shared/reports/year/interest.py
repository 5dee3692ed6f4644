"""Late-payment interest of a year (Health Insurance Law, Article 27(2)): what each late rest has borne, by its days."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from shared.kernel.calendar import DAY, DECEMBER
from shared.kernel.interest import InterestRate, accrued
from shared.kernel.money import Cents
from shared.kernel.value import value


@value
class LateRest:
    """An invoice that was not paid by its day: how much of it was unpaid from which day on, in order, in cents."""

    invoice_id: str
    payer: str
    rests: tuple[tuple[date, Cents], ...]


@value
class LateInterest:
    """What a late invoice bore in the year, in cents, and on how many of its days something was unpaid."""

    invoice_id: str
    payer: str
    cents: Cents
    days: int


def interest_of(rates: Sequence[InterestRate], late: Sequence[LateRest], year: int, until: date) -> list[LateInterest]:
    """What each late invoice bore from the year's first day to a day of it, both included; nothing without a rate.

    Each part of a rest's life is rounded by itself; a rest bears up to the day before it is ordered.
    """
    last = min(until, date(year, DECEMBER, 31))
    found = []
    for each in late if rates else ():
        parts = list(parts_within(each, date(year, 1, 1), last))
        if parts:
            cents = sum(accrued(rates, rest, first - DAY, end).cents for first, end, rest in parts)
            days = sum((end - first).days + 1 for first, end, _ in parts)
            found.append(LateInterest(invoice_id=each.invoice_id, payer=each.payer, cents=cents, days=days))
    return found


def parts_within(late: LateRest, first: date, last: date) -> Iterator[tuple[date, date, Cents]]:
    """The days of a period with one rest each: the first day, the last, and what was unpaid; none where nothing was."""
    for (begins, rest), (changes, _) in pairwise((*late.rests, (last + DAY, 0))):
        start, end = max(begins, first), min(changes - DAY, last)
        if rest and start <= end:
            yield start, end, rest
