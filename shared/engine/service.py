"""What a service gives to the engine: its domain, and which events go to which of its streams."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeAlias

from shared.events.record import Record
from shared.kernel.clock import Now
from shared.kernel.value import value
from shared.messages.read import Event

Heard: TypeAlias = Iterable[tuple[str, Any]]
"""Streams, each with what it decides on, at most once."""


@value
class Domain:
    """A decider: pure functions over one class of state.

    ``decide`` reads the state and yields events, ``evolve`` alone changes it; ``waits`` says whether a state has
    something that the passing of a day may change. ``events`` is the union of the event classes.
    """

    state: type
    events: object
    decide: Callable[[Now, Any, Any], Iterator[Any]]
    evolve: Callable[[Any, Any], None]
    waits: Callable[[Any], bool]


@value
class Service:
    """A service: its name is its source (``/payments``), its consumer group, and the name of its journal.

    ``streams`` are its fixed streams, which each day is told to; a service with one stream a sender has none, and only
    those of its streams are told that wait. ``domains`` are by the part of a stream's name before the colon. ``routes``
    say which types it hears, and which streams decide on each: what is heard is itself what they decide on.
    """

    name: str
    domains: Mapping[str, Domain]
    streams: tuple[str, ...]
    routes: Mapping[str, Callable[[Event], Heard]]

    def domain(self, stream: str) -> Domain:
        """The domain that decides on a stream."""
        return self.domains[stream.partition(":")[0]]


def all_to(stream: str, *records: type[Record]) -> dict[str, Callable[[Event], Heard]]:
    """Routes of events that one stream decides on."""
    return {record.type: lambda event: ((stream, event.data),) for record in records}


def by(stream_of: Callable[[Any], str], *records: type[Record]) -> dict[str, Callable[[Event], Heard]]:
    """Routes of events whose data say which stream decides on them."""
    return {record.type: lambda event: ((stream_of(event.data), event.data),) for record in records}


def together(*routes: Mapping[str, Callable[[Event], Heard]]) -> dict[str, Callable[[Event], Heard]]:
    """Routes of several streams; an event that several hear is decided on in each, in this order."""
    joined: dict[str, list[Callable[[Event], Heard]]] = {}
    for each in routes:
        for kind, route in each.items():
            joined.setdefault(kind, []).append(route)
    return {kind: partial(_each, tuple(found)) for kind, found in joined.items()}


def _each(routes: tuple[Callable[[Event], Heard], ...], event: Event) -> Heard:
    return [heard for route in routes for heard in route(event)]


def always(_state: object) -> bool:
    """The streams of the fund wait for every day: something is due on each."""
    return True
