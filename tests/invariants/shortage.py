"""What point 17 pays where money is short, counted once more: by it the orders of a day are judged."""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple


class Due(NamedTuple):
    """What an invoice asks, in cents, and its place: the day it was accepted, the moment it had come, its id."""

    accepted_on: str
    arrived: float
    invoice_id: str
    cents: int


def arrival(accepted: dict[str, str]) -> float:
    """The moment of the accepted submission; a compensation has none in its data, and is alone in its group."""
    arrived = accepted.get("arrived_at")
    return datetime.fromisoformat(arrived).timestamp() if arrived else 0.0


def pro_rata(cash: int, due: Iterable[Due]) -> dict[str, int]:
    """17, with fractions: the earliest day in full, the first that does not fit by largest remainder, then nothing."""
    paid: dict[str, int] = {}
    for _, some in groupby(sorted(due), key=itemgetter(0)):
        group = list(some)
        whole = sum(one.cents for one in group)
        share = min(cash, whole)
        exact = {one: Fraction(share * one.cents, whole) for one in group}
        order = sorted(group, key=lambda one: (int(exact[one]) - exact[one], one))
        cents = {one: int(part) for one, part in exact.items()}
        for one in order[: share - sum(cents.values())]:
            cents[one] += 1
        paid |= {one.invoice_id: part for one, part in cents.items() if part}
        cash -= share
    return paid
