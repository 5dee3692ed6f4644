"""Rows of days, held while a transaction is under way: what an invoice goes through in it is read and written once."""

import sqlite3
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]

FOREVER = "9999-12-31"
"""Until when a row stands that is in force."""


class Days:
    """The rows of a table of which each stands from its ``day`` until before its ``until``, by ``id`` and ``day``."""

    def __init__(self, connection: sqlite3.Connection, table: str) -> None:
        """Take the connection and the table; what is not said of a new row is as the table has it."""
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
        self._blank: Row = {name: _default(connection, text) for _, name, _, _, text, _ in columns}
        self._db = connection
        self._latest = f"SELECT * FROM {table} WHERE id = ? ORDER BY day DESC LIMIT 1"
        self._replace = f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(columns))})"
        self._held: dict[str, Row | None] = {}
        self._ended: list[Row] = []
        self._changed: set[str] = set()

    def latest(self, key: str) -> Row | None:
        """The last row of a key; None where there is none."""
        if key not in self._held:
            found = self._db.execute(self._latest, [key]).fetchone()
            self._held[key] = dict(zip(self._blank, found, strict=True)) if found else None
        return self._held[key]

    def change(self, key: str, day: str, said: Row) -> None:
        """Change the row in force; the row of an earlier day ends, and a new one begins with all that it said."""
        row = self.latest(key)
        if row is None:
            row = self._held[key] = {**self._blank, "id": key, "day": day, **said}
        elif row["day"] == day:
            row.update(said)
        else:
            row["until"] = day
            self._ended.append(row)
            self._held[key] = {**row, **said, "day": day, "until": FOREVER}
        self._changed.add(key)

    def write(self) -> None:
        """Write what was changed, and hold nothing any more."""
        rows = [*self._ended, *(row for key in self._changed if (row := self._held[key]))]
        self._db.executemany(self._replace, [list(row.values()) for row in rows])
        self.forget()

    def forget(self) -> None:
        """Hold nothing, and write nothing of it."""
        self._held, self._ended, self._changed = {}, [], set()


def _default(connection: sqlite3.Connection, text: str | None) -> object:
    return connection.execute(f"SELECT {text or 'NULL'}").fetchone()[0]
