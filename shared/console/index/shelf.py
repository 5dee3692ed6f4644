"""What of a state is seldom asked for lies in a file that nobody sees, and not in memory.

An executed order may come back for sixty days, and so may its invoice be open again: that is half of what payments
remember, and hardly ever is one of them asked for.
"""

import sqlite3
from collections.abc import Iterator, MutableMapping
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
CACHE_KB = 512
_encoder = msgspec.msgpack.Encoder()


def cellar() -> sqlite3.Connection:
    """A file for shelves, which is gone when the connection is."""
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for setting in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KB}"):
        connection.execute(f"PRAGMA {setting}")
    return connection


class Shelf(MutableMapping[str, T]):
    """A dictionary of records by name, in its own order. What was asked for is held until it is ``put_away``.

    So long a record may be changed in its place, as in a dictionary.
    """

    def __init__(self, connection: sqlite3.Connection, number: int, kind: Any) -> None:  # noqa: ANN401 - a type
        """An empty shelf of a ``cellar``, by a number of its own, for records of a kind."""
        self._db, self._decoder = connection, msgspec.msgpack.Decoder(kind)
        self._held: dict[str, T] = {}
        self._table = f"shelf{number}"
        connection.execute(f"CREATE TABLE {self._table} (number INTEGER PRIMARY KEY, name TEXT UNIQUE, body BLOB)")

    def __getitem__(self, name: str) -> T:
        if name in self._held:
            return self._held[name]
        found = self._db.execute(f"SELECT body FROM {self._table} WHERE name = ?", [name]).fetchone()
        if found is None:
            raise KeyError(name)
        return self._held.setdefault(name, self._decoder.decode(found[0]))

    def __setitem__(self, name: str, record: T) -> None:
        self._held[name] = record

    def __delitem__(self, name: str) -> None:
        gone = self._held.pop(name, None) is not None
        if not self._db.execute(f"DELETE FROM {self._table} WHERE name = ?", [name]).rowcount and not gone:
            raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        query = f"SELECT 1 FROM {self._table} WHERE name = ?"
        return name in self._held or self._db.execute(query, [name]).fetchone() is not None

    def __iter__(self) -> Iterator[str]:
        query = f"SELECT name FROM {self._table} ORDER BY number"
        return iter({**dict.fromkeys(name for (name,) in self._db.execute(query)), **dict.fromkeys(self._held)})

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def put_away(self) -> None:
        """Write what is held, and hold nothing."""
        self._db.executemany(
            f"INSERT INTO {self._table} (name, body) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET body = excluded.body",
            ((name, _encoder.encode(record)) for name, record in self._held.items()),
        )
        self._held.clear()

    def each(self) -> Iterator[tuple[str, T]]:
        """Names and records that were put away, to be read: none is held."""
        for name, body in self._db.execute(f"SELECT name, body FROM {self._table} ORDER BY number"):
            yield name, self._decoder.decode(body)
