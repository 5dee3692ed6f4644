"""The simulated store and bus behind the contract suites of ``tests/ports``: what is simulated passes what is real."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

from aiokafka import TopicPartition

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.bus import KafkaBus
from shared.adapters.kafka.keys import partition_of
from shared.adapters.mongo import store as mongo
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.engine.journal import Store
from shared.engine.waiting import Status
from shared.telemetry.setup import Telemetry
from tests.ports.unsteady import Unsteady
from tests.simulation.broker import Log
from tests.simulation.clients import Broker
from tests.simulation.network import Network, Trace
from tests.simulation.store import Client, Server

PARTITIONS = 2


def network() -> Network:
    made = Network(random.Random(0), Trace())
    made.shortest_s = made.longest_s = 0.0
    return made


def simulated_store() -> Any:  # noqa: ANN401 - what opens a service's store
    """Opens a service's store on one simulated server, as often as one likes."""
    server, between = Server(), network()

    async def open_(service: str) -> Store:
        return await mongo.open_store(Client(server, between), "fund", service)

    return open_


class OnSimulatedKafka:
    """The bus of the cluster on the simulated broker, on asyncio's own loop."""

    def __init__(self, service: Any, fund: Any, heard: str) -> None:  # noqa: ANN401
        self.store = Unsteady(SqliteStore(connect(None), service.name))
        self.log = Log(network(), PARTITIONS, lambda: 0)
        self._service, self._fund, self._heard = service, fund, heard
        self._bus: KafkaBus | None = None

    async def start(self) -> None:
        kafka = Kafka(bootstrap="broker", partitions=PARTITIONS, arrival=False)
        self._bus = KafkaBus(
            self._service,
            self._fund,
            self.store,
            kafka,
            parks=[self._heard],
            status=Status(),
            watch=Telemetry(traces=0),
        )
        await self._bus.start()

    async def send(self, raws: Sequence[bytes]) -> None:
        for raw in raws:
            place = TopicPartition(self._heard, partition_of(self._fund.fund_id, PARTITIONS))
            self.log.append(place, self._fund.fund_id.encode(), raw)

    async def send_astray(self, raws: Sequence[bytes]) -> None:
        astray = (partition_of(self._fund.fund_id, PARTITIONS) + 1) % PARTITIONS
        for raw in raws:
            self.log.append(TopicPartition(self._heard, astray), b"astray", raw)

    async def quiet(self) -> None:
        async with asyncio.timeout(60):
            while not self.log.settled:  # noqa: ASYNC110 - the broker tells nobody
                await asyncio.sleep(0.01)

    async def crash(self) -> None:
        assert self._bus
        await self._bus._relay.stop()
        for task in self._bus._beside:
            task.cancel()
        await self._bus.broker.stop()

    async def stop(self) -> None:
        assert self._bus
        await self._bus.stop()
        await self.store.close()

    async def told(self, topic: str) -> list[dict[str, Any]]:
        places = sorted(place for place in self.log.records if place.topic == topic)
        return [json.loads(record.value or b"") for place in places for record in self.log.records[place]]


async def _no_faults(*_: object, **__: object) -> list[str]:
    return []


@asynccontextmanager
async def on_simulated_kafka(service: Any, fund: Any, heard: str) -> AsyncIterator[OnSimulatedKafka]:  # noqa: ANN401
    made = OnSimulatedKafka(service, fund, heard)
    with (
        patch("shared.adapters.kafka.bus.broker_of", lambda _: Broker(made.log)),
        patch("shared.adapters.kafka.topics.faults", _no_faults),
    ):
        yield made
        if made._bus:
            await made.crash()
