"""Measure the cluster stack: invoices a second through five real processes, and how long one takes.

``floor_per_s``: two hops in two processes that move the same bytes in the same batches, and decide nothing.
``invoices_per_s``: submitted, accepted and scheduled by all five services, each a process of its own and invoicing two,
on the same cores; the contracts lie there before. They are taken in turns, for the machine is not the same from one
minute to the next; medians of all runs count. ``p50_ms`` and ``p99_ms`` are of single invoices sent at an even tenth of
that rate; ``steps_p50_ms`` and ``steps_p99_ms`` what each step of a batch took meanwhile, by service. ``floor_p50_ms`` and
``floor_p99_ms`` are of the two hops at just that load: what broker, store and machine take by themselves.
``processor_us`` and ``floor_processor_us``: the processor's time an invoice, by process.
``tracing_cost``: the rate of processes that send no spans over that of those that send them, of the usual share of the
invoices, to a receiver on the same cores. ``postgres_per_s`` and ``postgres_batched_per_s``: the same checks in a
PostgreSQL database, one invoice a transaction and as many as our batch has, where its programs are on PATH.

    python -m tests.bench_cluster [--invoices 50000] [--runs 3] [--singly 1000] [--traced 10000] [--turns 3]
        [--seconds 10]

A whole run takes some minutes on two idle cores. It prints a table and writes ``build/bench-cluster.json``.
PSDF_TEST_STACK=FOLDER uses (and leaves) the stack in that folder.
"""

import argparse
import asyncio
import json
import logging
import os
import platform
import secrets
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from rich.console import Console
from rich.table import Table

from deploy.local import Report, Stack
from services.all import SERVICES
from shared.kernel.value import value
from tests.bench import postgres, world
from tests.bench.cluster_floor import LAST, hops
from tests.bench.cluster_processor import medians, microseconds, spent
from tests.bench.cluster_steps import ROWS, Buckets, look, milliseconds
from tests.bench.embedded import BATCH
from tests.bench.figures import told
from tests.cluster.fleet import Fleet, fleet
from tests.telemetry.receiver import apart

PATIENCE_S = 900.0
PROCESSES = (*(service.name for service in SERVICES), "invoicing")
"""Invoicing twice: it alone waits long for a store that writes a document for each provider."""
OUT = Path("build", "bench-cluster.json")
GOALS = {"ratio": (">=", 0.4), "p99_ms": ("<", 250.0), "tracing_cost": ("<=", 1.25)}


@value
class Sizes:
    """How many invoices: of a run, before it, one by one after it, and of a turn with or without spans.

    How many seconds a turn of PostgreSQL lasts.
    """

    invoices: int
    runs: int
    warm_up: int
    singly: int
    traced: int
    turns: int
    seconds: int


@value
class Run:
    """One run: how many a second, seconds that each takes at a tenth of the services' rate, microseconds an invoice."""

    rate: float
    singly: list[float]
    processor: Mapping[str, float]


async def per_second(here: Fleet, raws: Sequence[bytes]) -> float:
    """Send all, and wait until as many are at the end of the way."""
    end, places = await here.count(LAST) + len(raws), here.places_of(raws)
    started, sending = time.perf_counter(), asyncio.create_task(here.send_to(places))
    while (there := await here.count(LAST)) < end:
        if time.perf_counter() - started > PATIENCE_S:
            raise TimeoutError(f"{end - there} of {len(raws)} are not there after {PATIENCE_S:.0f} s")
        await asyncio.sleep(0.1)
    await sending
    return len(raws) / (time.perf_counter() - started)


@asynccontextmanager
async def alone(stack: Report, folder: Path) -> AsyncIterator[Fleet]:
    """A fund's topics, removed at the end: the broker keeps none of one run's weight in the next."""
    async with fleet(stack, f"b{secrets.token_hex(4)}", folder) as here:
        yield here
        await here.admin.delete_topics(
            [topic for topic in await here.admin.list_topics() if topic.startswith(here.prefix)]
        )


async def floor(stack: Report, folder: Path, sizes: Sizes, raws: Sequence[bytes], tenth: float) -> Run:
    """One run of two hops."""
    async with alone(stack, folder) as here:
        with hops(stack, here.prefix) as processes:
            rate, processor = await hurried(here, sizes, raws, [("hops", each.pid) for each in processes])
            few = raws[-sizes.singly :][: world.PROVIDERS]  # a hop says the same of all, so each sender has but one
            return Run(rate=rate, singly=await latencies(here, few, tenth, by_sender=True), processor=processor)


async def hurried(
    here: Fleet, sizes: Sizes, raws: Sequence[bytes], processes: Sequence[tuple[str, int | None]]
) -> tuple[float, Mapping[str, float]]:
    """All but those that are sent singly, as fast as they go: how many a second, and microseconds an invoice."""
    await per_second(here, raws[: sizes.warm_up])
    await here.quiet()
    before = spent(here.stack, processes)
    rate = await per_second(here, raws[sizes.warm_up : -sizes.singly])
    await here.quiet(PATIENCE_S)
    return rate, microseconds(before, spent(here.stack, processes), sizes.invoices)


@asynccontextmanager
async def funded(stack: Report, folder: Path, contracts: int) -> AsyncIterator[Fleet]:
    """Five services with a budget, cash and so many contracts."""
    async with alone(stack, folder) as here:
        await here.started(*PROCESSES)
        beginning = list(world.beginning(contracts * world.MONTHS))
        for raw in beginning[:-contracts]:
            await here.send([raw])
            await here.quiet()
        await here.send(beginning[-contracts:])
        await here.quiet(PATIENCE_S)
        yield here
        for member in here.members:
            if member.lives:
                await member.stop()


async def services(stack: Report, folder: Path, sizes: Sizes, raws: Sequence[bytes]) -> tuple[Run, Buckets]:
    """One run; and what the steps of a batch took while invoices came singly."""
    async with funded(stack, folder, len(raws)) as here:
        members = [(member.name, member.process.pid) for member in here.members]
        rate, processor = await hurried(here, sizes, raws, members)
        before = await look(here)
        seconds = await latencies(here, raws[-sizes.singly :], rate / 10)
        took = await look(here)
        took.subtract(before)  # as `-` would not, it keeps what was added nothing
        return Run(rate=rate, singly=seconds, processor=processor), took


async def latencies(here: Fleet, raws: Sequence[bytes], rate: float, *, by_sender: bool = False) -> list[float]:
    """Seconds from sent to scheduled, invoice by invoice, at an even rate; each is known by its id, or its sender."""
    due: dict[bytes | str, float] = {}
    found: list[float] = []
    reader = AIOKafkaConsumer(bootstrap_servers=here.stack.bootstrap, enable_auto_commit=False)
    async with reader:
        places = [TopicPartition(here.prefix + LAST, number) for number in range(here.partitions)]
        reader.assign(places)
        await reader.seek_to_end(*places)
        for place in places:
            await reader.position(place)

        async def listen() -> None:
            while len(found) < len(raws):
                for records in (await reader.getmany(timeout_ms=1_000)).values():
                    now = time.perf_counter()
                    found.extend(now - due[record.key if by_sender else invoice_of(record.value)] for record in records)

        listening = asyncio.create_task(listen())
        ready = [(invoice_of(raw), here.places_of([raw])[0]) for raw in raws]
        start = time.perf_counter()
        for number, (invoice_id, (topic, key, partition, raw)) in enumerate(ready):
            await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
            due[key if by_sender else invoice_id] = start + number / rate  # a late sender makes the way no shorter
            await here.producer.send(topic, raw, key=key, partition=partition)
        async with asyncio.timeout(PATIENCE_S):
            await listening
    return found


def invoice_of(raw: bytes) -> str:
    """The invoice of a message."""
    invoice_id: str = json.loads(raw)["data"]["invoice_id"]
    return invoice_id


async def tracing(stack: Report, folder: Path, sizes: Sizes, address: str) -> float:
    """The rate without spans over the rate with them: the same fund, its processes started anew for each turn."""
    turns: dict[str, list[float]] = {"": [], address: []}
    turn = sizes.warm_up + sizes.traced
    raws = [world.invoice(number, 1, 5) for number in range(2 * sizes.turns * turn)]
    left = iter(range(0, len(raws), turn))
    async with funded(stack, folder, len(raws)) as here:
        for collector in [*turns] * sizes.turns:
            for member in here.members:
                if member.lives:
                    await member.stop()
            here.env = {"PSDF_OTLP": collector} if collector else {}
            await here.started(*PROCESSES)
            at = next(left)
            await per_second(here, raws[at : at + sizes.warm_up])
            await here.quiet()
            turns[collector].append(await per_second(here, raws[at + sizes.warm_up : at + turn]))
            await here.quiet(PATIENCE_S)
    without, traced = turns.values()
    return statistics.median(without) / statistics.median(traced)


async def measure(stack: Report, folder: Path, sizes: Sizes) -> dict[str, Any]:
    """Floor and services in turns, then without spans and with them in turns."""
    raws = [world.invoice(number, 1, 5) for number in range(sizes.warm_up + sizes.invoices + sizes.singly)]
    floors, runs, steps = list[Run](), list[Run](), list[Buckets]()
    for number in range(1, sizes.runs + 1):
        run, took_steps = await services(stack, folder, sizes, raws)
        runs.append(run)
        steps.append(took_steps)
        floors.append(await floor(stack, folder, sizes, raws, run.rate / 10))
        for name, each in (("five services", run), ("floor", floors[-1])):
            cuts = quantiles([each])
            print(
                f"run {number}: {name} {each.rate:,.0f}/s; at a tenth of the services' rate half of the invoices took up to "
                f"{cuts[49]} ms, 99 of 100 up to {cuts[98]} ms",
                flush=True,
            )
    cuts, of_floor = quantiles(runs), quantiles(floors)
    rates, floor_rates = [each.rate for each in runs], [each.rate for each in floors]
    with apart() as address:
        cost = await tracing(stack, folder, sizes, address)
    return {
        "floor_per_s": round(statistics.median(floor_rates)),
        "invoices_per_s": round(statistics.median(rates)),
        "ratio": round(statistics.median(rates) / statistics.median(floor_rates), 3),
        "p50_ms": cuts[49],
        "p99_ms": cuts[98],
        "floor_p50_ms": of_floor[49],
        "floor_p99_ms": of_floor[98],
        "processor_us": medians([each.processor for each in runs]),
        "floor_processor_us": medians([each.processor for each in floors]),
        "steps_p50_ms": milliseconds(steps, 0.5),
        "steps_p99_ms": milliseconds(steps, 0.99),
        "tracing_cost": round(cost, 3),
        "runs": {
            "floor_per_s": [round(each) for each in floor_rates],
            "invoices_per_s": [round(each) for each in rates],
        },
        "invoices_a_run": sizes.invoices,
        "machine": f"{os.cpu_count()} cpus, Python {platform.python_version()}",
    }


def quantiles(runs: Sequence[Run]) -> list[float]:
    """Within how many milliseconds 1, 2, ... 99 of 100 of what was sent singly were there, of all runs together."""
    seconds = [each for run in runs for each in run.singly]
    return [round(1_000 * cut, 1) for cut in statistics.quantiles(seconds, n=100)]


def table(figures: dict[str, Any]) -> Table:
    """The figures beside their goals."""
    made = Table("figure", "measured", "goal", title=figures["machine"])
    for name, figure in figures.items():
        if name.startswith("steps_"):
            continue
        sign, goal = GOALS.get(name, ("", ""))
        if name != "machine":
            made.add_row(name, told(figure), f"{sign} {goal}")
    if "postgres_per_s" not in figures:
        made.add_row("postgres_per_s", "left out: no PostgreSQL on PATH", "")
    return made


def steps_table(half: dict[str, dict[str, float]], most: dict[str, dict[str, float]]) -> Table:
    """What each step of a batch took, in milliseconds: half of them, and 99 of 100, up to so many."""
    made = Table("service", *ROWS, title="a batch at a tenth of the load: ms, half / 99 of 100")
    for service, steps in half.items():
        made.add_row(service, *(f"{steps[step]} / {most[service][step]}" for step in ROWS))
    return made


def main() -> None:
    """Measure, write, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--invoices", type=int, default=50_000, help="of each run")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--warm-up", type=int, default=500, help="before each run")
    options.add_argument("--singly", type=int, default=1_000, help="at a tenth of the rate, after each run")
    options.add_argument("--traced", type=int, default=10_000, help="of each turn with or without spans")
    options.add_argument("--turns", type=int, default=3)
    options.add_argument("--seconds", type=int, default=postgres.SECONDS, help="of each turn of PostgreSQL")
    sizes = Sizes(**vars(options.parse_args()))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    kept = os.environ.get("PSDF_TEST_STACK")
    with tempfile.TemporaryDirectory(prefix="psdf-bench-") as folder:
        stack = Stack(Path(kept or folder))
        report = stack.up(print)
        try:
            figures = asyncio.run(measure(report, Path(folder), sizes))
        finally:
            if not kept:
                stack.down()
    figures |= postgres.measure(BATCH, sizes.runs, sizes.seconds)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    Console().print(table(figures))
    Console().print(steps_table(figures["steps_p50_ms"], figures["steps_p99_ms"]))


if __name__ == "__main__":
    main()
