"""Journals compared with each other: what a service decided because of an event, and whether anybody said that event.

The cause of each decision is in the door, byte for byte, or was announced by a service; what the decision takes over
from it says the same (``taken``). What was handed to a service, and must leave a decision there, has left one. On the
cluster Kafka is the door: causes from outside are not in the journals, and only services' own are compared.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import uuid5

import msgspec

from services.all import SERVICES
from shared.engine.codec import Decision, Entry, Received
from shared.engine.ingress import INGRESS
from shared.engine.outbox import NAMESPACE, PUBLISHED, name_of
from shared.events.catalogue import SERVICE
from shared.journal.taken import ANY, KNOWN, MUST, NEEDED, NOTHING, ONCE, PAYERS, TAKEN, Json, Natural, Pair
from shared.kernel.clock import Parked
from shared.kernel.compact import KEY_BYTES
from shared.messages.read import Malformed, cause_key, parse

NAMES = frozenset(service.name for service in SERVICES)
HEARD = frozenset(type_ for service in SERVICES for type_ in service.routes) | {"day.started"}
FROM_SERVICES = HEARD & PUBLISHED
LETTERS, DELIVERED = "/letters", "notice.delivered"
JOINED = ".payer_joined"
DAY_BEGUN = ".day_begun"
SHOWN = 60
"""Characters shown of a value that two journals say differently."""


class Place(NamedTuple):
    """A commit."""

    service: str
    stream: str
    version: int

    def __str__(self) -> str:
        return f"{self.service}, stream {self.stream}, commit {self.version}"


class Cause(NamedTuple):
    """What was said: where it is kept, its type, what others compare of it (None where it can't be read any more)."""

    place: Place
    type: str
    data: Json | None


class Heard(NamedTuple):
    """A decision: where it is, the key and the name of its cause, and the events that take something over from it."""

    place: Place
    key: bytes
    source: str
    id: str
    starts_a_day: bool
    facts: Sequence[Entry]

    @property
    def named(self) -> str:
        """Its cause, for people."""
        return f"{self.id} of {self.source}"

    @property
    def speaker(self) -> str | None:
        """The service that said its cause; None where it came from outside."""
        name = self.source.removeprefix("/")
        return name if name in NAMES else None


class _Envelope(msgspec.Struct):
    """As much of a message as names it."""

    source: str = ""
    id: str = ""
    type: str = ""


class Comparison:
    """Shown every decision of every stream, in order of each stream; then ``faults`` says what does not fit."""

    def __init__(self, marks: Mapping[tuple[str, str], int], *, door: bool) -> None:
        """``marks`` are up to which version each stream was told; ``door`` is whether the door is a journal too."""
        self._marks, self._door = marks, door
        self._causes: dict[bytes, Cause] = {}
        self._heard: defaultdict[tuple[str, str], dict[bytes, int]] = defaultdict(dict)
        self._known: defaultdict[tuple[str, str], set[Hashable]] = defaultdict(set)
        self._waiting: list[Heard] = []
        self._contents: dict[bytes, tuple[str, Place]] = {}
        self._payers: dict[tuple[object, object], tuple[Place, Cause, str]] = {}
        self._joined: dict[str, str] = {}
        self._joins: list[tuple[Place, str, str]] = []
        self._remembered: list[tuple[Place, bytes]] = []
        self._last_day: dict[tuple[str, str], date] = {}
        self._todays: list[tuple[Place, date]] = []
        self._faults: list[tuple[Place, str]] = []

    # --- what the journals say

    def take(self, place: Place, decision: Decision) -> None:
        """See a decision of a stream."""
        self._last_day[place.service, place.stream] = decision.day
        if place.service == INGRESS.name:
            self._received(place, decision)
            return
        for offset, entry in enumerate(decision.events):
            self._announced(place, decision, offset, entry)
            for cause, natural in KNOWN.get((place.service, entry.type), ()):
                self._known[place.service, cause].add(natural(_read(entry)))
            if entry.type.endswith(JOINED):
                joined = _read(entry)
                self._joined[joined["payer"]] = joined["into"]
                self._joins.append((place, joined["payer"], joined["into"]))
        self._decided(place, decision)

    def _announced(self, place: Place, decision: Decision, offset: int, entry: Entry) -> None:
        """What others may have heard of it; and, of a notice, that its letter may be answered."""
        if entry.type in FROM_SERVICES:
            name = name_of(place.service, place.stream, decision.position + offset)
            self._causes[cause_key(f"/{place.service}", name)] = Cause(place, entry.type, _needed(entry))
        elif entry.type == "notice.prepared":
            notice_no = _read(entry)["notice_no"]
            answer = cause_key(LETTERS, str(uuid5(NAMESPACE, f"letters/{notice_no}")))
            self._causes[answer] = Cause(place, DELIVERED, {"notice_no": notice_no})

    def _received(self, place: Place, decision: Decision) -> None:
        """What came from outside: kept as it was named, with the content that was digested when it came."""
        for entry in decision.events:
            if entry.type != Received.type:
                self._contents.setdefault(cause_key(decision.source, decision.id), (decision.content, place))
                continue
            raw = bytes(entry.data)
            named, data, content = _message(raw)
            if (named.source, named.id) != (decision.source, decision.id):
                self._fault(place, f"keeps {named.id} of {named.source} as {decision.id} of {decision.source}")
            elif content is not None and content != decision.content:
                self._fault(
                    place, f"{named.id} of {named.source} ({named.type}) does not say what it said when it came"
                )
            key = cause_key(named.source, named.id)
            self._contents[key] = decision.content, place
            if named.type in HEARD:
                self._causes[key] = Cause(place, named.type, data)

    def _decided(self, place: Place, decision: Decision) -> None:
        """Remember that a cause was heard, and what was taken over from it until the cause is known."""
        key = cause_key(decision.source, decision.id)
        of_stream = self._heard[place.service, place.stream.partition(":")[0]]
        counted = of_stream.get(key, 0)
        facts = [entry for entry in decision.events if (place.service, entry.type) in TAKEN]
        starts_a_day = any(entry.type.endswith(DAY_BEGUN) for entry in decision.events)
        if not starts_a_day:  # whatever comes first on a day starts it, and is decided on after that
            of_stream.setdefault(key, 0)
        heard = Heard(place, key, decision.source, decision.id, starts_a_day, facts)
        if any(entry.type != Parked.type for entry in decision.events):
            self._same_content(heard, decision.content)
        for entry in facts:
            if entry.type in ONCE:
                if counted:
                    self._fault(place, f"takes {entry.type} a second time from {heard.named}")
                of_stream[key] = 1
        if key in self._causes:
            self._follows(heard)
        else:
            self._waiting.append(heard)

    def _same_content(self, heard: Heard, content: str) -> None:
        """Whoever heard an event from outside heard the same; what a service says has no digest."""
        if content:
            known, first = self._contents.setdefault(heard.key, (content, heard.place))
            if known != content:
                self._fault(heard.place, f"heard other content of {heard.named} than {first}")

    def remembers(self, place: Place, key: bytes) -> None:
        """A snapshot says that a cause was heard, of which nothing was decided; ``key`` as it keeps it, cut short."""
        self._remembered.append((place, key))

    def stands_at(self, place: Place, today: date) -> None:
        """A snapshot says that a stream's day is later than that of its last decision."""
        self._todays.append((place, today))

    # --- what does not fit

    def unresolved(self) -> set[str]:
        """The services whose later commits may hold causes of what was read: their journals are written meanwhile."""
        return {heard.speaker for heard in self._waiting if heard.speaker and heard.key not in self._causes}

    def faults(self, broken: frozenset[str]) -> Iterator[tuple[Place, str]]:
        """Each place with what does not fit there; what services say whose journals are ``broken`` is not judged."""
        for heard in self._waiting:
            if heard.key in self._causes:
                self._follows(heard)
            elif heard.speaker in broken or (not heard.speaker and INGRESS.name in broken):
                continue
            elif heard.speaker or self._door:
                self._fault(heard.place, f"decides because of {heard.named}, which is not in {self._where(heard)}")
            else:
                self._may_be_outside(heard)
        yield from (each for each in self._faults if each[0].service not in broken)
        yield from self._other_payers()
        yield from self._mergers_of_nobody(broken)
        yield from self._unheard(broken)
        yield from self._snapshots(broken)

    def _may_be_outside(self, heard: Heard) -> None:
        """What only a service can have said does not come from outside, on the cluster either."""
        for entry in heard.facts:
            links = TAKEN[heard.place.service, entry.type]
            if ANY not in links and (heard.starts_a_day or not links.keys() - SERVICE):
                self._fault(heard.place, f"{entry.type} can't follow from {heard.named}")

    def _where(self, heard: Heard) -> str:
        """The journal in which a cause should be."""
        said = heard.speaker or INGRESS.name
        empty = "" if any(service == said for service, _ in self._last_day) else ", which is empty"
        return f"the journal of {said}{empty}"

    def _follows(self, heard: Heard) -> None:
        """Each fact may follow from its cause, and says what its cause says."""
        cause = self._causes[heard.key]
        for entry in heard.facts:
            links = TAKEN[heard.place.service, entry.type]
            link = links.get(ANY if heard.starts_a_day else cause.type) or links.get(ANY)
            if link is None:
                self._fault(heard.place, f"{entry.type} can't follow from {heard.named} ({cause.type})")
            elif cause.data is not None:
                self._compare(heard.place, cause, entry.type, link.pairs(_read(entry), cause.data))

    def _compare(self, place: Place, cause: Cause, type_: str, pairs: Iterator[Pair]) -> None:
        for field, ours, theirs in pairs:
            if ours == theirs:
                continue
            if field in PAYERS:
                self._payers.setdefault((ours, theirs), (place, cause, type_))
            else:
                self._fault(place, _differs(type_, field, ours, cause, theirs))

    def _other_payers(self) -> Iterator[tuple[Place, str]]:
        for (ours, theirs), (place, cause, type_) in self._payers.items():
            if self._resolved(ours) != self._resolved(theirs):
                yield place, _differs(type_, "payer", ours, cause, theirs)

    def _mergers_of_nobody(self, broken: frozenset[str]) -> Iterator[tuple[Place, str]]:
        """Payers are joined whom somebody has merged, directly or through others."""
        if not self._door or INGRESS.name in broken:
            return
        of_payer: dict[str, set[str]] = {}
        for cause in self._causes.values():
            if cause.type != "payer.merged":
                continue
            if cause.data is None:  # today's contract does not read it: whom it merged can't be said
                return
            both = of_payer.get(cause.data["payer"], {cause.data["payer"]})
            both |= of_payer.get(cause.data["into"], {cause.data["into"]})
            of_payer.update(dict.fromkeys(both, both))
        for place, payer, into in self._joins:
            if into not in of_payer.get(payer, {payer}) and place.service not in broken:
                yield place, f"joins {payer} to {into}, and nobody has merged them"

    def _resolved(self, payer: object) -> object:
        seen = set[object]()
        while payer in self._joined and payer not in seen:
            seen.add(payer)
            payer = self._joined[str(payer)]
        return payer

    def _unheard(self, broken: frozenset[str]) -> Iterator[tuple[Place, str]]:
        """What was handed to a stream, and left nothing there that it must leave.

        It was handed on where its speaker's mark says so and every hearer is in this process (``door``), and wherever a
        later event of its stream and type was heard: they come in order.
        """
        if self._door and INGRESS.name not in broken:
            yield from self._days(broken)
        later = set[tuple[str, str, str, tuple[str, str]]]()
        for key, cause in reversed(self._causes.items()):
            place = cause.place
            told = self._door and place.version <= self._marks.get((place.service, place.stream), 0)
            for hearer, musts in MUST.items():
                if cause.type not in musts or hearer[0] in broken:
                    continue
                of_hearer = (place.service, place.stream, cause.type, hearer)
                if key in self._heard[hearer]:
                    later.add(of_hearer)
                elif (told or of_hearer in later) and not self._is_known(hearer[0], cause, musts):
                    stream = _stream_of(hearer[1], cause)
                    yield Place(hearer[0], stream, 0), f"has nothing of {_about(cause)}, which was told to it ({place})"

    def _is_known(self, service: str, cause: Cause, musts: Mapping[str, Natural]) -> bool:
        """Whether it changes nothing: what its natural key names was there, or it concerns others."""
        if cause.data is None:
            return True
        key = musts[cause.type](cause.data)
        return key is NOTHING or (key is not None and key in self._known[service, cause.type])

    def _days(self, broken: frozenset[str]) -> Iterator[tuple[Place, str]]:
        """Each fixed stream has started the last day that was told to all."""
        told = [
            (date.fromisoformat(cause.data["date"]), key, cause)
            for key, cause in self._causes.items()
            if cause.type == "day.started"
            and cause.data
            and cause.place.version <= self._marks.get((INGRESS.name, cause.place.stream), 0)
        ]
        if not told:
            return
        day, key, cause = max(told, key=lambda each: each[0])
        for service in SERVICES:
            for stream in service.streams if service.name not in broken else ():
                last = self._last_day.get((service.name, stream))
                if key not in self._heard[service.name, stream] and (last is None or last < day):
                    stands = f"its last decision is of {last}" if last else "it has no decision at all"
                    yield Place(service.name, stream, 0), f"{stands}, and day {day} was told to it ({cause.place})"

    def _snapshots(self, broken: frozenset[str]) -> Iterator[tuple[Place, str]]:
        said = {key[:KEY_BYTES] for key in (*self._causes, *self._contents)} if self._remembered else set()
        for place, key in self._remembered:
            if self._door and not broken and key not in said:
                yield place, f"the snapshot of version {place.version} remembers a cause that nobody has said"
        newest = max(self._last_day.values(), default=date.min)
        for place, today in self._todays:
            if today > newest + timedelta(days=1):
                yield (
                    place,
                    f"the snapshot of version {place.version} stands at {today}, later than any day of the journals",
                )

    def _fault(self, place: Place, fault: str) -> None:
        self._faults.append((place, fault))


def _read(entry: Entry) -> Json:
    data: Json = msgspec.json.decode(entry.data)
    return data


def _needed(entry: Entry) -> Json:
    """Of what a service said, as much as others compare."""
    if not (needed := NEEDED.get(entry.type)):
        return {}
    return {name: said for name, said in _read(entry).items() if name in needed}


def _message(raw: bytes) -> tuple[_Envelope, Json | None, str | None]:
    """Who says what in a message, and its digest; None of both where today's contract does not read it any more."""
    try:
        event = parse(raw, outside=True)
    except Malformed:
        return msgspec.json.decode(raw, type=_Envelope), None, None
    needed = NEEDED.get(event.type)
    said: Json = msgspec.json.decode(msgspec.json.encode(event.data))  # as the journals say it
    data = {name: said[name] for name in said.keys() & needed} if needed else {}
    return _Envelope(event.source, event.id, event.type), data, event.content.hex()


def _differs(type_: str, field: str, ours: object, cause: Cause, theirs: object) -> str:
    return f"{type_} says {field} {_shown(ours)}, but {cause.type} ({cause.place}) says {_shown(theirs)}"


def _shown(said: object) -> str:
    text = str(said)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _about(cause: Cause) -> str:
    data = cause.data or {}
    about = next(
        (data[name] for name in ("invoice_id", "order_id", "reference", "claim_id", "contract_id") if data.get(name)),
        "",
    )
    return f"{cause.type} {about}".strip()


def _stream_of(kind: str, cause: Cause) -> str:
    """The stream that must have heard, by its kind."""
    if kind != "provider":
        return kind
    data = cause.data or {}
    code = data.get("provider_code") or (data.get("provider") or {}).get("code") or "?"
    return f"provider:{code}"
