"""What lies on the parked topics of a real Kafka and nobody has looked at: it outlives processes, and stays as evidence."""

import asyncio
import subprocess

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import Report
from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.parked import ParkedTopics
from shared.events.catalogue import OUTSIDE
from shared.messages.read import UNKNOWN
from tests.cluster.quiet import PATIENCE_S, until
from tests.runtime.funds import FUND, PSDF, clean_env

pytestmark = [pytest.mark.connected]

TOPICS = ("invoice.submitted", "unknown")


async def given(stack: Report, kafka: Kafka, messages: int) -> None:
    """The two topics, and so many messages on the first."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    try:
        names = [f"{kafka.prefix}{topic}.parked" for topic in (*OUTSIDE, UNKNOWN)]
        await admin.create_topics([NewTopic(name, kafka.partitions, 1) for name in names])
    finally:
        await admin.close()
    await park(stack, kafka, messages)


async def park(stack: Report, kafka: Kafka, messages: int) -> None:
    async with AIOKafkaProducer(bootstrap_servers=stack.bootstrap) as producer:
        for number in range(messages):
            partition = number % kafka.partitions
            await producer.send_and_wait(f"{kafka.prefix}{TOPICS[0]}.parked", b"{}", partition=partition)


def says_seen(kafka: Kafka) -> subprocess.CompletedProcess[str]:
    """As a person says it, where the settings are those of the services."""
    said = {"PSDF_KAFKA": kafka.bootstrap, "PSDF_PREFIX": kafka.prefix, "PSDF_PARTITIONS": str(kafka.partitions)}
    command = [*PSDF, "parked", "seen"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=clean_env() | said)


async def told(parked: ParkedTopics, steps: int = 0) -> dict[str, float]:
    """What a process tells first, which has just been started, and is stopped so many steps later."""
    watching = asyncio.create_task(parked.watch())

    async def counted() -> bool:
        return bool(list(parked.samples()))

    await until(counted, "the parked messages are counted", pause_s=0)
    for _ in range(steps):
        await asyncio.sleep(0)
    watching.cancel()
    done, _ = await asyncio.wait([watching], timeout=PATIENCE_S)
    assert done, f"cancelled {steps} steps after it has counted, it goes on"
    assert watching.cancelled()
    return {labels["topic"]: count for labels, count in parked.samples()}


async def test_parked_messages_are_open_until_somebody_has_looked_whoever_is_restarted(
    stack: Report, fund: str
) -> None:
    kafka = Kafka(bootstrap=stack.bootstrap, prefix=f"{fund}.", partitions=2)
    await given(stack, kafka, 3)

    def anew() -> ParkedTopics:
        return ParkedTopics(kafka, FUND.fund_id, TOPICS)

    assert await told(anew()) == {"invoice.submitted": 3, "unknown": 0}
    looked = await asyncio.to_thread(says_seen, kafka)
    assert looked.returncode == 0, looked.stderr
    assert "Looked at: 3" in looked.stdout
    assert "invoice.submitted" in looked.stdout
    assert await told(anew()) == {"invoice.submitted": 0, "unknown": 0}
    await park(stack, kafka, 1)
    assert await told(anew()) == {"invoice.submitted": 1, "unknown": 0}


async def test_who_counts_what_is_parked_ends_whenever_it_is_cancelled(stack: Report, fund: str) -> None:
    kafka = Kafka(bootstrap=stack.bootstrap, prefix=f"{fund}.", partitions=2)
    await given(stack, kafka, 1)
    for steps in range(40):  # through all that closing a connection takes
        assert await told(ParkedTopics(kafka, FUND.fund_id, TOPICS), steps) == {"invoice.submitted": 1, "unknown": 0}
