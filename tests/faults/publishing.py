"""A process that publishes into a home, and says which events were acknowledged: it is there to be killed."""

import asyncio
from collections.abc import Sequence
from multiprocessing.connection import Connection

from shared.journal.home import Home, held
from shared.runtime.embedded import open_fund
from shared.statute.load import load_fund

LONG_S = 60


def publish(home: Home, ministry: str, raws: Sequence[bytes], start: int, end: int, acknowledged: Connection) -> None:
    """Publish events from a number on and before another, and tell each that was acknowledged.

    Who has not published all of them waits then: it is to be killed.
    """

    async def all_of_them() -> None:
        async with open_fund(home, load_fund(), moment="event", ministry=ministry) as stack:
            for number in range(start, end):
                await stack.publish([raws[number]])
                acknowledged.send(number)
            if end < len(raws):
                await asyncio.sleep(LONG_S)

    with held(home, "psdf"):
        asyncio.run(all_of_them())
