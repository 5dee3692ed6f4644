"""The services of a fund as processes of their own on the real stack, and what a test asks of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local import Report, topics
from services.all import SERVICES
from shared.adapters.kafka.keys import partition_of
from shared.effects.bank.collecting import HEARD
from shared.events.catalogue import CATALOGUE, OUTSIDE
from shared.messages.read import Malformed, parse
from tests.cluster import member as member_process
from tests.cluster.member import Member
from tests.cluster.quiet import PATIENCE_S, caught_up, until

FUND_ID = "psdf"
SESSION_MS = 6_000
"""The shortest that Kafka takes: so long a killed process still counts as a member."""
SAID = sorted(set(CATALOGUE) - OUTSIDE | {f"{topic}.parked" for topic in OUTSIDE} | {"unknown.parked"})
HEARS = {service.name: frozenset(service.routes) | {"day.started"} for service in SERVICES} | {
    "letters": frozenset({"notice.prepared"}),
    "bank": frozenset(record.type for record in HEARD),
}


@dataclass(kw_only=True)
class Fleet:
    """A fund's topics and database, and the processes that work on them."""

    stack: Report
    prefix: str
    folder: Path
    producer: AIOKafkaProducer
    admin: AIOKafkaAdminClient
    reader: AIOKafkaConsumer
    partitions: int = 6
    moment: str = "event"
    ministry: str = ""
    home: str = ""
    """Where traces go; without one and without a collector, nothing is traced."""
    env: Mapping[str, str] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)
    """Those that hear topics, which are waited for."""
    begun: list[Member] = field(default_factory=list)
    """All that were ever started: none outlives its topics."""

    def start(self, name: str, **more: str) -> Member:
        """Start one more process; ``more`` is set in its environment."""
        told = {
            "PSDF_KAFKA": self.stack.bootstrap,
            "PSDF_MONGO": self.stack.mongo_url,
            "PSDF_PREFIX": self.prefix,
            "PSDF_PARTITIONS": str(self.partitions),
            "PSDF_MOMENT": self.moment,
            "PSDF_MINISTRY_URL": self.ministry,
            "PSDF_HOME": self.home or str(self.folder),
            **({} if self.home or "PSDF_OTLP" in self.env else {"PSDF_TRACES": "0"}),
            **self.env,
            **more,
        }
        taken = {each.port for each in self.members}
        member = member_process.start(name, told, SESSION_MS, self.folder, len(self.members), taken)
        self.members.append(member)
        self.begun.append(member)
        return member

    async def started(self, *names: str) -> list[Member]:
        """Start processes, and return when all are ready."""
        members = [self.start(name) for name in names]
        for member in members:
            await until(member.ready, f"{member.name} is ready")
        return members

    async def send(self, raws: Iterable[bytes]) -> None:
        """Publish events from outside, as their senders would; what can't be read goes where its type says."""
        await self.send_to(self.places_of(raws))

    def places_of(self, raws: Iterable[bytes]) -> list[tuple[str, bytes, int, bytes]]:
        """Topic, key, partition and bytes of each event; a day goes to each partition."""
        found = []
        for raw in raws:
            topic, key = place_of(raw)
            every = topic == "day.started"
            numbers = range(self.partitions) if every else [partition_of(key, self.partitions)]
            found += [(self.prefix + topic, key.encode(), number, raw) for number in numbers]
        return found

    async def send_to(self, places: Iterable[tuple[str, bytes, int, bytes]]) -> None:
        """Publish events whose places are known."""
        waiting = [
            await self.producer.send(topic, raw, key=key, partition=number) for topic, key, number, raw in places
        ]
        await asyncio.gather(*waiting)

    async def quiet(self, patience_s: float = PATIENCE_S) -> None:
        """Return when nothing is left to be done by any that was started."""
        names = {member.name for member in self.members} & HEARS.keys()
        groups = {
            f"{self.prefix}{FUND_ID}.{name}": [self.prefix + topic for topic in sorted(HEARS[name])] for name in names
        }
        await caught_up(self.admin, self.reader, groups, self.partitions, patience_s)

    async def count(self, topic: str) -> int:
        """How many events lie on a topic."""
        places = [TopicPartition(self.prefix + topic, number) for number in range(self.partitions)]
        return sum((await self.reader.end_offsets(places)).values())

    async def told(self, types: Sequence[str] = tuple(SAID)) -> list[dict[str, Any]]:
        """Every event on the topics, in the order of its type and place."""
        names = [self.prefix + type_ for type_ in types]
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.stack.bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        async with consumer:
            places = [TopicPartition(name, number) for name in names for number in range(self.partitions)]
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            for place in places:
                consumer.seek(place, 0)
            found = []
            left = {place for place, end in ends.items() if end}
            while left:
                for place, records in (await consumer.getmany(timeout_ms=500)).items():
                    found += [json.loads(record.value) for record in records]
                    if records and records[-1].offset + 1 >= ends[place]:
                        left.discard(place)
        return found


def place_of(raw: bytes) -> tuple[str, str]:
    """Topic and key of an event from outside."""
    try:
        event = parse(raw, outside=True)
    except Malformed as malformed:
        return malformed.topic, FUND_ID
    return event.type, event.data.key(FUND_ID)


@asynccontextmanager
async def producing(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that is let go of where the broker is away at its end: aiokafka's ``stop`` would wait for it for ever."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", max_batch_size=131_072
    )
    await producer.start()
    try:
        yield producer
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await producer.stop()


@asynccontextmanager
async def fleet(
    stack: Report, fund: str, folder: Path, *, partitions: int = 6, moment: str = "event", ministry: str = ""
) -> AsyncIterator[Fleet]:
    """A fund's topics, and no process yet; what was started is ended with the block.

    The topics go with it: a broker with a small heap comes to a stop with those of ten funds.
    """
    prefix = f"{fund}."
    wanted = [replace(topic, partitions=partitions) for topic in topics.load()]
    await topics.apply(stack.bootstrap, prefix, topics=wanted)
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    reader = AIOKafkaConsumer(bootstrap_servers=stack.bootstrap, enable_auto_commit=False)
    async with producing(stack.bootstrap) as producer, reader:
        await admin.start()
        made = Fleet(
            stack=stack,
            prefix=prefix,
            folder=folder,
            producer=producer,
            admin=admin,
            reader=reader,
            partitions=partitions,
            moment=moment,
            ministry=ministry,
        )
        try:
            yield made
        finally:
            for member in made.begun:
                if member.lives:
                    member.kill()
            with suppress(KafkaError):  # a test that has killed the broker
                await admin.delete_topics([f"{prefix}{topic.name}" for topic in wanted])
            await admin.close()
