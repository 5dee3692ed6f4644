"""Kafka's clients as the product uses them, FastStream's and aiokafka's, on the simulated server."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextvars import copy_context
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    UnknownMemberIdError,
)

from tests.simulation.broker import Log, Record
from tests.simulation.loop import PROCESS, Process

if TYPE_CHECKING:
    from tests.simulation.network import Network

log = logging.getLogger(__name__)
AGAIN_S, FETCHED = 0.1, 500


class Places(AbstractSet[TopicPartition]):
    """A set of partitions with an order: two runs of a seed must ask for them in the same one."""

    def __init__(self, places: Iterable[TopicPartition]) -> None:
        self._places = dict.fromkeys(places)

    def __contains__(self, place: object) -> bool:
        return place in self._places

    def __iter__(self) -> Iterator[TopicPartition]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class Consumer:
    """aiokafka's consumer, of a group or of assigned partitions; what is paused is not fetched."""

    def __init__(self, server: Log, group_id: str | None, topics: Sequence[str], listener: Any = None) -> None:  # noqa: ANN401
        server.clients += 1
        self.number = server.clients
        self.process: Process | None = PROCESS.get()
        self.name, self.hears = f"{self.process}-{self.number}", topics
        self._log, self._listener = server, listener
        self._network: Network = server.network
        self._group = server.group(group_id) if group_id else None
        self._places: tuple[TopicPartition, ...] = ()
        self._next: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()
        self._generation = -1
        self._rejoin, self._news, self._positioned = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._rejoin.set()
        self._committing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._client = SimpleNamespace(hosts=[("broker", 9092, None)])
        self._coordinator = SimpleNamespace(_coordination_task=None)

    async def start(self) -> None:
        if self._group and self.hears:
            self._coordinator._coordination_task = asyncio.create_task(self._coordinate())
            self._tasks.append(self._coordinator._coordination_task)

    async def stop(self) -> None:
        """Leave the group; the listener is not told."""
        for task in self._tasks:
            task.cancel()
        self._assign(())
        if self._group and self.hears:
            await self._ask("leave", lambda: self._group.leave(self.name))

    # --- the group

    def told_to_rejoin(self, *, lost: bool) -> None:
        """By the server, in no process: heard when the process runs."""
        if self.process is None or self.process.alive:
            self._in_process(self._hear_rejoin, lost)

    def _in_process(self, act: Callable[..., object], *args: object) -> None:
        self._coordinator._coordination_task.get_loop().call_soon(act, *args, context=self._context)

    def _hear_rejoin(self, lost: bool) -> None:
        if lost:
            self._generation = -1
        self._rejoin.set()

    async def _coordinate(self) -> None:
        self._context = copy_context()
        while True:
            await self._rejoin.wait()
            self._rejoin.clear()
            await self._told("on_partitions_revoked")
            joined: asyncio.Future[tuple[int, list[TopicPartition]]] = asyncio.get_running_loop().create_future()

            def answer(generation: int, places: list[TopicPartition], joined: Any = joined) -> None:  # noqa: ANN401
                self._network.later(self._network.way_s(), self._in_process, _settle, joined, (generation, places))

            try:
                await self._ask("join", lambda answer=answer: self._group.join(self, answer), late=False)
            except KafkaError:
                self._rejoin.set()
                await asyncio.sleep(AGAIN_S)
                continue
            self._generation, places = await joined
            self._network.trace.say(f"           {self.name}: has {sorted({p.partition for p in places})}")
            self._assign(places)
            await self._told("on_partitions_assigned")

    async def _told(self, what: str) -> None:
        if self._listener is None:
            return
        try:
            await getattr(self._listener, what)(set(self._places))
        except Exception:
            log.exception("a listener fails")

    def assign(self, places: Iterable[TopicPartition]) -> None:
        """Without a group."""
        self._assign(tuple(places))

    def _assign(self, places: Iterable[TopicPartition]) -> None:
        for place in self._places:
            self._log.readers[place].discard(self)
        self._places, self._next, self._paused = tuple(places), {}, set()
        self._positioned.clear()
        for place in self._places:
            self._log.readers[place].add(self)
        if self._places and self._group:
            self._tasks.append(asyncio.create_task(self._find_positions(self._places)))
        else:
            self._next = dict.fromkeys(self._places, 0)
            self._positioned.set()

    async def _find_positions(self, places: tuple[TopicPartition, ...]) -> None:
        while self._places is places:
            try:
                found = await self._ask("offsets", lambda: dict(self._group.committed))
            except KafkaError:
                await asyncio.sleep(AGAIN_S)
                continue
            if self._places is places:
                self._next = {place: self._next.get(place, found.get(place, 0)) for place in places}
                self._positioned.set()
                self.wake()
            return

    # --- what is asked

    async def _ask(self, what: str, act: Callable[[], Any], *, late: bool = True) -> Any:  # noqa: ANN401
        """What must not come ``late`` or twice is lost instead: the broker takes a member's requests in their order."""
        fate = self._network.fate("broker")
        fate = fate if late or not fate else "lost"
        return await self._network.ask("broker", f"{what} {self.name}", act, KafkaConnectionError, fate=fate)

    def assignment(self) -> "Places":
        return Places(self._places)

    def partitions_for_topic(self, _topic: str) -> set[int]:
        return set(range(self._log.partitions))

    async def topics(self) -> set[str]:
        return await self._ask("topics", lambda: {place.topic for place in self._log.records})

    async def beginning_offsets(self, places: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        wanted = sorted(places)
        return await self._ask("beginnings", lambda: dict.fromkeys(wanted, 0))

    async def end_offsets(self, places: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        wanted = sorted(places)
        return await self._ask("ends", lambda: {place: self._log.end(place) for place in wanted})

    async def committed(self, place: TopicPartition) -> int | None:
        return await self._ask(f"committed {place.topic}/{place.partition}", lambda: self._group.committed.get(place))

    async def position(self, place: TopicPartition) -> int:
        while place not in self._next:
            if place not in self._places:
                raise IllegalStateError(f"no current assignment for partition {place}")
            await self._positioned.wait()
        return self._next[place]

    def highwater(self, place: TopicPartition) -> int:
        return self._log.end(place)

    def seek(self, place: TopicPartition, offset: int) -> None:
        self._owned(place)
        self._next[place] = offset
        self.wake()

    def pause(self, *places: TopicPartition) -> None:
        for place in places:
            self._owned(place)
            self._paused.add(place)

    def resume(self, *places: TopicPartition) -> None:
        for place in places:
            self._owned(place)
            self._paused.discard(place)
        self.wake()

    def _owned(self, place: TopicPartition) -> None:
        if place not in self._places:
            raise IllegalStateError(f"no current assignment for partition {place}")

    async def commit(self, offsets: Mapping[TopicPartition, int] | None = None) -> None:
        """Commit offsets, or all that was taken; aiokafka tries again until the broker has answered."""
        wanted = dict(self._next if offsets is None else offsets)
        for place in wanted:
            self._owned(place)
        told = " ".join(f"{place.topic}/{place.partition}={offset}" for place, offset in sorted(wanted.items()))
        async with self._committing:
            await self._commit(wanted, told)

    async def _commit(self, wanted: Mapping[TopicPartition, int], told: str) -> None:
        while True:
            generation = self._generation
            try:
                await self._ask(
                    f"commit {told}", lambda g=generation: self._group.commit(self.name, g, wanted), late=False
                )
            except (UnknownMemberIdError, IllegalGenerationError) as error:
                self._rejoin.set()
                raise CommitFailedError from error
            except KafkaConnectionError:
                await asyncio.sleep(AGAIN_S)
            else:
                return

    # --- records

    def wake(self) -> None:
        self._news.set()

    async def getmany(
        self, *, timeout_ms: float = 10**11, max_records: int | None = None
    ) -> Mapping[TopicPartition, Sequence[Record]]:
        """What lies on partitions that are not paused: of each a beginning, and not always of each."""
        loop, dice = asyncio.get_running_loop(), self._network.dice
        until = loop.time() + timeout_ms / 1000
        while True:
            if self._waiting():
                await asyncio.sleep(self._network.way_s())
                found: dict[TopicPartition, Sequence[Record]] = {}
                waiting = self._waiting()
                slow = dice.random() if len(waiting) > 1 else 0.0
                for place in waiting:
                    if slow < 0.3 or dice.random() < 0.6:
                        most = dice.choice((1, 3, FETCHED, FETCHED)) if max_records is None else max_records
                        at = self._next[place]
                        found[place] = self._log.records[place][at : at + most]
                        self._next[place] = at + len(found[place])
                        if max_records is not None:
                            break
                if found:
                    return found
                continue
            self._news.clear()
            try:
                async with asyncio.timeout(until - loop.time()) if timeout_ms < 10**9 else asyncio.timeout(None):
                    await self._news.wait()
            except TimeoutError:
                return {}

    def _waiting(self) -> list[TopicPartition]:
        ends, at = self._log.records, self._next
        return [p for p in self._places if p in at and p not in self._paused and p in ends and at[p] < len(ends[p])]


def _settle(future: "asyncio.Future[Any]", result: object) -> None:
    if not future.done():
        future.set_result(result)


class Subscriber:
    """FastStream's subscriber: takes batch after batch, or record after record, and hands each to its handler."""

    def __init__(self, server: Log, topics: Sequence[str], group_id: str, *, batch: bool, listener: object) -> None:
        self._server, self._topics, self._group_id, self._batch, self._listener = (
            server,
            topics,
            group_id,
            batch,
            listener,
        )
        self._handler: Callable[[Any], Awaitable[None]] | None = None
        self.consumer: Consumer | None = None
        self._task: asyncio.Task[None] | None = None

    def __call__(self, handler: Callable[[Any], Awaitable[None]]) -> None:
        self._handler = handler

    async def start(self) -> None:
        self.consumer = Consumer(self._server, self._group_id, self._topics, self._listener)
        await self.consumer.start()
        self._task = asyncio.create_task(self._consume(self.consumer))

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
        if self.consumer:
            consumer, self.consumer = self.consumer, None
            await consumer.stop()

    async def _consume(self, consumer: Consumer) -> None:
        assert self._handler
        while True:
            found = await consumer.getmany(max_records=None if self._batch else 1)
            records = tuple(record for some in found.values() for record in some)
            raw: Any = records if self._batch else records[0]
            message = SimpleNamespace(raw_message=raw, body=raw if self._batch else raw.value, ack=consumer.commit)
            await asyncio.sleep(0)
            try:
                await self._handler(message)
            except Exception:
                log.exception("a handler fails")


class Broker:
    """FastStream's broker: subscribers, and what is published; records of one place keep their order."""

    def __init__(self, server: Log) -> None:
        self._server, self._network = server, server.network
        self._subscribers: list[Subscriber] = []
        self._last: dict[TopicPartition, float] = {}
        self._failing: set[TopicPartition] = set()

    def subscriber(
        self, *topics: str, group_id: str, batch: bool = False, listener: object = None, **_: object
    ) -> Subscriber:
        made = Subscriber(self._server, topics, group_id, batch=batch, listener=listener)
        self._subscribers.append(made)
        return made

    async def start(self) -> None:
        for subscriber in self._subscribers:
            await subscriber.start()

    async def stop(self) -> None:
        for subscriber in self._subscribers:
            await subscriber.stop()

    async def publish(self, raw: bytes, topic: str, *, key: bytes, partition: int, headers: object) -> Record:
        del headers
        taken: Record = await self._send(TopicPartition(topic, partition), [(key, raw)])
        return taken

    async def publish_batch(self, *messages: Any, topic: str, partition: int, headers: object, no_confirm: bool) -> Any:  # noqa: ANN401
        assert no_confirm
        del headers
        await asyncio.sleep(0)
        return self._send(TopicPartition(topic, partition), [(each.key, each.body) for each in messages])

    def _send(self, place: TopicPartition, pairs: Sequence[tuple[bytes | None, bytes]]) -> "asyncio.Future[Any]":
        """An idempotent producer: behind what was not taken nothing is taken, until whoever sent it has heard so."""
        loop, network = asyncio.get_running_loop(), self._network
        sent: asyncio.Future[Any] = loop.create_future()
        fate = "lost" if place in self._failing else network.fate("broker").replace("late", "lost")
        at = self._last[place] = max(loop.time() + network.way_s(), self._last.get(place, 0.0) + 1e-6)
        asks, mine = PROCESS.get(), copy_context()

        def arrive() -> None:
            for key, value in pairs:
                record = self._server.append(place, key, value)
                network.trace.say(
                    f"{loop.time():10.4f} {asks}: broker takes {place.topic}/{place.partition}@{record.offset}"
                )
            if not fate:
                loop.call_later(network.way_s(), _settle, sent, record, context=mine)

        def fail() -> None:
            self._failing.discard(place)
            if not sent.done():
                sent.set_exception(KafkaTimeoutError("no answer"))

        if fate != "lost":
            network.later(at - loop.time(), arrive)
        if fate:
            self._failing.add(place)
            loop.call_later(network.timeout_s, fail, context=mine)
        return sent
