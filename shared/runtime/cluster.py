"""The cluster stack: each service, the clock and the letters as a process of its own. The one place that joins them.

``run_process`` is the main of each of them, whoever starts it: ``psdf run NAME`` in a container or a demo, the tests'
fork server, the benchmark.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import httpx
from aiokafka.errors import KafkaError
from faststream.security import BaseSecurity

from deploy.local import topics as topic_files
from services.all import PAYMENTS_WAY, SERVICES
from services.payments.service import FUND, PAYMENTS
from services.reconciliation.service import RECONCILIATION
from services.reserve.service import RESERVE, RESERVE_STREAM
from shared.adapters.bank.carrier import Folders, OverHttp
from shared.adapters.bank.orders import Bank
from shared.adapters.kafka.broker import Kafka, broker_of, start_when_there, tls, wait_for_topics
from shared.adapters.kafka.bus import KafkaBus
from shared.adapters.kafka.notices_ended import TopicEnded
from shared.adapters.kafka.parked import ParkedTopics
from shared.adapters.kafka.provider_names import TopicNames
from shared.adapters.kafka.relay import Producer
from shared.adapters.ministry.client import Ministry
from shared.adapters.mongo.client import Client, close, motor_client, watch
from shared.adapters.mongo.store import MongoStore, open_store
from shared.desk.desk import NAME as DESK
from shared.edge.gate import NAME as GATE
from shared.effects.bank.accounts import BankSettings
from shared.effects.bank.cluster import KafkaDesk
from shared.effects.bank.desk import NAME as BANK
from shared.effects.bank.desk import Desk
from shared.effects.clock import tell_days
from shared.effects.letter import form_of
from shared.effects.letters import NAME as LETTERS
from shared.effects.letters import tries
from shared.effects.letters_cluster import KafkaLetters
from shared.effects.letters_store import MongoLetters
from shared.engine.faults import Broken, Unavailable
from shared.engine.journal import SEALER
from shared.engine.service import Service
from shared.engine.waiting import Backoff, Status
from shared.events.catalogue import OUTSIDE
from shared.events.clock import DayStarted
from shared.journal.home import Home
from shared.journal.journals import MongoJournals
from shared.kernel.fund import Fund
from shared.kernel.stop import Wrong
from shared.messages.read import UNKNOWN
from shared.runtime.hurried import hurry_as_told
from shared.runtime.loop import run
from shared.runtime.process import CONSOLE, Cluster, log_from, or_stopped, serve_until_signal, started
from shared.runtime.sealing import LatestSeal
from shared.runtime.settings import Settings, bank_of, fund_of, telemetry_of
from shared.telemetry.letters import watch_letters
from shared.telemetry.matters import watch_matters, watch_reserve
from shared.telemetry.parked import PARKED_OPEN
from shared.telemetry.seals import watch_seals
from shared.telemetry.standing import calendar_day, watch_fund

log = logging.getLogger(__name__)

PACKAGED = "psdf"
CLOCK, MINISTRY, BANK_SIM = "clock", "ministry-sim", "bank-sim"
PROCESSES = (*(service.name for service in SERVICES), CLOCK, LETTERS, GATE, BANK, CONSOLE, MINISTRY, BANK_SIM)
OF_THE_BUS = {
    "psdf_consumer_lag": "Messages that are not read yet, by topic",
    "psdf_relay_waiting": "Batches that wait to be told",
}
STORELESS = frozenset({CLOCK})
"""Processes of the fund that need no store: they keep nothing."""
PAUSE_S, PAYMENTS_PAUSE_S = 0.1, 0.02
"""Small batches that never cease come so long after one another, and in services that payments wait for."""
STOP_S = 25.0
"""An orchestrator kills after 30 s."""
SESSION_MS = 10_000
"""So long may a member be silent before its partitions are given to others."""


def run_process(
    settings: Settings, process: str, *, session_ms: int = SESSION_MS, prometheus: str | None = None
) -> None:
    """Run one process of the cluster until it is told to stop. The console asks ``prometheus`` for its boards.

    Raises Wrong for a process that there is none of, and for a setting that it needs and that is not set.
    """
    if process not in PROCESSES:
        raise Wrong(f"{process} is no process of the cluster: {', '.join(PROCESSES)}")
    log_from(settings.log)
    if process in {MINISTRY, BANK_SIM}:
        _stand_in(settings, process)
        return
    if process not in STORELESS and not settings.mongo:
        raise Wrong(f"PSDF_MONGO says where the store is, and {process} can't work without one; it is not set")
    if process == LETTERS and not settings.ministry_url:
        raise Wrong("PSDF_MINISTRY_URL says where the letters go; it is not set")
    fund = fund_of(settings)
    reads = process == CONSOLE and not settings.kafka
    cluster = store_of(settings, fund) if reads else cluster_of(settings, fund, session_ms=session_ms)
    _run(process, settings, fund, cluster, prometheus)


def _run(process: str, settings: Settings, fund: Fund, cluster: Cluster, prometheus: str | None) -> None:
    """Run what is no stand-in. Raises Wrong for a setting that it needs and that is not set."""
    if process == CONSOLE:
        from shared.runtime.console import prometheus_of, readers_names
        from shared.runtime.console_cluster import run_console

        asked = prometheus_of(prometheus)
        run(run_console(fund, cluster, Home(path=settings.home), readers_names(settings), settings, asked))
    elif process == CLOCK:
        run(run_clock(fund, cluster))
    elif process == GATE:
        from shared.runtime.gate import run_gate

        run(run_gate(fund, cluster, settings))
    elif process == LETTERS:
        run(run_letters(fund, cluster, settings.ministry_url or ""))
    elif process == BANK:
        bank = bank_of(settings, fund)
        if bank is None:
            raise Wrong("PSDF_BANK says which accounts the fund has; it is not set")
        run(run_bank(fund, cluster, bank, settings.home / "bank"))
    else:
        run(run_service(process, fund, cluster))


def _stand_in(settings: Settings, process: str) -> None:
    """Serve the small ministry or the small bank until the process is told to stop."""
    from shared.adapters.bank import sim as bank_sim
    from shared.adapters.ministry import sim as ministry_sim

    host, port = address_of(settings)
    if process == MINISTRY:
        ministry_sim.serve(port, settings.home / "ministry", host=host)
    else:
        bank_sim.serve(port, settings.home / BANK_SIM, host=host)


# --- where things are


def address_of(settings: Settings) -> tuple[str, int]:
    """Host and port that a process answers on."""
    host, _, port = settings.http.rpartition(":")
    return host, int(port)


def prefix_of(fund: Fund) -> str:
    """What stands before the topics of a fund: nothing for the packaged one, its id for any other."""
    return "" if fund.fund_id == PACKAGED else f"{fund.fund_id}."


def cluster_of(settings: Settings, fund: Fund, *, session_ms: int = SESSION_MS) -> Cluster:
    """Where the cluster is, and which topics and database are the fund's. Raises Wrong for what is not said."""
    return replace(store_of(settings, fund), kafka=kafka_of(settings, fund, session_ms=session_ms))


def store_of(settings: Settings, fund: Fund) -> Cluster:
    """Where the store is, for who asks no broker."""
    host, port = address_of(settings)
    return Cluster(
        kafka=Kafka(bootstrap="", prefix=settings.prefix or prefix_of(fund)),
        mongo_url=settings.mongo or "",
        database=database_of(settings.prefix) if settings.prefix else fund.fund_id,
        telemetry=telemetry_of(settings),
        host=host,
        port=port,
    )


def kafka_of(settings: Settings, fund: Fund, *, session_ms: int = SESSION_MS) -> Kafka:
    """Where the brokers are, and which topics are the fund's. Raises Wrong where they are not said."""
    if not settings.kafka:
        raise Wrong("PSDF_KAFKA says where the brokers are; psdf stack up starts a cluster and names them")
    return Kafka(
        bootstrap=settings.kafka,
        prefix=settings.prefix or prefix_of(fund),
        partitions=settings.partitions or topic_files.load()[0].partitions,
        arrival=settings.moment == "arrival",
        session_ms=session_ms,
        most_days=settings.most_days,
        security=security_of(settings),
    )


def security_of(settings: Settings) -> BaseSecurity | None:
    """TLS with the keys of PSDF_KAFKA_TLS; none where it is not set. Raises Wrong for keys that can't be used."""
    if settings.kafka_tls is None:
        return None
    try:
        return tls(settings.kafka_tls)
    except OSError as error:
        raise Wrong(f"PSDF_KAFKA_TLS={settings.kafka_tls}: ca.crt, user.crt and user.key are needed: {error}") from None


def database_of(prefix: str) -> str:
    """The database beside topics of a prefix: named as they are."""
    return prefix.rstrip(".")


# --- a service


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
    async with serve_until_signal(name, status, cluster) as stopped:
        store = await or_stopped(stopped, open_when_there(client, cluster.database, name, status))
        if store:
            watched = telemetry.store(store, name)
            bus = KafkaBus(
                service,
                fund,
                watched,
                cluster.kafka,
                parks=parks(service),
                status=status,
                watch=telemetry,
                pause_s=PAYMENTS_PAUSE_S if name in PAYMENTS_WAY else PAUSE_S,
            )
            if name == PAYMENTS.name:
                today = calendar_day if cluster.kafka.arrival else None
                watch_fund(telemetry.metrics, lambda: bus.state(FUND), fund, today=today)
            if name == RECONCILIATION.name:
                watch_matters(telemetry.metrics, bus.state, fund)
            if name == RESERVE.name:
                watch_reserve(telemetry.metrics, lambda: bus.state(RESERVE_STREAM), fund)
            telemetry.metrics.look_at(
                OF_THE_BUS, lambda: {"psdf_consumer_lag": bus.lag(), "psdf_relay_waiting": bus.waiting()}
            )
            unnamed = {UNKNOWN} if service is SERVICES[0] else set()
            parked = ParkedTopics(cluster.kafka, fund.fund_id, (parks(service) & OUTSIDE) | unnamed)
            telemetry.metrics.gauge("psdf_parked_open", PARKED_OPEN, parked.samples)
            status.asked |= {"lag": partial(_sum, bus.lag), "outbox": partial(_sum, bus.waiting)}
            status.asked["parked"] = partial(_sum, parked.samples)
            beside = [asyncio.create_task(watch(client, status)), asyncio.create_task(parked.watch())]
            if name == PAYMENTS.name and cluster.kafka.arrival:
                latest = LatestSeal(MongoJournals(client, cluster.database).store(SEALER))
                watch_seals(telemetry.metrics, lambda: latest.day, calendar_day)
                beside.append(asyncio.create_task(latest.watch()))
            if await or_stopped(stopped, started(bus.start())):
                await stopped.wait()
                await stop(bus)
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await store.close()
    await close(client)


def _sum(samples: Callable[[], Iterable[tuple[Mapping[str, str], float]]]) -> float:
    return sum(count for _, count in samples())


async def stop(bus: KafkaBus) -> None:
    """Stop in order; where broker or store are away for too long, what is durable is told at the next start."""
    try:
        async with asyncio.timeout(STOP_S):
            await bus.stop()
    except TimeoutError:
        log.warning("not all was told and marked within %.0f s: the next start does it", STOP_S)


async def open_when_there(client: Client, database: str, service: str, status: Status) -> MongoStore:
    """A service's store, as soon as the database answers. Ends the process where another version wrote it."""
    pause = Backoff()
    while True:
        try:
            store = await open_store(client, database, service)
        except Unavailable as error:
            status.wait("store", str(error))
            await pause.wait()
        except Broken as error:
            raise SystemExit(f"{service} does not start: {error}") from error
        else:
            status.came("store")
            return store


# --- the letters and the clock


async def run_letters(fund: Fund, cluster: Cluster, ministry_url: str) -> None:
    """Deliver prepared notices to the ministry until SIGTERM."""
    status = Status()
    client = motor_client(cluster.mongo_url)
    async with serve_until_signal(LETTERS, status, cluster) as stopped, Ministry(ministry_url) as ministry:
        kept = MongoLetters(client, cluster.database, form_of(fund))
        traced = partial(cluster.telemetry.letter, fund.fund_id)
        names, is_ended = TopicNames(cluster.kafka), TopicEnded(cluster.kafka)
        letters = KafkaLetters(fund, kept, names, is_ended, ministry, cluster.kafka, status, traced)
        watch_letters(cluster.telemetry.metrics, lambda: letters.letters.deliveries)
        status.asked["letters"] = lambda: len(letters.letters.deliveries)
        status.tried = lambda: tries(letters.letters.deliveries)
        desk = MongoJournals(client, cluster.database).store(DESK)
        hurrying = hurry_as_told(fund, desk, letters.letters)
        beside = [asyncio.create_task(each) for each in (watch(client, status), hurrying)]
        if await or_stopped(stopped, started(letters.start())):
            await stopped.wait()
            await letters.stop()
        for task in beside:
            task.cancel()
    await close(client)


async def run_bank(fund: Fund, cluster: Cluster, bank: BankSettings, folder: Path) -> None:
    """Keep the bank's desk until SIGTERM: files go out and come in by two folders, or over HTTP."""
    status = Status()
    client = motor_client(cluster.mongo_url)
    async with serve_until_signal(BANK, status, cluster) as stopped, httpx.AsyncClient() as http:
        carrier = OverHttp(Bank(bank.url, http)) if bank.url else Folders(folder / "out", folder / "in")
        store = await or_stopped(stopped, open_when_there(client, cluster.database, BANK, status))
        if store:
            desk = KafkaDesk(fund, Desk(fund, bank, store, carrier), cluster.kafka, status)
            cluster.telemetry.metrics.watch_bank(lambda: desk.alarms)
            watching = asyncio.create_task(watch(client, status))
            if await or_stopped(stopped, started(desk.start())):
                await stopped.wait()
                await desk.stop()
            watching.cancel()
            await store.close()
    await close(client)


async def run_clock(fund: Fund, cluster: Cluster) -> None:
    """Say that the day has started, to each partition, until SIGTERM: the only way that time passes in the cluster."""
    status = Status()
    broker = broker_of(cluster.kafka)
    producer = Producer(broker, cluster.kafka.prefix, fund.fund_id, cluster.kafka.partitions)

    async def tell(day: bytes) -> Sequence[datetime]:
        backoff = Backoff()
        while True:
            try:
                taken = await producer.tell_all_partitions(DayStarted.type, fund.fund_id, day)
            except (KafkaError, OSError) as error:
                status.wait("kafka", repr(error))
                await backoff.wait()
            else:
                status.came("kafka")
                status.came("start")
                return taken

    async def work() -> None:
        await wait_for_topics(cluster.kafka, [DayStarted.type], status)
        await start_when_there(broker, status)
        await tell_days(tell)

    async with serve_until_signal(CLOCK, status, cluster) as stopped:
        await or_stopped(stopped, work())
        await broker.stop()
