"""Which partitions are asked for: all that can be decided on, when no batch lies there.

A service of fixed streams works on one partition of each topic, and on all of ``day.started``. On the others lies only
what was sent with a wrong key, and a fetch that asks for each of them costs broker and service more than an invoice
does: so they lie aside, and are looked at once a second.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

log = logging.getLogger(__name__)

LOOK_S, PATIENCE_S = 1.0, 5.0


class Fetching:
    """What a consumer fetches; ``home`` is the partition of a service's fixed streams, if it has any."""

    def __init__(self, consumer: Callable[[], AIOKafkaConsumer], home: int | None, everywhere: str) -> None:
        """``everywhere`` is the topic of which each partition counts; without a home, all do."""
        self._consumer, self._home, self._everywhere = consumer, home, everywhere
        self._found: frozenset[TopicPartition] = frozenset()
        self._halted: set[int] = set()

    @contextmanager
    def nothing(self) -> Iterator[None]:
        """Nothing is asked for while a batch is decided.

        aiokafka would ask for the other partitions alone, and until the broker has something on one of these it asks
        for no more of those that the batch came from.
        """
        self._consumer().pause(*self._consumer().assignment())
        try:
            yield
        finally:
            self._fetch()

    def halt(self, number: int) -> None:
        """Ask for a partition no more, until it is assigned anew."""
        self._halted.add(number)

    def is_halted(self, number: int) -> bool:
        """Whether a partition is asked for no more."""
        return number in self._halted

    def forget(self, numbers: Iterable[int]) -> None:
        """These partitions are someone else's now."""
        self._halted.difference_update(numbers)

    def _fetch(self) -> None:
        consumer = self._consumer()
        places = consumer.assignment()
        without = {place for place in places if place.partition in self._halted or self._lies_aside(place)}
        consumer.pause(*without)
        consumer.resume(*(places - without))

    def _lies_aside(self, place: TopicPartition) -> bool:
        return self._is_aside(place) and place not in self._found

    def _is_aside(self, place: TopicPartition) -> bool:
        return self._home not in (None, place.partition) and place.topic != self._everywhere

    async def poll_stray_partitions(self, busy: asyncio.Lock) -> None:
        """Look for ever; what is found is asked for until it is read. ``busy`` is held while a batch is decided."""
        while self._home is not None:
            await asyncio.sleep(LOOK_S)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    found = await self._look()
            except (KafkaError, TimeoutError) as error:
                log.debug("what lies aside is looked at later: %r", error)
                continue
            if found != self._found:
                async with busy:
                    self._found = found
                    self._fetch()

    async def _look(self) -> frozenset[TopicPartition]:
        consumer = self._consumer()
        places = [place for place in consumer.assignment() if self._is_aside(place)]
        if not places:
            return frozenset()
        ends = await consumer.end_offsets(places)
        return frozenset([place for place in places if await consumer.position(place) < ends[place]])
