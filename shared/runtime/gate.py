"""The gate, the door of the cluster as a process of its own: put together here, what it does stands in the edge."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from shared.adapters.kafka.broker import broker_of, start_when_there, wait_for_topics
from shared.adapters.kafka.follower import Follower
from shared.adapters.kafka.relay import Producer
from shared.adapters.mongo.client import close, motor_client, watch
from shared.edge import openapi
from shared.edge.answers import Inquiries
from shared.edge.book import Book
from shared.edge.callers import OurNames, is_loopback
from shared.edge.connections import Connection, config_of
from shared.edge.door import Door
from shared.edge.einvoice.of_topics import OfTopics
from shared.edge.einvoice.reception import Reception
from shared.edge.einvoice.routes import of_callers, takes_ubl
from shared.edge.gate import NAME, Gate
from shared.edge.gate_store import StoreCalls, StoreDocuments, Turn
from shared.edge.keys import OwnKey
from shared.edge.outward import Outward
from shared.edge.problems import as_problem
from shared.edge.registry import published
from shared.edge.registry_topics import TOPICS, RegistryTopics
from shared.edge.signatures import Signatures
from shared.edge.tokens import Callers
from shared.edge.topics_feed import FOLLOWED, TopicsLibrary
from shared.edge.webhooks import WebhookCalls
from shared.engine.waiting import Status
from shared.events.catalogue import OUTSIDE
from shared.kernel.fund import Fund
from shared.runtime.listening import listening
from shared.runtime.mutual import Mutual, mutual_of
from shared.runtime.probes import served, serving, status_app, status_routes
from shared.runtime.process import Cluster, at_work, or_stopped, serve_until_signal, started
from shared.runtime.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """What a gate is made of."""

    fund: Fund
    library: TopicsLibrary
    registry: RegistryTopics
    callers: Callers
    own: OwnKey
    mutual: Mutual | None
    gate: Gate
    signatures: Signatures
    reception: Reception | None
    """Of e-invoices; none for a fund that takes none."""


async def run_gate(fund: Fund, cluster: Cluster, settings: Settings) -> None:
    """Take events and e-invoices over HTTP, give answers, and call the sources' webhooks, until SIGTERM.

    Where other machines can call it, every event has to be signed and every question shows a token.
    """
    status, broker = Status(), broker_of(cluster.kafka)
    client = motor_client(cluster.mongo_url)
    producer = Producer(broker, cluster.kafka.prefix, fund.fund_id, cluster.kafka.partitions)
    parts = _parts(fund, cluster, settings, producer, StoreDocuments(client, cluster.database))
    keys = Follower(cluster.kafka, TOPICS, status, "keys")
    answers = Follower(cluster.kafka, FOLLOWED, status, "answers")

    async def start() -> None:
        await wait_for_topics(cluster.kafka, [*OUTSIDE, *TOPICS], status)
        await start_when_there(broker, status)
        status.came("start")

    serving_all = _serving(parts, status, cluster, settings)
    async with serve_until_signal(NAME, status, cluster, serving_all) as stopped, AsyncExitStack() as opened:
        outward = Outward()
        opened.push_async_callback(outward.close)
        calls = _webhooks(parts, StoreCalls(client, cluster.database), outward)
        cluster.telemetry.metrics.watch_webhooks(calls.disabled)
        working = at_work(
            status,
            keys.follow(parts.registry.take, dict),
            answers.follow(parts.library.take, parts.library.book.next),
            watch(client, status),
            _call_in_turn(calls, Turn(client, cluster.database), [keys.read, answers.read]),
        )
        if await or_stopped(stopped, started(start())):
            await stopped.wait()
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
    if parts.reception:
        await parts.reception.close()
    await broker.stop()
    await close(client)
    parts.library.book.close()


def _parts(fund: Fund, cluster: Cluster, settings: Settings, producer: Producer, documents: StoreDocuments) -> Parts:
    """Put the parts together, around a book in the folder of the home."""
    folder = settings.home / NAME
    folder.mkdir(parents=True, exist_ok=True)
    hosts = [cluster.host, settings.https.rpartition(":")[0]] if settings.https else [cluster.host]
    registry, is_open = RegistryTopics(), not all(map(is_loopback, hosts))
    library = TopicsLibrary(Book(folder / "answers.sqlite3", fund.state_payer), cluster.kafka.prefix)
    signatures = Signatures(lambda: registry.keys, all_sign=is_open)
    gate = Gate(producer, library, signatures, arrival=cluster.kafka.arrival)
    behind = OfTopics(fund, gate, library, documents, arrival=cluster.kafka.arrival)
    return Parts(
        fund=fund,
        library=library,
        registry=registry,
        callers=Callers(lambda: registry.keys, fund.fund_id, is_open=is_open),
        own=OwnKey(settings.receipt_key or folder / "receipts.pem"),
        mutual=mutual_of(settings),
        gate=gate,
        signatures=signatures,
        reception=Reception(behind) if takes_ubl(fund) else None,
    )


def gate_routes(parts: Parts) -> list[Route]:
    """What a gate answers: the same as the embedded stack, for sources; nothing for operators."""
    languages = parts.fund.languages
    return [
        Route(
            "/events",
            Door(
                parts.gate, languages=languages, keys=lambda: parts.registry.keys, known=parts.signatures.knows
            ).events,
            methods=["POST", "OPTIONS"],
        ),
        *Inquiries(parts.library, parts.callers.source, parts.own.receipt, languages, parts.callers.holds).routes(),
        Route("/.well-known/jwks.json", published(lambda: parts.registry.keys, parts.own)),
        *(of_callers(parts.reception, parts.callers) if parts.reception else ()),
    ]


def _webhooks(parts: Parts, progress: StoreCalls, outward: Outward) -> WebhookCalls:
    """The calls of webhooks, which hear of what is registered."""
    calls = WebhookCalls(lambda: parts.registry.webhooks, lambda: parts.library, parts.own, progress, outward)
    parts.registry.changed = calls.look
    return calls


async def _call_in_turn(calls: WebhookCalls, turn: Turn, read: Sequence[asyncio.Event]) -> None:
    """Call whenever it is this gate's turn, once it has read what was registered and said."""
    for each in read:
        await each.wait()
    while True:
        await turn.taken()
        log.info("this gate calls the webhooks")
        calling = asyncio.create_task(calls.run())
        try:
            await turn.lost()
        except asyncio.CancelledError:
            await _ended(calling)
            await turn.give()
            raise
        log.warning("another gate calls the webhooks")
        await _ended(calling)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _serving(parts: Parts, status: Status, cluster: Cluster, settings: Settings) -> AsyncIterator[None]:
    """Serve the door, over TLS too (PSDF_HTTPS); and how the process is, there or on its own port (PSDF_PROBES)."""
    routes, mutual = gate_routes(parts), parts.mutual
    names = [name for name in settings.open_to.split(",") if name] + [cluster.host]
    async with AsyncExitStack() as opened:
        if settings.probes:
            host, _, port = settings.probes.rpartition(":")
            probes = status_app(status, cluster.telemetry)
            await opened.enter_async_context(serving(probes, host=host, port=int(port)))
        else:
            routes = [*routes, *status_routes(status, cluster.telemetry)]
        answers = Starlette(routes=openapi.served(routes), exception_handlers={HTTPException: as_problem})
        known = mutual.known(answers, lambda: parts.registry.keys) if mutual else answers
        app = OurNames(known, names, any_address=True)  # whoever probes it in a cluster calls it by its address
        if settings.https and mutual:
            listener = opened.enter_context(listening(settings.https, "PSDF_HTTPS"))
            await opened.enter_async_context(served(mutual.config(app), listener))
        await opened.enter_async_context(served(config_of(app, Connection, host=cluster.host, port=cluster.port)))
        yield
