"""From a record to an event: whose clock counts, and what becomes of a record that can't be read."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from heapq import merge
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias
from uuid import uuid5

import msgspec

from shared.adapters.kafka_keys import partition_of
from shared.engine.announce import NAMESPACE, CloudEvent, Message, parked_topic
from shared.kernel.calendar import VILNIUS
from shared.messages.catalogue import OUTSIDE
from shared.messages.envelope import UNKNOWN, Event, Malformed, parse, to_vilnius_iso

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"


def in_order(records: Sequence[Record]) -> list[Record]:
    """Records of several topics by their time, those of one topic as they lie: the nearest to the order of what was."""
    topics = [list(some) for _, some in groupby(records, key=lambda record: record.topic)]
    return topics[0] if len(topics) == 1 else list(merge(*topics, key=lambda record: record.timestamp))


class Reader:
    """Reads the records of one fund's topics; ``arrival`` takes the broker's time for what comes from outside."""

    def __init__(self, prefix: str, fund_id: str, partitions: int, *, arrival: bool) -> None:
        self._prefix, self._fund_id, self._partitions, self._arrival = prefix, fund_id, partitions, arrival

    def read(self, record: Record) -> Event:
        """The event of a record. Raises Malformed, also where it lies on another partition than its key says."""
        topic = record.topic.removeprefix(self._prefix)
        outside = topic in OUTSIDE
        event = parse(record.value or b"", outside=outside, topic=topic)
        if topic != "day.started":
            key = event.data.key(self._fund_id)
            home = partition_of(key, self._partitions)
            if home != record.partition:
                raise Malformed(
                    topic, f"key: it lies on partition {record.partition}, and '{key}' belongs on {home}: send it so"
                )
        return replace(event, time=moment_of(record)) if outside and self._arrival else event

    def parked(self, record: Record, malformed: Malformed, service: str) -> Message:
        """What is laid aside, as an event; the same record again gives the same bytes."""
        topic = malformed.topic if malformed.topic in OUTSIDE else UNKNOWN
        received = to_vilnius_iso(moment_of(record))
        data = {
            "topic": malformed.topic,
            "received": received,
            "error": malformed.error,
            "raw_base64": base64.b64encode(record.value or b"").decode(),
        }
        place = f"{record.topic}/{record.partition}/{record.offset}"
        event = CloudEvent(
            specversion="1.0",
            id=str(uuid5(NAMESPACE, f"{service}/parked/{place}")),
            source=f"/{service}",
            type=parked_topic(topic),
            subject=malformed.topic,
            time=received,
            datacontenttype="application/json",
            causationid=place,
            data=msgspec.Raw(msgspec.json.encode(data)),
        )
        return Message(topic=event.type, raw=msgspec.json.encode(event))


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
