"""The door of the embedded stack: what comes from outside is read, kept byte for byte, and only then handed on.

In the cluster Kafka is the door. What can't be read is parked, with the field and the number; processing goes on.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import ClassVar, TypeAlias

from shared.engine.codec import Received
from shared.engine.keys import Keys
from shared.engine.service import Domain, Heard, Service
from shared.engine.webhooks import Webhooks
from shared.events.catalogue import OUTSIDE
from shared.events.clock import DayStarted
from shared.events.keys import KeyRegistered, KeyRevoked
from shared.events.record import Record
from shared.events.webhooks import WebhookRegistered, WebhookRemoved
from shared.kernel.calendar import in_vilnius
from shared.kernel.clock import Now, Parked, StartDay
from shared.kernel.value import value
from shared.messages.read import Event, Malformed, arrived, parse
from shared.messages.write import day_started

STREAM = "door"
UNREADABLE = "/unreadable"
"""The source of what can't be read; its id begins with the digest of its bytes."""
OfKeys: TypeAlias = KeyRegistered | KeyRevoked
OfWebhooks: TypeAlias = WebhookRegistered | WebhookRemoved
Word: TypeAlias = OfKeys | OfWebhooks
"""What two persons tell the registry, and it remembers."""
Check: TypeAlias = Callable[[Event, datetime], str | None]
"""Why an event that arrived at a moment is not of whom it names; None where it is."""


@value
class Receive:
    """An event from outside was read."""

    raw: bytes


@value
class Park:
    """A message from outside can't be read."""

    error: str


Command: TypeAlias = Receive | Park | Word | StartDay


@dataclass(slots=True, kw_only=True)
class State:
    """The door remembers whose keys there are, and who is called where; what came twice the engine knows."""

    keys: Keys = field(default_factory=Keys)
    webhooks: Webhooks = field(default_factory=Webhooks)

    def why_not(self, word: Word) -> str | None:
        """Why a word changes nothing; None where it is to be folded."""
        return self.keys.why_not(word) if isinstance(word, OfKeys) else self.webhooks.why_not(word)


@dataclass(slots=True, kw_only=True)
class Unreadable(Event):
    """A message that can't be read, dressed as an event so that it is kept like one."""

    error: str = ""


def decide(now: Now, command: Command, state: State) -> Iterator[Received | Parked | Word]:
    """Keep what can be read; park what can't; take words on keys and webhooks, from now on."""
    match command:
        case Receive():
            yield Received(raw=command.raw)
        case Park():
            yield Parked(error=command.error)
        case KeyRegistered() | KeyRevoked() | WebhookRegistered() | WebhookRemoved():
            if why_not := state.why_not(command):
                yield Parked(error=why_not)
            else:
                yield replace(command, at=now.moment)


def evolve(state: State, event: Received | Parked | Word) -> None:
    """Remember keys and webhooks."""
    if isinstance(event, OfKeys):
        state.keys.fold(event)
    elif isinstance(event, OfWebhooks):
        state.webhooks.fold(event)


def hear(event: Event) -> Heard:
    """Every event goes to the one stream of the door."""
    match event.data:
        case Rubbish():
            assert isinstance(event, Unreadable)
            return [(STREAM, Park(error=event.error))]
        case KeyRegistered() | KeyRevoked() | WebhookRegistered() | WebhookRemoved():
            return [(STREAM, event.data)]
    return [(STREAM, Receive(raw=event.raw))]


class Everything(dict[str, object]):
    """Subscriptions to every type there is, also those that nobody knows."""

    def get(self, _type: str, _default: object = None) -> object:
        """The one handler."""
        return hear


INGRESS = Service(
    name="door",
    domains={
        STREAM: Domain(
            state=State, events=Received | Parked | Word, decide=decide, evolve=evolve, waits=lambda _: False
        )
    },
    streams=(STREAM,),
    routes=Everything(),  # type: ignore[arg-type]
)


def read(raws: Sequence[bytes], moment: datetime | None, last: datetime, check: Check = lambda *_: None) -> list[Event]:
    """Read messages from outside; ``moment`` is when they arrived, or None to believe the events' own ``time``.

    ``check`` says why an event is not of whom it names (its signature).

    What can't be read becomes an ``Unreadable`` of the moment (or of the ``last`` moment known).
    """
    events: list[Event] = []
    for number, raw in enumerate(raws):
        try:
            event = read_one(raw, moment, check)
        except Malformed as malformed:
            events.append(unreadable(raw, malformed, in_vilnius(moment or last), number))
            continue
        last = event.time
        events.append(event)
    return events


def read_one(raw: bytes, moment: datetime | None, check: Check) -> Event:
    """One event as of its arrival, read as ``read`` does. Raises Malformed."""
    event = parse(raw, outside=True)
    event = arrived(event, moment) if moment else event
    if fault := check(event, event.time):
        raise Malformed(event.type, fault)
    return event


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
        source=UNREADABLE,
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
