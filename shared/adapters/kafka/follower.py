"""Reading topics without a group: all partitions, from offsets that the reader itself keeps, or from the beginning.

Who reads so decides nothing: a book of answers, the registry of keys. Several may read the same.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka.security import parse_security

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.opened import opened
from shared.adapters.kafka.records import Record
from shared.engine.faults import Unavailable
from shared.engine.waiting import Backoff, Status

log = logging.getLogger(__name__)

AT_ONCE, WAIT_MS = 2_000, 500
NAMED = 3
"""So many missing topics are named."""
Take: TypeAlias = Callable[[Sequence[Record], Mapping[str, int]], Awaitable[None]]
"""Takes records, in the order of each place, and of each place the offset behind them. Raises Unavailable: later."""


class Missing(Exception):  # noqa: N818 - what is so
    """Topics are not there. A consumer that is given them says nothing of it, and asks for them without a pause."""


def named(place: TopicPartition) -> str:
    """A place as it is written down: ``topic/partition``."""
    return f"{place.topic}/{place.partition}"


class Follower:
    """Reads topics of a fund, from where it was to where they end, and then whatever comes."""

    def __init__(self, kafka: Kafka, topics: Iterable[str], status: Status, what: str) -> None:
        """Take the topics without their prefix; ``what`` names the wait in the status until all is read once."""
        self._kafka, self._status, self._what = kafka, status, what
        self._places = [
            TopicPartition(kafka.prefix + topic, number) for topic in topics for number in range(kafka.partitions)
        ]
        self.read = asyncio.Event()
        """All that was there at the start has been read."""
        status.waits[what] = "it is being read"

    async def follow(self, take: Take, starts: Callable[[], Mapping[str, int]], *, once: bool = False) -> None:
        """Read for ever, or ``once`` to the end; a broker or a topic that is away is waited for.

        ``starts`` says of a place where to begin, when a connection begins; of others the beginning.
        """
        pause = Backoff()
        while True:
            try:
                await self._follow(take, starts(), pause, once=once)
            except (KafkaError, OSError, Missing, Unavailable) as error:
                log.debug("%s: read again: %r", self._what, error)
                away = f"the broker does not answer: {type(error).__name__}"
                self._status.wait(self._what, str(error) if isinstance(error, Missing | Unavailable) else away)
                await pause.wait()
            else:
                return

    async def _follow(self, take: Take, starts: Mapping[str, int], pause: Backoff, *, once: bool) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._kafka.bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            **parse_security(self._kafka.security),
        )
        async with opened(consumer):
            self._see(await consumer.topics())
            consumer.assign(self._places)
            behind = await self._behind(consumer, starts)
            while not (once and not behind):
                if not behind:
                    pause.reset()
                    self._came()
                found = await consumer.getmany(timeout_ms=WAIT_MS, max_records=AT_ONCE)
                if not found:
                    self._see({place.topic for place in self._places if consumer.partitions_for_topic(place.topic)})
                records = sorted((each for some in found.values() for each in some), key=lambda each: each.timestamp)
                if records:
                    await take(records, {named(place): some[-1].offset + 1 for place, some in found.items() if some})
                for place in [place for place in behind if await consumer.position(place) >= behind[place]]:
                    del behind[place]
            self._came()

    def _see(self, there: AbstractSet[str]) -> None:
        """See that all topics are there. Raises Missing."""
        if missing := sorted({place.topic for place in self._places} - there):
            more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
            raise Missing(f"missing, or not for this process: topic {', '.join(missing[:NAMED])}{more}")

    def _came(self) -> None:
        self.read.set()
        self._status.came(self._what)

    async def _behind(self, consumer: AIOKafkaConsumer, starts: Mapping[str, int]) -> dict[TopicPartition, int]:
        """Go to where reading begins; the ends of those places that are not read to their end."""
        ends = await consumer.end_offsets(self._places)
        first = await consumer.beginning_offsets(self._places)
        behind: dict[TopicPartition, int] = {}
        for place in self._places:
            start = starts.get(named(place), 0)
            if start > ends[place]:  # another topic of this name: what was read of the old one is in the book
                log.warning("%s ends at %d, and %d was read: it is read from its beginning", place, ends[place], start)
                start = 0
            consumer.seek(place, max(start, first[place]))
            if max(start, first[place]) < ends[place]:
                behind[place] = ends[place]
        return behind


async def read_all(kafka: Kafka, topics: Iterable[str]) -> list[Record]:
    """All that lies on some topics now, by the moment at which the broker took it."""
    found: list[Record] = []

    async def take(records: Sequence[Record], _: Mapping[str, int]) -> None:
        found.extend(records)

    async with asyncio.timeout(30):
        await Follower(kafka, topics, Status(), "topics").follow(take, dict, once=True)
    return sorted(found, key=lambda record: record.timestamp)
