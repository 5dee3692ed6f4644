"""Faults that the simulation must find: each a small change of the product or a port, made for as long as a seed is played."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from shared.adapters.kafka import bus
from shared.adapters.kafka.bus import KafkaBus
from shared.adapters.kafka.offsets import named
from shared.adapters.kafka.partitions import PartitionStore
from shared.adapters.kafka.relay import Done, Relay, offsets_after
from shared.adapters.mongo.store import MongoStore
from shared.effects.letters_store import MongoLetters
from shared.engine.codec import Codec
from shared.engine.faults import Unavailable
from shared.engine.journal import Commit, Snapshot, chain
from shared.engine.memory import Memory
from shared.engine.outbox import messages_of
from shared.engine.stream import Inbox, Stream

PLANTED: dict[str, Callable[[], Any]] = {}


def planted(fault: Callable[[], Iterator[None]]) -> Callable[[], Any]:
    """A fault by its name."""
    PLANTED[fault.__name__] = made = contextmanager(fault)
    return made


@planted
def acknowledged_before_the_commit() -> Iterator[None]:
    take = KafkaBus._take

    async def too_early(self: KafkaBus, number: int, records: Sequence[Any]) -> Sequence[Any]:
        if number in self._engines:
            offsets = offsets_after(number, records)
            with suppress(KafkaError, Unavailable):
                await self._store.hear(named(offsets))
                await self._consumer.commit(offsets)
        return await take(self, number, records)

    with patch.object(KafkaBus, "_take", too_early):
        yield


@planted
def offsets_one_too_far() -> Iterator[None]:
    def too_far(number: int, records: Sequence[Any]) -> dict[TopicPartition, int]:
        return {place: offset + (offset % 5 == 0) for place, offset in offsets_after(number, records).items()}

    with patch.object(bus, "offsets_after", too_far):
        yield


@planted
def nobody_goes_back_after_a_failure() -> Iterator[None]:
    with patch.object(KafkaBus, "_go_back", lambda *_: None):
        yield


@planted
def a_partition_is_skipped() -> Iterator[None]:
    take = KafkaBus._take

    async def skip(self: KafkaBus, number: int, records: Sequence[Any]) -> Sequence[Any]:
        if number == 1 and self._service.name == "invoicing":
            await self._relay.put(Done(versions={}, offsets=offsets_after(number, records)))
            self._reached |= offsets_after(number, records).keys()
            return ()
        return await take(self, number, records)

    with patch.object(KafkaBus, "_take", skip):
        yield


@planted
def a_fetch_is_decided_backwards() -> Iterator[None]:
    with patch.object(bus, "in_order", lambda records: list(reversed(records))):
        yield


@planted
def a_mark_is_lost() -> Iterator[None]:
    async def lost(_: Relay, __: Mapping[str, int]) -> None:
        """Nothing."""

    with patch.object(Relay, "_mark", lost):
        yield


@planted
def marked_before_it_is_told() -> Iterator[None]:
    put = Relay.put

    async def mark_first(self: Relay, done: Done) -> None:
        with suppress(Unavailable):
            await self._store.mark(done.versions)
            await asyncio.sleep(0.2)  # a while in which it may be killed
        await put(self, done)

    with patch.object(Relay, "put", mark_first):
        yield


@planted
def what_a_crash_left_is_not_told() -> Iterator[None]:
    load = bus.load

    async def forget(*args: Any) -> Any:  # noqa: ANN401
        engines, _ = await load(*args)
        return engines, []

    with patch.object(bus, "load", forget):
        yield


@planted
def published_before_the_commit() -> Iterator[None]:
    append, begin = PartitionStore.append, KafkaBus.__init__
    buses: dict[int, KafkaBus] = {}

    def remember(self: KafkaBus, service: Any, fund: Any, store: Any, *args: Any, **more: Any) -> None:  # noqa: ANN401
        begin(self, service, fund, store, *args, **more)
        buses[id(store)] = self

    async def too_early(self: PartitionStore, commits: Sequence[Commit]) -> None:
        of = buses[id(self._store)]
        codecs = {name: Codec(domain.events) for name, domain in of._service.domains.items()}
        for commit in commits:
            told = list(messages_of(of._service.name, commit, codecs[commit.stream.partition(":")[0]]))
            with suppress(KafkaError):
                await of.producer.tell(told)
        await asyncio.sleep(0.2)  # a while in which it may be killed
        await append(self, commits)

    with patch.object(PartitionStore, "append", too_early), patch.object(KafkaBus, "__init__", remember):
        yield


@planted
def a_time_out_is_taken_for_success() -> Iterator[None]:
    append = MongoStore.append

    async def careless(self: MongoStore, commits: Sequence[Commit]) -> None:
        try:
            await append(self, commits)
        except Unavailable:
            return

    with patch.object(MongoStore, "append", careless):
        yield


@planted
def a_retry_decides_twice() -> Iterator[None]:
    append = MongoStore.append

    async def again(self: MongoStore, commits: Sequence[Commit]) -> None:
        try:
            await append(self, commits)
        except Unavailable:
            await asyncio.sleep(1)
            for commit in commits:
                lying = [each async for each in self.read(commit.stream, commit.version - 1)]
                last = lying[-1] if lying else replace(commit, version=commit.version - 1, hash=commit.prev_hash)
                await append(self, [chain(commit.stream, last.version + 1, commit.body, last.hash)])
            raise

    with patch.object(MongoStore, "append", again):
        yield


@planted
def causes_are_forgotten() -> Iterator[None]:
    with patch.object(Inbox, "hear", lambda *_: None):
        yield


@planted
def a_snapshot_is_ahead_of_its_version() -> Iterator[None]:
    advance, snapshot = Stream.advance, Memory.snapshot
    before: dict[tuple[str, bytes], tuple[int, bytes]] = {}

    def remember(self: Stream, commit: Commit) -> None:
        before[self.name, commit.hash] = self.version, self.hash
        advance(self, commit)

    def older(self: Memory, stream: Stream) -> Snapshot:
        version, hash_ = before.get((stream.name, stream.hash), (stream.version, stream.hash))
        return replace(snapshot(self, stream), version=version, hash=hash_)

    with patch.object(Stream, "advance", remember), patch.object(Memory, "snapshot", older):
        yield


@planted
def a_snapshot_without_its_causes() -> Iterator[None]:
    snapshot = Memory.snapshot

    def bare(self: Memory, stream: Stream) -> Snapshot:
        kept, stream.causes = stream.causes, Inbox()
        try:
            return snapshot(self, stream)
        finally:
            stream.causes = kept

    with patch.object(Memory, "snapshot", bare):
        yield


@planted
def a_letter_is_written_anew_each_time() -> Iterator[None]:
    tries: list[None] = []

    async def anew(_: MongoLetters, notice: Mapping[str, Any], __: Mapping[str, str]) -> bytes:
        tries.append(None)
        return f"{notice['notice_no']} {len(tries)}".encode()

    with patch.object(MongoLetters, "keep", anew):
        yield
