"""A topic read to its end whenever something is asked of it: without a group, on from where it was read before."""

from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.opened import opened
from shared.engine.faults import Unavailable

READ_MS = 1_000


class ToTheEnd:
    """What a topic holds, from its first record on."""

    def __init__(self, kafka: Kafka, topic: str) -> None:
        """Take the topic without its prefix."""
        self._kafka, self._topic = kafka, kafka.prefix + topic
        self._next: dict[TopicPartition, int] = {}

    async def new(self) -> list[bytes]:
        """What came since the last time. Raises Unavailable where the broker does not answer."""
        try:
            return await self._read()
        except (KafkaError, OSError) as error:
            raise Unavailable(f"{self._topic} can't be read yet: {error!r}") from error

    async def _read(self) -> list[bytes]:
        security: dict[str, Any] = {}
        if self._kafka.security:
            security = {"security_protocol": "SSL", "ssl_context": self._kafka.security.ssl_context}
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._kafka.bootstrap, enable_auto_commit=False, group_id=None, **security
        )
        places = [TopicPartition(self._topic, partition) for partition in range(self._kafka.partitions)]
        found: list[bytes] = []
        async with opened(consumer):
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            begins = await consumer.beginning_offsets(places)
            for place in places:
                consumer.seek(place, max(self._next.get(place, 0), begins[place]))
            while any([await consumer.position(place) < ends[place] for place in places]):
                for records in (await consumer.getmany(timeout_ms=READ_MS)).values():
                    found += [record.value for record in records]
            self._next = {place: await consumer.position(place) for place in places}
        return found
