"""Rows held while a transaction is under way: what an invoice goes through in it is read and written once."""

import sqlite3
from collections.abc import Callable
from operator import itemgetter
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]

FOREVER = "9999-12-31"
"""Until when a row stands that is in force."""


class Held:
    """The rows of a table by their ``id``: changed here, and written together.

    While an index is made anew nobody reads it, and nothing is in it that was not written here: then a row is held
    until it ``rests``, and written once; and what was never seen is not looked for.
    """

    def __init__(
        self, connection: sqlite3.Connection, table: str, rests: Callable[[Row], bool], *, anew: bool, last: str = ""
    ) -> None:
        """Take the connection and the table; what is not said of a new row is as the table has it."""
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
        self._blank: Row = {name: _default(connection, text) for _, name, _, _, text, _ in columns}
        self._db, self._anew, self._rests = connection, anew, rests
        self._latest = f"SELECT * FROM {table} WHERE id = ? {last}"
        self._replace = f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(columns))})"
        self._held: dict[str, Row | None] = {}
        self._ended: list[Row] = []
        self._changed: set[str] = set()
        self._lately: set[str] = set()
        """Of what was changed, that which was not asked since whether it rests."""
        self._seen: set[int] = set()
        """Hashes of the ids that were held: who is not among them has no row."""

    def latest(self, key: str) -> Row | None:
        """The last row of a key; None where there is none."""
        if key in self._held:
            return self._held[key]
        if self._anew and hash(key) not in self._seen:
            return None
        found = self._db.execute(self._latest, [key]).fetchone()
        row = self._held[key] = dict(zip(self._blank, found, strict=True)) if found else None
        return row

    def put(self, key: str, said: Row) -> None:
        """Change the row of a key, or begin it."""
        row = self.latest(key)
        if row is None:
            self._begin({**self._blank, "id": key, **said})
        else:
            row.update(said)
        self._mark(key)

    def _mark(self, key: str) -> None:
        self._changed.add(key)
        self._lately.add(key)

    def _begin(self, row: Row) -> None:
        self._held[row["id"]] = row
        if self._anew:
            self._seen.add(hash(row["id"]))

    def write(self) -> None:
        """Write what was changed, and hold nothing any more; while it is made anew, what rests, and hold the others."""
        if not self._anew:
            self.write_all()
            self.forget()
            return
        resting = [row for key in self._lately if (row := self._held[key]) and self._rests(row)]
        self._lately.clear()
        self._written(resting)
        for row in resting:
            self._changed.discard(row["id"])
            del self._held[row["id"]]

    def write_all(self) -> None:
        """Write all that was changed."""
        self._written([row for key in self._changed if (row := self._held[key])])
        self._changed.clear()
        self._lately.clear()

    def _written(self, rows: list[Row]) -> None:
        values = [list(row.values()) for row in (*self._ended, *rows)]
        values.sort(key=itemgetter(0))  # near to one another in the table
        self._db.executemany(self._replace, values)
        self._ended = []

    def forget(self) -> None:
        """Hold nothing, and write nothing of it."""
        self._held, self._ended, self._changed, self._lately = {}, [], set(), set()


class Days(Held):
    """The rows of a table of which each stands from its ``day`` until before its ``until``, by ``id`` and ``day``."""

    def __init__(self, connection: sqlite3.Connection, table: str, rests: Callable[[Row], bool], *, anew: bool) -> None:
        """Take what ``Held`` takes."""
        super().__init__(connection, table, rests, anew=anew, last="ORDER BY day DESC LIMIT 1")

    def change(self, key: str, day: str, said: Row) -> None:
        """Change the row in force; the row of an earlier day ends, and a new one begins with all that it said."""
        row = self.latest(key)
        if row is None or row["day"] == day:
            self.put(key, {"day": day, **said})
            return
        row["until"] = day
        self._ended.append(row)
        self._begin({**row, **said, "day": day, "until": FOREVER})
        self._mark(key)


def _default(connection: sqlite3.Connection, text: str | None) -> object:
    return connection.execute(f"SELECT {text or 'NULL'}").fetchone()[0]
