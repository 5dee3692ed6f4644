"""The cluster stack: each service, the clock and the letters as a process of its own. The one place that joins them."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import uvloop

from services.all import SERVICES
from services.payments.service import FUND, PAYMENTS
from shared.adapters.kafka import KafkaBus
from shared.adapters.kafka_broker import Kafka
from shared.adapters.kafka_letters import NAME as LETTERS
from shared.adapters.kafka_letters import KeptLetters, Letters
from shared.adapters.kafka_status import Pause, Status
from shared.adapters.ministry import Ministry
from shared.adapters.mongo import MongoStore, open_store
from shared.adapters.mongo_client import Client, close, motor_client, watch
from shared.engine.journal import Broken, Unavailable
from shared.engine.service import Service
from shared.events.clock import DayStarted
from shared.kernel.fund import Fund
from shared.runtime.cluster_clock import run_clock
from shared.runtime.cluster_process import Cluster, log_from, started, unless, until_told
from shared.runtime.home import Home
from shared.runtime.memory import keep_calm
from shared.runtime.settings import read_settings
from shared.runtime.telemetry import Telemetry

log = logging.getLogger(__name__)

STOP_S = 25.0
"""An orchestrator kills after 30 s."""


def service_named(name: str) -> Service:
    """A service by its name. Raises LookupError, with the names there are."""
    for service in SERVICES:
        if service.name == name:
            return service
    raise LookupError(f"there is no service {name}: take one of {', '.join(service.name for service in SERVICES)}")


def parks(service: Service) -> frozenset[str]:
    """The topics whose unreadable messages a service lays aside: each has one service, the first that hears it."""
    first: dict[str, str] = {}
    for each in SERVICES:
        for topic in [*each.routes, DayStarted.type]:
            first.setdefault(topic, each.name)
    return frozenset(topic for topic, name in first.items() if name == service.name)


async def run_service(name: str, fund: Fund, cluster: Cluster, connect: Callable[[str], Client] = motor_client) -> None:
    """Run one member of a service until SIGTERM: it finishes its batch, keeps snapshots, and leaves the group."""
    service, status, telemetry = service_named(name), Status(), cluster.telemetry
    client = connect(cluster.mongo_url)
    async with until_told(name, status, cluster) as stopped:
        store = await unless(stopped, open_when_there(client, cluster.database, name, status))
        if store:
            watched = telemetry.store(store, name)
            bus = KafkaBus(service, fund, watched, cluster.kafka, parks=parks(service), status=status, watch=telemetry)
            if name == PAYMENTS.name:
                telemetry.metrics.watch_fund(lambda: bus.state(FUND), fund.state_payer)
            beside = [asyncio.create_task(keep_calm()), asyncio.create_task(watch(client, status))]
            if await unless(stopped, started(bus.start())):
                await stopped.wait()
                await stop(bus)
            for task in beside:
                task.cancel()
            await store.close()
    await close(client)


async def stop(bus: KafkaBus) -> None:
    """Stop in order; where broker or store are away for too long, what is durable is told at the next start."""
    try:
        await asyncio.wait_for(bus.stop(), STOP_S)
    except TimeoutError:
        log.warning("not all was told and marked within %.0f s: the next start does it", STOP_S)


async def run_letters(fund: Fund, cluster: Cluster, ministry_url: str) -> None:
    """Deliver prepared notices to the ministry until SIGTERM."""
    status = Status()
    client = motor_client(cluster.mongo_url)
    async with until_told(LETTERS, status, cluster) as stopped, Ministry(ministry_url) as ministry:
        kept = KeptLetters(client, cluster.database)
        letters = Letters(fund, kept, ministry, cluster.kafka, status, cluster.telemetry.letter)
        watching = asyncio.create_task(watch(client, status))
        if await unless(stopped, started(letters.start())):
            await stopped.wait()
            await letters.stop()
        watching.cancel()
    await close(client)


def run_ministry_sim(port: int, folder: Path, host: str = "127.0.0.1") -> None:
    """Serve the small letter box of the ministry until the process is told to stop."""
    from shared.adapters import ministry_sim

    ministry_sim.serve(port, folder, host=host)


def run_bank_sim(port: int, rejected_share: float = 0.0, seed: int = 0, host: str = "127.0.0.1") -> None:
    """Serve the small bank until the process is told to stop."""
    from shared.adapters import bank_sim

    bank_sim.serve(port, rejected_share=rejected_share, seed=seed, host=host)


async def open_when_there(client: Client, database: str, service: str, status: Status) -> MongoStore:
    """A service's store, as soon as the database answers. Ends the process where another version wrote it."""
    pause = Pause()
    while True:
        try:
            store = await open_store(client, database, service)
        except Unavailable as error:
            status.wait("store", str(error))
            await pause.take()
        except Broken as error:
            raise SystemExit(f"{service} does not start: {error}") from error
        else:
            status.came("store")
            return store


def main() -> int:
    """Run one process of the cluster, as its arguments say."""
    from shared.statute.load import load_fund

    options = argparse.ArgumentParser(prog="python -m shared.runtime.cluster", description=__doc__)
    options.add_argument("process", choices=[*(service.name for service in SERVICES), "clock", LETTERS])
    options.add_argument("--kafka", required=True, help="the address of a broker, host:port")
    options.add_argument("--mongo", required=True, help="the address of the store, mongodb://host:port/")
    options.add_argument("--database", required=True)
    options.add_argument("--prefix", default="", help="stands before the name of each topic")
    options.add_argument("--partitions", type=int, default=6, help="of each topic")
    options.add_argument("--moment", choices=["arrival", "event"], default="arrival", help="whose clock decides")
    options.add_argument("--session", type=int, default=10_000, help="milliseconds until a silent member is given up")
    options.add_argument("--ministry", default="", help="the address of the ministry's letter box, http://...")
    options.add_argument("--port", type=int, default=None, help="where to answer /livez, /readyz and /metrics")
    options.add_argument("--home", type=Path, default=None, help="the folder whose traces/ gets the spans")
    given = options.parse_args()
    settings = read_settings(home=given.home)
    log_from(settings.log)
    kafka = Kafka(
        bootstrap=given.kafka,
        prefix=given.prefix,
        partitions=given.partitions,
        arrival=given.moment == "arrival",
        session_ms=given.session,
    )
    telemetry = Telemetry(
        traces=settings.traces, otlp=settings.otlp, folder=given.home and Home(path=given.home).traces
    )
    cluster = Cluster(kafka=kafka, mongo_url=given.mongo, database=given.database, telemetry=telemetry, port=given.port)
    fund = load_fund()
    if given.process == "clock":
        uvloop.run(run_clock(fund, cluster))
    elif given.process == LETTERS:
        uvloop.run(run_letters(fund, cluster, given.ministry))
    else:
        uvloop.run(run_service(given.process, fund, cluster))
    return 0


if __name__ == "__main__":
    sys.exit(main())
