"""What telemetry costs: ``python -m tests.telemetry.overhead [INVOICES RUNS]`` prints the ratio on / off.

A fund on a file plays invoices from submitted to paid, spans sent or written. Ways to watch it are played in turn, each
in a new process, and compared with the run of the same turn that nobody watched, so that a noisy machine disturbs both
alike. Two measures: the clock, and the CPU of the process; of that the least is taken, for what others do only adds to
it. The receiver of OTLP is a process too, as a collector is.
"""

import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from shared.kernel.calendar import last_day
from shared.telemetry.setup import Telemetry
from tests.bench import world
from tests.telemetry.play import Watched
from tests.telemetry.receiver import Receiver

INVOICES, RUNS = 3_000, 5
BATCH = 500
DAYS = 45
OFF = "off"


WAYS = (OFF, "metrics", "files 0.1", "OTLP 0.1", "files 1", "OTLP 1")


def watching(way: str, url: str, folder: Path) -> Telemetry | None:
    where, _, traces = way.partition(" ")
    if where == "files":
        return Telemetry(traces=float(traces), folder=folder / "traces")
    if where == "OTLP":
        return Telemetry(traces=float(traces), otlp=url)
    return None if way == OFF else Telemetry(traces=0)


def run(way: str, url: str, invoices: int) -> tuple[float, float]:
    """Play in a process of its own, which has played before."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(None, Path(folder, "warm.sqlite3"), BATCH))
        return asyncio.run(play(watching(way, url, Path(folder)), Path(folder, "fund.sqlite3"), invoices))


async def play(telemetry: Telemetry | None, path: Path, invoices: int) -> tuple[float, float]:
    """The seconds, by the clock and of the CPU, from the first invoice submitted to the last one paid."""
    fund = Watched(telemetry, path)
    await fund.bus.start()
    for raws in batches(list(world.beginning(invoices * world.MONTHS))):
        await fund.bus.receive(raws)
    eve = last_day(f"{world.YEAR}-01")
    await fund.bus.receive([world.started(eve)])
    sent = world.month_of_invoices(invoices, 1)
    began, cpu_began = time.perf_counter(), time.process_time()
    for raws in batches(sent):
        await fund.bus.receive(raws)
    for n in range(10, DAYS):
        await pass_day(fund, eve + timedelta(days=n))
    if telemetry:
        telemetry.flush()
    took = time.perf_counter() - began, time.process_time() - cpu_began
    assert len(fund.said("payment.executed")) == invoices
    if telemetry:
        telemetry.close()
    fund.connection.close()
    return took


async def pass_day(fund: Watched, day: date) -> None:
    known = len(fund.told)
    await fund.bus.receive([world.started(day)])
    orders = [each["subject"] for each in fund.said_after("payment.ordered", known)]
    reports = [world.executed(order, day) for order in orders]
    for raws in batches(reports):
        await fund.bus.receive(raws)


def batches(raws: list[bytes]) -> list[list[bytes]]:
    return [raws[at : at + BATCH] for at in range(0, len(raws), BATCH)]


def serve(told: Connection) -> None:
    receiver = Receiver(keeps=False)
    told.send(receiver.url)
    receiver.serve_forever()


def main(invoices: int, runs: int) -> None:
    here, there = multiprocessing.Pipe()
    collector = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    collector.start()
    url = here.recv()
    took: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as process:
        for _ in range(runs):
            for way in WAYS:
                took[way].append(process.apply(run, (way, url, invoices)))
    collector.terminate()
    print(f"{invoices} invoices from submitted to paid, {runs} turns: clock, medians; CPU, the least of each")
    for way, seconds in took.items():
        (clock, cpu), (clock_off, cpu_off) = zip(*seconds, strict=True), zip(*took[OFF], strict=True)
        ratio = statistics.median(on / off for on, off in zip(clock, clock_off, strict=True))
        print(
            f"{way:<10} {1e6 * statistics.median(clock) / invoices:6.0f} us an invoice, on/off {ratio:.2f}", end="   "
        )
        print(f"CPU {1e6 * min(cpu) / invoices:6.0f} us an invoice, on/off {min(cpu) / min(cpu_off):.2f}")


if __name__ == "__main__":
    main(*[int(given) for given in sys.argv[1:]] or [INVOICES, RUNS])
