"""A batch of one partition: read, decided in the order of the records, up to the first that can't be decided now."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from shared.adapters.kafka.records import Reader, Record, pieces, place_of
from shared.engine.engine import Engine
from shared.engine.faults import Broken, Fenced, Unavailable
from shared.engine.outbox import Message
from shared.engine.service import Service
from shared.engine.stream import OutboxBatch
from shared.kernel.value import value
from shared.messages.read import Event, Malformed

log = logging.getLogger(__name__)

MOST_EVENTS, MOST_BYTES = 1_000, 4_000_000


@value
class Outcome:
    """What became of a batch: records that are ``done``, and those that are ``left`` undecided, with the reason.

    ``skipped`` of those that are done can't be read, and are laid aside by another service. ``lapsed``: the store did
    not take a commit. ``fault``: a decision is broken, or what a service has said can't be read.
    """

    told: Sequence[OutboxBatch]
    parked: Sequence[Message]
    done: Sequence[Record]
    left: Sequence[Record]
    skipped: int = 0
    lapsed: str = ""
    fault: str = ""


@dataclass(slots=True)
class Read:
    """What was read of a batch, each with the place of its record: up to ``end``, where a ``fault`` stops it."""

    end: int
    events: list[tuple[int, Event]] = field(default_factory=list)
    parked: list[tuple[int, Message]] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    fault: str = ""


class Batches:
    """How a service takes batches; ``home`` is the partition of its fixed streams, if it has any."""

    def __init__(self, service: Service, reader: Reader, parks: Iterable[str], home: int | None) -> None:
        self._service, self._reader, self._parks, self._home = service, reader, frozenset(parks), home

    async def take(self, engine: Engine, records: Sequence[Record]) -> Outcome:
        """Decide on records of one partition."""
        read = self._read(records)
        events = read.events
        told: list[OutboxBatch] = []
        count, lapsed, fault = 0, "", ""
        try:
            for piece in pieces([event for _, event in events], MOST_EVENTS, MOST_BYTES):
                told.append(await engine.handle(piece))
                count += len(piece)
        except (Fenced, Unavailable) as error:
            lapsed = str(error)
        except Broken:
            decided, lapsed, fault = await _singly(engine, [event for _, event in events[count:]], told)
            count += decided
        end = events[count][0] if count < len(events) else read.end
        return Outcome(
            told=told,
            parked=[message for at, message in read.parked if at < end],
            done=records[:end],
            left=records[end:],
            skipped=sum(at < end for at in read.skipped),
            lapsed=lapsed,
            fault=fault or ("" if count < len(events) else read.fault),
        )

    def _read(self, records: Sequence[Record]) -> Read:
        """Events to decide on and messages to lay aside, up to the first that nobody may pass over."""
        read = Read(end=len(records))
        for at, record in enumerate(records):
            try:
                event = self._reader.read(record)
            except Malformed as malformed:
                parks = malformed.topic in self._parks
                what = "laid aside" if parks else "passed over, another service lays it aside:"
                log.log(
                    logging.WARNING if parks else logging.INFO, "%s %s: %s", what, place_of(record), malformed.error
                )
                if parks:
                    read.parked.append((at, self._reader.parked(record, malformed, self._service.name)))
                else:
                    read.skipped.append(at)
                continue
            except Broken as error:
                read.end, read.fault = at, str(error)
                break
            if event.type != "day.started" or self._home in (None, record.partition):
                read.events.append((at, event))
        return read


async def _singly(engine: Engine, events: Sequence[Event], told: list[OutboxBatch]) -> tuple[int, str, str]:
    """Decide on one event after another, up to the one that breaks: how many were decided, and what came."""
    for number, event in enumerate(events):
        try:
            told.append(await engine.handle([event]))
        except Broken as error:
            return number, "", f"{event.type} {event.id}: {error}"
        except (Fenced, Unavailable) as error:
            return number, str(error), ""
    return len(events), "", ""
