"""The gate's way into the book of answers: the topics of the fund, followed from where the book is."""

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from shared.adapters.kafka.bounds import Withheld
from shared.adapters.kafka.records import Record, caused_by, moment_of
from shared.edge.answers import News
from shared.edge.book import Book, Entry, Receipt
from shared.engine.faults import Unavailable
from shared.engine.outbox import parked_topic
from shared.events.catalogue import OUTSIDE, SERVICE
from shared.events.providers import InvoiceSubmitted
from shared.messages.read import UNKNOWN

FOLLOWED = (*sorted(SERVICE), *sorted(OUTSIDE), *(parked_topic(topic) for topic in (*sorted(OUTSIDE), UNKNOWN)))
"""What is read into the book: what the services say, what came and lies on a topic, and what was parked."""


class _Named(msgspec.Struct):
    source: str
    id: str


_named = msgspec.json.Decoder(_Named)


class TopicsLibrary:
    """The book of a door on the cluster: whatever it has read, others have read alike."""

    def __init__(self, book: Book, prefix: str) -> None:
        self.book, self.news, self._prefix = book, News(), prefix

    async def fresh(self) -> None:
        """Nothing is to be done: the topics are followed all the time."""

    async def take(self, records: Sequence[Record], read_to: Mapping[str, int]) -> None:
        """Write records into the book, and say so to who waits. Raises Unavailable: they are to be read again."""
        entries = list(self._entries(records))
        try:
            await asyncio.to_thread(self.book.write, entries, read_to)
        except sqlite3.Error as error:
            raise Unavailable(f"the book of answers can't be written: {error}; is there room on the disk?") from error
        if entries:
            self.news.tell()

    def _entries(self, records: Sequence[Record]) -> Iterator[Entry]:
        for record in records:
            if not isinstance(record.value, bytes) or isinstance(record.value, Withheld):
                continue
            type_ = record.topic.removeprefix(self._prefix)
            place = f"{record.topic}/{record.partition}"
            entry: dict[str, Any] = {"place": place, "number": record.offset, "type": type_}
            if type_ not in OUTSIDE:
                yield Entry(raw=record.value, caused_by=caused_by(record), **entry)
            elif receipt := _receipt(record, type_, moment_of(record)):
                yield Entry(receipt=receipt, raw=record.value if type_ == InvoiceSubmitted.type else b"", **entry)


def _receipt(record: Record, type_: str, moment: datetime) -> Receipt | None:
    try:
        said = _named.decode(record.value or b"")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return Receipt(
        digest=sha256(record.value or b"").hexdigest(),
        source=said.source,
        id=said.id,
        type=type_,
        received_at=moment.isoformat(),
        lies_at=f"{record.topic}/{record.partition}/{record.offset}",
    )
