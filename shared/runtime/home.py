"""A fund's home: one folder with its journal, its letters and a lock, for one process at a time.

::

    psdf-home/
      fund.sqlite3    every commit of every service (and -wal, -shm beside it)
      letters/        the letters of point 18 as they were sent, {notice_no}.pdf
      traces/         spans, where no collector takes them, for psdf trace
      fund.id         which fund lives here
      lock            who holds it: process and address
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from shared.adapters.sqlite import SCHEMA_VERSION, connect
from shared.engine.journal import Broken, Unavailable
from shared.kernel.value import value
from shared.runtime.stop import Stop


class HomeError(Stop):
    """The home can't be used: one line that says what, where, and what to do."""


class HomeHeld(HomeError):  # noqa: N818 - what is so, not what went wrong
    """Another process holds the home; ``url`` is where it listens, None where it does not."""

    def __init__(self, path: Path, pid: int | None, url: str | None) -> None:
        at = f" ({url})" if url else ""
        super().__init__(f"{path} is in use by process {pid or '?'}{at}: stop it first, or speak to it over HTTP")
        self.pid, self.url = pid, url


@value
class Home:
    """The folder of one fund."""

    path: Path

    @property
    def journal(self) -> Path:
        """The file of all commits."""
        return self.path / "fund.sqlite3"

    @property
    def letters(self) -> Path:
        """The folder of the letters."""
        return self.path / "letters"

    @property
    def traces(self) -> Path:
        """The folder of the spans."""
        return self.path / "traces"

    @property
    def lock(self) -> Path:
        """The file that says who holds the home."""
        return self.path / "lock"

    @property
    def fund_id(self) -> Path:
        """The file that says whose home it is."""
        return self.path / "fund.id"

    @property
    def cluster_prefix(self) -> Path:
        """The file beside a journal that was copied from the cluster, by ``psdf demo --cluster``: it has no door."""
        return self.path / "cluster.prefix"


@contextmanager
def held(home: Home, fund_id: str) -> Iterator[Callable[[str], None]]:
    """Hold the home as the one process that may write; makes it where it is not. Gives a way to tell our address.

    Raises HomeHeld where another process has it, HomeError where the folder can't be used or is another fund's.
    """
    try:
        home.letters.mkdir(parents=True, exist_ok=True)
        lock = home.lock.open("a+")
    except OSError as error:
        raise HomeError(f"{home.path}: {error.strerror}; choose a folder that can be written, by --home") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeHeld(home.path, *_read_holder(home)) from None

        def tell(url: str | None) -> None:
            lock.seek(0)
            lock.truncate()
            lock.write(json.dumps({"pid": os.getpid(), "url": url}))
            lock.flush()

        try:
            tell(None)
            _keep_apart(home, fund_id)
        except OSError as error:
            raise HomeError(f"{home.path}: {error.strerror}; is there room on the disk?") from error
        yield tell


def _keep_apart(home: Home, fund_id: str) -> None:
    """A home is one fund's: its money never meets another's."""
    if not home.fund_id.exists():
        home.fund_id.write_text(fund_id, encoding="utf-8")
    elif (known := home.fund_id.read_text(encoding="utf-8").strip()) != fund_id:
        raise HomeError(f"{home.path} is the home of fund {known}, not of {fund_id}: give --home another folder")


def _read_holder(home: Home) -> tuple[int | None, str | None]:
    """Read who holds the lock; it may just be writing it."""
    try:
        told = json.loads(home.lock.read_text(encoding="utf-8"))
        return told["pid"], told["url"]
    except (OSError, ValueError, KeyError, TypeError):
        return None, None


@contextmanager
def writing(home: Home) -> Iterator[sqlite3.Connection]:
    """Open the journal to write; what is committed survives a kill and a power cut.

    Raises HomeError where it can't be opened or written.
    """
    try:
        connection = connect(home.journal)
        folder = os.open(home.path, os.O_RDONLY)
        os.fsync(folder)  # the files' own names
        os.close(folder)
    except (Unavailable, OSError) as error:
        raise HomeError(str(error)) from error
    with closing(connection):
        yield connection


@contextmanager
def reading(home: Home) -> Iterator[sqlite3.Connection]:
    """Open the journal to read: all that is asked is of one moment, while the fund may run on.

    Raises HomeError where there is no journal, or one that can't be read.
    """
    if not home.journal.is_file():
        raise HomeError(f"{home.path} holds no fund yet: give --home its folder, or start one there with psdf run")
    where = f"{home.journal.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(where, uri=True, isolation_level=None, check_same_thread=False)) as connection:
            connection.execute("BEGIN")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version != SCHEMA_VERSION:
                raise HomeError(f"{home.journal} has schema version {version}, this program knows {SCHEMA_VERSION}")
            yield connection
    except sqlite3.Error as error:
        raise HomeError(f"{home.journal} can't be read: {error}") from error
    except Broken as error:
        raise HomeError(f"{home.journal} contradicts itself: {error}; psdf verify shows where") from error
