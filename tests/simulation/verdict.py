"""What is wrong with a simulated fund at the end: a line each, and none where all is well."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from unittest.mock import patch

from services.all import SERVICES
from shared.adapters.mongo.documents import PUBLISHED, marks_of
from shared.engine.codec import Codec, decode_decisions
from shared.engine.outbox import Message, messages_of
from shared.events.catalogue import INTERNAL, OUTSIDE
from shared.journal.journals import MongoJournals
from shared.journal.verify import verify
from shared.kernel.calendar import VILNIUS
from tests.invariants.auditor import audit
from tests.model.compare import line, shown
from tests.model.compare import real as undisturbed
from tests.model.model import play as modelled
from tests.simulation.again import decided_again
from tests.simulation.between import untied
from tests.simulation.broker import Record
from tests.simulation.journal import Journals, asked, journals, laid_aside, reading
from tests.simulation.world import DATABASE, World, letter

Event = dict[str, Any]


def decided(world: World) -> dict[str, list[tuple[str, str]]]:
    """What was decided in each stream, and because of what; without what was laid aside."""
    return {
        f"{service} {stream}": [
            (decision.source, decision.id)
            for commit in commits
            for decision in decode_decisions(commit.body)
            if not laid_aside(decision)
        ]
        for service, streams in journals(world).items()
        for stream, commits in streams.items()
    }


def judge(world: World, history: Sequence[Event], *, at_once: bool) -> list[str]:
    """All that is wrong."""
    found = journals(world)
    faults = [f"a person must look: {name}: {why}" for name, why in world.halted().items()]
    faults += _verified(world)
    faults += _unmarked(world, found)
    faults += _twice(found)
    faults += _told(world, found)
    faults += _letters(world)
    faults += _in_order(world, found)
    faults += decided_again(world, found)
    faults += untied(found)
    inbound = _inbound(world, arrival=at_once)
    emitted = _emitted(world, found)
    faults += _audited(inbound, emitted)
    if not at_once:
        faults += _as_undisturbed(history, emitted)
    return faults


def _audited(inbound: Sequence[Event], emitted: Sequence[Event]) -> list[str]:
    try:
        return [f"audit: {fault}" for fault in audit(inbound, emitted)]
    except KeyError as error:
        return [f"audit: what is said speaks of {error}, which was never said before"]


def _verified(world: World) -> Iterator[str]:
    """As ``psdf verify``."""
    checked = verify(MongoJournals(reading(world), DATABASE), lambda: None, door=False)
    for each in asked(world, checked):
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
                for cause in {(d.source, d.id) for d in decode_decisions(commit.body) if not laid_aside(d)}:
                    if causes.setdefault(cause, commit.version) != commit.version:
                        yield f"twice: {service} {stream} decided on {cause} in commits {causes[cause]} and {commit.version}"
    said: Counter[tuple[str, str]] = Counter()
    for message in messages_told(found):
        if message.topic in ("payment.ordered", "payment.executed", "invoice.accepted"):
            data = json.loads(message.raw)["data"]
            said[message.topic, data.get("order_id") or data["invoice_id"]] += 1
    yield from (f"twice: {topic} {name}: {count} times" for (topic, name), count in said.items() if count > 1)


def messages_told(found: Journals) -> Iterator[Message]:
    for service in SERVICES:
        codecs = {name: Codec(domain.events) for name, domain in service.domains.items()}
        for stream, commits in found.get(service.name, {}).items():
            for commit in commits:
                yield from messages_of(service.name, commit, codecs[stream.partition(":")[0]])


def _told(world: World, found: Journals) -> Iterator[str]:
    """The topics hold what the journals hold, each first told in the order of its stream."""
    said: dict[str, tuple[int, Record]] = {}
    for number, record in enumerate(world.log.taken):
        if record.topic not in OUTSIDE:
            _, first = said.setdefault(_id(record), (number, record))
            if (
                first.value != record.value and record.topic != "notice.delivered"
            ):  # whose answer has the hour of its try
                yield f"topics: {record.topic} {_id(record)} says two things"
    known: set[str] = set()
    for service, streams in found.items():
        for stream, commits in streams.items():
            messages = list(messages_told({service: {stream: commits}}))
            known |= {json.loads(message.raw)["id"] for message in messages}
            yield from _told_of(f"{service} {stream}", messages, said)
    for id_, (_, first) in said.items():
        if id_ not in known and first.topic != "notice.delivered" and not first.topic.endswith(".parked"):
            yield f"topics: {first.topic} {id_} was never decided"


def _told_of(where: str, messages: Iterable[Message], said: dict[str, tuple[int, Record]]) -> Iterator[str]:
    last: dict[tuple[str, int], int] = {}
    for message in messages:
        event = json.loads(message.raw)
        what = f"topics: {event['type']} {event['id']} of {where}"
        if event["id"] not in said:
            yield f"{what} was never told"
            continue
        at, record = said[event["id"]]
        if json.loads(record.value or b"") != event:
            yield f"{what} was told otherwise than it was decided"
        if at < last.get((record.topic, record.partition), -1):
            yield f"{what} was told before what was decided before it"
        last[record.topic, record.partition] = at


def _id(record: Record) -> str:
    return str(json.loads(record.value or b"")["id"])


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
            for decision in (d for commit in commits for d in decode_decisions(commit.body) if not laid_aside(d)):
                topic, partition, offset = lies.get((decision.source, decision.id), ("day.started", 0, 0))
                if topic != "day.started" and offset < last.get((topic, partition), 0):
                    yield f"order: {service} {stream} decided on {topic}/{partition}@{offset} after a later one"
                last[topic, partition] = max(offset, last.get((topic, partition), 0))


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
    """What the services have decided to say, in the order of each stream, and as near as can be to that of the topics.

    What was decided stands no later than it was first told, and no later than what its stream decided after it: so
    whatever it answers, which was told before, stands before it.
    """
    first: dict[str, int] = {}
    for number, record in enumerate(world.log.taken):
        if record.topic not in OUTSIDE:
            first.setdefault(json.loads(record.value or b"")["id"], number)
    said: list[tuple[int, int, Event]] = []
    for service, streams in found.items():
        for stream, commits in streams.items():
            told = (json.loads(message.raw) for message in messages_told({service: {stream: commits}}))
            runs = [list(run) for _, run in groupby(told, key=lambda event: (event["time"], event.get("causationid")))]
            ats, at = list[int](), len(world.log.taken)
            for events in reversed(runs):
                at = min(at, *(first.get(event["id"], at) for event in events))
                ats.insert(0, at)
            for at, events in zip(ats, runs, strict=True):
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
    theirs, ours = (
        {line: n for line, n in Counter(lines).items() if not _is_parked(line)} for lines in (wanted, found)
    )
    for text in sorted(theirs.keys() | ours.keys()):
        if theirs.get(text, 0) != ours.get(text, 0):
            yield f"{who} says {theirs.get(text, 0)} times, the cluster {ours.get(text, 0)}: {text}"


def _is_parked(line: str) -> bool:
    return line.endswith(".parked")
