"""``psdf run SERVICE``, ``stack`` and ``topics``: the cluster on this machine."""

import asyncio
from pathlib import Path

from faststream.security import BaseSecurity

from deploy.local import Report, Stack, StackError
from deploy.local import topics as topic_files
from services.all import SERVICES
from shared.adapters.kafka_broker import Kafka, tls
from shared.adapters.kafka_letters import NAME as LETTERS
from shared.kernel.fund import Fund
from shared.runtime.cluster import run_letters, run_service
from shared.runtime.cluster_clock import run_clock
from shared.runtime.cluster_process import Cluster, log_from
from shared.runtime.screen import screen, table
from shared.runtime.settings import Settings, fund_of
from shared.runtime.stop import Stop, Wrong
from shared.runtime.telemetry import telemetry_of

PACKAGED = "psdf"
CLOCK, MINISTRY, BANK = "clock", "ministry-sim", "bank-sim"
PROCESSES = (*(service.name for service in SERVICES), CLOCK, LETTERS, MINISTRY, BANK)


def run_process(settings: Settings, process: str) -> None:
    """Run one process of the cluster until it is told to stop. Raises Wrong for a process that there is none of."""
    if process not in PROCESSES:
        raise Wrong(f"{process} is no process of the cluster: {', '.join(PROCESSES)}")
    log_from(settings.log)
    host, _, port = settings.http.rpartition(":")
    if process == MINISTRY:
        from shared.adapters.ministry_sim import serve

        serve(int(port), settings.home / "ministry", host=host)
        return
    if process == BANK:
        from shared.adapters.bank_sim import serve as serve_bank

        serve_bank(int(port), host=host)
        return
    fund = fund_of(settings)
    cluster = cluster_of(settings, fund, int(port))
    if process == CLOCK:
        asyncio.run(run_clock(fund, cluster))
    elif process == LETTERS:
        if not settings.ministry_url:
            raise Wrong("PSDF_MINISTRY_URL says where the letters go; it is not set")
        asyncio.run(run_letters(fund, cluster, settings.ministry_url))
    else:
        asyncio.run(run_service(process, fund, cluster))


def prefix_of(fund: Fund) -> str:
    """What stands before the topics of a fund: nothing for the packaged one, its id for any other."""
    return "" if fund.fund_id == PACKAGED else f"{fund.fund_id}."


def cluster_of(settings: Settings, fund: Fund, port: int) -> Cluster:
    """Where the cluster is, and which topics and database are the fund's. Raises Wrong for what is not said."""
    kafka = kafka_of(settings, fund)
    assert settings.mongo
    database = database_of(settings.prefix) if settings.prefix else fund.fund_id
    telemetry = telemetry_of(settings)
    return Cluster(kafka=kafka, mongo_url=settings.mongo, database=database, telemetry=telemetry, port=port)


def kafka_of(settings: Settings, fund: Fund) -> Kafka:
    """Where the broker is, and which topics are the fund's. Raises Wrong where the cluster is not said."""
    if not settings.kafka or not settings.mongo:
        raise Wrong("PSDF_KAFKA and PSDF_MONGO say where the cluster is; psdf stack up starts one and names them")
    return Kafka(
        bootstrap=settings.kafka,
        prefix=settings.prefix or prefix_of(fund),
        partitions=settings.partitions or topic_files.load()[0].partitions,
        arrival=settings.moment == "arrival",
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


def stack(home: Path, what: str, name: str | None) -> None:
    """Start, stop or show the local Kafka and MongoDB-wire server. Raises Stop with one line."""
    local, console = Stack(home), screen()
    try:
        if what == "logs":
            console.print(local.logs(name or "kafka"), markup=False, highlight=False)
            return
        report = local.up(say=console.print) if what == "up" else local.down() if what == "down" else local.status()
    except StackError as error:
        raise Stop(str(error)) from None
    show(report)


def show(report: Report) -> None:
    """The children of the stack, and how to use them."""
    console = screen()
    rows = [(child.name, child.state, child.address, str(child.pid or "")) for child in (report.kafka, report.mongo)]
    console.print(table("Local stack", ["process", "state", "address", ">pid"], rows))
    for note in report.notes:
        console.print(note)
    if report.running:
        console.print(f"export PSDF_KAFKA={report.bootstrap} PSDF_MONGO={report.mongo_url}", soft_wrap=True)


def topics(settings: Settings, what: str) -> None:
    """Create what is missing, or say what differs. Raises Stop where topics are not as they must be."""
    if not settings.kafka:
        raise Wrong("PSDF_KAFKA says where the broker is; it is not set")
    prefix = settings.prefix or prefix_of(fund_of(settings))
    if what == "apply":
        applied = asyncio.run(topic_files.apply(settings.kafka, prefix))
        screen().print(f"{len(applied.created)} topics created, {len(applied.existing)} were there")
        differences = applied.differences
    else:
        differences = asyncio.run(topic_files.check(settings.kafka, prefix))
    for difference in differences:
        screen().print(str(difference))
    if any(difference.fatal for difference in differences):
        raise Stop("topics are not as deploy/topics.toml says")
