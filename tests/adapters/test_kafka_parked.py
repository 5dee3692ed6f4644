"""Whoever counts parked messages keeps no consumer between two counts."""

import asyncio
import weakref
from collections.abc import Iterable
from contextlib import suppress

import pytest
from aiokafka import TopicPartition

from shared.adapters.kafka import parked
from shared.adapters.kafka.broker import Kafka

OPENED: "weakref.WeakSet[Consumer]" = weakref.WeakSet()


class Consumer:
    """Of a broker on which three messages lie on each partition, and nobody has looked at one."""

    def __init__(self, **_: object) -> None:
        OPENED.add(self)

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        """Nothing to let go of."""

    def assignment(self) -> set[TopicPartition]:
        return set()

    def assign(self, places: Iterable[TopicPartition]) -> None:
        """Nothing is fetched."""

    def pause(self, *places: TopicPartition) -> None:
        """Nothing is fetched."""

    async def beginning_offsets(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 0)

    async def end_offsets(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 3)

    async def committed(self, _: TopicPartition) -> None:
        return None


async def test_no_consumer_lives_through_the_pause_after_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a count that is made and a pause that has begun, then the consumer of that count is gone."""
    monkeypatch.setattr(parked, "AIOKafkaConsumer", Consumer)
    pauses = asyncio.Event()
    for_ever = asyncio.Event()

    async def pause(_: float) -> None:
        pauses.set()
        await for_ever.wait()

    topics = parked.ParkedTopics(Kafka(bootstrap="nowhere:9", partitions=2), "fund", ["invoice.submitted"])
    monkeypatch.setattr(parked.asyncio, "sleep", pause)
    watching = asyncio.create_task(topics.watch())
    async with asyncio.timeout(10):
        await pauses.wait()
    assert {labels["topic"]: count for labels, count in topics.samples()} == {"invoice.submitted": 6}
    assert len(OPENED) == 0
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
