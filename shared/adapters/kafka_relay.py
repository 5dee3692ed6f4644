"""From the commit to the topics: what is durable is published in order, then marked, then its offsets are committed."""

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker, KafkaPublishMessage

from shared.adapters.kafka_broker import BATCH_BYTES
from shared.adapters.kafka_keys import key_of, partition_of
from shared.adapters.kafka_read import Record
from shared.engine.announce import Message
from shared.engine.handle import Told
from shared.engine.journal import Store, Unavailable
from shared.engine.waiting import Backoff, Status
from shared.kernel.value import value

log = logging.getLogger(__name__)

WAITING = 8
"""Batches that may wait to be told before no more is decided."""
IDLE_S = 1.0
SETTLED_S = 0.05
"""Between two commits of offsets: each costs broker and service as much as some invoices."""
RECORD_BYTES = 64
"""More than a record has beside its key and value, and its share of what stands before the first one."""

Offsets: TypeAlias = Mapping[TopicPartition, int]
Commit: TypeAlias = Callable[[Offsets], Awaitable[None]]


@value
class Done:
    """What a batch leaves to be done once it is durable."""

    messages: Sequence[Message] = ()
    versions: Mapping[str, int]
    offsets: Offsets


def offsets_after(number: int, records: Sequence[Record]) -> dict[TopicPartition, int]:
    """Where reading goes on after records of one number of partition."""
    last = {record.topic: record.offset for record in records}
    return {TopicPartition(topic, number): offset + 1 for topic, offset in last.items()}


def done_by(told: Sequence[Told], offsets: Offsets, more: Sequence[Message] = ()) -> Done:
    """What batches leave to be done; ``more`` is told first."""
    versions: dict[str, int] = {}
    for each in told:
        versions |= each.versions
    return Done(messages=[*more, *(m for each in told for m in each.messages)], versions=versions, offsets=offsets)


class Producer:
    """Publishes messages with their key; every one is acknowledged by the broker before it counts as told."""

    def __init__(self, broker: KafkaBroker, prefix: str, fund_id: str, partitions: int) -> None:
        self._broker, self._prefix, self._fund_id, self._partitions = broker, prefix, fund_id, partitions

    async def tell(self, messages: Sequence[Message]) -> None:
        """Publish messages, those of a topic and partition in order. Raises KafkaError: tell all of them again."""
        waiting = []
        try:
            for place, some in self._by_place(messages).items():
                for piece in _pieces(some):
                    sent = await self._broker.publish_batch(
                        *piece, topic=place.topic, partition=place.partition, no_confirm=True
                    )
                    waiting.append(sent)
        finally:
            outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    def _by_place(self, messages: Sequence[Message]) -> Mapping[TopicPartition, Sequence[KafkaPublishMessage]]:
        places: dict[TopicPartition, list[KafkaPublishMessage]] = defaultdict(list)
        for message in messages:
            key = key_of(message, self._fund_id)
            place = TopicPartition(self._prefix + message.topic, partition_of(key, self._partitions))
            places[place].append(KafkaPublishMessage(message.raw, key=key.encode()))
        return places

    async def tell_all_partitions(self, topic: str, key: str, raw: bytes) -> None:
        """Publish one message to each partition of a topic."""
        for partition in range(self._partitions):
            await self._broker.publish(raw, self._prefix + topic, key=key.encode(), partition=partition)


class Relay:
    """Tells what batches have decided, one batch after another, while the next is decided and the last is settled."""

    def __init__(self, producer: Producer, store: Store, commit: Commit, status: Status) -> None:
        self._producer, self._store, self._commit, self._status = producer, store, commit, status
        self._queue: asyncio.Queue[Done] = asyncio.Queue(WAITING)
        self._told: asyncio.Queue[Done] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        self._tasks = [asyncio.create_task(self._tell_all()), asyncio.create_task(self._settle_all())]

    async def put(self, done: Done) -> None:
        """Hand on what a batch leaves to be done; waits while too much is waiting."""
        await self._queue.put(done)

    async def drain(self) -> None:
        """Wait until all is told, marked and committed."""
        await self._queue.join()

    async def stop(self) -> None:
        """End, also where something could not be told: it is in the store, and is told at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _tell_all(self) -> None:
        while True:
            batches = [await self._queue.get(), *_at_hand(self._queue)]
            started = time.perf_counter()
            messages = [message for done in batches for message in done.messages]
            await self._tell(messages)
            self._status.count("told", len(messages))
            self._status.count("relay_seconds", time.perf_counter() - started)
            for done in batches:
                self._told.put_nowait(done)

    async def _settle_all(self) -> None:
        """Mark what is told, then commit its offsets, of all batches that were told meanwhile at once."""
        while True:
            try:
                batches = [await asyncio.wait_for(self._told.get(), IDLE_S), *_at_hand(self._told)]
            except TimeoutError:
                await self._mark({})
                await self._commit({})
                continue
            versions: Counter[str] = Counter()
            offsets: dict[TopicPartition, int] = {}
            for done in batches:
                versions |= Counter(done.versions)
                offsets |= done.offsets
            await self._mark(versions)
            await self._commit(offsets)
            for _ in batches:
                self._queue.task_done()
            await asyncio.sleep(SETTLED_S)

    async def _tell(self, messages: Sequence[Message]) -> None:
        pause = Backoff()
        while True:
            try:
                await self._producer.tell(messages)
            except (KafkaError, OSError) as error:
                self._status.wait("kafka", f"{len(messages)} messages are not told: {error!r}")
                await pause.wait()
            else:
                self._status.came("kafka")
                return

    async def _mark(self, versions: Mapping[str, int]) -> None:
        try:
            await self._store.mark(versions)
        except Unavailable as error:
            log.info("%s; the marks are kept, and written later", error)


def _at_hand(queue: asyncio.Queue[Done]) -> list[Done]:
    """All that waits in a queue."""
    return [queue.get_nowait() for _ in range(queue.qsize())]


def _pieces(messages: Sequence[KafkaPublishMessage]) -> Iterator[Sequence[KafkaPublishMessage]]:
    """Cut messages of one place into what one batch of Kafka takes; a longer message is a batch of its own."""
    start, size = 0, 0
    for at, message in enumerate(messages):
        own = len(message.body) + len(message.key or b"") + RECORD_BYTES
        if size + own > BATCH_BYTES and at > start:
            yield messages[start:at]
            start, size = at, 0
        size += own
    yield messages[start:]
