"""How far each partition was read: what was deleted before that is counted, what is not read at all is told."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from shared.adapters.kafka.records import Record
from shared.engine.waiting import Status

log = logging.getLogger(__name__)

DELETED, UNREAD = "deleted", "unread"
LOOK_S, PATIENCE_S = 10.0, 5.0
UNREAD_S = 60.0
"""So long something may lie on a partition before it is told that nobody reads it."""
PLACES_TOLD = 3


class Progress:
    """Of one consumer. Where the broker has deleted records, aiokafka goes on behind them and says nothing."""

    def __init__(self, consumer: Callable[[], AIOKafkaConsumer], status: Status, name: str) -> None:
        """``name`` is the service's; of what was deleted, ``status`` has the count from the start."""
        self._consumer, self._status, self._name = consumer, status, name
        self._next: dict[TopicPartition, int] = {}
        self._stood: dict[TopicPartition, tuple[int, float]] = {}
        status.count(DELETED, 0)

    async def begin(self, places: Iterable[TopicPartition]) -> None:
        """Compare where a group stands with what there is, once an assignment and before anything is committed.

        Raises KafkaError.
        """
        new = [place for place in places if place not in self._next]
        if not new:
            return
        consumer = self._consumer()
        for place, first in (await consumer.beginning_offsets(new)).items():
            committed = await consumer.committed(place) or 0 if first else 0
            self._count(place, committed, first)
            self._next[place] = max(committed, first)

    def forget(self) -> None:
        """The partitions are assigned anew: whoever has them next begins anew."""
        self._next.clear()
        self._stood.clear()

    def lag(self) -> Mapping[str, int]:
        """How many records of each topic lie on this member's partitions and were not taken yet, as far as is known."""
        consumer = self._consumer()
        lags: dict[str, int] = {}
        for place, reached in self._next.items():
            end = consumer.highwater(place) if place in consumer.assignment() else None
            lags[place.topic] = lags.get(place.topic, 0) + max(0, (end or 0) - reached)
        return lags

    async def came(self, records: Sequence[Record]) -> None:
        """Take note of what was fetched of one partition. Where it does not follow, see why. Raises KafkaError."""
        firsts: dict[TopicPartition, int] = {}
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            firsts.setdefault(place, record.offset)
        gaps = [place for place, first in firsts.items() if first > self._next.get(place, first)]
        if gaps:
            for place, first in (await self._consumer().beginning_offsets(gaps)).items():
                self._count(place, self._next[place], first)
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            self._next[place] = max(self._next.get(place, 0), record.offset + 1)

    def _count(self, place: TopicPartition, reached: int, first: int) -> None:
        if first <= reached:
            return
        self._status.count(DELETED, first - reached)
        log.critical(
            "%s: %d records of %s-%d were deleted before they were read: offsets %d to %d; a person must look",
            self._name, first - reached, place.topic, place.partition, reached, first - 1,
        )  # fmt: skip

    async def watch(self, halted: Callable[[int], bool]) -> None:
        """Look for ever whether what lies on the partitions is read; of those that are ``halted`` others tell."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    stand = await self._standing(halted)
            except (KafkaError, IllegalStateError, TimeoutError) as error:
                log.debug("how far was read is looked at later: %r", error)
                continue
            self.tell(stand, time.monotonic())

    async def _standing(self, halted: Callable[[int], bool]) -> Mapping[TopicPartition, int]:
        """The partitions on which something lies that is not read, and where each stands."""
        consumer = self._consumer()
        places = [place for place in consumer.assignment() if not halted(place.partition)]
        ends = await consumer.end_offsets(places) if places else {}
        return {place: at for place in places if (at := await consumer.position(place)) < ends[place]}

    def tell(self, stand: Mapping[TopicPartition, int], now_s: float) -> None:
        """Say which partitions stand at the same offset for too long; ``now_s`` is a clock's seconds."""
        self._stood = {
            place: self._stood[place] if self._stood.get(place, (-1, 0.0))[0] == at else (at, now_s)
            for place, at in stand.items()
        }
        unread = sorted(place for place, (_, since) in self._stood.items() if now_s - since >= UNREAD_S)
        if not unread:
            self._status.came(UNREAD)
            return
        told = [f"{place.topic}-{place.partition} at {stand[place]}" for place in unread[:PLACES_TOLD]]
        more = f" and {len(unread) - PLACES_TOLD} more" if len(unread) > PLACES_TOLD else ""
        self._status.wait(UNREAD, f"nothing is read of {', '.join(told)}{more}, for a minute or more")
