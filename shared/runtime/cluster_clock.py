"""The clock process: the only way that time passes in the cluster."""

import asyncio
from datetime import datetime, timedelta

import msgspec
from aiokafka.errors import KafkaError

from shared.adapters.kafka_broker import broker_of, wait_for_topics
from shared.adapters.kafka_relay import Producer
from shared.adapters.kafka_status import Pause, Status
from shared.engine.announce import CloudEvent
from shared.kernel.calendar import DAY, VILNIUS, midnight
from shared.kernel.fund import Fund
from shared.messages.clock import DayStarted
from shared.messages.envelope import to_vilnius_iso
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
            await producer.tell_all_partitions(DayStarted.type, key, day_started(now))
        except (KafkaError, OSError) as error:
            status.wait("kafka", repr(error))
            await pause.take()
        else:
            status.came("kafka")
            return


def day_started(now: datetime) -> bytes:
    """The event of the day of a moment; its id is the date, so that a day is told once however often it is said."""
    date = now.astimezone(VILNIUS).date()
    event = CloudEvent(
        specversion="1.0",
        id=date.isoformat(),
        source="/clock",
        type=DayStarted.type,
        subject=date.isoformat(),
        time=to_vilnius_iso(now),
        datacontenttype="application/json",
        causationid=date.isoformat(),
        data=msgspec.Raw(DayStarted(date=date).model_dump_json().encode()),
    )
    return msgspec.json.encode(event)
