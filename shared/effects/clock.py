"""The clock of both stacks: it tells that a day started, at midnight in Vilnius and at start; its id is the date.

It catches nothing up: an event of a day that has not started first starts all days up to it, in the stream that hears.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from shared.kernel.calendar import DAY, VILNIUS, day_of, midnight
from shared.messages.write import day_started

LONGEST_SLEEP_S = 30.0
"""A machine that sleeps or whose clock is set wakes up on another day than it was told to."""
AFTER_MIDNIGHT = timedelta(milliseconds=100)
"""On Kafka the day's event has the broker's time, and the broker's clock may be a moment behind ours."""


async def tell_days(
    tell: Callable[[bytes], Awaitable[object]],
    *,
    now: Callable[[], datetime] = lambda: datetime.now(VILNIUS),
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Tell today, and each day that comes, until cancelled."""
    while True:
        today = day_of(now())
        await tell(day_started(today))
        while (left_s := (midnight(today + DAY) + AFTER_MIDNIGHT - now()).total_seconds()) > 0:
            await sleep(min(left_s, LONGEST_SLEEP_S))
