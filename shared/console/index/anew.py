"""An index made anew: in a file beside its place, which takes the place once it is whole; a large one apart."""

import fcntl
import gc
import multiprocessing
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event
from typing import Any

from shared.console.index.file import BESIDE, Stale, connect_anew, remove
from shared.console.index.follow import Follower
from shared.engine.faults import Broken
from shared.journal.home import Home, HomeError, reading
from shared.kernel.fund import Fund

BEING_MADE = ".new"
"""What the name of the file ends with until it is whole."""
LARGE = 20_000
"""So many commits are read by a process of its own: what it takes of memory is given back at its end."""
LOOK_EVERY_S = 0.1


class Anew(Follower):
    """Reads the whole journal into a file that is written once, and is of no use before its end."""

    anew = True

    def __init__(self, home: Home, fund: Fund, path: Path) -> None:
        """Take the home, and the file to be made."""
        super().__init__(home, fund, path, connect_anew)
        self._last: tuple[Any, ...] = ()

    def _take_whole(self, journal: sqlite3.Connection, commits: list[Any]) -> None:
        if not self._db.in_transaction:
            self._db.execute("BEGIN EXCLUSIVE")
        self._read_commits(journal, commits)
        self._rows.write()
        self._last, self._moved = commits[-1], True

    def _settle(self) -> None:
        self._rows.write_all()
        self._mark(self._last)
        self._db.execute("COMMIT")
        super()._settle()


def make_anew(home: Home, fund: Fund, path: Path) -> int:
    """Make an index of the whole journal, and put it in its place; how many commits were read.

    What was in its place stays there until then. Raises HomeError, also where another process makes it; Stale where
    the file can't be written.
    """
    new = path.with_name(path.name + BEING_MADE)
    with _alone(new) as file, _no_rounds():
        follower = Anew(home, fund, new)
        try:
            taken = follower.catch_up()
            follower.close()
        except BaseException:
            follower.abandon()
            remove(new)
            raise
        os.fsync(file)
        remove(path)
        new.replace(path)
    return taken


@contextmanager
def _no_rounds() -> Iterator[None]:
    """Without the collector's rounds through all that is held, of which nothing is a circle: a twelfth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def _alone(new: Path) -> Iterator[int]:
    """The file that is to be made, empty and held by this process; its number."""
    with new.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = os.path.samestat(os.fstat(file.fileno()), new.stat())
        except (BlockingIOError, FileNotFoundError):
            mine = False
        if not mine:
            raise HomeError(f"{new} is being made by another process: wait until it is done")
        for suffix in BESIDE[1:]:
            new.with_name(new.name + suffix).unlink(missing_ok=True)
        file.truncate(0)
        yield file.fileno()


def make_apart(home: Home, fund: Fund, path: Path, stopping: Event) -> None:
    """As ``make_anew``, but a large journal in a process of its own, which ends where we are to stop."""
    with reading(home) as journal:
        (last,) = journal.execute("SELECT coalesce(max(rowid), 0) FROM commits").fetchone()
    if last < LARGE:
        make_anew(home, fund, path)
        return
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_made, args=(there, home, fund, path), daemon=True)
    process.start()
    there.close()
    try:
        while not here.poll(LOOK_EVERY_S):
            if stopping.is_set():
                return
        broken, said = here.recv()
    except EOFError:
        process.join()
        raise HomeError(f"the process that makes {path} ended with code {process.exitcode}") from None
    finally:
        process.kill()
        process.join()
        here.close()
    if said:
        raise HomeError(said) from (Broken(said) if broken else None)


def _made(there: Connection, home: Home, fund: Fund, path: Path) -> None:
    try:
        make_anew(home, fund, path)
    except (HomeError, Stale) as error:
        there.send((isinstance(error.__cause__, Broken), str(error)))
    else:
        there.send((False, ""))
