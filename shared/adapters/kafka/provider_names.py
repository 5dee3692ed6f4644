"""What providers are called, as their contracts say it: read from ``contract.concluded`` when a letter needs it.

A reader without a group: it begins at the first contract, and goes on from where it was. Of several contracts with a
provider the last one's name counts.
"""

from collections.abc import Collection, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.opened import opened
from shared.engine.faults import Unavailable
from shared.events.contracts import ContractConcluded
from shared.messages.read import Malformed, parse

READ_MS = 1_000


class TopicNames:
    """The names of providers by their codes, from the topic."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._names: dict[str, str] = {}
        self._next: dict[TopicPartition, int] = {}

    async def __call__(self, codes: Collection[str]) -> Mapping[str, str]:
        """The names of these providers, by all that is on the topic now; one of whom no contract tells is left out.

        Raises Unavailable where the broker does not answer.
        """
        try:
            await self._read_to_the_end()
        except (KafkaError, OSError) as error:
            raise Unavailable(f"the names of providers can't be read yet: {error!r}") from error
        return {code: self._names[code] for code in codes if code in self._names}

    async def _read_to_the_end(self) -> None:
        security: dict[str, Any] = {}
        if self._kafka.security:
            security = {"security_protocol": "SSL", "ssl_context": self._kafka.security.ssl_context}
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._kafka.bootstrap, enable_auto_commit=False, group_id=None, **security
        )
        topic = self._kafka.prefix + ContractConcluded.type
        places = [TopicPartition(topic, partition) for partition in range(self._kafka.partitions)]
        async with opened(consumer):
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            begins = await consumer.beginning_offsets(places)
            for place in places:
                consumer.seek(place, max(self._next.get(place, 0), begins[place]))
            while any([await consumer.position(place) < ends[place] for place in places]):
                for records in (await consumer.getmany(timeout_ms=READ_MS)).values():
                    for record in records:
                        self._take(record.value)
            for place in places:
                self._next[place] = await consumer.position(place)

    def _take(self, raw: bytes) -> None:
        """A contract names its provider; what can't be read is contracts' and invoicing's to tell of."""
        try:
            provider = parse(raw, outside=False, topic=ContractConcluded.type).of(ContractConcluded).provider
        except Malformed:
            return
        self._names[provider.code] = provider.name
