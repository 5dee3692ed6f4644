"""From a record to an event: whose clock counts, and what becomes of a record that can't be read."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from heapq import merge
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias
from uuid import uuid5

import msgspec

from shared.adapters.kafka.bounds import MOST_BYTES, Withheld
from shared.adapters.kafka.keys import partition_of
from shared.engine.cut import cut
from shared.engine.faults import Broken
from shared.engine.outbox import NAMESPACE, Message, parked_topic
from shared.events.catalogue import CATALOGUE, INTERNAL, OUTSIDE
from shared.kernel.calendar import VILNIUS
from shared.messages.read import MAX_BYTES, UNKNOWN, Event, Malformed, arrived, parse, to_vilnius_iso
from shared.messages.write import cloud_event

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"
CAUSED_BY = "causationsource"
"""The header with the source of the event that led to one: two sources may use one id, and each has its answer."""


def in_order(records: Sequence[Record]) -> list[Record]:
    """Records of several topics by their time, those of one topic as they lie: the nearest to the order of what was."""
    topics = [list(some) for _, some in groupby(records, key=lambda record: record.topic)]
    return topics[0] if len(topics) == 1 else list(merge(*topics, key=lambda record: record.timestamp))


class Reader:
    """Reads the records of one fund's topics; ``arrival`` takes the broker's time for what comes from outside."""

    def __init__(self, prefix: str, fund_id: str, partitions: int, *, arrival: bool) -> None:
        self._prefix, self._fund_id, self._partitions, self._arrival = prefix, fund_id, partitions, arrival

    def read(self, record: Record) -> Event:
        """The event of a record. Raises Malformed, also where it lies on another partition than its key says.

        Raises Broken for what one of the fund's own services has said and this version can't read: whoever passed over
        it would lose what was decided.
        """
        topic = record.topic.removeprefix(self._prefix)
        if isinstance(record.value, Withheld):
            raise Malformed(topic, record.value.error)
        raw, outside = record.value or b"", topic in OUTSIDE
        try:
            event = parse(raw, outside=outside, topic=topic, max_bytes=MAX_BYTES if outside else MOST_BYTES)
        except Malformed as malformed:
            if source := None if outside else _service_that_said(raw, topic):
                raise Broken(
                    f"{place_of(record)}: what {source} says can't be read here: {malformed.error}; is it of a newer "
                    f"version? then upgrade this service too, it goes on where it stands"
                ) from malformed
            raise
        if topic != "day.started":
            key = event.data.key(self._fund_id)
            home = partition_of(key, self._partitions)
            if home != record.partition:
                raise Malformed(
                    topic, f"key: it lies on partition {record.partition}, and '{key}' belongs on {home}: send it so"
                )
        return arrived(event, moment_of(record)) if outside and self._arrival else event

    def parked(self, record: Record, malformed: Malformed, service: str) -> Message:
        """What is laid aside, as an event; the same record again gives the same bytes."""
        topic = malformed.topic if malformed.topic in OUTSIDE else UNKNOWN
        received = to_vilnius_iso(moment_of(record))
        place = place_of(record)
        data = {
            "topic": malformed.topic,
            "received": received,
            "error": malformed.error,
            **_came(record, place),
        }
        parked = cloud_event(
            id_=str(uuid5(NAMESPACE, f"{service}/parked/{place}")),
            source=f"/{service}",
            type_=parked_topic(topic),
            subject=malformed.topic,
            time=received,
            data=data,
            cause=place,
        )
        return Message(topic=parked_topic(topic), raw=parked)


class _Claim(msgspec.Struct):
    """As much of a message as tells whose it is."""

    type: str
    source: str


_claims = msgspec.json.Decoder(_Claim)


def _service_that_said(raw: bytes, topic: str) -> str | None:
    """The service that a message on a topic of the services comes from; None for what none of them has sent."""
    try:
        claim = _claims.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    model = (CATALOGUE | INTERNAL).get(topic)
    return claim.source if model and claim.type == topic and claim.source in model.sources else None


def _came(record: Record, place: str) -> Mapping[str, object]:
    """What is kept of a record; of one that stands for a batch nothing, and where the batch begins."""
    if isinstance(record.value, Withheld):
        return {"raw_base64": "", "lies_at": f"{record.topic}/{record.partition}/{record.value.first}"}
    return cut(record.value or b"", place)


def place_of(record: Record) -> str:
    """Where a record lies: ``topic/partition/offset``."""
    return f"{record.topic}/{record.partition}/{record.offset}"


def caused_by(record: Record) -> str:
    """The source of the event that led to what a service says; empty where the record does not say it."""
    return (dict(record.headers).get(CAUSED_BY) or b"").decode(errors="replace")


def moment_of(record: Record) -> datetime:
    """When the broker took the record, in Vilnius time."""
    return datetime.fromtimestamp(record.timestamp / 1000, UTC).astimezone(VILNIUS)


def pieces(events: Sequence[Event], most: int, most_bytes: int) -> Iterator[list[Event]]:
    """Cut events into batches, so that a commit stays within what the store takes."""
    piece: list[Event] = []
    size = 0
    for event in events:
        if piece and (len(piece) >= most or size + len(event.raw) > most_bytes):
            yield piece
            piece, size = [], 0
        piece.append(event)
        size += len(event.raw)
    if piece:
        yield piece
