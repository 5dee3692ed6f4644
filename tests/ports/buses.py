"""Each bus with one small service on it, so that one suite asks the same of all.

The service answers each credit of an account with a refused invoice of the credit's reference: what it heard, in order.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar, Protocol

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local import topics
from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.bus import KafkaBus
from shared.adapters.kafka.keys import partition_of
from shared.adapters.kafka.topics import topics_of
from shared.adapters.local import LocalBus
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.engine.engine import Engine
from shared.engine.ingress import INGRESS
from shared.engine.service import Domain, Heard, Service
from shared.engine.waiting import Status
from shared.events import treasury
from shared.kernel.clock import Now, StartDay
from shared.kernel.reason import Reason
from shared.kernel.value import value
from shared.messages.read import Event
from shared.statute.load import load_fund
from shared.telemetry.setup import Telemetry
from tests.cluster.quiet import caught_up
from tests.ports.unsteady import Unsteady
from tests.simulation.ports import on_simulated_kafka

HEARD, SAID = "account.credited", "invoice.refused"
FUND = load_fund()
PARTITIONS = 2


@value
class Answer:
    reference: str


@value
class Refused:
    type: ClassVar[str] = SAID
    invoice_id: str
    contract_id: str
    received_on: date
    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]


@value
class Closed:
    """Never said: a service has a union of events."""

    type: ClassVar[str] = "closed"


@dataclass(slots=True, kw_only=True)
class Book:
    heard: list[str] = field(default_factory=list)


def decide(now: Now, command: Answer | StartDay, _book: Book) -> Iterator[Refused]:
    if isinstance(command, Answer):
        yield Refused(
            invoice_id=f"1/{command.reference}", contract_id="C", received_on=now.day, reasons=(), rules=("15",)
        )


def evolve(book: Book, event: Refused | Closed) -> None:
    if isinstance(event, Refused):
        book.heard.append(event.invoice_id.removeprefix("1/"))


def hear(event: Event) -> Heard:
    yield "book", Answer(reference=event.of(treasury.AccountCredited).reference)


SERVICE = Service(
    name="invoicing",
    domains={"book": Domain(state=Book, events=Refused | Closed, decide=decide, evolve=evolve, waits=lambda _: False)},
    streams=("book",),
    routes={HEARD: hear},
)


def credit(reference: str, **changed: object) -> bytes:
    data = {"payer": "VLK", "amount_cents": 1, "value_on": "2022-01-03", "reference": reference} | changed
    event = {"specversion": "1.0", "id": reference, "source": "/treasury", "type": HEARD, "subject": "VLK"}
    return json.dumps(event | {"time": "2022-01-03T09:00:00+02:00", "data": data}).encode()


class Bus(Protocol):
    """What the suite asks of a bus: ``store`` is the small service's, and outlives the bus."""

    store: Unsteady

    async def start(self) -> None: ...
    async def send(self, raws: Sequence[bytes]) -> None: ...
    async def quiet(self) -> None: ...
    async def crash(self) -> None: ...
    async def stop(self) -> None: ...
    async def told(self, topic: str) -> list[dict[str, Any]]: ...


class Local:
    """The bus of the embedded stack."""

    def __init__(self) -> None:
        self._db = connect(None)
        self.store = Unsteady(SqliteStore(self._db, SERVICE.name))
        self._told: list[Any] = []
        self._bus: LocalBus | None = None

    async def start(self) -> None:
        door = Engine(INGRESS, FUND, SqliteStore(self._db, INGRESS.name))
        self._bus = LocalBus(door, [Engine(SERVICE, FUND, self.store)], [self._told.extend])
        await self._bus.start()

    async def send(self, raws: Sequence[bytes]) -> None:
        assert self._bus
        await self._bus.receive(raws)

    async def quiet(self) -> None:
        """It is quiet when ``send`` returns."""

    async def crash(self) -> None:
        self._bus = None

    async def stop(self) -> None:
        assert self._bus
        await self._bus.close()

    async def told(self, topic: str) -> list[dict[str, Any]]:
        return [json.loads(message.raw) for message in self._told if message.topic == topic]


class OnKafka:
    """The bus of the cluster."""

    def __init__(
        self, bootstrap: str, prefix: str, producer: AIOKafkaProducer, admin: AIOKafkaAdminClient, own: AIOKafkaConsumer
    ) -> None:
        self.store = Unsteady(SqliteStore(connect(None), SERVICE.name))
        self._kafka = Kafka(bootstrap=bootstrap, prefix=prefix, partitions=PARTITIONS, arrival=False)
        self._producer, self._admin, self._reader = producer, admin, own
        self._bus: KafkaBus | None = None

    async def start(self) -> None:
        self._bus = KafkaBus(
            SERVICE, FUND, self.store, self._kafka, parks=[HEARD], status=Status(), watch=Telemetry(traces=0)
        )
        await self._bus.start()

    async def send(self, raws: Sequence[bytes]) -> None:
        number, key = partition_of(FUND.fund_id, PARTITIONS), FUND.fund_id.encode()
        topic = self._kafka.prefix + HEARD
        await asyncio.gather(*[await self._producer.send(topic, raw, key=key, partition=number) for raw in raws])

    async def send_astray(self, raws: Sequence[bytes]) -> None:
        """Send to a partition where nothing of the service should lie."""
        astray = (partition_of(FUND.fund_id, PARTITIONS) + 1) % PARTITIONS
        for raw in raws:
            await self._producer.send_and_wait(self._kafka.prefix + HEARD, raw, key=b"astray", partition=astray)

    async def quiet(self) -> None:
        group = f"{self._kafka.prefix}{FUND.fund_id}.{SERVICE.name}"
        heard = [self._kafka.prefix + topic for topic in (HEARD, "day.started")]
        await caught_up(self._admin, self._reader, {group: heard}, PARTITIONS)

    async def crash(self) -> None:
        """End at once: nothing is drained, marked or saved."""
        assert self._bus
        await self._bus._relay.stop()
        await self._bus.broker.stop()

    async def stop(self) -> None:
        assert self._bus
        await self._bus.stop()
        await self.store.close()

    async def told(self, topic: str) -> list[dict[str, Any]]:
        places = [TopicPartition(self._kafka.prefix + topic, number) for number in range(PARTITIONS)]
        self._reader.assign(places)
        ends = await self._reader.end_offsets(places)
        found: list[dict[str, Any]] = []
        for place in places:
            self._reader.seek(place, 0)
        while sum([await self._reader.position(place) for place in places]) < sum(ends.values()):
            for records in (await self._reader.getmany(timeout_ms=200)).values():
                found += [json.loads(record.value) for record in records]
        return found


@asynccontextmanager
async def on_kafka(bootstrap: str, fund: str) -> AsyncIterator[OnKafka]:
    prefix = f"{fund}."
    used = topics_of(SERVICE.name, [*SERVICE.routes, "day.started"])
    wanted = [replace(topic, partitions=PARTITIONS) for topic in topics.load() if topic.name in used]
    await topics.apply(bootstrap, prefix, topics=wanted)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        async with (
            AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer,
            AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False) as reader,
        ):
            made = OnKafka(bootstrap, prefix, producer, admin, reader)
            yield made
            if made._bus:
                await made.crash()
    finally:
        await admin.close()


@pytest.fixture(params=["local", "simulated", pytest.param("kafka", marks=pytest.mark.connected)])
async def bus(request: pytest.FixtureRequest, fund: str) -> AsyncIterator[Bus]:
    if request.param == "local":
        yield Local()
        return
    if request.param == "simulated":
        async with on_simulated_kafka(SERVICE, FUND, HEARD) as simulated:
            yield simulated
        return
    async with on_kafka(request.getfixturevalue("stack").bootstrap, fund) as made:
        yield made
