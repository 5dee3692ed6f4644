"""Bodies lie packed in the file, and say what they said: a file of before is read, and written on."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.sqlite.bodies import PACKED, SHORT_BYTES, packed, plain
from shared.adapters.sqlite.store import OLDER, SCHEMA_VERSION, SqliteStore, connect
from shared.engine.journal import Commit, chain
from tests.engine.story import at_once

LONG = b"[" + b'{"type":"payment.executed"},' * 500 + b"{}]"


@given(st.binary())
def test_what_a_body_says_is_what_it_said(body: bytes) -> None:
    for said in (b"[" + body, b"[" + body * 50):
        assert plain(packed(said)) == said


def test_a_long_body_takes_a_fifth_and_a_short_one_is_left_alone() -> None:
    assert packed(LONG).startswith(PACKED)
    assert 5 * len(packed(LONG)) < len(LONG)
    assert packed(LONG[:SHORT_BYTES]) != LONG[:SHORT_BYTES]
    assert packed(LONG[: SHORT_BYTES - 1]) == LONG[: SHORT_BYTES - 1]


@given(st.integers(0, len(packed(LONG)) - 1), st.integers(0, 7))
def test_one_changed_bit_is_never_what_was_said_and_takes_no_memory(at: int, bit: int) -> None:
    kept = bytearray(packed(LONG))
    kept[at] ^= 1 << bit
    read = plain(bytes(kept))
    assert read != LONG
    assert len(read) <= 255 * len(kept)


def commits(connection: sqlite3.Connection) -> list[Commit]:
    async def read() -> list[Commit]:
        return [commit async for commit in SqliteStore(connection, "payments").read("fund")]

    return at_once(read())


@pytest.mark.parametrize("version", OLDER)
def test_a_file_of_before_is_read_and_written_on(tmp_path: Path, version: int) -> None:
    path, first = tmp_path / "fund.sqlite3", chain("fund", 1, LONG, bytes(32))
    with closing(connect(path)) as before:
        row = ("payments", "fund", 1, first.prev_hash, first.hash, first.body)
        before.execute("INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?)", row)
        before.execute(f"PRAGMA user_version={version}")
    second = chain("fund", 2, LONG, first.hash)
    with closing(connect(path)) as now:
        at_once(SqliteStore(now, "payments").append([second]))
        assert commits(now) == [first, second]
        lengths = [length for (length,) in now.execute("SELECT length(body) FROM commits ORDER BY version")]
        assert now.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert lengths == [len(LONG), len(packed(LONG))]
