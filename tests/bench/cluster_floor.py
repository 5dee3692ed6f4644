"""The floor of the cluster stack: two hops in two processes that move the same bytes in the same batches, no more.

A hop consumes, stores one document, produces and commits offsets, with the same clients, the same event loop and the
same settings of fetches and batches as a service. It decides nothing, reads nothing and remembers nothing.
"""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from bson import Binary
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import WriteConcern

from deploy.local import Report
from shared.adapters.kafka.broker import BATCH_BYTES
from shared.adapters.kafka.bus import FETCH_BYTES, FETCH_WAIT_MS
from shared.engine.codec import encode_decisions
from tests.bench.floor import ACCEPTED, ENTERED, SCHEDULED, decision, said

FIRST, MIDDLE, LAST = "invoice.submitted", "invoice.accepted", "payment.scheduled"
WAY = ((FIRST, MIDDLE), (MIDDLE, LAST))


def bytes_of(target: str) -> tuple[bytes, bytes]:
    """What a hop says of an invoice, and what it stores of it: the same for each, and made once."""
    if target == MIDDLE:
        data = msgspec.json.encode(ACCEPTED)
        return said("/invoicing", ACCEPTED.type, data), encode_decisions([decision([(ACCEPTED.type, data)])])
    data, entered = msgspec.json.encode(SCHEDULED), msgspec.json.encode(ENTERED)
    stored = encode_decisions([decision([(ENTERED.type, entered), (SCHEDULED.type, data)])])
    return said("/payments", SCHEDULED.type, data), stored


async def hop(bootstrap: str, mongo_url: str, prefix: str, source: str, target: str) -> None:
    """Consume, store, produce, commit, without end."""
    message, stored = bytes_of(target)
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", max_batch_size=BATCH_BYTES
    )
    consumer = AIOKafkaConsumer(
        prefix + source,
        bootstrap_servers=bootstrap,
        group_id=prefix + source,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_bytes=FETCH_BYTES,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        partition_assignment_strategy=(RangePartitionAssignor,),
    )
    client: Any = AsyncIOMotorClient(mongo_url)
    commits = client[prefix.rstrip(".")].get_collection("commits", write_concern=WriteConcern("majority"))
    async with producer, consumer:
        while True:
            records = [r for some in (await consumer.getmany(timeout_ms=FETCH_WAIT_MS)).values() for r in some]
            if not records:
                continue
            await commits.insert_one({"body": Binary(stored * len(records))})
            sent = [await producer.send(prefix + target, message, key=record.key) for record in records]
            await asyncio.gather(*sent)
            await consumer.commit()


@contextmanager
def hops(stack: Report, prefix: str) -> Iterator[Sequence[subprocess.Popen[bytes]]]:
    """Both hops, each in a process of its own, ended with the block."""
    where = [sys.executable, "-m", "tests.bench.cluster_floor", stack.bootstrap, stack.mongo_url, prefix]
    processes = [subprocess.Popen([*where, *way]) for way in WAY]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    uvloop.run(hop(*sys.argv[1:]))
