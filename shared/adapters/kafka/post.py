"""Single events to their topics, by who is no service: it learns where each lies, and so who has heard it."""

from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from faststream.kafka.security import parse_security

from shared.adapters.kafka.broker import MESSAGE_BYTES, Kafka
from shared.adapters.kafka.follower import named
from shared.adapters.kafka.keys import key_of, partition_of
from shared.adapters.kafka.opened import to_its_end
from shared.adapters.kafka.relay import AS_EVENT
from shared.engine.outbox import Message
from shared.messages.read import parse


class Post:
    """Puts events from outside on their topics. Connects when there is something to put, again where that failed."""

    def __init__(self, kafka: Kafka, fund_id: str) -> None:
        """Take where the broker is, and whose topics."""
        self._kafka, self._fund_id, self.prefix = kafka, fund_id, kafka.prefix
        self._producer: AIOKafkaProducer | None = None

    async def put(self, raws: Sequence[bytes]) -> Mapping[str, int]:
        """Put events on the topics of their types, acknowledged by all copies: each place, and the offset behind.

        Raises KafkaError, OSError: put all of them again, each counts once by its id.
        """
        ends: dict[str, int] = {}
        try:
            producer = await self._connected()
            for raw in raws:
                topic, key = _address(raw, self._fund_id)
                partition = partition_of(key, self._kafka.partitions)
                headers = [(name, said.encode()) for name, said in AS_EVENT.items()]
                place = await producer.send_and_wait(
                    self._kafka.prefix + topic, raw, key=key.encode(), partition=partition, headers=headers
                )
                ends[named(place.topic_partition)] = place.offset + 1
        except (KafkaError, OSError):
            await self.close()
            raise
        return ends

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                bootstrap_servers=self._kafka.bootstrap,
                acks="all",
                enable_idempotence=True,
                max_request_size=MESSAGE_BYTES,
                **parse_security(self._kafka.security),
            )
            await self._producer.start()
        return self._producer

    async def close(self) -> None:
        """Let go of the broker."""
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await to_its_end(producer.stop())


def _address(raw: bytes, fund_id: str) -> tuple[str, str]:
    event = parse(raw, outside=True)
    return event.type, key_of(Message(topic=event.type, raw=raw, event=event), fund_id)
