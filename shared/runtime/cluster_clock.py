"""The clock process: the only way that time passes in the cluster."""

import asyncio
from datetime import datetime, timedelta

from aiokafka.errors import KafkaError

from shared.adapters.kafka_broker import broker_of, wait_for_topics
from shared.adapters.kafka_relay import Producer
from shared.adapters.kafka_status import Pause, Status
from shared.events.clock import DayStarted
from shared.kernel.calendar import DAY, VILNIUS, midnight
from shared.kernel.fund import Fund
from shared.messages.write import day_started
from shared.runtime.cluster_process import Cluster, unless, until_told

CLOCK = "clock"
AFTER_MIDNIGHT = timedelta(milliseconds=100)


async def run_clock(fund: Fund, cluster: Cluster) -> None:
    """Say that the day has started: the present one now, each next one at midnight in Vilnius, until SIGTERM."""
    status = Status()
    broker = broker_of(cluster.kafka)
    producer = Producer(broker, cluster.kafka.prefix, fund.fund_id, cluster.kafka.partitions)
    async with until_told(CLOCK, status, cluster) as stopped:

        async def tick() -> bool:
            await wait_for_topics(cluster.kafka, [DayStarted.type], status)
            await broker.start()
            while True:
                now = datetime.now(VILNIUS)
                await _tell_day(producer, now, fund.fund_id, status)
                status.came("start")
                await asyncio.sleep((midnight(now.date() + DAY) - now + AFTER_MIDNIGHT).total_seconds())

        await unless(stopped, tick())
        await broker.stop()


async def _tell_day(producer: Producer, now: datetime, key: str, status: Status) -> None:
    pause = Pause()
    while True:
        try:
            await producer.tell_all_partitions(DayStarted.type, key, day_started(now.date()))
        except (KafkaError, OSError) as error:
            status.wait("kafka", repr(error))
            await pause.take()
        else:
            status.came("kafka")
            return
