"""The embedded stack's way into the book of answers: the journal, read commit by commit from where the book is."""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from hashlib import sha256

from services.all import SERVICES
from shared.edge.answers import News
from shared.edge.book import Book, Entry, Receipt
from shared.edge.head import head_of
from shared.engine.codec import Codec, Decision, Received, decode_decisions
from shared.engine.ingress import INGRESS
from shared.engine.journal import Commit
from shared.engine.outbox import Message, ParkedRecord, message_of, messages_of
from shared.events.catalogue import INTERNAL
from shared.journal.home import Home, reading
from shared.kernel.clock import Parked

PLACE = "journal"
COMMITS_AT_ONCE = 500
WIDTH = 1 << 24
"""A commit holds fewer messages than this; a message's number is its commit's row times it, and its place in it."""

_CODECS = {
    (service.name, kind): Codec(domain.events) for service in SERVICES for kind, domain in service.domains.items()
}


def catch_up(book: Book, connection: sqlite3.Connection) -> None:
    """Read what is new in the journal. Raises sqlite3.Error."""
    at = book.next().get(PLACE, 0) // WIDTH
    while rows := connection.execute(
        "SELECT rowid, service, stream, version, prev_hash, hash, plain(body) FROM commits"
        " WHERE rowid > ? ORDER BY rowid LIMIT ?",
        (at, COMMITS_AT_ONCE),
    ).fetchall():
        at = rows[-1][0]
        entries = (entry for row in rows for entry in _entries(row[0], row[1], _commit(*row[2:])))
        book.write(entries, {PLACE: (at + 1) * WIDTH - 1})


def _commit(stream: str, version: int, prev_hash: bytes, hash_: bytes, body: bytes) -> Commit:
    return Commit(stream=stream, version=version, prev_hash=prev_hash, hash=hash_, body=body)


def _entries(row: int, service: str, commit: Commit) -> Iterator[Entry]:
    """What others may read; what the fund says to itself is nobody's answer, and has its number all the same."""
    messages = _of_the_ingress(commit) if service == INGRESS.name else _of(service, commit)
    for number, message in enumerate(messages, row * WIDTH):
        if isinstance(message, Receipt):
            yield Entry(place=PLACE, number=number, type=message.type, receipt=message)
        elif message.topic not in INTERNAL:
            yield Entry(place=PLACE, number=number, type=message.topic, raw=message.raw, caused_by=message.caused_by)


def _of(service: str, commit: Commit) -> Iterator[Message]:
    return messages_of(service, commit, _CODECS[service, commit.stream.partition(":")[0]])


def _of_the_ingress(commit: Commit) -> Iterator[Message | Receipt]:
    """Receipts of what was taken, and what was parked; nothing is read again."""
    for decision in decode_decisions(commit.body):
        for offset, entry in enumerate(decision.events):
            if entry.type == Received.type:
                yield _receipt(commit.stream, decision, offset, bytes(entry.data))
            elif entry.type == Parked.type:
                parked = message_of(INGRESS.name, commit.stream, decision, offset, ParkedRecord.read(entry.data))
                assert parked
                yield parked


def _receipt(stream: str, decision: Decision, offset: int, raw: bytes) -> Receipt:
    return Receipt(
        digest=sha256(raw).hexdigest(),
        source=decision.source,
        id=decision.id,
        type=head_of(raw).type,
        received_at=decision.moment,
        lies_at=f"{INGRESS.name}/{stream}/{decision.position + offset}",
    )


class JournalLibrary:
    """The book of a fund in this process: it is kept up when somebody asks, and costs nothing while nobody does."""

    def __init__(self, home: Home, state_payer: str) -> None:
        """Open the book beside the journal."""
        self.book, self.news = Book(home.answers, state_payer), News()
        self._home, self._behind, self._reading = home, True, asyncio.Lock()

    def listen(self, _messages: Sequence[Message]) -> None:
        """Something was told, and is durable."""
        self._behind = True
        self.news.tell()

    async def fresh(self) -> None:
        """All that has been told by now is in the book. Raises HomeError."""
        async with self._reading:
            if self._behind:
                self._behind = False
                reading = asyncio.ensure_future(asyncio.to_thread(self._read))
                try:
                    await asyncio.shield(reading)
                except BaseException:  # who asked has gone, or it could not be read: the next one asks again
                    self._behind = True
                    await asyncio.wait({reading})
                    raise

    def close(self) -> None:
        """Let go of the file."""
        self.book.close()

    def _read(self) -> None:
        with reading(self._home) as connection:
            catch_up(self.book, connection)
