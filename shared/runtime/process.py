"""What every process of the cluster does: it is told where things are, answers on a port, and stops when told."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import Any, TypeVar

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.said import Told
from shared.adapters.kafka.statuses import tell
from shared.engine.gc import collect_between_batches
from shared.engine.waiting import Status
from shared.kernel.value import value
from shared.runtime.probes import serving, status_app
from shared.telemetry.logs import configure
from shared.telemetry.setup import Telemetry

log = logging.getLogger(__name__)

T = TypeVar("T")
CONSOLE = "console"
"""The process of the console, whose name those know too that load nothing of it."""
ANY = frozenset({"0.0.0.0", "::", "[::]"})  # noqa: S104 - it is compared with, not listened on
"""Addresses to listen on that are nobody's name."""


@value
class Cluster:
    """What every process of a fund's cluster is told: Kafka, the store's address and database, where to be asked.

    ``mongo_url`` is empty for who needs no store. ``telemetry`` is what it tells of itself, ``host`` and ``port`` are
    where it answers: 0.0.0.0 is every address of the machine or the container.
    """

    kafka: Kafka
    mongo_url: str
    database: str
    telemetry: Telemetry
    host: str
    port: int


def log_from(level: str) -> None:
    """Log as all processes do; the clients of Kafka are quiet (``kafka_broker``), what is waited for is told once."""
    configure(level)


@asynccontextmanager
async def serve_until_signal(
    name: str, status: Status, cluster: Cluster, serves: AbstractAsyncContextManager[None] | None = None
) -> AsyncIterator[asyncio.Event]:
    """Answer on the port, and hear SIGTERM and SIGINT: the event is then set. At the end, tell the last traces.

    Garbage is collected between batches meanwhile. ``serves`` answers instead, where a process says more.
    """
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    metrics = cluster.telemetry.metrics
    metrics.ready(lambda: status.ready)
    metrics.watch_status(name, status)
    beside = [asyncio.create_task(collect_between_batches(metrics.late))]
    if cluster.kafka.bootstrap:
        beside.append(asyncio.create_task(tell(cluster.kafka, partial(_told, name, status, cluster, _now()))))
    probes = serving(status_app(status, cluster.telemetry), host=cluster.host, port=cluster.port)
    async with serves or probes:
        yield stopped
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
    await asyncio.to_thread(cluster.telemetry.close)
    log.info("%s: stopped", name)


def _told(name: str, status: Status, cluster: Cluster, started: str) -> Told:
    """What the process says of itself."""
    here = socket.gethostname()
    return Told(
        process=name,
        member=f"{here}:{os.getpid()}",
        place=f"{here if cluster.host in ANY else cluster.host}:{cluster.port}",
        version=version("psdf"),
        started=started,
        waits=dict(status.waits),
        fault=status.broken or status.dead,
        counts={what: round(ask()) for what, ask in status.asked.items()},
        tried=status.tried(),
        waits_since=dict(status.waits.since),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def at_work(status: Status, *works: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
    """Work beside all else; what nobody foresaw in one ends the process: an orchestrator starts it anew."""
    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        task.add_done_callback(partial(_ended, status))
    return tasks


def _ended(status: Status, task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("it does not go on", exc_info=error)
        status.dead = repr(error)


async def or_stopped(stopped: asyncio.Event, doing: Coroutine[Any, Any, T]) -> T | None:
    """What is awaited, or None where the process is told to stop first."""
    work, end = asyncio.ensure_future(doing), asyncio.ensure_future(stopped.wait())
    await asyncio.wait({work, end}, return_when=asyncio.FIRST_COMPLETED)
    end.cancel()
    if not work.done():
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        return None
    return work.result()


async def started(starting: Awaitable[None]) -> bool:
    """True when it has started."""
    await starting
    return True
