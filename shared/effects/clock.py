"""The clock of both stacks: it tells that a day started, at midnight in Vilnius and at start; its id is the date.

It catches nothing up: an event of a day that has not started first starts all days up to it, in the stream that hears.
It believes no clock for good: where its own is set, or the broker took a day on another one, the day is told again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from math import inf

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
        again_s, slept_s = _told_again_after_s(today, await tell(day_started(today))), 0.0
        while day_of(now() - AFTER_MIDNIGHT) == today and slept_s < again_s:
            left_s = (midnight(today + DAY) + AFTER_MIDNIGHT - now()).total_seconds()
            pause_s = min(left_s, LONGEST_SLEEP_S, again_s - slept_s)
            await sleep(pause_s)
            slept_s += pause_s


def _told_again_after_s(today: date, taken: Sequence[datetime]) -> float:
    """How long until the same day is told again: for ever, but where it was taken on another one."""
    elsewhere = next((moment for moment in taken if day_of(moment) != today), None)
    if elsewhere is None:
        return inf
    log.warning("%s was taken at %s and does not start: our clock or the broker's is wrong", today, elsewhere)
    early = midnight(today) - elsewhere
    return (early + AFTER_MIDNIGHT if timedelta(0) < early < AGAIN else AGAIN).total_seconds()
