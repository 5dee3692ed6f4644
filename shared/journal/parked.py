"""What was parked: listed from the journal, and released by hand.

Released bytes go to the door again. What could be read then has been heard under its id already, so it comes under an
id of its own (the same however often it is released), and names the parked event as its cause: that is the mark. No
signature fits another id: it is proved before, over the bytes as they came, and stays with them.
"""

import base64
import os
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from uuid import uuid5

import msgspec

from shared.engine.codec import Received, decode_decisions
from shared.engine.ingress import Check
from shared.engine.keys import SIGNATURES, UNSIGNED
from shared.engine.outbox import NAMESPACE
from shared.journal.events import facts, written
from shared.journal.home import Home, reading
from shared.journal.set_aside import set_aside
from shared.kernel.clock import Parked
from shared.kernel.stop import Stop
from shared.kernel.value import value
from shared.messages.read import Malformed, parse

DOORS = frozenset({"door", "gate"})
"""Who lays aside what it does not let in. What a service lays aside was let in, and proved when it came."""
RELEASED = b'"causationid"'
CAUSED = "SELECT plain(body) FROM commits WHERE service = 'door' AND holds(body, ?) ORDER BY rowid"
SHORTEST_PREFIX = 4
BEGINS_BYTES = 200
"""How much of a parked message is shown in a list."""


class _Caused(msgspec.Struct):
    """As much of an event from outside as says whether it may be a release."""

    causationid: str | None = None


_cause = msgspec.json.Decoder(_Caused)


class ReleaseError(Stop):
    """Nothing was released: one line that says why."""


@value
class ParkedEvent:
    """A message that was laid aside: where, when (the moment it came with), why, and whether it was released."""

    id: str
    service: str
    topic: str
    received: str
    error: str
    raw_base64: str
    released: bool

    @property
    def raw(self) -> bytes:
        """The message, byte for byte."""
        return base64.b64decode(self.raw_base64)


@value
class Summary:
    """A parked message without its bytes: how many they are, their SHA-256, and the first of them as text."""

    id: str
    service: str
    topic: str
    received: str
    error: str
    released: bool
    bytes: int
    sha256: str
    begins: str


@value
class Page:
    """Some of what was parked; ``next`` is what to ask for to go on, None at the end."""

    parked: list[Summary]
    next: str | None


def parked_events(connection: sqlite3.Connection) -> Iterator[ParkedEvent]:
    """All that was ever parked, in the order in which it was. Each may be large: let go of one before the next."""
    released: frozenset[str] | None = None
    known: set[str] = set()
    for fact in facts(connection, [written(Parked.type)]):
        if fact.type == Parked.type:
            known.add(fact.event_id)
            if released is None:
                released = frozenset(_released(connection))
            yield ParkedEvent(
                id=fact.event_id,
                service=fact.service,
                topic=fact.data["topic"],
                received=fact.data["received"],
                error=fact.data["error"],
                raw_base64=fact.data["raw_base64"],
                released=release_id(fact.event_id) in released,
            )
    for _, aside in set_aside(connection):
        if aside.id not in known:
            yield ParkedEvent(
                id=aside.id,
                service=aside.service,
                topic=aside.topic,
                received=aside.received,
                error=aside.error,
                raw_base64=aside.raw_base64,
                released=False,
            )


def open_by_topic(home: Home) -> Counter[str]:
    """How many were neither released, nor dismissed, nor looked at, by topic. Raises HomeError."""
    looked_at = home.seen.read_text(encoding="utf-8").strip() if home.seen.exists() else ""
    found, gone = Counter[str](), dismissed(home)
    with reading(home) as connection:
        for event in parked_events(connection):
            if not event.released and event.id not in gone:
                found[event.topic] += 1
            if event.id == looked_at:
                found.clear()
    return found


def look_at_all(home: Home) -> Counter[str]:
    """Say that a person has looked at all that lies parked: how many were open, by topic. Raises HomeError."""
    found, last = open_by_topic(home), ""
    with reading(home) as connection:
        for event in parked_events(connection):
            last = event.id
    if last:
        home.seen.write_text(f"{last}\n", encoding="utf-8")
    return found


def dismissed(home: Home) -> frozenset[str]:
    """The ids of those that two persons dismissed one by one."""
    return frozenset(home.dismissed.read_text(encoding="utf-8").split()) if home.dismissed.exists() else frozenset()


def dismiss(home: Home, ids: Iterable[str]) -> None:
    """Write down that nothing follows from some of them; again changes nothing."""
    new = [each for each in ids if each not in dismissed(home)]
    with home.dismissed.open("a", encoding="utf-8") as file:
        file.writelines(f"{each}\n" for each in new)
        file.flush()
        os.fsync(file.fileno())


def parked_page(connection: sqlite3.Connection, after: str | None, limit: int) -> Page:
    """At most so many of what was parked, after the one of an id. Raises ReleaseError for an id that is none."""
    found: list[Summary] = []
    passed = after is None
    for event in parked_events(connection):
        if passed and len(found) == limit:
            return Page(parked=found, next=found[-1].id)
        if passed:
            found.append(_summary(event))
        passed = passed or event.id == after
    if not passed:
        raise ReleaseError(f"{after}: no parked event has this id; GET /parked without it begins at the first")
    return Page(parked=found, next=None)


def _summary(event: ParkedEvent) -> Summary:
    raw = event.raw
    return Summary(
        id=event.id,
        service=event.service,
        topic=event.topic,
        received=event.received,
        error=event.error,
        released=event.released,
        bytes=len(raw),
        sha256=sha256(raw).hexdigest(),
        begins=raw[:BEGINS_BYTES].decode(errors="backslashreplace"),
    )


def _released(connection: sqlite3.Connection) -> Iterator[str]:
    """The ids under which parked events came again, word for word: an id alone is nobody's, and anyone may send it."""
    came: dict[str, set[bytes]] = defaultdict(set)
    for body in connection.execute(CAUSED, [RELEASED]):
        for decision in decode_decisions(body[0]):
            for entry in decision.events:
                if entry.type == Received.type and (cause := _cause.decode(entry.data).causationid):
                    came[cause].add(sha256(bytes(entry.data)).digest())
    for fact in facts(connection, [written(Parked.type)]) if came else ():
        if fact.type == Parked.type and fact.event_id in came:
            released_raw = again(fact.event_id, base64.b64decode(fact.data["raw_base64"]))
            if released_raw and sha256(released_raw).digest() in came[fact.event_id]:
                yield release_id(fact.event_id)


def again(parked_id: str, raw: bytes) -> bytes | None:
    """A parked event's bytes as they come when it is released; None for what is no event."""
    try:
        attributes = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    for name in SIGNATURES:
        attributes.pop(name, None)
    attributes["id"] = msgspec.Raw(written(release_id(parked_id)))
    attributes["causationid"] = msgspec.Raw(written(parked_id))
    return msgspec.json.encode(attributes)


def find_parked(events: Iterable[ParkedEvent], prefix: str) -> ParkedEvent:
    """The parked event of an id, or of the beginning of one. Raises ReleaseError where none or several have it."""
    found: ParkedEvent | None = None
    many = 0
    if len(prefix) >= SHORTEST_PREFIX:
        for event in events:
            if event.id.startswith(prefix):
                found, many = event, many + 1
    if found is None or many > 1:
        why = f"{many} parked events have an id that begins so" if many else "no parked event has this id"
        raise ReleaseError(f"{prefix}: {why}; psdf parked list shows them")
    return found


def release_id(parked_id: str) -> str:
    """The id under which a parked event comes again."""
    return str(uuid5(NAMESPACE, f"released/{parked_id}"))


def released(event: ParkedEvent, check: Check) -> bytes:
    """The bytes for the door, which takes them from the fund's own people alone, and without a signature.

    ``check`` proves the signature of what came, as of then. Raises ReleaseError for what was released before, still
    can't be read, or is not proved to be of whom it names.
    """
    if event.released:
        raise ReleaseError(f"{event.id} was released before; nothing was changed")
    try:
        read = parse(event.raw, outside=True)
    except Malformed as malformed:
        raise ReleaseError(f"{event.id} still can't be read: {malformed.error}; nothing was changed") from None
    if event.service in DOORS:
        unsigned = event.error if event.error.startswith(UNSIGNED) else None
        if fault := unsigned or check(read, datetime.fromisoformat(event.received)):
            told = f"{event.id} is not proved to be of {read.source}: {fault}"
            raise ReleaseError(f"{told}; its sender has to send it again, nothing was changed")
    raw = again(event.id, event.raw)
    assert raw is not None, "it was read"
    return raw
