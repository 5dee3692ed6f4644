"""From the commit to the topics: what is durable is published in order, then marked, then its offsets are committed."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from shared.adapters.kafka_keys import key_of, partition_of
from shared.adapters.kafka_status import Pause, Status
from shared.engine.announce import Message
from shared.engine.journal import Store, Unavailable
from shared.kernel.value import value

log = logging.getLogger(__name__)

WAITING = 8
"""Batches that may wait to be told before no more is decided."""
IDLE_S = 1.0

Offsets: TypeAlias = Mapping[TopicPartition, int]
Commit: TypeAlias = Callable[[Offsets], Awaitable[None]]


@value
class Done:
    """What a batch leaves to be done once it is durable."""

    messages: Sequence[Message] = ()
    versions: Mapping[str, int]
    offsets: Offsets


class Producer:
    """Publishes messages with their key; every one is acknowledged by the broker before it counts as told."""

    def __init__(self, broker: KafkaBroker, prefix: str, fund_id: str, partitions: int) -> None:
        self._broker, self._prefix, self._fund_id, self._partitions = broker, prefix, fund_id, partitions

    async def tell(self, messages: Sequence[Message]) -> None:
        """Publish messages in order. Raises KafkaError where one was not taken: tell all of them again."""
        waiting = []
        try:
            for message in messages:
                key = key_of(message, self._fund_id)
                sent = await self._broker.publish(
                    message.raw,
                    self._prefix + message.topic,
                    key=key.encode(),
                    partition=partition_of(key, self._partitions),
                    no_confirm=True,
                )
                waiting.append(sent)
        finally:
            outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def tell_all_partitions(self, topic: str, key: str, raw: bytes) -> None:
        """Publish one message to each partition of a topic."""
        for partition in range(self._partitions):
            await self._broker.publish(raw, self._prefix + topic, key=key.encode(), partition=partition)


class Relay:
    """Tells what batches have decided, one batch after another, while the next is decided."""

    def __init__(self, producer: Producer, store: Store, commit: Commit, status: Status) -> None:
        self._producer, self._store, self._commit, self._status = producer, store, commit, status
        self._queue: asyncio.Queue[Done] = asyncio.Queue(WAITING)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def put(self, done: Done) -> None:
        """Hand on what a batch leaves to be done; waits while too much is waiting."""
        await self._queue.put(done)

    async def drain(self) -> None:
        """Wait until all is told, marked and committed."""
        await self._queue.join()

    async def stop(self) -> None:
        """End, also where something could not be told: it is in the store, and is told at the next start."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                batch = [await asyncio.wait_for(self._queue.get(), IDLE_S)]
            except TimeoutError:
                await self._mark({})
                await self._commit({})
                continue
            while not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._finish(batch)
            for _ in batch:
                self._queue.task_done()

    async def _finish(self, batch: Sequence[Done]) -> None:
        started = time.perf_counter()
        messages = [message for done in batch for message in done.messages]
        await self._tell(messages)
        versions: Counter[str] = Counter()
        offsets: dict[TopicPartition, int] = {}
        for done in batch:
            versions |= Counter(done.versions)
            offsets |= done.offsets
        await self._mark(versions)
        await self._commit(offsets)
        self._status.count("told", len(messages))
        self._status.count("relay_seconds", time.perf_counter() - started)

    async def _tell(self, messages: Sequence[Message]) -> None:
        pause = Pause()
        while True:
            try:
                await self._producer.tell(messages)
            except (KafkaError, OSError) as error:
                self._status.wait("kafka", f"{len(messages)} messages are not told: {error!r}")
                await pause.take()
            else:
                self._status.came("kafka")
                return

    async def _mark(self, versions: Mapping[str, int]) -> None:
        try:
            await self._store.mark(versions)
        except Unavailable as error:
            log.info("%s; the marks are kept, and written later", error)
