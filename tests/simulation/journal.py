"""The journals of a simulated fund, read over a network that loses nothing and takes no time."""

import random
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any, TypeVar

from services.all import SERVICES
from shared.adapters.mongo.store import MongoStore
from shared.engine.codec import Decision
from shared.engine.journal import Commit
from shared.kernel.clock import Parked
from tests.simulation.network import Network, Trace
from tests.simulation.store import Client
from tests.simulation.world import DATABASE, World

T = TypeVar("T")
Journals = dict[str, dict[str, list[Commit]]]


def reading(world: World) -> Client:
    """A client that is always answered, at once."""
    network = Network(random.Random(0), Trace())
    network.shortest_s = network.longest_s = 0.0
    return Client(world.store, network)


def asked(world: World, question: Coroutine[Any, Any, T]) -> T:
    """What is awaited, on the loop of the simulated cluster."""
    task = world.loop.create_task(question)
    world.loop.run_until(task.done, patience_s=1e9)
    return task.result()


def journals(world: World) -> Journals:
    """Every commit of every service, by stream."""
    database = reading(world).get_database(DATABASE)
    return {service.name: asked(world, _streams(MongoStore(database, service.name))) for service in SERVICES}


async def _streams(store: MongoStore) -> dict[str, list[Commit]]:
    streams: dict[str, list[Commit]] = defaultdict(list)
    async for commit in store.read():
        streams[commit.stream].append(commit)
    return streams


def laid_aside(decision: Decision) -> bool:
    """Whether nothing was decided: what came was kept for a person."""
    return bool(decision.events) and all(entry.type == Parked.type for entry in decision.events)
