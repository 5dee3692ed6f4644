"""A batch of one partition: read, decided in the order of the records, up to the first that can't be decided now."""

import logging
from collections.abc import Iterable, Sequence

from shared.adapters.kafka_read import Reader, Record, pieces
from shared.engine.announce import Message
from shared.engine.handle import Engine, Told
from shared.engine.journal import Broken, Lapsed, Unavailable
from shared.engine.service import Service
from shared.kernel.value import value
from shared.messages.envelope import Event, Malformed

log = logging.getLogger(__name__)

MOST_EVENTS, MOST_BYTES = 1_000, 4_000_000


@value
class Outcome:
    """What became of a batch: records that are ``done``, and those that are ``left`` undecided, with the reason.

    ``lapsed``: the store did not take a commit. ``fault``: a decision is broken.
    """

    told: Sequence[Told]
    parked: Sequence[Message]
    done: Sequence[Record]
    left: Sequence[Record]
    lapsed: str = ""
    fault: str = ""


class Batches:
    """How a service takes batches; ``home`` is the partition of its fixed streams, if it has any."""

    def __init__(self, service: Service, reader: Reader, parks: Iterable[str], home: int | None) -> None:
        self._service, self._reader, self._parks, self._home = service, reader, frozenset(parks), home

    async def take(self, engine: Engine, records: Sequence[Record]) -> Outcome:
        """Decide on records of one partition."""
        events, parked = self._read(records)
        told: list[Told] = []
        count, lapsed, fault = 0, "", ""
        try:
            for piece in pieces([event for _, event in events], MOST_EVENTS, MOST_BYTES):
                told.append(await engine.handle(piece))
                count += len(piece)
        except (Lapsed, Unavailable) as error:
            lapsed = str(error)
        except Broken:
            decided, lapsed, fault = await _singly(engine, [event for _, event in events[count:]], told)
            count += decided
        end = events[count][0] if count < len(events) else len(records)
        return Outcome(
            told=told,
            parked=[message for at, message in parked if at < end],
            done=records[:end],
            left=records[end:],
            lapsed=lapsed,
            fault=fault,
        )

    def _read(self, records: Sequence[Record]) -> tuple[list[tuple[int, Event]], list[tuple[int, Message]]]:
        """Events to decide on and messages to lay aside, each with the place of its record."""
        events: list[tuple[int, Event]] = []
        parked: list[tuple[int, Message]] = []
        for at, record in enumerate(records):
            try:
                event = self._reader.read(record)
            except Malformed as malformed:
                if malformed.topic in self._parks:
                    log.warning(
                        "laid aside %s-%d@%d: %s", record.topic, record.partition, record.offset, malformed.error
                    )
                    parked.append((at, self._reader.parked(record, malformed, self._service.name)))
                continue
            if event.type != "day.started" or self._home in (None, record.partition):
                events.append((at, event))
        return events, parked


async def _singly(engine: Engine, events: Sequence[Event], told: list[Told]) -> tuple[int, str, str]:
    """Decide on one event after another, up to the one that breaks: how many were decided, and what came."""
    for number, event in enumerate(events):
        try:
            told.append(await engine.handle([event]))
        except Broken as error:
            return number, "", f"{event.type} {event.id}: {error}"
        except (Lapsed, Unavailable) as error:
            return number, str(error), ""
    return len(events), "", ""
