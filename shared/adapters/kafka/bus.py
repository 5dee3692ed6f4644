"""The bus of the cluster: one service's share of the partitions, consumed with FastStream, decided, told.

Partition n of all its topics lies with the same member (range assignor), and so do the streams whose keys hash to n:
an engine for each. The offsets of a batch are committed after its commit is durable and told; whatever fails is read
again from where it stood. An engine lives from assignment to revocation, while the store takes its commits.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaMessage

from shared.adapters.kafka import topics as kafka_topics
from shared.adapters.kafka.batch import Batches
from shared.adapters.kafka.broker import (
    HEARTBEAT_MS,
    Kafka,
    broker_of,
    raw_message,
    start_when_there,
    wait_for_topics,
    watch,
)
from shared.adapters.kafka.company import Company
from shared.adapters.kafka.fetch import Fetching
from shared.adapters.kafka.keys import group_of, partition_of
from shared.adapters.kafka.offsets import ahead_of, named
from shared.adapters.kafka.partitions import load
from shared.adapters.kafka.progress import Progress
from shared.adapters.kafka.records import Reader, Record, in_order
from shared.adapters.kafka.relay import Offsets, Producer, Relay, done_by, offsets_after
from shared.engine.engine import Engine
from shared.engine.faults import Broken, Unavailable
from shared.engine.journal import Store
from shared.engine.outbox import parked_topic
from shared.engine.service import Service
from shared.engine.steps import DECIDE, WAIT
from shared.engine.waiting import Backoff, Status
from shared.kernel.fund import Fund

log = logging.getLogger(__name__)

PATIENCE_S = 5.0
FETCH_BYTES, FETCH_WAIT_MS = 1_048_576, 500
"""The broker answers at once where there is something, and with all that lies there up to so many bytes."""
FOR_EVER_MS = 10**11
"""FastStream is deaf for as long as it has waited in vain, so it must never wait in vain."""
JOINING = "joining the group"
UNEXPECTED_ERRORS = (Broken, AssertionError, LookupError, TypeError, ValueError)


class Watch(Protocol):
    """Who watches a process that makes engines, and lays messages aside before any engine hears them."""

    def watch(self, engine: Engine) -> None:
        """Watch an engine that is not started yet."""

    def parked(self, service: str, topic: str) -> None:
        """Count a message that was laid aside."""


class KafkaBus(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types
    """One member of a service's consumer group."""

    def __init__(
        self,
        service: Service,
        fund: Fund,
        store: Store,
        kafka: Kafka,
        *,
        parks: Iterable[str],
        status: Status,
        watch: Watch,
        pause_s: float = 0.0,
    ) -> None:
        """Take the service, its store, and the topics whose unreadable messages this service lays aside.

        ``pause_s`` is how long small batches wait for company (``company.py``).
        """
        self._service, self._fund, self._store, self._kafka = service, fund, store, kafka
        self._group = group_of(kafka.prefix, fund.fund_id, service.name)
        self._status, self._watch = status, watch
        reader = Reader(kafka.prefix, fund.fund_id, kafka.partitions, arrival=kafka.arrival)
        self._home = partition_of(fund.fund_id, kafka.partitions) if service.streams else None
        self._batches = Batches(service, reader, parks, self._home)
        self._fetching = Fetching(lambda: self._consumer, self._home, kafka.prefix + "day.started")
        self._company = Company(pause_s)
        self._progress = Progress(lambda: self._consumer, status, service.name)
        self._beside: list[asyncio.Task[None]] = []
        self._hears = frozenset(service.routes) | {"day.started"}
        self._engines: dict[int, Engine] = {}
        self._numbers: frozenset[int] = frozenset()
        self._revocations = 0
        self._reached: set[TopicPartition] = set()
        self._uncommitted: dict[TopicPartition, int] = {}
        self._loading: asyncio.Task[None] | None = None
        self._busy = asyncio.Lock()
        self._stopping, self._lapsed = False, ""
        self._pause = Backoff()
        status.count("skipped", 0)
        self.broker = broker_of(kafka)
        self.producer = Producer(self.broker, kafka.prefix, fund.fund_id, kafka.partitions)
        self._relay = Relay(self.producer, store, self._commit, status)
        self._subscriber = self.broker.subscriber(
            *(kafka.prefix + topic for topic in sorted(self._hears)),
            group_id=self._group,
            batch=True,
            batch_timeout_ms=FOR_EVER_MS,
            fetch_max_bytes=FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(RangePartitionAssignor,),
            ack_policy=AckPolicy.MANUAL,
            listener=self,
            decoder=raw_message,
            title=f"{service.name}.hears",
            session_timeout_ms=kafka.session_ms,
            heartbeat_interval_ms=HEARTBEAT_MS,
        )
        self._subscriber(self._receive)

    def state(self, stream: str) -> Any:  # noqa: ANN401 - the state class is the service's own
        """The state of a fixed stream, to look at; None while another member has it."""
        engine = None if self._home is None else self._engines.get(self._home)
        return engine.state(stream) if engine else None

    def lag(self) -> Iterator[tuple[Mapping[str, str], float]]:
        """What is not read yet, by the topic's name without the prefix."""
        for topic, count in self._progress.lag().items() if self._subscriber.consumer else ():
            yield {"service": self._service.name, "topic": topic.removeprefix(self._kafka.prefix)}, count

    def waiting(self) -> Iterator[tuple[Mapping[str, str], float]]:
        """How many batches wait to be told."""
        yield {"service": self._service.name}, self._relay.waiting

    # --- from start to stop

    async def start(self) -> None:
        """Wait for broker and topics, then join the group."""
        await wait_for_topics(self._kafka, kafka_topics.topics_of(self._service.name, self._hears), self._status)
        self._status.waits["partitions"] = JOINING
        await start_when_there(self.broker, self._status)
        self._relay.start()
        self._beside = [
            asyncio.create_task(self._fetching.poll_stray_partitions(self._busy)),
            asyncio.create_task(watch(self._consumer, self._status)),
            asyncio.create_task(self._progress.watch(self._fetching.is_halted)),
        ]
        self._status.came("start")

    async def stop(self) -> None:
        """Finish the batch in hand, tell what it decided, keep snapshots, leave the group."""
        self._stopping = True
        for task in self._beside:
            task.cancel()
        async with self._busy:
            await self._let_go()
            for engine in self._engines.values():
                await engine.save_snapshots()
                await engine.store.close()
        await self._relay.stop()
        await self.broker.stop()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Finish the batch in hand: whoever owns the partition next continues from what is durable."""
        async with self._busy:
            await self._let_go()
            self._engines, self._numbers = {}, frozenset()
            self._revocations += 1
            self._reached, self._uncommitted = set(), {}
            self._progress.forget()
            self._status.waits["partitions"] = JOINING
        numbers = {each.partition for each in revoked}
        self._fetching.forget(numbers)
        for number in numbers:
            self._status.waits.pop(f"partition {number}", None)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Load the streams of the partitions; nothing is decided before that is done."""
        self._numbers = frozenset(each.partition for each in assigned)
        self._status.count("rebalances")
        self._load_soon()

    async def _let_go(self) -> None:
        if self._loading:
            self._loading.cancel()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._relay.drain()
        except TimeoutError:
            log.warning("%s: not all is told; whoever owns the partitions next tells it", self._service.name)

    def _load_soon(self) -> None:
        if self._loading:
            self._loading.cancel()
        self._engines = {}
        self._loading = asyncio.create_task(self._load(self._numbers))

    async def _load(self, numbers: frozenset[int]) -> None:
        pause = Backoff()
        while True:
            try:
                places = self._consumer.assignment()
                await self._progress.begin(places)
                ahead = await ahead_of(self._consumer, self._store, self._service.name, self._group, places)
                own = numbers - ahead.keys()
                engines, unpublished = await load(
                    self._service,
                    self._fund,
                    self._store,
                    own,
                    self._kafka.partitions,
                    self._watch.watch,
                    self._kafka.most_days,
                )
            except Unavailable as error:
                self._status.wait("store", str(error))
            except KafkaError as error:
                log.debug("%s: nothing is loaded yet: %r", self._service.name, error)
            except UNEXPECTED_ERRORS as error:
                self._status.wait("store", f"nothing is decided, a person must look: {error!r}")
            else:
                for number, why in ahead.items():
                    self._halt(number, why)
                for told in unpublished:
                    await self._relay.put(done_by([told], {}))
                self._engines = engines
                self._status.came("store")
                self._status.waits.pop("partitions", None)
                log.info("%s: partitions %s, %d commits unpublished", self._service.name, sorted(own), len(unpublished))
                return
            await pause.wait()

    # --- a batch

    async def _receive(self, message: KafkaMessage) -> None:
        """Take what was fetched, by partition; on a failure go back to the first record that is not decided."""
        numbers: dict[int, list[Record]] = defaultdict(list)
        for record in taken_from(message):
            numbers[record.partition].append(record)
        fetched_after = self._revocations
        async with self._busy:
            if self._stopping or self._revocations != fetched_after:
                return
            with self._fetching.nothing():
                if self._loading and not self._loading.done():
                    await asyncio.wait({self._loading}, timeout=PATIENCE_S)
                left = await asyncio.gather(*(self._safely(number, in_order(some)) for number, some in numbers.items()))
                failed = [records for records in left if records]
                for records in failed:
                    self._go_back(records)
                if self._lapsed:
                    self._status.wait("store", self._lapsed)
                    self._lapsed = ""
                    self._load_soon()
                if not failed:
                    await self._company.come(sum(map(len, numbers.values())))
        if failed:
            await self._pause.wait()
        else:
            self._pause.reset()

    async def _safely(self, number: int, records: Sequence[Record]) -> Sequence[Record]:
        """As ``_take``; what nobody foresaw stops the partition, for FastStream would go on to the next batch."""
        try:
            return await self._take(number, records)
        except Exception as error:
            log.exception("%s: partition %d", self._service.name, number)
            self._halt(number, repr(error))
            return records

    async def _take(self, number: int, records: Sequence[Record]) -> Sequence[Record]:
        """Decide on the records of a partition; those that are left undecided."""
        engine = self._engines.get(number)
        if engine is None:
            return records
        started = time.perf_counter()
        self._status.time(WAIT, max(0.0, time.time() - min(record.timestamp for record in records) / 1_000))
        try:
            await self._progress.came(records)
        except KafkaError as error:
            log.debug("%s: partition %d is read again: %r", self._service.name, number, error)
            return records
        came = await self._batches.take(engine, records)
        if came.lapsed:
            self._lapsed = came.lapsed
        if came.fault:
            self._halt(number, came.fault)
        for message in came.parked:
            self._watch.parked(self._service.name, message.topic.removesuffix(parked_topic("")))
        offsets = offsets_after(number, came.done)
        self._reached |= offsets.keys()
        await self._relay.put(done_by(came.told, offsets, came.parked))
        self._status.count("consumed", len(came.done))
        self._status.count("parked", len(came.parked))
        self._status.count("skipped", came.skipped)
        self._status.count("batches")
        self._status.time(DECIDE, time.perf_counter() - started)
        return came.left

    # --- offsets

    @property
    def _consumer(self) -> AIOKafkaConsumer:
        assert self._subscriber.consumer is not None
        return self._subscriber.consumer

    async def _commit(self, offsets: Offsets) -> None:
        """Commit how far this assignment has come, once the store has it; what is not taken now is tried again."""
        self._uncommitted |= {place: offset for place, offset in offsets.items() if place in self._reached}
        if not self._uncommitted:
            return
        tried = dict(self._uncommitted)
        try:
            await self._store.hear(named(tried))
            await self._consumer.commit(tried)
        except (KafkaError, AssertionError, Unavailable) as error:
            log.debug("%s: offsets are not committed yet: %r", self._service.name, error)
        else:
            left = self._uncommitted.items()
            self._uncommitted = {place: offset for place, offset in left if tried.get(place) != offset}

    def _go_back(self, records: Sequence[Record]) -> None:
        first: dict[TopicPartition, int] = {}
        for record in records:
            first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        for place, offset in first.items():
            try:
                self._consumer.seek(place, offset)
            except IllegalStateError:
                log.debug("%s is not ours any more", place)

    def _halt(self, number: int, fault: str) -> None:
        """Stop a partition: later money must not overtake a decision that is broken."""
        self._status.wait(f"partition {number}", f"stopped, a person must look: {fault}")
        log.critical("%s: partition %d stops: %s", self._service.name, number, fault)
        self._fetching.halt(number)


def taken_from(message: KafkaMessage) -> Sequence[Record]:
    """The records of a message, which then holds none: it refers to itself, and dies only when garbage is collected."""
    records: Any = message.raw_message
    message.raw_message, message.body = (), []
    return records  # type: ignore[no-any-return] # of a batch, it is a tuple of records
