"""How far each webhook is: on the embedded stack in a file of its own, kept over restarts, and no part of the journal.

The gates of a cluster keep it in the store (``gate_store.py``).
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from shared.engine.webhooks import Webhook

SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    source TEXT PRIMARY KEY, registered_at TEXT NOT NULL, cursor TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
    failing_since TEXT, next_at TEXT, fault TEXT, disabled INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID
"""
_COLUMNS = "source, cursor, tries, failing_since, next_at, fault, disabled"


@dataclass(slots=True)
class Call:
    """How far a source was told: behind ``cursor``. ``tries`` have failed since ``failing_since``, with ``fault``."""

    source: str
    cursor: str
    tries: int = 0
    failing_since: datetime | None = None
    next_at: datetime | None = None
    fault: str | None = None
    disabled: bool = False


class Progress(Protocol):
    """Keeps how far each webhook is."""

    async def of(self, webhook: Webhook, end: str) -> Call:
        """How far a webhook is; one that is registered anew begins anew where it was, the first time at the ``end``."""

    async def keep(self, call: Call) -> None:
        """Write down how far it is. Raises sqlite3.Error, Unavailable; Conflict where another gate has called."""


class Calls:
    """The file."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it. Raises sqlite3.Error."""
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    async def of(self, webhook: Webhook, end: str) -> Call:
        """How far a webhook is, as ``Progress`` says it."""
        row = (webhook.source, webhook.registered_at.isoformat(), end)
        self._db.execute(
            "INSERT INTO calls (source, registered_at, cursor) VALUES (?, ?, ?) ON CONFLICT (source) DO UPDATE SET "
            "registered_at = excluded.registered_at, tries = 0, failing_since = NULL, next_at = NULL, fault = NULL, "
            "disabled = 0 WHERE registered_at != excluded.registered_at",
            row,
        )
        (found,) = self._db.execute(f"SELECT {_COLUMNS} FROM calls WHERE source = ?", row[:1])  # noqa: S608 - our own
        return _call(*found)

    async def keep(self, call: Call) -> None:
        """Write down how far it is."""
        moments = [moment.isoformat() if moment else None for moment in (call.failing_since, call.next_at)]
        self._db.execute(
            "UPDATE calls SET cursor = ?, tries = ?, failing_since = ?, next_at = ?, fault = ?, disabled = ?"
            " WHERE source = ?",
            (call.cursor, call.tries, *moments, call.fault, call.disabled, call.source),
        )

    def all(self) -> list[Call]:
        """Every one that was ever called."""
        return [_call(*row) for row in self._db.execute(f"SELECT {_COLUMNS} FROM calls")]  # noqa: S608 - our own


def _call(
    source: str,
    cursor: str,
    tries: int,
    failing_since: str | None,
    next_at: str | None,
    fault: str | None,
    disabled: int,
) -> Call:
    since, due = (datetime.fromisoformat(text) if text else None for text in (failing_since, next_at))
    return Call(source, cursor, tries, since, due, fault, bool(disabled))
