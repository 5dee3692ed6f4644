"""How far each consumer group of a fund is behind, topic by topic, asked of the broker again and again.

Whoever asks is in no group and commits nothing. A look is bounded in time, and what was seen last stays, with the
moment of it: where the broker does not answer, nobody waits for it.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from faststream.kafka.security import parse_security

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.keys import group_of
from shared.adapters.kafka.opened import opened
from shared.adapters.kafka.said import Behind, TopicLag

log = logging.getLogger(__name__)

LOOK_S, PATIENCE_S = 10.0, 10.0
OLDEST_S = 3.0
"""So long the oldest unread messages are asked for at most: they are read, and there may be many."""
FETCH_BYTES, WAIT_MS = 65_536, 200
Offsets: TypeAlias = Mapping[TopicPartition, int]


class LagWatch:
    """How far groups are behind; ``hears`` are the topics of each process that has a group, without their prefix."""

    def __init__(self, kafka: Kafka, fund_id: str, hears: Mapping[str, Iterable[str]]) -> None:
        self._kafka, self._fund_id = kafka, fund_id
        self._hears = {name: sorted(topics) for name, topics in hears.items()}
        self.seen = Behind(fault="it is being asked")
        """What was seen last."""

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self._look()
            await asyncio.sleep(LOOK_S)

    async def _look(self) -> None:
        """Look once. No client outlives it: through the pause its connections would grow old."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                topics = await self._asked()
        except (KafkaError, OSError, TimeoutError) as error:
            log.debug("how far groups are behind is asked later: %r", error)
            why = f"the broker does not answer: {type(error).__name__}"
            self.seen = Behind(topics=self.seen.topics, at=self.seen.at, fault=why)
        else:
            self.seen = Behind(topics=topics, at=datetime.now(UTC))

    async def _asked(self) -> tuple[TopicLag, ...]:
        where = {"bootstrap_servers": self._kafka.bootstrap, **parse_security(self._kafka.security)}
        consumer = AIOKafkaConsumer(
            **where, enable_auto_commit=False, fetch_max_wait_ms=WAIT_MS, max_partition_fetch_bytes=FETCH_BYTES
        )
        admin = AIOKafkaAdminClient(**where)
        async with opened(consumer):
            try:
                await admin.start()
                # commits before ends: a group never is ahead of what is asked after it
                commits = {name: await self._committed(admin, name) for name in self._hears}
            finally:
                await admin.close()
            there = await consumer.topics()
            places = {
                (name, topic): [
                    TopicPartition(self._kafka.prefix + topic, number) for number in range(self._kafka.partitions)
                ]
                for name, topics in self._hears.items()
                for topic in topics
                if self._kafka.prefix + topic in there
            }
            every = sorted({place for some in places.values() for place in some})
            ends, firsts = await consumer.end_offsets(every), await consumer.beginning_offsets(every)
            stands = {
                (name, topic): {
                    place: min(max(commits[name].get(place, 0), firsts[place]), ends[place]) for place in some
                }
                for (name, topic), some in places.items()
            }
            unread = {(place, at) for some in stands.values() for place, at in some.items() if at < ends[place]}
            moments = await _moments(consumer, unread)
        return tuple(_lag(name, topic, some, ends, moments) for (name, topic), some in stands.items())

    async def _committed(self, admin: AIOKafkaAdminClient, name: str) -> Offsets:
        group = group_of(self._kafka.prefix, self._fund_id, name)
        return {place: each.offset for place, each in (await admin.list_consumer_group_offsets(group)).items()}


def _lag(
    name: str, topic: str, stands: Offsets, ends: Offsets, moments: Mapping[tuple[TopicPartition, int], datetime]
) -> TopicLag:
    """One group on one topic. What the broker deleted before it was read is behind the group, as what it has heard."""
    end, heard = sum(ends[place] for place in stands), sum(stands.values())
    oldest = min((moments[where] for where in stands.items() if where in moments), default=None)
    return TopicLag(process=name, topic=topic, end=end, heard=heard, oldest=oldest)


async def _moments(
    consumer: AIOKafkaConsumer, wanted: Iterable[tuple[TopicPartition, int]]
) -> dict[tuple[TopicPartition, int], datetime]:
    """The moments of single records, as many as can be read in time; two groups may stand at two of one place."""
    left, found = set(wanted), dict[tuple[TopicPartition, int], datetime]()
    try:
        async with asyncio.timeout(OLDEST_S):
            while left:
                now = dict(sorted(left, reverse=True))  # of each place the first
                consumer.assign(list(now))
                for place, at in now.items():
                    consumer.seek(place, at)
                left -= set(now.items())
                while now:
                    for place, records in (await consumer.getmany(*now, timeout_ms=WAIT_MS)).items():
                        if records:
                            moment = datetime.fromtimestamp(records[0].timestamp / 1000, UTC)
                            found[place, now.pop(place)] = moment
    except TimeoutError:
        log.debug("not all of the oldest unread messages were read in time: %d were", len(found))
    return found
