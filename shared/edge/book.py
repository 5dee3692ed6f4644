"""The book of answers: what each source may read of what the fund said, and the receipts of what came.

It is a reading model in a file of its own, made from the journal or the topics and made anew at will: nothing in it is
the truth. Every entry is known by its place and its number there, which every copy of the book has alike, so a cursor
(how far a reader is in each place) holds over restarts, rebuilding and between several doors.
"""

import base64
import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import msgspec

from shared.adapters.sqlite.store import roll_back
from shared.edge.audience import CAUSES, audience, raw_of
from shared.edge.head import NOT_READ
from shared.engine.outbox import parked_topic
from shared.explain.results import ANSWERS

log = logging.getLogger(__name__)

VERSION = 7
SCHEMA = """
CREATE TABLE places (place TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE answers (
    seq INTEGER PRIMARY KEY, source TEXT NOT NULL, place TEXT NOT NULL, number INTEGER NOT NULL, raw BLOB NOT NULL,
    UNIQUE (source, place, number)
);
CREATE TABLE decisions (
    about TEXT PRIMARY KEY, type TEXT NOT NULL, raw BLOB NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE receipts (
    digest TEXT PRIMARY KEY, source TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, received_at TEXT NOT NULL,
    lies_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX senders ON receipts (id);
CREATE TABLE invoices (
    invoice_id TEXT NOT NULL, place TEXT NOT NULL, number INTEGER NOT NULL, came_at TEXT NOT NULL, raw BLOB NOT NULL,
    PRIMARY KEY (invoice_id, place, number)
);
CREATE TABLE contracts (contract_id TEXT PRIMARY KEY, concluded BLOB NOT NULL, changes BLOB NOT NULL) WITHOUT ROWID;
"""
LATEST = """
INSERT INTO decisions VALUES (?, ?, ?, ?) ON CONFLICT (about) DO UPDATE
SET type = excluded.type, raw = excluded.raw, at = excluded.at WHERE excluded.at >= at
"""
"""Of two decisions on one thing the later one stands, whichever is read first: each lies on the topic of its type."""

UNREADABLE = (*NOT_READ, LookupError, TypeError, AttributeError)
"""What comes of a message that no service has said, or that says less than its type does."""

Cursor: TypeAlias = Mapping[str, int]
"""How far a reader is: of each place the next number."""


class CursorError(ValueError):
    """A cursor that was not given by this book."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What one message adds: an event of the fund (``raw`` its CloudEvent), or the receipt of one that came.

    With the receipt of an invoice ``raw`` is the invoice where the book is to keep it. ``caused_by`` is the source of
    the event that led to one of the fund; empty where the message does not say it.
    """

    place: str
    number: int
    type: str
    raw: bytes = b""
    caused_by: str = ""
    receipt: "Receipt | None" = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """That an event was taken: the SHA-256 of its bytes, whose it is, when it came, and where it lies."""

    digest: str
    source: str
    id: str
    type: str
    received_at: str
    lies_at: str


@dataclass(frozen=True)
class Item:
    """An answer, and the cursor behind it."""

    raw: bytes
    cursor: str


@dataclass(frozen=True)
class Page:
    """Some answers in order, and the cursor behind the last of them."""

    items: Sequence[Item]
    cursor: str


class Said(msgspec.Struct):
    """As much of what the fund said as tells whose it is."""

    type: str
    time: str
    subject: str = ""
    causationid: str | None = None
    data: dict[str, Any] = {}


class _OfInvoice(msgspec.Struct):
    invoice_id: str


class _Invoice(msgspec.Struct):
    data: _OfInvoice


_said, _invoice = msgspec.json.Decoder(Said), msgspec.json.Decoder(_Invoice)
_cursor = msgspec.json.Decoder(dict[str, Annotated[int, msgspec.Meta(ge=0, lt=2**62)]])


class Book:
    """The book in a file; whoever asks and whoever writes may be threads of their own."""

    def __init__(self, path: Path, state_payer: str) -> None:
        """Open it, or make it anew where it is of another version."""
        self._state_payer, self._writing, self._reading = state_payer, threading.Lock(), threading.Lock()
        self._db, self._reads = _opened(path), _connected(path)  # who asks does not wait for who writes

    def close(self) -> None:
        """Let go of the file."""
        with self._writing, self._reading:
            self._db.close()
            self._reads.close()

    def next(self) -> dict[str, int]:
        """Of each place the number that is to be read next."""
        with self._reading:
            return dict(self._reads.execute("SELECT place, next FROM places"))

    def write(self, entries: Iterable[Entry], read_to: Cursor) -> None:
        """Add entries, all or none; all before these numbers is in the book then. What is there already is passed by.

        Raises sqlite3.Error.
        """
        with self._writing, self._transaction() as db:
            for entry in entries:
                if entry.receipt:
                    row = msgspec.structs.astuple(entry.receipt)
                    db.execute("INSERT OR IGNORE INTO receipts VALUES (?, ?, ?, ?, ?, ?)", row)
                    if entry.raw:
                        _keep_invoice(db, entry, entry.receipt.received_at)
                else:
                    try:
                        self._add(db, entry)
                    except UNREADABLE as error:
                        log.warning("%s/%d is no answer, and is passed over: %r", entry.place, entry.number, error)
            db.executemany("INSERT OR REPLACE INTO places VALUES (?, ?)", read_to.items())

    def _add(self, db: sqlite3.Connection, entry: Entry) -> None:
        said = _said.decode(entry.raw)
        sender = entry.caused_by or _sender(db, said)
        readers = audience(said.type, said.data, self._state_payer, sender)
        rows = [(reader, entry.place, entry.number, entry.raw) for reader in sorted(readers)]
        db.executemany("INSERT OR IGNORE INTO answers (source, place, number, raw) VALUES (?, ?, ?, ?)", rows)
        for about in abouts(said, sender):
            db.execute(LATEST, (about, entry.type, entry.raw, datetime.fromisoformat(said.time).timestamp()))
        match entry.type:
            case "contract.concluded":
                _keep_contract(db, said.data["contract_id"], said.data, {})
            case "contract.changed":
                _keep_contract(db, said.data["contract_id"], None, said.data)
            case "contract.account.confirmed":
                _keep_contract(db, said.data["contract_id"], None, {"iban": said.data["iban"]})

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            roll_back(self._db)
            raise
        self._db.execute("COMMIT")

    # --- asked

    def page(self, source: str, after: str, most: int) -> Page:
        """Answers of a source behind a cursor (empty: from the beginning), in the order in which this book read them.

        Raises CursorError.
        """
        at = dict(cursor_of(after))
        with self._reading:
            places = [
                place
                for (place,) in self._reads.execute("SELECT DISTINCT place FROM answers WHERE source = ?", (source,))
            ]
            rows = sorted(
                row
                for place in places
                for row in self._reads.execute(
                    "SELECT seq, place, number, raw FROM answers"
                    " WHERE source = ? AND place = ? AND number >= ? ORDER BY number LIMIT ?",
                    (source, place, at.get(place, 0), most),
                )
            )[:most]
        items = []
        for _, place, number, raw in rows:
            at[place] = number + 1
            items.append(Item(raw=raw, cursor=text_of(at)))
        return Page(items=items, cursor=text_of(at))

    def decision(self, about: str) -> tuple[str, bytes] | None:
        """Type and CloudEvent of what was decided last about something (``abouts``)."""
        with self._reading:
            found: tuple[str, bytes] | None = self._reads.execute(
                "SELECT type, raw FROM decisions WHERE about = ?", (about,)
            ).fetchone()
        return found

    def receipt(self, digest: str) -> Receipt | None:
        """The receipt of the bytes with this SHA-256."""
        with self._reading:
            found = self._reads.execute("SELECT * FROM receipts WHERE digest = ?", (digest,)).fetchone()
        return Receipt(**dict(zip(Receipt.__struct_fields__, found, strict=True))) if found else None

    def contract(self, contract_id: str, source: str) -> dict[str, Any] | None:
        """A contract as it stands, as concluded and with its last changes; None where the source has no such one."""
        with self._reading:
            found = _contract(self._reads, contract_id)
        owners = audience("contract.concluded", found, self._state_payer, None) if found else ()
        return found if source in owners else None

    def came(self, invoice_id: str) -> list[tuple[bytes, str]]:
        """The events that presented an invoice, and when each came; where the book keeps them."""
        with self._reading:
            asked = "SELECT raw, came_at FROM invoices WHERE invoice_id = ? ORDER BY place, number"
            return self._reads.execute(asked, (invoice_id,)).fetchall()

    def said(self, source: str, text: str) -> list[bytes]:
        """The answers of a source in which a text stands, in the order in which this book read them."""
        asked = "SELECT raw FROM answers WHERE source = ? AND instr(raw, ?) ORDER BY seq"
        with self._reading:
            return [raw for (raw,) in self._reads.execute(asked, (source, msgspec.json.encode(text)))]


def abouts(said: "Said", sender: str | None) -> Iterator[str]:
    """Under which names a decision is found by who waits for it: its bytes, the invoice and its content, its cause."""
    if said.type.endswith(parked_topic("")):
        yield about_parked(str(said.data.get("sha256") or sha256(raw_of(said.data)).hexdigest()))
        return
    if said.type in ANSWERS:
        yield about_invoice(said.data["invoice_id"], said.data.get("content") or "")
    if said.causationid and sender:
        yield about_cause(said.type, said.subject, sender, said.causationid)


def about_parked(digest: str) -> str:
    """How it is found that an event was parked: by the SHA-256 of its bytes."""
    return f"parked {digest}"


def about_invoice(invoice_id: str, content: str) -> str:
    """How the answer to an invoice is found: ``content`` is the digest of what it says, in hexadecimal digits."""
    return f"invoice {invoice_id} {content}"


def about_cause(type_: str, subject: str, source: str, event_id: str) -> str:
    """How what a service said because of a source's event is found."""
    return f"{type_} {subject} {source} {event_id}"


def cursor_of(text: str) -> Cursor:
    """The cursor of a text. Raises CursorError for one that is none."""
    if not text:
        return {}
    try:
        return _cursor.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except NOT_READ:
        raise CursorError(f"after is {text[:40]}: give the cursor of an answer, or none to begin anew") from None


def text_of(at: Cursor) -> str:
    """A cursor as text that a URL takes."""
    return base64.urlsafe_b64encode(msgspec.json.encode(dict(sorted(at.items())))).decode().rstrip("=")


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    db = _connected(path)
    if db.execute("PRAGMA user_version").fetchone() != (VERSION,):
        db.close()
        for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            file.unlink(missing_ok=True)
        db = _connected(path)
        db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version={VERSION}; COMMIT;")
    return db


def _connected(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")  # a power cut takes the last entries, which are read again
    return db


def _keep_invoice(db: sqlite3.Connection, entry: Entry, came_at: str) -> None:
    """Keep what presented an invoice; of what can't be read the service says so."""
    with suppress(*NOT_READ):
        row = (_invoice.decode(entry.raw).data.invoice_id, entry.place, entry.number, came_at, entry.raw)
        db.execute("INSERT OR IGNORE INTO invoices VALUES (?, ?, ?, ?, ?)", row)


def _sender(db: sqlite3.Connection, refusal: Said) -> str | None:
    """Who sent what is refused, by its id and types; None where two have sent such a one, or nobody did.

    So it is found where the message does not say it: one of before, or of somebody who does not propose.
    """
    causes = CAUSES.get(refusal.type)
    if not causes:
        return None
    asked = f"SELECT DISTINCT source FROM receipts WHERE id = ? AND type IN ({','.join('?' * len(causes))}) LIMIT 2"  # noqa: S608
    found = db.execute(asked, (refusal.causationid, *causes)).fetchall()
    return found[0][0] if len(found) == 1 else None


def _contract(db: sqlite3.Connection, contract_id: str) -> dict[str, Any] | None:
    """A contract as it stands; None where only changes of it were read so far."""
    concluded, changes = _kept(db, contract_id)
    if concluded is None:
        return None
    iban = changes.pop("iban", concluded["provider"]["iban"])
    return concluded | changes | {"provider": concluded["provider"] | {"iban": iban}}


def _kept(db: sqlite3.Connection, contract_id: str) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    asked = "SELECT concluded, changes FROM contracts WHERE contract_id = ?"
    concluded, changes = db.execute(asked, (contract_id,)).fetchone() or (b"null", b"{}")
    return msgspec.json.decode(concluded), msgspec.json.decode(changes)


def _keep_contract(
    db: sqlite3.Connection, contract_id: str, concluded: dict[str, Any] | None, changes: dict[str, Any]
) -> None:
    """Keep what was concluded, or what changed since; each may be read first, as it lies on a topic of its own."""
    before, changed = _kept(db, contract_id)
    row = (contract_id, msgspec.json.encode(concluded or before), msgspec.json.encode(changed | changes))
    db.execute("INSERT OR REPLACE INTO contracts VALUES (?, ?, ?)", row)
