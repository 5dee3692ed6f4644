"""All commits of a go are one transaction: durable together or not at all, whatever service they are of."""

import sqlite3
from pathlib import Path

import pytest

from shared.adapters.sqlite.bodies import teach
from shared.adapters.sqlite.store import SqliteStore, SqliteTransaction, connect
from shared.engine.faults import Unavailable
from shared.engine.journal import Commit, chain, genesis


def first(service: str, body: bytes = b"[]") -> Commit:
    return chain("fund", 1, body, genesis(service, "fund"))


async def kept(path: Path, service: str) -> tuple[list[Commit], list[Commit]]:
    """What another reader of the file finds: commits, and those that are not marked."""
    reader = sqlite3.connect(path)
    teach(reader)
    store = SqliteStore(reader, service)
    return [each async for each in store.read()], [each async for each in store.unpublished()]


async def test_nothing_is_durable_before_all_is(tmp_path: Path) -> None:
    path, connection = tmp_path / "fund.sqlite3", connect(tmp_path / "fund.sqlite3")
    transaction = SqliteTransaction(connection)
    door, payments = (SqliteStore(connection, name, transaction) for name in ("door", "payments"))
    transaction.begin()
    await door.append([first("door")])
    await payments.append([first("payments")])
    await door.mark({"fund": 1})
    assert await kept(path, "door") == ([], [])
    transaction.commit()
    assert await kept(path, "door") == ([first("door")], []), "the mark is of the same transaction"
    assert await kept(path, "payments") == ([first("payments")], [first("payments")])
    assert (door.last, payments.last) == (first("door"), first("payments"))


async def test_where_one_does_not_fit_on_the_disk_none_is_there(tmp_path: Path) -> None:
    path, connection = tmp_path / "fund.sqlite3", connect(tmp_path / "fund.sqlite3")
    transaction = SqliteTransaction(connection)
    door, payments = (SqliteStore(connection, name, transaction) for name in ("door", "payments"))
    transaction.begin()
    await door.append([first("door")])
    await door.mark({"fund": 1})
    connection.execute("PRAGMA max_page_count=1")
    with pytest.raises(Unavailable, match="full"):
        await payments.append([first("payments", bytes(1_000_000))])
    transaction.roll_back("full")
    assert (door.last, await kept(path, "door")) == (None, ([], []))
    connection.execute("PRAGMA max_page_count=1000000")
    await door.append([first("door")])
    assert await kept(path, "door") == ([first("door")], [first("door")]), "a mark that was rolled back is forgotten"
