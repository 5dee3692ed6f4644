"""What services said, in an order in which they can have said it: the same whatever way the messages came.

Messages of different topics overtake each other. An id names its place in the stream that said it, and each event its
cause: decisions of a stream stay in their order, and none stands before what caused it.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from services.all import SERVICES
from shared.demo.post import Event
from shared.engine.outbox import name_of

NAMES = [f"/{service.name}" for service in SERVICES]
AHEAD = 10_000
"""Places of a stream that are looked through for an id."""

Stream: TypeAlias = tuple[str, str]


class Places:
    """Where each event stands in its stream: ids are made of it, so those of the next places are known beforehand."""

    def __init__(self) -> None:
        self._fixed = {service.name: service.streams for service in SERVICES}
        self._known: dict[str, tuple[Stream, int]] = {}
        self._next: dict[Stream, int] = {}

    def of(self, event: Event) -> tuple[Stream, int]:
        """The stream of an event and its place in it; what was laid aside has a stream of its own."""
        id_ = event["id"]
        if event["type"].endswith(".parked"):
            return (event["source"], id_), 0
        service = event["source"].removeprefix("/")
        streams = self._fixed[service] or (f"provider:{event['data']['invoice_id'].partition('/')[0]}",)
        for _ in range(AHEAD):
            if id_ in self._known:
                break
            for stream in streams:
                self._learn(service, stream)
        assert id_ in self._known, f"{event['type']} {id_} has no place in {', '.join(streams)}"
        return self._known[id_]

    def _learn(self, service: str, stream: str) -> None:
        place = self._next.get((service, stream), 0)
        self._known[name_of(service, stream, place)] = (service, stream), place
        self._next[service, stream] = place + 1


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Rank:
    """What is said first of what may be said: what has fewer causes before it, then service by service, as asked."""

    causes: int
    service: int
    asked: int


def in_order(sent: Sequence[str], said: Iterable[Event], places: Places) -> Iterator[Event]:
    """Events of all services, decision by decision; ``sent`` are the ids of what they answer, in order."""
    placed = sorted(((*places.of(event), event) for event in said), key=lambda each: each[:2])
    streams = {stream: deque(decisions(each for *_, each in some)) for stream, some in groupby(placed, itemgetter(0))}
    ranks = {id_: Rank(causes=0, service=0, asked=at) for at, id_ in enumerate(sent)}
    unsaid = {event["id"] for *_, event in placed}
    while unsaid:
        ready = [some for some in streams.values() if some and some[0][0]["causationid"] not in unsaid]
        assert ready, "an event is its own cause"
        decision = min(ready, key=lambda some: rank(some[0][0], ranks)).popleft()
        ranks |= dict.fromkeys((event["id"] for event in decision), rank(decision[0], ranks))
        unsaid.difference_update(event["id"] for event in decision)
        yield from decision


def decisions(events: Iterable[Event]) -> Iterator[list[Event]]:
    """Events of a stream by their cause."""
    return (list(some) for _, some in groupby(events, key=lambda event: str(event["causationid"])))


def rank(event: Event, ranks: Mapping[str, Rank]) -> Rank:
    """Rank of a decision, by the event that it begins with; the answer to a letter comes after all else."""
    cause = ranks.get(event["causationid"])
    service = NAMES.index(event["source"])
    if cause is None:
        return Rank(causes=len(ranks) + 1, service=service, asked=0)
    return Rank(causes=cause.causes + 1, service=service, asked=cause.asked)
