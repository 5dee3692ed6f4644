"""The store of the embedded stack: SQLite, one file for all services, every commit on disk before it is told.

WAL and ``synchronous=FULL``: a commit that was acknowledged survives a kill -9 and a power cut.
"""

import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from shared.adapters.sqlite.bodies import packed, teach
from shared.engine.faults import Conflict, Unavailable
from shared.engine.journal import Commit, Snapshot

SCHEMA_VERSION, OLDER = 2, (1,)
"""Of a file, and those that are read and written on as this one: there no body was packed."""

CACHE_KIB, LOG_PAGES = 24_576, 16_384
"""The streams' index is written here and there: so much of it stays in memory, and in the log before it is merged.

A year of a nation's streams writes to some 2 500 pages at a time: 10 MB. With 64 MB it was no quicker.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS commits (
    service TEXT NOT NULL, stream TEXT NOT NULL, version INTEGER NOT NULL,
    prev_hash BLOB NOT NULL, hash BLOB NOT NULL, body BLOB NOT NULL,
    UNIQUE (service, stream, version)
);
CREATE TABLE IF NOT EXISTS published (
    service TEXT NOT NULL, stream TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (service, stream)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS snapshots (
    service TEXT NOT NULL, stream TEXT NOT NULL, version INTEGER NOT NULL, hash BLOB NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (service, stream)
);
CREATE TABLE IF NOT EXISTS heard (
    service TEXT NOT NULL, place TEXT NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (service, place)
) WITHOUT ROWID;
"""

LIES_IN_ITS_KEY = "SELECT 1 FROM sqlite_master WHERE name = 'snapshots' AND sql LIKE '%WITHOUT ROWID'"
LAY_BESIDE_ITS_KEY = f"""
BEGIN IMMEDIATE;
ALTER TABLE snapshots RENAME TO older;
{SCHEMA}
INSERT INTO snapshots SELECT * FROM older;
DROP TABLE older;
COMMIT;
"""  # noqa: S608 - a constant
"""Where a snapshot lay in its key, each look-up read its neighbours', of some megabytes, too: a nation's fund took 14
seconds to stop. Older versions read and write the one as the other."""


def connect(path: Path | None) -> sqlite3.Connection:
    """Open the file (None: in memory only), make its tables, and refuse a file of another schema version.

    Raises Unavailable where the file can't be opened or written.
    """
    try:
        connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=5)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA cache_size={-CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, SCHEMA_VERSION, *OLDER):
            message = f"{path} has schema version {version}, this program knows {SCHEMA_VERSION}: use its own version"
            raise Unavailable(message)
        teach(connection)
        if connection.execute(LIES_IN_ITS_KEY).fetchone():
            connection.executescript(LAY_BESIDE_ITS_KEY)
        connection.executescript(SCHEMA)
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    except sqlite3.Error as error:
        message = f"{path}: {error}; is the folder writable, and is there room on the disk?"
        raise Unavailable(message) from error
    return connection


class SqliteTransaction:
    """What the stores of one connection write together, with one sync of the disk."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take a connection of ``connect``; stores join by being made with it."""
        self._db = connection
        self._stores: list[SqliteStore] = []
        self.open = False

    def join(self, store: "SqliteStore") -> None:
        """Let a store take part."""
        self._stores.append(store)

    def begin(self) -> None:
        """Begin; the file is locked with the first append."""
        self.open = True

    def commit(self) -> None:
        """Write the marks, and make all of it durable. Raises Unavailable."""
        try:
            self.write()
            for store in self._stores:
                store.write_marks()
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise Unavailable(f"{error}; nothing was written") from error
        self.open = False
        for store in self._stores:
            store.settle()

    def roll_back(self, why: str) -> None:  # noqa: ARG002 - for those who watch
        """Let nothing of it have been."""
        self.open = False
        roll_back(self._db)
        for store in self._stores:
            store.undo()

    def write(self) -> None:
        """Lock the file for writing, once."""
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")


def roll_back(connection: sqlite3.Connection) -> None:
    """End a transaction, if one is open, as if it had not been."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


class SqliteStore:
    """One service's journal, outbox and snapshots in a shared file."""

    def __init__(
        self, connection: sqlite3.Connection, service: str, transaction: SqliteTransaction | None = None
    ) -> None:
        """Take a connection that can read bodies, and the service; without a transaction each append is one."""
        self._db, self._service, self._transaction = connection, service, transaction
        self._marks: dict[str, int] = {}
        self._new_marks: dict[str, int] = {}
        self.last: Commit | None = None
        """What was appended last here and is durable; None before anything was."""
        self._appended: Commit | None = None
        if transaction:
            transaction.join(self)

    async def append(self, commits: Sequence[Commit]) -> None:
        """All commits in one transaction, and with them the marks that were waiting for one."""
        if not commits:
            return
        rows = [(self._service, c.stream, c.version, c.prev_hash, c.hash, packed(c.body)) for c in commits]
        together = self._transaction if self._transaction and self._transaction.open else None
        try:
            if together:
                together.write()
            else:
                self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?)", rows)
            if not together:
                self.write_marks()
                self._db.execute("COMMIT")
        except sqlite3.IntegrityError as error:
            roll_back(self._db)
            message = f"{self._service}: {error}"
            raise (Unavailable if together else Conflict)(message) from error
        except sqlite3.Error as error:
            roll_back(self._db)
            message = f"{self._service}: {error}; nothing was written"
            raise Unavailable(message) from error
        self._appended = commits[-1]
        if not together:
            self.settle()

    def write_marks(self) -> None:
        """Write the marks that wait, in the transaction that is open."""
        marks = [(self._service, stream, version) for stream, version in (self._marks | self._new_marks).items()]
        self._db.executemany(
            "INSERT INTO published VALUES (?, ?, ?) "
            "ON CONFLICT (service, stream) DO UPDATE SET version = max(version, excluded.version)",
            marks,
        )

    def settle(self) -> None:
        """What was appended and marked is durable."""
        self._marks.clear()
        self._new_marks.clear()
        self.last = self._appended or self.last

    def undo(self) -> None:
        """What was appended and marked since the transaction began is not, and is forgotten."""
        self._new_marks.clear()
        self._appended = self.last

    async def read(self, stream: str | None = None, after: int = 0) -> AsyncIterator[Commit]:
        """Commits in order of stream and version."""
        where, values = "service = ? AND version > ?", [self._service, after]
        if stream is not None:
            where, values = f"{where} AND stream = ?", [*values, stream]
        columns = "stream, version, plain(body), prev_hash, hash"
        query = f"SELECT {columns} FROM commits WHERE {where} ORDER BY stream, version"  # noqa: S608
        for row in self._db.execute(query, values):
            yield commit_of(row)

    async def heads(self) -> Mapping[str, int]:
        """Each stream's last version."""
        query = "SELECT stream, max(version) FROM commits WHERE service = ? GROUP BY stream"
        return dict(self._db.execute(query, (self._service,)).fetchall())

    async def unpublished(self) -> AsyncIterator[Commit]:
        """Commits after the mark of their stream, in the order in which they were made."""
        query = (
            "SELECT c.stream, c.version, plain(c.body), c.prev_hash, c.hash FROM commits c "
            "LEFT JOIN published p ON p.service = c.service AND p.stream = c.stream "
            "WHERE c.service = ? AND c.version > coalesce(p.version, 0) ORDER BY c.rowid"
        )
        for row in self._db.execute(query, (self._service,)).fetchall():
            yield commit_of(row)

    async def mark(self, published: Mapping[str, int]) -> None:
        """Remember the marks; they are written with the transaction, else with the next append, or at the end."""
        together = self._transaction is not None and self._transaction.open
        (self._new_marks if together else self._marks).update(published)

    async def save(self, snapshots: Sequence[Snapshot]) -> None:
        """Keep the snapshots in one transaction."""
        rows = [(self._service, s.stream, s.version, s.hash, s.body) for s in snapshots]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?)", rows)
            self.write_marks()
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            roll_back(self._db)
            message = f"{self._service}: {error}; the snapshot was not written"
            raise Unavailable(message) from error
        self.settle()

    async def load(self, stream: str | None = None) -> Sequence[Snapshot]:
        """The last snapshot of a stream, or of all."""
        where, values = ("AND stream = ?", [stream]) if stream is not None else ("", [])
        query = f"SELECT stream, version, hash, body FROM snapshots WHERE service = ? {where} ORDER BY stream"  # noqa: S608
        rows = self._db.execute(query, [self._service, *values]).fetchall()
        return [Snapshot(stream=r[0], version=r[1], hash=r[2], body=r[3]) for r in rows]

    async def hear(self, heard: Mapping[str, int]) -> None:
        """Write how far each place was heard, in a transaction of its own."""
        if not heard:
            return
        rows = [(self._service, place, offset) for place, offset in heard.items()]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT INTO heard VALUES (?, ?, ?) "
                "ON CONFLICT (service, place) DO UPDATE SET next = max(next, excluded.next)",
                rows,
            )
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            roll_back(self._db)
            message = f"{self._service}: {error}; nothing was written"
            raise Unavailable(message) from error

    async def heard(self) -> Mapping[str, int]:
        """The highest offset of each place."""
        return dict(self._db.execute("SELECT place, next FROM heard WHERE service = ?", (self._service,)).fetchall())

    async def close(self) -> None:
        """Write the marks that are still waiting."""
        await self.save([])


def commit_of(row: tuple[str, int, bytes, bytes, bytes]) -> Commit:
    """A commit from its row."""
    stream, version, body, prev_hash, hash_ = row
    return Commit(stream=stream, version=version, body=body, prev_hash=prev_hash, hash=hash_)
