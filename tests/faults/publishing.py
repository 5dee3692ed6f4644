"""A process that publishes into a home, and says which events were acknowledged: it is there to be killed."""

import asyncio
from collections.abc import Sequence
from multiprocessing.connection import Connection

from shared.journal.home import Home, held
from shared.runtime.embedded import open_fund
from shared.statute.load import load_fund


def publish(home: Home, ministry: str, raws: Sequence[bytes], start: int, acknowledged: Connection) -> None:
    """Publish from an event on; each number that was acknowledged is told."""

    async def all_of_them() -> None:
        async with open_fund(home, load_fund(), moment="event", ministry=ministry) as stack:
            for number in range(start, len(raws)):
                await stack.publish([raws[number]])
                acknowledged.send(number)

    with held(home, "psdf"):
        asyncio.run(all_of_them())
