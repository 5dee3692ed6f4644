"""Snapshots lie beside their key, not in it: to look one up never reads its neighbours, of some megabytes."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from shared.adapters.sqlite.store import SqliteStore, connect
from shared.console.index.file import text
from shared.edge import book
from shared.engine.journal import Snapshot

OLDER = """
CREATE TABLE snapshots (
    service TEXT NOT NULL, stream TEXT NOT NULL, version INTEGER NOT NULL, hash BLOB NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (service, stream)
) WITHOUT ROWID;
INSERT INTO snapshots VALUES ('payments', 'fund', 7, x'01', x'0203');
INSERT INTO snapshots VALUES ('contracts', 'all', 3, x'04', x'05');
PRAGMA user_version=2;
"""


async def test_a_file_of_before_keeps_its_snapshots(tmp_path: Path) -> None:
    file = tmp_path / "fund.sqlite3"
    with closing(sqlite3.connect(file)) as before:
        before.executescript(OLDER)
    for _ in range(2):
        with closing(connect(file)) as connection:
            store = SqliteStore(connection, "payments")
            assert await store.load() == [Snapshot(stream="fund", version=7, hash=b"\1", body=b"\2\3")]
            assert await SqliteStore(connection, "contracts").load("all")
            assert "WITHOUT ROWID" not in _made(connection, "snapshots")


async def test_a_program_of_before_reads_what_this_one_keeps(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "fund.sqlite3")) as connection:
        store = SqliteStore(connection, "payments")
        await store.save([Snapshot(stream="fund", version=7, hash=b"\1", body=b"\2\3")])
        replaced = "INSERT OR REPLACE INTO snapshots VALUES ('payments', 'fund', 8, x'06', x'07')"
        connection.execute(replaced)
        assert await store.load("fund") == [Snapshot(stream="fund", version=8, hash=b"\6", body=b"\7")]


@pytest.mark.parametrize("table", ["snapshots", "index: parked", "book: invoices"])
def test_what_may_be_long_never_lies_in_a_key(table: str, tmp_path: Path) -> None:
    of, _, name = table.rpartition(": ")
    with closing(connect(tmp_path / "fund.sqlite3") if not of else sqlite3.connect(":memory:")) as connection:
        if of:
            connection.executescript(text("tables.sql") if of == "index" else book.SCHEMA)
        assert "WITHOUT ROWID" not in _made(connection, name)


def _made(connection: sqlite3.Connection, table: str) -> str:
    (made,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()
    return str(made)
