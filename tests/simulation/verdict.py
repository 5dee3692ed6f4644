"""What is wrong with a simulated fund at the end: a line each, and none where all is well."""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from unittest.mock import patch

from services.all import SERVICES
from shared.adapters.mongo.documents import COMMITS, PUBLISHED, commit_of, marks_of
from shared.engine.codec import Codec, Decision, StateCodec, decode_decisions
from shared.engine.journal import Commit
from shared.engine.outbox import Message, messages_of
from shared.engine.service import Domain, Service
from shared.events.catalogue import INTERNAL, OUTSIDE
from shared.journal.journals import MongoJournals
from shared.journal.verify import verify
from shared.kernel.calendar import VILNIUS, midnight
from shared.kernel.clock import Now, Parked, StartDay
from shared.messages.read import Event as Read
from shared.messages.read import Malformed, arrived, parse
from tests.model.compare import line, shown
from tests.model.compare import real as undisturbed
from tests.model.invariants import audit
from tests.model.model import play as modelled
from tests.simulation.network import Network, Trace
from tests.simulation.store import Client
from tests.simulation.world import DATABASE, FUND, World, letter

Event = dict[str, Any]
Journals = dict[str, dict[str, list[Commit]]]
Said = tuple[str, bytes]
"""An event of a service as it is stored: its type and its data."""


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


def decided(world: World) -> dict[str, list[tuple[str, str]]]:
    """What was decided in each stream, and because of what; without what was laid aside."""
    return {
        f"{service} {stream}": [
            (decision.source, decision.id)
            for commit in commits
            for decision in decode_decisions(commit.body)
            if not _laid_aside(decision)
        ]
        for service, streams in journals(world).items()
        for stream, commits in streams.items()
    }


def _laid_aside(decision: Decision) -> bool:
    return bool(decision.events) and all(entry.type == Parked.type for entry in decision.events)


def known(world: World, name: str, cause: tuple[str, str]) -> bool:
    """Whether it is what ``test_found_S_deferral`` shows: told here as long as it is so, and no longer."""
    id_ = cause[1].encode()
    told = (record for record in world.log.taken if record.topic == "payment.deferred")
    return name == "reconciliation sodra" and any(id_ in (record.value or b"") for record in told)


def judge(world: World, history: Sequence[Event], sent: Sequence[bytes], *, at_once: bool) -> list[str]:
    """All that is wrong."""
    found = journals(world)
    faults = [f"a person must look: {name}: {why}" for name, why in world.halted().items()]
    faults += _verified(world)
    faults += _unmarked(world, found)
    faults += _twice(found)
    faults += _told(world, found)
    faults += _letters(world)
    faults += _in_order(world, found)
    faults += _decided_again(world, found)
    inbound = _inbound(world, arrival=at_once)
    emitted = _emitted(world, found)
    faults += [f"audit: {fault}" for fault in audit(inbound, emitted)]
    if not at_once:
        faults += _as_undisturbed(history, emitted)
    return faults


def _verified(world: World) -> Iterator[str]:
    """As ``psdf verify``."""
    quiet = Network(random.Random(0), Trace())
    quiet.shortest_s = quiet.longest_s = 0.0
    checked = world.loop.create_task(verify(MongoJournals(Client(world.store, quiet), DATABASE), lambda: None, door=False))
    world.loop.run_until(checked.done, patience_s=1e9)
    for each in checked.result():
        if each.fault:
            yield f"verify: {each.fault}"


def _unmarked(world: World, found: Journals) -> Iterator[str]:
    """When nothing is under way, all is marked as told."""
    for service, streams in found.items():
        marks: Counter[str] = Counter()
        for document in world.store.collection(f"{DATABASE}/{service}{PUBLISHED}").found({}):
            marks |= Counter(marks_of(document))
        for stream, commits in streams.items():
            if marks[stream] != len(commits):
                yield f"marks: {service} {stream} has {len(commits)} commits, told up to {marks[stream]}"


def _twice(found: Journals) -> Iterator[str]:
    """A cause is decided once in a stream; an order is given once, and has one outcome of a kind."""
    for service, streams in found.items():
        for stream, commits in streams.items():
            causes: dict[tuple[str, str], int] = {}
            for commit in commits:
                for cause in {(d.source, d.id) for d in decode_decisions(commit.body) if not _laid_aside(d)}:
                    if causes.setdefault(cause, commit.version) != commit.version:
                        yield f"twice: {service} {stream} decided on {cause} in commits {causes[cause]} and {commit.version}"
    said: Counter[tuple[str, str]] = Counter()
    for message in _messages(found):
        if message.topic in ("payment.ordered", "payment.executed", "invoice.accepted"):
            data = json.loads(message.raw)["data"]
            said[message.topic, data.get("order_id") or data["invoice_id"]] += 1
    yield from (f"twice: {topic} {name}: {count} times" for (topic, name), count in said.items() if count > 1)


def _messages(found: Journals) -> Iterator[Message]:
    for service in SERVICES:
        codecs = {name: Codec(domain.events) for name, domain in service.domains.items()}
        for stream, commits in found.get(service.name, {}).items():
            for commit in commits:
                yield from messages_of(service.name, commit, codecs[stream.partition(":")[0]])


def _told(world: World, found: Journals) -> Iterator[str]:
    """The topics hold what the journals hold, each first told in the order of its stream."""
    said: dict[str, tuple[int, bytes]] = {}
    places: dict[str, int] = {}
    for number, record in enumerate(world.log.taken):
        if record.topic not in OUTSIDE:
            event = json.loads(record.value or b"")
            places[event["id"]] = record.partition
            _, first = said.setdefault(event["id"], (number, record.value or b""))
            if first != record.value:
                yield f"topics: {event['type']} {event['id']} says two things"
    known: set[str] = set()
    last: dict[tuple[str, str, str, int], int] = {}
    for service in SERVICES:
        codecs = {name: Codec(domain.events) for name, domain in service.domains.items()}
        for stream, commits in found[service.name].items():
            for commit in commits:
                for message in messages_of(service.name, commit, codecs[stream.partition(":")[0]]):
                    event = json.loads(message.raw)
                    known.add(event["id"])
                    if event["id"] not in said:
                        yield f"topics: {event['type']} {event['id']} of {service.name} {stream} was never told"
                        continue
                    at, first = said[event["id"]]
                    if json.loads(first) != event:
                        yield f"topics: {event['type']} {event['id']} was told otherwise than it was decided"
                    key = (service.name, stream, message.topic, places[event["id"]])
                    if at < last.get(key, -1):
                        yield f"topics: {event['type']} {event['id']} was told before what was decided before it"
                    last[key] = at
    for id_, (_, first) in said.items():
        event = json.loads(first)
        if id_ not in known and event["source"] != "/letters" and not event["type"].endswith(".parked"):
            yield f"topics: {event['type']} {id_} was never decided"


def _letters(world: World) -> Iterator[str]:
    """Each notice has one letter, and the fund hears once that it was delivered."""
    yield from (f"letters: notice {number} came with other bytes" for number in world.box.refused)
    prepared, delivered = set(), defaultdict(set)
    for record in world.log.taken:
        if record.topic in ("notice.prepared", "notice.delivered"):
            event = json.loads(record.value or b"")
            number = event["data"]["notice_no"]
            if record.topic == "notice.prepared":
                prepared.add(number)
            else:
                delivered[number].add(event["id"])
    for number in prepared - world.box.letters.keys():
        yield f"letters: notice {number} was never delivered"
    for number in world.box.letters:
        if number not in prepared or len(delivered[number]) != 1:
            yield f"letters: notice {number} was answered {len(delivered[number])} times, prepared: {number in prepared}"


def _in_order(world: World, found: Journals) -> Iterator[str]:
    """What lies on one partition of a topic is decided in its order."""
    lies: dict[tuple[str, str], tuple[str, int, int]] = {}
    for record in world.log.taken:
        try:
            event = json.loads(record.value or b"")
            lies.setdefault((event["source"], event["id"]), (record.topic, record.partition, record.offset))
        except (ValueError, KeyError):
            continue
    for service, streams in found.items():
        for stream, commits in streams.items():
            last: dict[tuple[str, int], int] = {}
            for decision in (d for commit in commits for d in decode_decisions(commit.body) if not _laid_aside(d)):
                topic, partition, offset = lies.get((decision.source, decision.id), ("day.started", 0, 0))
                if topic != "day.started" and offset < last.get((topic, partition), 0):
                    yield f"order: {service} {stream} decided on {topic}/{partition}@{offset} after a later one"
                last[topic, partition] = max(offset, last.get((topic, partition), 0))


# --- decided again


def _decided_again(world: World, found: Journals) -> Iterator[str]:
    """Each decision of each stream once more, by the service's own pure functions on what stands before it."""
    said: dict[tuple[str, str, str], Read] = {}
    arrival = world._kafka.arrival
    for record in world.log.taken:
        outside = record.topic in OUTSIDE
        try:
            event = parse(record.value or b"", outside=outside, topic=record.topic)
            if outside and arrival:
                event = arrived(event, datetime.fromtimestamp(record.timestamp / 1000, UTC).astimezone(VILNIUS))
        except Malformed:
            continue
        said.setdefault((event.source, event.id, event.content.hex()), event)
    for service in SERVICES:
        for stream, commits in found[service.name].items():
            yield from _stream_again(service, stream, commits, said)


def _stream_again(
    service: Service, stream: str, commits: Sequence[Commit], said: dict[tuple[str, str, str], Read]
) -> Iterator[str]:
    domain = service.domain(stream)
    codec, state = Codec(domain.events), domain.state()
    for commit in commits:
        for decision in decode_decisions(commit.body):
            if _laid_aside(decision):
                continue
            where = f"{service.name} {stream} {commit.version}, because of {decision.source} {decision.id}"
            event = said.get((decision.source, decision.id, decision.content))
            if event is None:
                yield f"again: {where}: nobody has said that"
                return
            if _stored(decision) != list(_decide(service, stream, state, event, decision, codec)):
                yield f"again: {where}: it does not follow from what stands before it"
                return


def _stored(decision: Decision) -> list[Said]:
    return [(entry.type, bytes(entry.data)) for entry in decision.events]


def _decide(
    service: Service, stream: str, state: Any, event: Read, decision: Decision, codec: Codec  # noqa: ANN401
) -> Iterator[Said]:
    """What a decision's cause leads to; the state is then the one after it."""
    domain, moment = service.domain(stream), datetime.fromisoformat(decision.moment)
    commands = [command for name, command in service.routes[event.type](event) if name == stream] if event.type in service.routes else []
    starts = moment == midnight(decision.day)
    if starts and commands and event.time == moment:  # the day, or what the event says: only one of them gives this
        states = StateCodec(domain.state)
        asked = StartDay(), Now(moment=moment, day=decision.day, fund=FUND)
        starts = list(_run(domain, states.decode(states.encode(state)), *asked, codec)) == _stored(decision)
    if starts:
        command, now = StartDay(), Now(moment=moment, day=decision.day, fund=FUND)
    else:
        command = commands[0]
        now = Now(moment=event.time, day=decision.day, fund=FUND, source=event.source, content=event.content)
    yield from _run(domain, state, command, now, codec)


def _run(domain: Domain, state: Any, command: Any, now: Now, codec: Codec) -> Iterator[Said]:  # noqa: ANN401
    for each in domain.decide(now, command, state):
        domain.evolve(state, each)
        entry = codec.entry(each)
        yield entry.type, bytes(entry.data)


# --- compared


def _inbound(world: World, *, arrival: bool) -> list[Event]:
    """What came from outside, each once, in the order in which the broker took it."""
    found: dict[bytes, Event] = {}
    for record in world.log.taken:
        if record.topic in OUTSIDE and record.value not in found:
            try:
                event = json.loads(record.value or b"")
            except ValueError:
                continue
            if arrival and event["type"] != "day.started":
                event["time"] = datetime.fromtimestamp(record.timestamp / 1000, UTC).astimezone(VILNIUS).isoformat()
            found[record.value or b""] = event
    return list(found.values())


def _emitted(world: World, found: Journals) -> list[Event]:
    """What the services have decided to say, in the order of each stream, and as near as can be to that of the topics."""
    first: dict[str, int] = {}
    for number, record in enumerate(world.log.taken):
        if record.topic not in OUTSIDE:
            first.setdefault(json.loads(record.value or b"")["id"], number)
    said: list[tuple[int, int, Event]] = []
    for service, streams in found.items():
        for stream, commits in streams.items():
            at = 0
            told = (json.loads(message.raw) for message in _messages({service: {stream: commits}}))
            for _, run in groupby(told, key=lambda event: (event["time"], event.get("causationid"))):
                events = list(run)
                at = max(at, min(first.get(event["id"], at) for event in events))
                said += [(at, len(said) + n, event) for n, event in enumerate(events) if event["type"] not in INTERNAL]
    return [event for *_, event in sorted(said, key=lambda each: each[:2])]


def _as_undisturbed(history: Sequence[Event], emitted: Sequence[Event]) -> Iterator[str]:
    """The same as the embedded fund says to the same events, one by one; and the model says too."""
    with patch("shared.effects.letter.overrun_letter", letter):
        alone = undisturbed(history)
    yield from _differs(map(_exactly, alone), map(_exactly, emitted), "undisturbed")
    yield from _differs(map(line, filter(shown, modelled(history))), map(line, filter(shown, emitted)), "the model")


def _exactly(event: Event) -> str:
    if event["type"].endswith(".parked"):
        return event["type"]
    time = datetime.fromisoformat(event["time"]).isoformat()
    return json.dumps([time, event["type"], event["source"], event["data"]], sort_keys=True)


def _differs(wanted: Iterable[str], found: Iterable[str], who: str) -> Iterator[str]:
    """Lines of one and not of the other; what is laid aside is so as often as it comes."""
    theirs, ours = ({line: n for line, n in Counter(lines).items() if not _is_parked(line)} for lines in (wanted, found))
    for text in sorted(theirs.keys() | ours.keys()):
        if theirs.get(text, 0) != ours.get(text, 0):
            yield f"{who} says {theirs.get(text, 0)} times, the cluster {ours.get(text, 0)}: {text}"


def _is_parked(line: str) -> bool:
    return line.endswith(".parked")
