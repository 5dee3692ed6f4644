"""What is to be sent, on disk: an event is here before it is sent, and its answer is here when it was.

A SQLite file that outlives ``kill -9`` and a power cut. What was under way then is sent again with the same bytes and
the same id, and the fund, which takes an id once, gives the same answer again.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psdf_provider.contract import Answer
from psdf_provider.errors import FileError
from psdf_provider.invoices import Invoice, invoice

VERSION = 1
SCHEMA = """
CREATE TABLE events (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, invoice_id TEXT NOT NULL, data TEXT NOT NULL, raw BLOB NOT NULL,
    made_at TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, outcome TEXT, answer TEXT
);
CREATE INDEX of_invoice ON events (invoice_id);
CREATE INDEX unanswered ON events (seq) WHERE outcome IS NULL;
CREATE TABLE cursors (source TEXT PRIMARY KEY, after TEXT NOT NULL) WITHOUT ROWID;
"""
BUSY_S = 30.0
DECIDED = {"invoice.accepted": "accepted", "invoice.returned": "returned", "invoice.refused": "refused"}
"""What the fund says when an invoice that waited is decided."""
_COLUMNS = "seq, id, data, raw, made_at, tries, outcome, answer"


@dataclass(frozen=True)
class Entry:
    """An event of the outbox; ``outcome`` is None until the door has answered, ``tries`` how often it was sent."""

    seq: int
    id: str
    invoice: Invoice
    raw: bytes
    made_at: datetime
    tries: int
    outcome: str | None
    answer: dict[str, Any] | None


class Outbox:
    """The file. Several programs may use one at a time."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it. Raises FileError for what is no outbox, or one of a newer kit."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            with self._transaction():
                (version,) = self._db.execute("PRAGMA user_version").fetchone()
                if version == 0:
                    for statement in SCHEMA.split(";\n"):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version={VERSION}")
        except (OSError, sqlite3.Error) as error:
            raise FileError(f"{path} can't be used as an outbox: {error}") from None
        if version > VERSION:
            raise FileError(f"{path} was made by a newer psdf-provider: update this one")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def put(self, made: Sequence[tuple[Invoice, bytes]], made_at: datetime) -> list[Entry]:
        """Keep invoices with their events for sending, all or none; the same content is kept once: then what it has.

        What could not be read when it was sent (parked) is to be sent again, as it is made now.
        """
        rows = [(one.event_id, one.invoice_id, one.model_dump_json(), raw, made_at.isoformat()) for one, raw in made]
        with self._transaction():
            self._db.executemany(
                "INSERT INTO events (id, invoice_id, data, raw, made_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO "
                "UPDATE SET raw = excluded.raw, made_at = excluded.made_at, outcome = NULL, answer = NULL "
                "WHERE outcome = 'parked'",
                rows,
            )
            return [entry for row in rows for entry in self._entries("WHERE id = ?", row[0])]

    def unanswered(self, most: int, most_bytes: int) -> list[Entry]:
        """The next events to send, in the order in which they were put: so many, so many bytes, but at least one."""
        found: list[Entry] = []
        size = 0
        for entry in self._entries("WHERE outcome IS NULL ORDER BY seq LIMIT ?", most):
            size += len(entry.raw) + 1
            if found and size > most_bytes:
                break
            found.append(entry)
        return found

    def sending(self, entries: Sequence[Entry]) -> None:
        """Write down the very bytes that are about to go out."""
        rows = [(entry.raw, entry.made_at.isoformat(), entry.seq) for entry in entries]
        with self._transaction():
            self._db.executemany("UPDATE events SET raw = ?, made_at = ?, tries = tries + 1 WHERE seq = ?", rows)

    def answered(self, entries: Sequence[Entry], answers: Sequence[Answer]) -> None:
        """Write down what the door answered to each, all or none."""
        pairs = zip(entries, answers, strict=True)
        rows = [(answer.outcome, answer.model_dump_json(), entry.seq) for entry, answer in pairs]
        with self._transaction():
            self._db.executemany("UPDATE events SET outcome = ?, answer = ? WHERE seq = ?", rows)

    def heard(self, source: str, cursor: str, event: Mapping[str, Any], reasons: Sequence[Mapping[str, Any]]) -> None:
        """Write down that an answer was read to its end; an invoice's own also changes what stands of it here."""
        outcome = DECIDED.get(event["type"])
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?)", (source, cursor))
            if outcome:
                # of several contents under one number the last that was not answered is meant
                said = json.dumps({"outcome": outcome, "reasons": list(reasons)}, ensure_ascii=False)
                self._db.execute(
                    "UPDATE events SET outcome = ?, answer = json_patch(answer, ?) WHERE seq = (SELECT max(seq) FROM "
                    "events WHERE invoice_id = ? AND outcome IN ('waiting', 'queued', 'known'))",
                    (outcome, said, event["data"]["invoice_id"]),
                )

    def cursor(self, source: str) -> str:
        """How far the answers to a source were read; empty at the beginning."""
        row = self._db.execute("SELECT after FROM cursors WHERE source = ?", (source,)).fetchone()
        return str(row[0]) if row else ""

    def of_invoice(self, invoice_id: str) -> list[Entry]:
        """All that was put under an invoice's number, in order."""
        return self._entries("WHERE invoice_id = ? ORDER BY seq", invoice_id)

    def all(self) -> list[Entry]:
        """Everything, in order."""
        return self._entries("ORDER BY seq")

    def _entries(self, which: str, *given: object) -> list[Entry]:
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM events {which}", given).fetchall()  # noqa: S608 - our own words
        return [_entry(*row) for row in rows]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _entry(
    seq: int, id_: str, data: str, raw: bytes, made_at: str, tries: int, outcome: str | None, answer: str | None
) -> Entry:
    moment = datetime.fromisoformat(made_at)
    return Entry(seq, id_, invoice(data), raw, moment, tries, outcome, json.loads(answer) if answer else None)
