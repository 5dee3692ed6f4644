"""What was laid aside on ``*.parked`` and nobody has looked at, by the offsets of a group: they outlive processes.

Nobody consumes in that group. Who has looked at what lies there says so (``psdf parked seen``), and the group then
stands at the end; the messages stay, as evidence.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka.security import parse_security

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.keys import group_of
from shared.adapters.kafka.offsets import committed
from shared.adapters.kafka.opened import opened
from shared.engine.outbox import parked_topic

log = logging.getLogger(__name__)

NAME = "parked"
LOOK_S, PATIENCE_S = 30.0, 10.0


class ParkedTopics:
    """The parked messages of some topics (named without prefix and ``.parked``) that nobody has looked at."""

    def __init__(self, kafka: Kafka, fund_id: str, topics: Iterable[str]) -> None:
        self._kafka, self._fund_id, self._topics = kafka, fund_id, sorted(topics)
        self._open: dict[str, int] = {}

    def samples(self) -> Iterator[tuple[Mapping[str, str], float]]:
        """The last count, by topic; none before the first."""
        for topic, count in self._open.items():
            yield {"topic": topic}, count

    async def watch(self) -> None:
        """Count again and again, until cancelled; what can't be asked now is asked later."""
        while True:
            await self._look()
            await asyncio.sleep(LOOK_S)

    async def _look(self) -> None:
        """Count once. No consumer outlives it: it is a ring of objects, and through the pause it would grow old."""
        try:
            async with asyncio.timeout(PATIENCE_S), _looking(self._kafka, self._fund_id) as consumer:
                self._open = await self._counted(consumer)
        except (KafkaError, TimeoutError) as error:
            log.debug("parked messages are counted later: %r", error)

    async def seen(self) -> Mapping[str, int]:
        """Say that a person has looked at all that lies there: how many they were, by topic.

        Raises KafkaError; TimeoutError where the broker does not answer, or a topic is not there.
        """
        async with asyncio.timeout(PATIENCE_S), _looking(self._kafka, self._fund_id) as consumer:
            found = await self._counted(consumer)
            places = self._places(consumer)
            await consumer.commit(dict(await consumer.end_offsets(places)))
        return found

    async def _counted(self, consumer: AIOKafkaConsumer) -> dict[str, int]:
        places = self._places(consumer)
        firsts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        looked_at = await committed(consumer, places)
        found = dict.fromkeys(self._topics, 0)
        for place in places:
            topic = place.topic.removeprefix(self._kafka.prefix).removesuffix(parked_topic(""))
            found[topic] += max(0, ends[place] - max(firsts[place], looked_at.get(place, 0)))
        return found

    def _places(self, consumer: AIOKafkaConsumer) -> list[TopicPartition]:
        """Every partition of the topics; assigned so that the group may be asked of them, and never fetched."""
        places = [
            TopicPartition(self._kafka.prefix + parked_topic(topic), number)
            for topic in self._topics
            for number in range(self._kafka.partitions)
        ]
        if consumer.assignment() != set(places):
            consumer.assign(places)
            consumer.pause(*places)
        return places


def _looking(kafka: Kafka, fund_id: str) -> AbstractAsyncContextManager[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap,
        group_id=group_of(kafka.prefix, fund_id, NAME),
        enable_auto_commit=False,
        **parse_security(kafka.security),
    )
    return opened(consumer)
