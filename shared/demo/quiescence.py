"""The outside world's side of a fund's topics: publish, wait until nothing is left to be done, read what was said.

A service commits the offsets of a batch after what it decided is told. So nothing is under way when all that lies on
the topics is behind the committed offsets of who hears it. Commits are read as they come from the topic in which Kafka
keeps them: an answer takes a few milliseconds, and nobody is asked again and again.
"""

import asyncio
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.adapters.kafka.broker import BATCH_BYTES, MESSAGE_BYTES, Kafka
from shared.adapters.kafka.keys import partition_of
from shared.kernel.value import value

COMMITS = "__consumer_offsets"
OFFSET_KEYS = (0, 1)
"""Versions of the key of a committed offset; other versions are of a group's members."""
AFTER_VERSION = 2
"""Where an offset stands in the value, in all versions."""
PATIENCE_S = 90.0
"""Longer than a member that was killed is missed by its group, and another takes its place."""
PAUSE_MS = 200


class StillLagging(Exception):  # noqa: N818 - what is so, not what went wrong
    """Nothing moves, and not all is done: which group has what before it."""


@value
class OutsideMessage:
    """A message from outside: its topic, its key, and its bytes as they are."""

    topic: str
    key: str
    raw: bytes


class LagMonitor:
    """Made by ``looking_on``. ``hears`` are the topics of each consumer group, ``said`` those to be read.

    While ``is_broken`` says that something is away on purpose, nothing need move.
    """

    def __init__(
        self,
        kafka: Kafka,
        producer: AIOKafkaProducer,
        commits: AIOKafkaConsumer,
        reader: AIOKafkaConsumer,
        hears: Mapping[str, Iterable[str]],
        said: Iterable[str],
        is_broken: Callable[[], bool],
    ) -> None:
        self._kafka, self._producer, self._commits, self._reader = kafka, producer, commits, reader
        self._is_broken = is_broken
        self._hears = {group: self._places(topics) for group, topics in hears.items()}
        self._said = self._places(said)
        self._every = sorted({*self._said, *(place for some in self._hears.values() for place in some)})
        self._ends: dict[TopicPartition, int] = {}
        self._read: dict[TopicPartition, int] = dict.fromkeys(self._said, 0)
        self._done: dict[tuple[str, TopicPartition], int] = {}

    def _places(self, topics: Iterable[str]) -> list[TopicPartition]:
        names = [self._kafka.prefix + topic for topic in sorted(topics)]
        return [TopicPartition(name, number) for name in names for number in range(self._kafka.partitions)]

    async def start(self, admin: AIOKafkaAdminClient) -> None:
        """Follow the commits from now on, and learn what was committed before."""
        (topic,) = await admin.describe_topics([COMMITS])
        places = [TopicPartition(COMMITS, each["partition"]) for each in topic["partitions"]]
        self._commits.assign(places)
        for place, end in (await self._commits.end_offsets(places)).items():
            self._commits.seek(place, end)
        self._reader.assign(self._said)
        for place in self._said:
            self._reader.seek(place, 0)
        self._reader.pause(*self._said)
        for group in self._hears:
            for place, committed in (await admin.list_consumer_group_offsets(group)).items():
                self._done[group, place] = committed.offset

    async def publish(self, messages: Sequence[OutsideMessage], *, everywhere: bool = False) -> None:
        """Publish messages in order; ``everywhere`` to each partition of their topics."""
        waiting = []
        for message in messages:
            count = self._kafka.partitions
            for number in range(count) if everywhere else [partition_of(message.key, count)]:
                name, key = self._kafka.prefix + message.topic, message.key.encode()
                waiting.append(await self._producer.send(name, message.raw, key=key, partition=number))
        for sent in await asyncio.gather(*waiting):
            self._ends[TopicPartition(sent.topic, sent.partition)] = sent.offset + 1

    async def said(self) -> list[bytes]:
        """What was said since the last call, when nothing is left to be done. Raises StillLagging."""
        await self._quiet()
        left = {place for place in self._said if self._ends[place] > self._read[place]}
        found: list[bytes] = []
        self._reader.resume(*left)
        while left:
            for place, records in (await self._reader.getmany(*left, timeout_ms=PAUSE_MS)).items():
                found += [record.value for record in records]
                self._read[place] = records[-1].offset + 1
                if self._read[place] >= self._ends[place]:
                    left.discard(place)
                    self._reader.pause(place)
        return found

    async def _quiet(self) -> None:
        """Commits first, then the ends: what is behind the commits now has nothing after it."""
        patience = time.monotonic() + PATIENCE_S
        while True:
            if not any(self._behind()) and await self._ends_are_known() and not any(self._behind()):
                return
            if await self._heed() or self._is_broken():
                patience = time.monotonic() + PATIENCE_S
            elif time.monotonic() > patience:
                where = "; ".join(self._behind()[:3]) or "Kafka does not say where its topics end"
                raise StillLagging(f"nothing moved for {PATIENCE_S:.0f} s: {where}")

    async def _ends_are_known(self) -> bool:
        """Ask Kafka where all topics end; whether it said so."""
        try:
            self._ends.update(await self._reader.end_offsets(self._every))
        except KafkaError:
            return False
        return True

    def _behind(self) -> list[str]:
        return [
            f"{group} has done {self._done.get((group, place), 0)} of {end} on {place.topic} {place.partition}"
            for group, places in self._hears.items()
            for place in places
            if (end := self._ends.get(place, 0)) > self._done.get((group, place), 0)
        ]

    async def _heed(self) -> bool:
        """Take the commits that came; whether any did."""
        came = await self._commits.getmany(timeout_ms=PAUSE_MS)
        moved = False
        for record in (record for records in came.values() for record in records if record.value):
            if where := committed(record.key):
                self._done[where] = struct.unpack_from(">q", record.value, AFTER_VERSION)[0]
                moved = moved or where[0] in self._hears
        return moved


def committed(key: bytes) -> tuple[str, TopicPartition] | None:
    """The group and the place of a committed offset, as Kafka writes its key; None for the key of something else."""
    (version,) = struct.unpack_from(">h", key)
    if version not in OFFSET_KEYS:
        return None
    group, at = _text(key, AFTER_VERSION)
    topic, at = _text(key, at)
    return group, TopicPartition(topic, struct.unpack_from(">i", key, at)[0])


def _text(raw: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from(">h", raw, at)
    start = at + 2
    return raw[start : start + length].decode(), start + length


@asynccontextmanager
async def looking_on(
    kafka: Kafka, hears: Mapping[str, Iterable[str]], said: Iterable[str], is_broken: Callable[[], bool]
) -> AsyncIterator[LagMonitor]:
    """Look on at a fund whose members have joined their groups, until the block ends."""
    where = {"bootstrap_servers": kafka.bootstrap}
    producer = AIOKafkaProducer(
        **where, enable_idempotence=True, acks="all", max_batch_size=BATCH_BYTES, max_request_size=MESSAGE_BYTES
    )
    commits = AIOKafkaConsumer(**where, enable_auto_commit=False, fetch_max_wait_ms=PAUSE_MS)
    reader = AIOKafkaConsumer(**where, enable_auto_commit=False, fetch_max_wait_ms=PAUSE_MS)
    admin = AIOKafkaAdminClient(**where)
    async with producer, commits, reader:
        try:
            await admin.start()
            onlooker = LagMonitor(kafka, producer, commits, reader, hears, said, is_broken)
            await onlooker.start(admin)
            yield onlooker
        finally:
            await admin.close()


async def remove(kafka: Kafka) -> None:
    """Remove the topics of a fund, by their prefix."""
    assert kafka.prefix, "without a prefix they would be those of all funds"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    try:
        await admin.start()
        topics = [topic for topic in await admin.list_topics() if topic.startswith(kafka.prefix)]
        if topics:
            await admin.delete_topics(topics)
    finally:
        await admin.close()
