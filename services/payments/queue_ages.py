"""How long what waits in the queues has waited, by bands of days since it was accepted. Euro cents."""

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING

from services.payments.state import State
from shared.kernel.money import Cents
from shared.kernel.value import value

if TYPE_CHECKING:
    from datetime import date

AGES_DAYS = (0, 6, 11, 21, 31)
"""From how many days on an invoice is in each band; the last has no end."""


@value
class WaitsOfAge:
    """What was accepted so many days ago, up to so many (None: any longer), and waits: how many invoices, their sum."""

    from_days: int
    to_days: int | None
    count: int
    waiting_cents: Cents


def queue_ages(state: State) -> tuple[WaitsOfAge, ...]:
    """What waits in all queues, by how long it does on the state's day; nothing before its first."""
    if state.today is None:
        return ()
    accepted: defaultdict[date, list[Cents]] = defaultdict(list)
    for pot in state.queues:
        for invoice in state.queue(pot):
            accepted[invoice.accepted_on].append(invoice.waiting_cents)
    bands: list[list[Cents]] = [[] for _ in AGES_DAYS]
    for day, waiting in accepted.items():
        bands[bisect_right(AGES_DAYS, max((state.today - day).days, 0)) - 1] += waiting
    ends = (*(low - 1 for low in AGES_DAYS[1:]), None)
    return tuple(
        WaitsOfAge(from_days=low, to_days=high, count=len(waiting), waiting_cents=sum(waiting))
        for low, high, waiting in zip(AGES_DAYS, ends, bands, strict=True)
    )
