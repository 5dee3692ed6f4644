"""The file of the index: opened, begun where it is another fund's or of other tables, and thrown away."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from shared.engine.journal import SEAL
from shared.kernel.fund import Fund

VERSION = "10"
"""Of what the rows mean; another one makes the index anew."""
BESIDE = ("", "-wal", "-shm")
CACHE_KB = 4_096
ANEW_CACHE_KB = 65_536


class Stale(Exception):  # noqa: N818 - what it is
    """The index is of no use, and is to be made anew: it can't be read or written, or its journal was exchanged."""


def text(name: str) -> str:
    """A file of statements beside this one."""
    return (files("shared.console.index") / name).read_text(encoding="utf-8")


def made_of(fund: Fund) -> str:
    """What an index is made of: its version, its fund, its tables, and the form of the states that it keeps."""
    parts = (VERSION, fund.fund_id, SEAL.decode(), text("tables.sql"), text("indexes.sql"))
    return sha256("\n".join(parts).encode()).hexdigest()


def is_of_use(path: Path, fund: Fund) -> bool:
    """Whether there is an index of this version and fund that may be read on."""
    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            return meta(connection).get("made_of") == made_of(fund)
    except sqlite3.Error:
        return False


def connect(path: Path, fund: Fund) -> sqlite3.Connection:
    """Open an index to write; one of other tables, of another version or another fund is begun anew."""
    connection = _opened(path)
    begun = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
    if begun and meta(connection).get("made_of") != made_of(fund):
        connection.close()
        remove(path)
        connection, begun = _opened(path), None
    if not begun:
        _begin(connection, fund)
    return connection


def connect_anew(path: Path, fund: Fund) -> sqlite3.Connection:
    """Begin an index in an empty file that nobody reads before it is whole, and that a kill leaves worthless."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for setting in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", f"cache_size=-{ANEW_CACHE_KB}"):
        connection.execute(f"PRAGMA {setting}")
    _begin(connection, fund)
    return connection


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KB}")
    return connection


def _begin(connection: sqlite3.Connection, fund: Fund) -> None:
    connection.executescript(f"BEGIN; {text('tables.sql')}; COMMIT;")
    for payer in fund.payers:
        said = f"{payer.name_lt} {payer.name_en} {payer.code}"
        connection.execute("INSERT INTO name VALUES ('payer', ?, ?)", [payer.code, said])
    connection.execute("INSERT INTO meta VALUES ('made_of', ?)", [made_of(fund)])


def remove(path: Path) -> None:
    """Throw an index away."""
    for suffix in BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def meta(connection: sqlite3.Connection) -> Mapping[str, str]:
    """What the index says of itself."""
    return dict(connection.execute("SELECT key, value FROM meta").fetchall())
