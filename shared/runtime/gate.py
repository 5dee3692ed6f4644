"""The gate, the door of the cluster as a process of its own: put together here, what it does stands in the edge."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from shared.adapters.kafka.broker import broker_of, start_when_there, wait_for_topics
from shared.adapters.kafka.follower import Follower
from shared.adapters.kafka.relay import Producer
from shared.edge import openapi
from shared.edge.answers import Inquiries
from shared.edge.book import Book
from shared.edge.callers import OurNames, is_loopback
from shared.edge.connections import Connection, config_of
from shared.edge.door import Door
from shared.edge.gate import NAME, Gate
from shared.edge.key_topics import TOPICS, KeyTopics
from shared.edge.keys import OwnKey
from shared.edge.problems import as_problem
from shared.edge.registry import published
from shared.edge.signatures import Signatures
from shared.edge.tokens import Callers
from shared.edge.topics_feed import FOLLOWED, TopicsLibrary
from shared.edge.words import PACKAGED, Languages
from shared.engine.waiting import Status
from shared.events.catalogue import OUTSIDE
from shared.kernel.fund import Fund
from shared.runtime.probes import served, serving, status_app, status_routes
from shared.runtime.process import Cluster, or_stopped, serve_until_signal, started
from shared.runtime.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """What a gate is made of."""

    library: TopicsLibrary
    registry: KeyTopics
    signatures: Signatures
    callers: Callers
    own: OwnKey


async def run_gate(fund: Fund, cluster: Cluster, settings: Settings) -> None:
    """Take events over HTTP and give answers, until SIGTERM.

    Where other machines can call it, every event has to be signed and every question shows a token.
    """
    status, broker = Status(), broker_of(cluster.kafka)
    producer = Producer(broker, cluster.kafka.prefix, fund.fund_id, cluster.kafka.partitions)
    folder = settings.home / NAME
    folder.mkdir(parents=True, exist_ok=True)
    book = Book(folder / "answers.sqlite3", fund.state_payer)
    registry, is_open = KeyTopics(), not is_loopback(cluster.host)
    parts = Parts(
        library=TopicsLibrary(book, cluster.kafka.prefix),
        registry=registry,
        signatures=Signatures(lambda: registry.keys, all_sign=is_open),
        callers=Callers(lambda: registry.keys, fund.fund_id, is_open=is_open),
        own=OwnKey(settings.receipt_key or folder / "receipts.pem"),
    )
    gate = Gate(producer, parts.library, parts.signatures, arrival=cluster.kafka.arrival)
    routes = gate_routes(parts, gate, fund.languages)
    keys = Follower(cluster.kafka, TOPICS, status, "keys")
    answers = Follower(cluster.kafka, FOLLOWED, status, "answers")

    async def start() -> None:
        await wait_for_topics(cluster.kafka, [*OUTSIDE, *TOPICS], status)
        await start_when_there(broker, status)
        status.came("start")

    async with serve_until_signal(NAME, status, cluster, _serving(routes, status, cluster, settings)) as stopped:
        followed = [
            asyncio.create_task(keys.follow(registry.take, dict)),
            asyncio.create_task(answers.follow(parts.library.take, book.next)),
        ]
        if await or_stopped(stopped, started(start())):
            await stopped.wait()
        for task in followed:
            task.cancel()
        await asyncio.gather(*followed, return_exceptions=True)
    await broker.stop()
    book.close()


def gate_routes(parts: Parts, gate: Gate, languages: Languages = PACKAGED) -> list[Route]:
    """What a gate answers: the same as the embedded stack, for sources; nothing for operators."""
    return [
        Route("/events", Door(gate, languages=languages).events, methods=["POST", "OPTIONS"]),
        *Inquiries(parts.library, parts.callers.source, parts.own.receipt, languages).routes(),
        Route("/.well-known/jwks.json", published(lambda: parts.registry.keys, parts.own)),
    ]


@asynccontextmanager
async def _serving(routes: list[Route], status: Status, cluster: Cluster, settings: Settings) -> AsyncIterator[None]:
    """Serve the door; and how the process is, on the same port or on one of its own (PSDF_PROBES)."""
    names = [name for name in settings.open_to.split(",") if name] + [cluster.host]
    async with AsyncExitStack() as opened:
        if settings.probes:
            host, _, port = settings.probes.rpartition(":")
            probes = status_app(status, cluster.telemetry)
            await opened.enter_async_context(serving(probes, host=host, port=int(port)))
        else:
            routes = [*routes, *status_routes(status, cluster.telemetry)]
        answers = Starlette(routes=openapi.served(routes), exception_handlers={HTTPException: as_problem})
        app = OurNames(answers, names, any_address=True)  # whoever probes it in a cluster calls it by its address
        await opened.enter_async_context(served(config_of(app, Connection, host=cluster.host, port=cluster.port)))
        yield
