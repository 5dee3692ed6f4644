"""Measure the cluster stack: invoices a second through real processes, and how long one takes.

``floor_per_s``: two hops in two processes that move the same bytes in the same batches, and decide nothing: consume,
one document, produce, commit offsets. ``invoices_per_s``: submitted, accepted and scheduled by the two services of that way
as processes; ``invoices_per_s_all_services``: the others hear all of it too, on the same cores. They are taken in turns, for the machine is not the same from one minute to the next; medians of all runs count.

    python -m tests.bench_cluster [--invoices 10000] [--runs 3]

writes ``build/bench-cluster.json``. PSDF_TEST_STACK=FOLDER uses (and leaves) the stack in that folder.
"""

import argparse
import asyncio
import json
import logging
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from bson import Binary
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import WriteConcern

from deploy.local import Report, Stack
from shared.engine.codec import encode_decisions
from tests.bench import world
from tests.bench.floor import ACCEPTED, ENTERED, SCHEDULED, decision, said
from tests.cluster.fleet import Fleet, fleet

BATCH = 500
PATIENCE_S = 300.0
SERVICES = ("contracts", "invoicing", "payments", "reserve", "reconciliation")
WAY = ("invoicing", "payments")
SLOWLY = 500
GOAL_RATIO, GOAL_P99_MS = 0.4, 250.0
FIRST, MIDDLE, LAST = "invoice.submitted", "invoice.accepted", "payment.scheduled"


def hop_bytes(hop_name: str) -> tuple[bytes, bytes]:
    """What a hop says of an invoice, and what it stores of it: the same for each, and made once."""
    if hop_name == "accepted":
        data = msgspec.json.encode(ACCEPTED)
        return said("/invoicing", ACCEPTED.type, data), encode_decisions([decision([(ACCEPTED.type, data)])])
    data, entered = msgspec.json.encode(SCHEDULED), msgspec.json.encode(ENTERED)
    stored = encode_decisions([decision([(ENTERED.type, entered), (SCHEDULED.type, data)])])
    return said("/payments", SCHEDULED.type, data), stored


async def hop(bootstrap: str, mongo_url: str, database: str, source: str, target: str, name: str) -> None:
    """Consume, store, produce, commit, without end."""
    message, stored = hop_bytes(name)
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", max_batch_size=131_072
    )
    consumer = AIOKafkaConsumer(
        source,
        bootstrap_servers=bootstrap,
        group_id=source,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
        partition_assignment_strategy=(RangePartitionAssignor,),
    )
    client: Any = AsyncIOMotorClient(mongo_url)
    commits = client[database].get_collection("commits", write_concern=WriteConcern("majority"))
    async with producer, consumer:
        while True:
            records = [r for some in (await consumer.getmany(timeout_ms=50, max_records=BATCH)).values() for r in some]
            if not records:
                continue
            await commits.insert_one({"body": Binary(stored * len(records))})
            sent = [await producer.send(target, message, key=record.key) for record in records]
            await asyncio.gather(*sent)
            await consumer.commit()


def start_hop(*words: str) -> subprocess.Popen[bytes]:
    """A hop in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "tests.bench_cluster", "--hop", *words])


async def per_second(here: Fleet, raws: Sequence[bytes]) -> float:
    """Send all, and wait until as many are at the end of the way."""
    before, places = await here.count(LAST), here.places_of(raws)
    started, sending = time.perf_counter(), asyncio.create_task(here.send_to(places))
    while await here.count(LAST) - before < len(raws):
        if time.perf_counter() - started > PATIENCE_S:
            raise TimeoutError(f"{await here.count(LAST) - before} of {len(raws)} after {PATIENCE_S:.0f} s")
        await asyncio.sleep(0.05)
    await sending
    return len(raws) / (time.perf_counter() - started)


async def floor(stack: Report, folder: Path, raws: Sequence[bytes]) -> float:
    """One run of two hops."""
    async with fleet(stack, f"f{secrets.token_hex(4)}", folder) as here:
        ways = [(FIRST, MIDDLE, "accepted"), (MIDDLE, LAST, "scheduled")]
        where = [stack.bootstrap, stack.mongo_url, here.prefix.rstrip(".")]
        hops = [start_hop(*where, here.prefix + source, here.prefix + target, name) for source, target, name in ways]
        try:
            await per_second(here, raws[:BATCH])
            return await per_second(here, raws[BATCH:])
        finally:
            for each in hops:
                each.kill()
                each.wait()


async def services(stack: Report, folder: Path, raws: Sequence[bytes], latencies: list[float]) -> tuple[float, float]:
    """One run with real services: a second with all of them, and with the two of the way alone.

    Between the two an even tenth of the first rate is sent, invoice by invoice, and each one's time is taken.
    """
    half = len(raws) // 2
    async with fleet(stack, f"b{secrets.token_hex(4)}", folder) as here:
        members = await here.started(*SERVICES)
        beginning = list(world.beginning(len(raws) * world.MONTHS))
        for raw in beginning[: -len(raws)]:
            await here.send([raw])
            await here.quiet()
        await here.send(beginning[-len(raws) :])
        await here.quiet(PATIENCE_S)
        await per_second(here, raws[:BATCH])
        rate = await per_second(here, raws[BATCH:half])
        await here.quiet()
        latencies += await latency(here, raws[half : half + SLOWLY], rate / 10)
        for member in members:
            if member.name not in WAY:
                await asyncio.to_thread(member.stop)
        alone = await per_second(here, raws[half + SLOWLY :])
    return rate, alone


async def latency(here: Fleet, raws: Sequence[bytes], rate: float) -> list[float]:
    """Seconds from sent to scheduled, invoice by invoice, at an even rate."""
    sent: dict[str, float] = {}
    found: list[float] = []
    reader = AIOKafkaConsumer(bootstrap_servers=here.stack.bootstrap, enable_auto_commit=False, fetch_max_wait_ms=5)
    async with reader:
        places = [TopicPartition(here.prefix + LAST, number) for number in range(here.partitions)]
        reader.assign(places)
        await reader.seek_to_end(*places)
        for place in places:
            await reader.position(place)

        async def listen() -> None:
            while len(found) < len(raws):
                for records in (await reader.getmany(timeout_ms=100)).values():
                    now = time.perf_counter()
                    found.extend(now - sent[json.loads(record.value)["data"]["invoice_id"]] for record in records)

        listening = asyncio.create_task(listen())
        start = time.perf_counter()
        for number, raw in enumerate(raws):
            await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
            sent[json.loads(raw)["data"]["invoice_id"]] = time.perf_counter()
            await here.send([raw])
        await asyncio.wait_for(listening, PATIENCE_S)
    return found


async def measure(stack: Report, folder: Path, invoices: int, runs: int) -> dict[str, Any]:
    """Floor and services in turns."""
    raws = [world.invoice(number, 1, 5) for number in range(2 * invoices)]
    floors, rates, alone = [], [], []
    latencies: list[float] = []
    for run in range(1, runs + 1):
        floors.append(await floor(stack, folder, raws[: invoices + BATCH]))
        print(f"run {run}: floor {floors[-1]:,.0f}/s", flush=True)
        of_all, of_two = await services(stack, folder, raws, latencies)
        rates.append(of_all)
        alone.append(of_two)
        print(f"run {run}: all services {of_all:,.0f}/s, invoicing and payments alone {of_two:,.0f}/s", flush=True)
    cuts = statistics.quantiles(latencies, n=100)
    floor_per_s = statistics.median(floors)
    return {
        "floor_per_s": round(floor_per_s),
        "invoices_per_s": round(statistics.median(alone)),
        "ratio": round(statistics.median(alone) / floor_per_s, 3),
        "invoices_per_s_all_services": round(statistics.median(rates)),
        "ratio_all_services": round(statistics.median(rates) / floor_per_s, 3),
        "ratio_goal": GOAL_RATIO,
        "p50_ms": round(cuts[49] * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
        "p99_goal_ms": GOAL_P99_MS,
        "runs": {"floor": floors, "all": rates, "alone": alone},
        "invoices": invoices,
        "cores": os.cpu_count(),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--invoices", type=int, default=10_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--hop", nargs=6, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.hop:
        asyncio.run(hop(*given.hop))
        return
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    kept = os.environ.get("PSDF_TEST_STACK")
    with tempfile.TemporaryDirectory(prefix="psdf-bench-") as folder:
        stack = Stack(Path(kept or folder))
        report = stack.up(print)
        try:
            found = asyncio.run(measure(report, Path(folder), given.invoices, given.runs))
        finally:
            if not kept:
                stack.down()
    target = Path("build", "bench-cluster.json")
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
