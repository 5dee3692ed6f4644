"""Where the cluster's letters come from, and where their answers go: ``notice.prepared`` and ``notice.delivered``.

No offset is committed past a notice whose answer is not told: whoever owns the partition next takes it up again.
"""

import asyncio
from typing import Any

import msgspec
from aiokafka import TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaMessage

from shared.adapters.kafka.broker import (
    HEARTBEAT_MS,
    Kafka,
    broker_of,
    raw_message,
    start_when_there,
    wait_for_topics,
    watch,
)
from shared.adapters.kafka.keys import group_of
from shared.adapters.kafka.relay import Producer
from shared.adapters.ministry.client import Ministry
from shared.effects.letters import NAME, Ended, Kept, Key, Letter, Letters, Names, Traced
from shared.engine.faults import Unavailable
from shared.engine.outbox import Message
from shared.engine.waiting import Status
from shared.events.contracts import ContractConcluded
from shared.events.internal import NoticeDelivered, NoticePrepared
from shared.events.payments import OverrunNotified, OverrunWithdrawn
from shared.kernel.fund import Fund
from shared.messages.read import Malformed, parse


class KafkaLetters(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types
    """The one consumer of notices; ``letters`` sends them."""

    def __init__(
        self,
        fund: Fund,
        kept: Kept,
        names: Names,
        is_ended: Ended,
        ministry: Ministry,
        kafka: Kafka,
        status: Status,
        traced: Traced,
    ) -> None:
        self._kafka, self._status = kafka, status
        self._under_way: dict[TopicPartition, set[int]] = {}
        self._after: dict[TopicPartition, int] = {}
        self.letters = Letters(
            ministry, kept, names, self._answer, is_ended, arrival=kafka.arrival, status=status, traced=traced
        )
        self.broker = broker_of(kafka)
        self._beside: list[asyncio.Task[None]] = []
        self._producer = Producer(self.broker, kafka.prefix, fund.fund_id, kafka.partitions)
        self._subscriber = self.broker.subscriber(
            kafka.prefix + NoticePrepared.type,
            group_id=group_of(kafka.prefix, fund.fund_id, NAME),
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            decoder=raw_message,
            session_timeout_ms=kafka.session_ms,
            heartbeat_interval_ms=HEARTBEAT_MS,
            listener=self,
        )
        self._subscriber(self._receive)

    async def start(self) -> None:
        """Wait for broker and topics, then join the group."""
        await wait_for_topics(
            self._kafka,
            [
                NoticePrepared.type,
                NoticeDelivered.type,
                OverrunNotified.type,
                OverrunWithdrawn.type,
                ContractConcluded.type,
            ],
            self._status,
        )
        await start_when_there(self.broker, self._status)
        assert self._subscriber.consumer is not None
        self._beside = [asyncio.create_task(watch(self._subscriber.consumer, self._status))]
        self._status.came("start")

    async def stop(self) -> None:
        """Tell the answers of what the ministry has, and leave the group."""
        for task in self._beside:
            task.cancel()
        await self.letters.close()
        await self.broker.stop()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Whoever owns a partition next sends what is under way there."""
        for place in revoked:
            self._after.pop(place, None)
            for offset in self._under_way.pop(place, ()):
                self.letters.drop((place, offset))
                self._status.waits.pop(_unread(place, offset), None)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Nothing is to be prepared."""

    async def _receive(self, message: KafkaMessage) -> None:
        """Take a notice up; one that can't be read is passed by, and no offset is committed past it."""
        record: Any = message.raw_message
        place = TopicPartition(record.topic, record.partition)
        self._after[place] = record.offset + 1
        self._under_way.setdefault(place, set()).add(record.offset)
        try:
            event = parse(message.body, outside=False, topic=NoticePrepared.type)
            notice = msgspec.to_builtins(event.of(NoticePrepared))
        except Malformed as error:
            self._status.wait(_unread(place, record.offset), f"it can't be read, a person must look: {error}")
            return
        letter = Letter(notice=notice, prepared_at=event.time, cause=event.id)
        self.letters.take((place, record.offset), letter)

    async def _answer(self, key: Key, message: Message | None) -> None:
        """Tell the answer if there is one, then commit up to the first notice that is still under way."""
        assert isinstance(key, tuple)
        place, offset = key
        try:
            if message:
                await self._producer.tell([message])
            self._under_way.get(place, set()).discard(offset)
            if place in self._after:
                assert self._subscriber.consumer is not None
                done = min([self._after[place], *self._under_way[place]])
                await self._subscriber.consumer.commit({place: done})
        except KafkaError as error:
            raise Unavailable(f"the answer to a delivered notice is not told yet: {error!r}") from error


def _unread(place: TopicPartition, offset: int) -> str:
    """What can't be read has no number: its place, among what is waited for."""
    return f"notice {place.partition}@{offset}"
