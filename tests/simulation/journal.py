"""The journals of a simulated fund, read past the network."""

from collections import defaultdict

from services.all import SERVICES
from shared.adapters.mongo.documents import COMMITS, commit_of
from shared.engine.codec import Decision
from shared.engine.journal import Commit
from shared.kernel.clock import Parked
from tests.simulation.world import DATABASE, World

Journals = dict[str, dict[str, list[Commit]]]


def journals(world: World) -> Journals:
    """Every commit of every service, by stream."""
    found: Journals = {}
    for service in SERVICES:
        streams: dict[str, list[Commit]] = defaultdict(list)
        for document in world.store.collection(f"{DATABASE}/{service.name}{COMMITS}").found({}):
            commit = commit_of(document)
            streams[commit.stream].append(commit)
        found[service.name] = streams
    return found


def laid_aside(decision: Decision) -> bool:
    return bool(decision.events) and all(entry.type == Parked.type for entry in decision.events)
