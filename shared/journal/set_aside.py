"""What lies on the cluster's ``*.parked`` topics: in a copy of its journals a table of its own, beside the commits.

A service that can't read a message lays it aside on a topic, and nothing of it stands in its journal: it decided
nothing. Whoever reads the copy finds it here, by its id once, with how far each topic was read.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping

from shared.kernel.value import value

TABLES = (
    "CREATE TABLE IF NOT EXISTS set_aside (id TEXT PRIMARY KEY, service, topic, received, error, raw_base64)",
    "CREATE TABLE IF NOT EXISTS set_aside_read (place TEXT PRIMARY KEY, behind INTEGER NOT NULL)",
)


@value
class SetAside:
    """A message on a ``.parked`` topic: its id, who laid it aside, the topic it came on, when, why, and its bytes."""

    id: str
    service: str
    topic: str
    received: str
    error: str
    raw_base64: str


def keep(connection: sqlite3.Connection, found: Iterable[SetAside], behind: Mapping[str, int]) -> None:
    """Keep messages, and behind which offset of each place was read, as one transaction."""
    for statement in ("BEGIN IMMEDIATE", *TABLES):
        connection.execute(statement)
    try:
        connection.executemany(
            "INSERT OR IGNORE INTO set_aside VALUES (?, ?, ?, ?, ?, ?)",
            [(each.id, each.service, each.topic, each.received, each.error, each.raw_base64) for each in found],
        )
        connection.executemany("INSERT OR REPLACE INTO set_aside_read VALUES (?, ?)", list(behind.items()))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def read_behind(connection: sqlite3.Connection) -> Mapping[str, int]:
    """Behind which offset of each place was read."""
    return dict(connection.execute("SELECT place, behind FROM set_aside_read")) if _there(connection) else {}


def set_aside(connection: sqlite3.Connection, after: int = 0) -> Iterator[tuple[int, SetAside]]:
    """What was kept after a number, with the number of each; nothing where it is no copy, or none was read."""
    if not _there(connection):
        return
    query = "SELECT rowid, * FROM set_aside WHERE rowid > ? ORDER BY rowid"
    for number, id_, service, topic, received, error, raw in connection.execute(query, [after]):
        yield number, SetAside(id=id_, service=service, topic=topic, received=received, error=error, raw_base64=raw)


def _there(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'set_aside'").fetchone() is not None
