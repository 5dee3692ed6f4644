"""When nothing is left to be done: all that lies on the topics is behind the committed offsets of who hears it.

A service commits the offsets of a batch after what it decided is told, so nothing is on its way between two topics.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.records import Child

PATIENCE_S = 60.0
PAUSE_S, LONGEST_S = 0.02, 0.25
"""Between two looks: a tenth of what was waited already, within these. Looks cost who looks and who is looked at."""


async def until(
    holds: Callable[[], Awaitable[bool]],
    what: str,
    patience_s: float = PATIENCE_S,
    why_not: Callable[[], object] = lambda: "",
    pause_s: float = PAUSE_S,
) -> None:
    """Wait for a condition; where it does not come, ``why_not`` is told."""
    begun = time.monotonic()
    while not await holds():
        waited = time.monotonic() - begun
        assert waited < patience_s, f"not within {patience_s:.0f} s: {what} {why_not()}"
        await asyncio.sleep(max(pause_s, min(waited / 10, LONGEST_S)))


async def killed(server: Child) -> None:
    """``kill -9`` a server of the stack, and return when it is gone: until then ``up`` takes it for one that runs."""
    process = psutil.Process(server.pid)
    process.kill()

    async def gone() -> bool:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE

    await until(gone, f"{server.name} is gone")


async def caught_up(
    admin: AIOKafkaAdminClient,
    reader: AIOKafkaConsumer,
    groups: Mapping[str, Iterable[str]],
    partitions: int,
    patience_s: float = PATIENCE_S,
) -> None:
    """Return when each group has done all that lies on its topics."""
    places = {
        group: [TopicPartition(topic, number) for topic in topics for number in range(partitions)]
        for group, topics in groups.items()
    }
    every = sorted({place for some in places.values() for place in some})
    behind: list[str] = []

    async def holds() -> bool:
        try:
            return await caught()
        except KafkaError:  # a broker that is just coming back
            return False

    async def caught() -> bool:
        before = await reader.end_offsets(every)
        offsets_of = await asyncio.gather(*map(admin.list_consumer_group_offsets, places))
        behind.clear()
        for (group, own), offsets in zip(places.items(), offsets_of, strict=True):
            done = {place: max(offsets[place].offset, 0) for place in own if place in offsets}
            behind.extend(
                f"{group}: {place.topic}-{place.partition} at {done.get(place, 0)} of {before[place]}"
                for place in own
                if before[place] > done.get(place, 0)
            )
        return not behind and bool(before == await reader.end_offsets(every))

    await until(holds, f"{', '.join(groups)} have done all;", patience_s, lambda: behind)
