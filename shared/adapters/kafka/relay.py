"""From the commit to the topics: what is durable is told in order, marked and heard, then its offsets are committed."""

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, TypeAlias

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from faststream.kafka import KafkaBroker, KafkaPublishMessage

from shared.adapters.kafka.broker import BATCH_BYTES
from shared.adapters.kafka.keys import key_of, partition_of
from shared.adapters.kafka.records import CAUSED_BY, Record, moment_of
from shared.engine.cut import shortened
from shared.engine.faults import Unavailable
from shared.engine.journal import Store
from shared.engine.outbox import Message, parked_topic
from shared.engine.steps import SETTLE, TELL
from shared.engine.stream import OutboxBatch
from shared.engine.waiting import Backoff, Status
from shared.events.catalogue import ANSWERED_BY_NAME
from shared.kernel.value import value

log = logging.getLogger(__name__)

WAITING = 8
"""Batches that may wait to be told before no more is decided."""
IDLE_S = 1.0
SETTLED_S, BUSY_S = 0.05, 0.2
"""Between two commits of offsets, and where batches never cease: each costs broker, store and service as much as some
invoices."""
AS_EVENT = {"content-type": "application/cloudevents+json; charset=UTF-8"}
"""The header that says, by the CloudEvents Kafka binding, that a record is an event in structured mode."""
RECORD_BYTES = 64 + len("".join(chain.from_iterable(AS_EVENT.items())))
"""More than a record has beside its key and value, and its share of what stands before the first one."""

Offsets: TypeAlias = Mapping[TopicPartition, int]
Commit: TypeAlias = Callable[[Offsets], Awaitable[None]]
Placed: TypeAlias = tuple[KafkaPublishMessage, Message]


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


def done_by(told: Sequence[OutboxBatch], offsets: Offsets, more: Sequence[Message] = ()) -> Done:
    """What batches leave to be done; ``more`` is told first."""
    versions: dict[str, int] = {}
    for each in told:
        versions |= each.versions
    return Done(messages=[*more, *(m for each in told for m in each.messages)], versions=versions, offsets=offsets)


@value
class Left:
    """What is left to be told of one place: a message that is longer than its topic takes, and those behind it."""

    refused: Message
    behind: Sequence[Message]


class Producer:
    """Publishes messages with their key; every one is acknowledged by the broker before it counts as told."""

    def __init__(self, broker: KafkaBroker, prefix: str, fund_id: str, partitions: int) -> None:
        self._broker, self._prefix, self._fund_id, self._partitions = broker, prefix, fund_id, partitions

    async def tell(self, messages: Sequence[Message]) -> Sequence[Left]:
        """Publish messages, those of a topic and partition in order; what is left of a place whose topic takes no more.

        Raises KafkaError: tell all of them again.
        """
        waiting: list[Awaitable[object]] = []
        left: list[Left] = []
        try:
            for place, some in self._by_place(messages).items():
                for piece in _pieces(some):
                    sent = await self._publish(place, piece)
                    if len(piece) == 1 and _size(*piece[0]) > BATCH_BYTES and await _is_too_long(sent):
                        self._never_sent(place)
                        refused = piece[0][1]
                        left.append(Left(refused=refused, behind=_behind(refused, some)))
                        break
                    waiting.append(sent)
        finally:
            outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return left

    async def _publish(self, place: TopicPartition, piece: Sequence[Placed]) -> asyncio.Future[object]:
        sent: asyncio.Future[object] = await self._broker.publish_batch(
            *(each for each, _ in piece),
            topic=place.topic,
            partition=place.partition,
            headers=_headers(piece[0][1]),
            no_confirm=True,
        )
        return sent

    def _never_sent(self, place: TopicPartition) -> None:
        """Give the number of a refused message to the next: the broker counts what it takes, and misses none."""
        connected: Any = self._broker.config.producer
        numbers = connected._producer.producer._txn_manager  # noqa: SLF001 - nobody else gives it
        numbers.increment_sequence_number(place, -1)

    def _by_place(self, messages: Sequence[Message]) -> Mapping[TopicPartition, Sequence[Placed]]:
        places: dict[TopicPartition, list[Placed]] = defaultdict(list)
        for message in messages:
            key = key_of(message, self._fund_id)
            place = TopicPartition(self._prefix + message.topic, partition_of(key, self._partitions))
            places[place].append((KafkaPublishMessage(message.raw, key=key.encode()), message))
        return places

    async def tell_all_partitions(self, topic: str, key: str, raw: bytes) -> Sequence[datetime]:
        """Publish one message to each partition of a topic; the moments at which the broker took them."""
        taken: list[datetime] = []
        for partition in range(self._partitions):
            sent: Any = await self._broker.publish(
                raw, self._prefix + topic, key=key.encode(), partition=partition, headers=AS_EVENT
            )
            if sent.timestamp is not None and sent.timestamp >= 0:  # the broker had it from a try before
                taken.append(moment_of(sent))
        return taken


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

    @property
    def waiting(self) -> int:
        """How many batches wait to be told."""
        return self._queue.qsize()

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
            self._status.time(TELL, time.perf_counter() - started)
            for done in batches:
                self._told.put_nowait(done)

    async def _settle_all(self) -> None:
        """Mark what is told, then commit its offsets, of all batches that were told meanwhile at once."""
        pause_s = SETTLED_S
        while True:
            pause_s = SETTLED_S if self._told.empty() else min(2 * pause_s, BUSY_S)
            try:
                async with asyncio.timeout(IDLE_S):
                    batches = [await self._told.get(), *_at_hand(self._told)]
            except TimeoutError:
                await self._mark({})
                await self._commit({})
                continue
            started = time.perf_counter()
            versions: Counter[str] = Counter()
            offsets: dict[TopicPartition, int] = {}
            for done in batches:
                versions |= Counter(done.versions)
                offsets |= done.offsets
            await self._mark(versions)
            await self._commit(offsets)
            self._status.time(SETTLE, time.perf_counter() - started)
            for _ in batches:
                self._queue.task_done()
            await asyncio.sleep(pause_s)

    async def _tell(self, messages: Sequence[Message]) -> None:
        """Tell until all is told; of what was laid aside and is longer than its topic takes, the beginning."""
        pause, quiet = Backoff(), True
        while messages:
            try:
                left = await self._producer.tell(messages)
            except (KafkaError, OSError) as error:
                quiet = self._wait(error) and quiet
                await pause.wait()
                continue
            messages = [message for each in left for message in (_short(each.refused), *each.behind)]
            if any(_short(each.refused) is each.refused for each in left):
                self._status.wait("kafka", "a person must look: " + "; ".join(_too_long(each.refused) for each in left))
                quiet = False
                await pause.wait()
        if quiet:
            self._status.waits.pop("kafka", None)
        else:
            self._status.came("kafka")

    def _wait(self, error: KafkaError | OSError) -> bool:
        """Say that what is decided can't be told; quietly where the broker is away, which is logged elsewhere."""
        why = f"what is decided can't be told: {type(error).__name__}"
        if isinstance(error, KafkaError) and not error.retriable:
            self._status.wait("kafka", why)
            return False
        log.debug("%s: %s", why, error)
        self._status.waits.setdefault("kafka", why)
        self._status.count("waits_kafka")
        return True

    async def _mark(self, versions: Mapping[str, int]) -> None:
        try:
            await self._store.mark(versions)
        except Unavailable as error:
            log.info("%s; the marks are kept, and written later", error)


def _at_hand(queue: asyncio.Queue[Done]) -> list[Done]:
    """All that waits in a queue."""
    return [queue.get_nowait() for _ in range(queue.qsize())]


def _short(message: Message) -> Message:
    """What was laid aside, with little of what came; all else as it is, for nothing of it may be left out."""
    if not message.topic.endswith(parked_topic("")):
        return message
    raw = shortened(message.raw)
    if raw is message.raw:
        return message
    log.warning("%s: %d bytes are more than the topic takes: %d are told", message.topic, len(message.raw), len(raw))
    return Message(topic=message.topic, raw=raw)


def _too_long(message: Message) -> str:
    return f"a message of {len(message.raw)} bytes is more than topic {message.topic} takes: raise max.message.bytes"


def _behind(refused: Message, some: Sequence[Placed]) -> Sequence[Message]:
    """The messages of a place behind one of them."""
    messages = [message for _, message in some]
    return messages[next(at for at, each in enumerate(messages) if each is refused) + 1 :]


async def _is_too_long(sent: asyncio.Future[object]) -> bool:
    """Whether the broker refuses a message for its length; all else is left to whoever waits. Raises KafkaError."""
    try:
        await sent
    except MessageSizeTooLargeError:
        return True
    return False


def _headers(message: Message) -> dict[str, str]:
    named = message.caused_by.startswith(ANSWERED_BY_NAME)
    return {**AS_EVENT, CAUSED_BY: message.caused_by} if named else AS_EVENT


def _size(record: KafkaPublishMessage, message: Message) -> int:
    return len(record.body) + len(record.key or b"") + RECORD_BYTES + len(CAUSED_BY) + len(message.caused_by)


def _pieces(messages: Sequence[Placed]) -> Iterator[Sequence[Placed]]:
    """Cut messages of one place into batches as Kafka takes them, each of the same headers; a longer one is its own."""
    start, size = 0, 0
    for at, (record, message) in enumerate(messages):
        own = _size(record, message)
        if at > start and (size + own > BATCH_BYTES or _headers(message) != _headers(messages[start][1])):
            yield messages[start:at]
            start, size = at, 0
        size += own
    yield messages[start:]
