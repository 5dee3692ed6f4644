"""The clock of both stacks: it tells that a day started, at midnight in Vilnius and at start; its id is the date.

It catches nothing up: an event of a day that has not started first starts all days up to it, in the stream that hears.
It believes no clock for good: where its own is set, or the broker took a day on another one, the day is told again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta

from shared.kernel.calendar import DAY, VILNIUS, day_of, midnight
from shared.messages.write import day_started

log = logging.getLogger(__name__)

LONGEST_SLEEP_S = 30.0
"""A machine that sleeps or whose clock is set wakes up on another day than it was told to."""
AFTER_MIDNIGHT = timedelta(milliseconds=100)
"""On Kafka the day's event has the broker's time, and the broker's clock may be a moment behind ours."""
AGAIN = timedelta(minutes=10)
"""After so long a day is told again whose midnight the broker's clock has not reached, or has passed by a day."""


async def tell_days(
    tell: Callable[[bytes], Awaitable[Sequence[datetime]]],
    *,
    now: Callable[[], datetime] = lambda: datetime.now(VILNIUS),
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Tell today, and each day that comes, until cancelled.

    ``tell`` gives the moments at which a day was taken, where another clock than ours counts. A day starts only where
    it was taken on itself, and told twice it is one: so it is told until then, and whenever our clock shows another.
    """
    while True:
        today = day_of(now() - AFTER_MIDNIGHT)
        taken = await tell(day_started(today))
        until = _told_until(today, taken, now())
        while day_of(now() - AFTER_MIDNIGHT) == today and (left_s := (until - now()).total_seconds()) > 0:
            await sleep(min(left_s, LONGEST_SLEEP_S))


def _told_until(today: date, taken: Sequence[datetime], now: datetime) -> datetime:
    """When to tell again: at the next midnight, or sooner where a day was taken on another one."""
    elsewhere = next((moment for moment in taken if day_of(moment) != today), None)
    if elsewhere is None:
        return midnight(today + DAY) + AFTER_MIDNIGHT
    log.warning("%s was taken at %s and does not start: our clock or the broker's is wrong", today, elsewhere)
    early = midnight(today) - elsewhere
    return now + (early + AFTER_MIDNIGHT if timedelta(0) < early < AGAIN else AGAIN)
