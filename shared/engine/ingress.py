"""The door of the embedded stack: what comes from outside is read, kept byte for byte, and only then handed on.

In the cluster Kafka is the door. What can't be read is parked, with the field and the number; processing goes on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import ClassVar

from shared.engine.codec import Received
from shared.engine.service import Domain, Heard, Service
from shared.events.catalogue import OUTSIDE
from shared.events.clock import DayStarted
from shared.events.record import Record
from shared.kernel.calendar import in_vilnius
from shared.kernel.clock import Now, Parked, StartDay
from shared.kernel.value import value
from shared.messages.read import Event, Malformed, arrived, parse
from shared.messages.write import day_started

STREAM = "door"


@value
class Receive:
    """An event from outside was read."""

    raw: bytes


@value
class Park:
    """A message from outside can't be read."""

    error: str


@dataclass(slots=True, kw_only=True)
class State:
    """The door remembers nothing of its own: what came twice the engine knows."""


@dataclass(slots=True, kw_only=True)
class Unreadable(Event):
    """A message that can't be read, dressed as an event so that it is kept like one."""

    error: str = ""


def decide(_now: Now, command: Receive | Park | StartDay, _state: State) -> Iterator[Received | Parked]:
    """Keep what can be read; park what can't."""
    if isinstance(command, Receive):
        yield Received(raw=command.raw)
    elif isinstance(command, Park):
        yield Parked(error=command.error)


def evolve(_state: State, _event: Received | Parked) -> None:
    """Nothing to remember."""


def hear(event: Event) -> Heard:
    """Every event goes to the one stream of the door."""
    command = Park(error=event.error) if isinstance(event, Unreadable) else Receive(raw=event.raw)
    return [(STREAM, command)]


class Everything(dict[str, object]):
    """Subscriptions to every type there is, also those that nobody knows."""

    def get(self, _type: str, _default: object = None) -> object:
        """The one handler."""
        return hear


INGRESS = Service(
    name="door",
    domains={
        STREAM: Domain(state=State, events=Received | Parked, decide=decide, evolve=evolve, waits=lambda _: False)
    },
    streams=(STREAM,),
    routes=Everything(),  # type: ignore[arg-type]
)


def read(raws: Sequence[bytes], moment: datetime | None, last: datetime) -> list[Event]:
    """Read messages from outside; ``moment`` is when they arrived, or None to believe the events' own ``time``.

    What can't be read becomes an ``Unreadable`` of the moment (or of the ``last`` moment known).
    """
    events: list[Event] = []
    for number, raw in enumerate(raws):
        try:
            event = parse(raw, outside=True)
            event = arrived(event, moment) if moment else event
        except Malformed as malformed:
            events.append(unreadable(raw, malformed, in_vilnius(moment or last), number))
            continue
        last = event.time
        events.append(event)
    return events


def first_day(events: Sequence[Event]) -> Event | None:
    """The start of the first day of all, where no clock tells it: the first event of all starts its own day."""
    first = next((event for event in events if not isinstance(event, Unreadable)), None)
    if first is None or isinstance(first.data, DayStarted):
        return None
    return parse(day_started(first.day), outside=True)


def unreadable(raw: bytes, malformed: Malformed, moment: datetime, number: int) -> Unreadable:
    """A message that can't be read: named by its bytes, its moment and its place in the batch."""
    digest = blake2b(raw, digest_size=16).hexdigest()
    return Unreadable(
        source="/unreadable",
        id=f"{digest}-{moment.isoformat()}-{number}",
        type=malformed.topic,
        subject=None,
        time=moment,
        data=Rubbish(),
        traceparent=None,
        tracestate=None,
        causationid=None,
        raw=raw,
        error=malformed.error,
    )


class Rubbish(Record):
    """The data of what can't be read: nothing."""

    type: ClassVar[str] = "unreadable"


def hears(type_: str) -> bool:
    """Whether a type comes from outside."""
    return type_ in OUTSIDE
