"""What a service gives to the engine: its domain, and which events it hears as which commands."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from shared.kernel.clock import Now
from shared.kernel.value import value
from shared.messages.envelope import Event

Heard: TypeAlias = Iterable[tuple[str, Any]]
"""Commands with the streams that decide on them, at most one a stream."""


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
    those of its streams are told that wait. ``domains`` are by the part of a stream's name before the colon.
    """

    name: str
    domains: Mapping[str, Domain]
    streams: tuple[str, ...]
    subscriptions: Mapping[str, Callable[[Event], Heard]]

    def domain(self, stream: str) -> Domain:
        """The domain that decides on a stream."""
        return self.domains[stream.partition(":")[0]]
